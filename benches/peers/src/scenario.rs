//! What is compared.

mod small;

use harness::Failure;

/// A scenario's name, and how it runs.
type Scenario = (&'static str, fn() -> Result<(), Failure>);

/// All scenarios.
pub(crate) const SCENARIOS: &[Scenario] = &[("small", small::run)];
