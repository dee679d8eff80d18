//! Names as people write them: either spelling, and the nearest one when it is wrong.

use std::fmt;

use strsim::{jaro_winkler, osa_distance};

/// The name as our tables spell it: `localMailDomain` becomes `local_mail_domain`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The known name that is most like `name`, if one is like it at all: what an error suggests.
///
/// ```
/// assert_eq!(comms_core::nearest("prot", ["host", "port"]).as_deref(), Some("port"));
/// assert_eq!(comms_core::nearest("zzz", ["host", "port"]), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| (likeness(&name, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > LIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate.to_owned())
}

/// How alike two names are, from 0 to 1. One slip of the finger makes them alike however short.
fn likeness(name: &str, candidate: &str) -> f64 {
    let is_slip = name.len() > 2 && osa_distance(name, candidate) == 1;
    jaro_winkler(name, candidate).max(if is_slip { SLIP } else { 0.0 })
}

/// `: did you mean `host`?`, or nothing.
#[derive(Debug)]
pub(crate) struct Hint<'a>(pub(crate) Option<&'a str>);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, ": did you mean `{name}`?"))
    }
}

/// A longer name is no slip, and takes long to compare.
const LONGEST: usize = 100;

/// Below this likeness a suggestion confuses more than it helps.
const LIKE: f64 = 0.75;

/// More than any name that is alike by and large.
const SLIP: f64 = 0.99;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn either_spelling_of_any_name_is_one(
            first in "[a-z][a-z0-9]{0,6}",
            rest in prop::collection::vec(("[a-z]", "[a-z0-9]{0,6}"), 0..5),
        ) {
            let (mut snaky, mut camel) = (first.clone(), first);
            for (initial, word) in rest {
                snaky.extend(["_", initial.as_str(), word.as_str()]);
                camel.extend([initial.to_ascii_uppercase(), word]);
            }
            prop_assert_eq!(snake(&camel), snaky.clone());
            prop_assert_eq!(snake(&snaky), snaky);
        }

        #[test]
        fn a_suggestion_is_always_a_known_name(name in ".*") {
            let known = ["host", "port", "keep_alive"];
            let nearest = nearest(&name, known);
            prop_assert!(nearest.is_none_or(|nearest| known.contains(&nearest.as_str())));
        }
    }

    #[test]
    fn the_older_spelling_is_understood() {
        assert_eq!(snake("localMailDomain"), "local_mail_domain");
        assert_eq!(snake("host"), "host");
    }

    #[test]
    fn two_letters_of_a_short_name_in_the_wrong_order_found_a_long_name() {
        assert_eq!(nearest("Tpc", ["HttpConnect", "Tcp"]).as_deref(), Some("Tcp"));
    }

    #[test]
    fn a_slip_of_the_finger_finds_the_name_and_nonsense_finds_none() {
        assert_eq!(nearest("prot", ["host", "port"]).as_deref(), Some("port"));
        assert_eq!(nearest("zzz", ["host", "port"]), None);
        assert_eq!(nearest("ab", ["ac"]), None, "of two letters one is half of it");
    }

    #[test]
    fn a_name_that_is_too_long_is_like_none() {
        let name = "x".repeat(LONGEST);
        assert_eq!(nearest(&name, [name.as_str()]).as_ref(), Some(&name));
        let longer = "x".repeat(LONGEST + 1);
        assert_eq!(nearest(&longer, [longer.as_str()]), None);
    }
}
