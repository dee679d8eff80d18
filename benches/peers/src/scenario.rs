//! What is compared.

mod delayed;
mod file;
mod large;
mod small;
mod syscalls;
mod tls;

use harness::{Failure, Report};

/// A scenario's name, and how it runs.
type Scenario = (&'static str, fn() -> Result<(), Failure>);

/// All scenarios.
pub(crate) const SCENARIOS: &[Scenario] = &[
    ("small", small::run),
    ("large", large::run),
    ("file", file::run),
    ("tls", tls::run),
    ("delayed", delayed::run),
    ("syscalls", syscalls::run),
];

/// A figure of a report, with its name.
type Figure = (&'static str, fn(&Report) -> f64);

const RATE: Figure = ("rate", Report::rate);
const COST: Figure = ("CPU", Report::cost);

/// What the star behind a name says.
const QUICK: &str = "* the sink acknowledges at once: these clients have no TCP_NODELAY, and would wait 40 ms at each message";
