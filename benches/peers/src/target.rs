//! What the figures are held against.

use harness::Report;

use crate::entrant::Outcome;
use crate::table::{find, ratio};

/// Which way a figure has to lie.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// Holds the ratio of a figure of `one` to that of `other` against a bound. Where one of them did
/// not run, nothing can be said.
pub(crate) fn hold(
    outcomes: &[Outcome],
    (one, other): (&str, &str),
    (what, figure): (&str, fn(&Report) -> f64),
    bound: Bound,
) {
    let pair = find(outcomes, one).zip(find(outcomes, other));
    let subject = format!("{one}: {what} to {other}");
    match pair {
        Some((one, other)) => verdict(&subject, ratio(one, other, figure), bound),
        None => println!("target  {subject}: not measured"),
    }
}

/// Holds a figure against a bound.
pub(crate) fn verdict(subject: &str, figure: f64, bound: Bound) {
    let (met, target) = match bound {
        Bound::AtLeast(least) => (figure >= least, format!("at least {least:.2}")),
        Bound::AtMost(most) => (figure <= most, format!("at most {most:.2}")),
    };
    let met = if met { "met" } else { "MISSED" };
    println!("target  {subject}: {figure:.2}, {target}: {met}");
}
