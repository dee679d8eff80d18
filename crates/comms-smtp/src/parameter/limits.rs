//! How much a server takes in one session (RFC 9422).

use std::fmt;

use crate::parameter::digits::number;

/// How much a server takes in one session: what stands behind LIMITS in its greeting.
///
/// A limit that it does not name is unknown, and so is one that makes no sense, zero among them.
///
/// ```
/// use comms_smtp::Limits;
///
/// let limits = Limits::of("RCPTMAX=100 MAILMAX=0 FOO=bar");
/// assert_eq!((limits.rcpt_max, limits.mail_max), (Some(100), None));
/// assert_eq!(limits.to_string(), "RCPTMAX=100");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Limits {
    /// Messages in one session: MAILMAX.
    pub mail_max: Option<u32>,
    /// Recipients of one message: RCPTMAX.
    pub rcpt_max: Option<u32>,
    /// Domains of the recipients of one session: RCPTDOMAINMAX.
    pub rcpt_domain_max: Option<u32>,
}

impl Limits {
    /// What the parameters of LIMITS say. Those that are not known are left out.
    pub fn of(parameters: &str) -> Self {
        let mut limits = Self::default();
        for word in parameters.split_ascii_whitespace() {
            let Some((name, value)) = word.split_once('=') else { continue };
            let limit = number(value, MOST_DIGITS).filter(|limit| *limit > 0);
            let limit = limit.and_then(|limit| u32::try_from(limit).ok());
            match name.to_ascii_uppercase().as_str() {
                "MAILMAX" => limits.mail_max = limits.mail_max.or(limit),
                "RCPTMAX" => limits.rcpt_max = limits.rcpt_max.or(limit),
                "RCPTDOMAINMAX" => limits.rcpt_domain_max = limits.rcpt_domain_max.or(limit),
                _ => {}
            }
        }
        limits
    }
}

/// As they stand behind LIMITS; empty where there are none.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            ("MAILMAX", self.mail_max),
            ("RCPTMAX", self.rcpt_max),
            ("RCPTDOMAINMAX", self.rcpt_domain_max),
        ];
        let known = named.iter().filter_map(|(name, limit)| Some((name, (*limit)?)));
        let words = known.map(|(name, limit)| format!("{name}={limit}")).collect::<Vec<_>>();
        f.write_str(&words.join(" "))
    }
}

/// RFC 9422 3.
const MOST_DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_that_make_no_sense_are_none() {
        for odd in [
            "",
            "RCPTMAX",
            "RCPTMAX=",
            "RCPTMAX=0",
            "RCPTMAX=-1",
            "RCPTMAX=+1",
            "RCPTMAX=x",
            "RCPTMAX=1234567",
            "RCPTMAX=1=2",
            "=1",
            "FOO=1",
            "RCPTMAX = 1",
        ] {
            assert_eq!(Limits::of(odd), Limits::default(), "{odd:?}");
        }
        let limits = Limits::of("foo RcptMax=10  rcptdomainmax=3 MAILMAX=x mailmax=7 MAILMAX=8");
        let all = (limits.mail_max, limits.rcpt_max, limits.rcpt_domain_max);
        assert_eq!(all, (Some(7), Some(10), Some(3)));
    }

    proptest! {
        #[test]
        fn any_limits_are_read_as_they_were_written(
            mail_max in proptest::option::of(1..1_000_000_u32),
            rcpt_max in proptest::option::of(1..1_000_000_u32),
            rcpt_domain_max in proptest::option::of(1..1_000_000_u32),
        ) {
            let limits = Limits { mail_max, rcpt_max, rcpt_domain_max };
            assert_eq!(Limits::of(&limits.to_string()), limits);
        }
    }
}
