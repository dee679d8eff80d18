//! The names that stand in a signature, each checked when it is made: none can end its tag.

use std::fmt;

use crate::address::domain::to_ascii;
use crate::dkim::error::DkimError;
use crate::header::content_type::excerpt;

/// The domain that signs, in A-labels (`d=`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Domain(String);

impl Domain {
    pub(crate) fn new(text: &str) -> Result<Self, DkimError> {
        let ascii = to_ascii(text).filter(|_| text.len() <= LONGEST_INPUT);
        ascii.map(Self).ok_or_else(|| DkimError::Domain { value: excerpt(text) })
    }

    /// Whether `other` is this domain, or lies below it.
    pub(crate) fn holds(&self, other: &str) -> bool {
        let (own, other) = (self.0.to_ascii_lowercase(), other.to_ascii_lowercase());
        let below = other.strip_suffix(&own);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which of the domain's keys signs (`s=`, RFC 6376 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector(String);

impl Selector {
    pub(crate) fn new(text: &str) -> Result<Self, DkimError> {
        let inner = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
        let is_label = |label: &str| {
            (1..=LONGEST_LABEL).contains(&label.len())
                && label.bytes().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() <= LONGEST_SELECTOR && text.split('.').all(is_label) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DkimError::Selector { value: excerpt(text) })
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A field that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldName {
    name: String,
    /// Whether it is signed where it is absent, so that nobody can add it.
    pub(crate) even_absent: bool,
}

impl FieldName {
    pub(crate) fn new(name: &str) -> Result<Self, DkimError> {
        let fits = |octet: u8| octet.is_ascii_graphic() && octet != b':' && octet != b';';
        let is_signature = name.eq_ignore_ascii_case("DKIM-Signature");
        if name.is_empty() || name.len() > LONGEST_NAME || is_signature || !name.bytes().all(fits) {
            return Err(DkimError::FieldName { name: excerpt(name) });
        }
        Ok(Self { name: name.to_owned(), even_absent: true })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Those that are signed unless others are chosen: RFC 6376 5.4.1, without those that are
    /// added on the way.
    pub(crate) fn usual() -> Vec<Self> {
        let named = |even_absent| move |name: &&str| Self { name: (*name).to_owned(), even_absent };
        ALWAYS.iter().map(named(true)).chain(IF_PRESENT.iter().map(named(false))).collect()
    }
}

/// What makes the message; none of it may be added.
const ALWAYS: [&str; 13] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

/// What a mailing list adds of its own where it is absent.
const IF_PRESENT: [&str; 8] = [
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "List-Post",
    "List-Owner",
    "List-Archive",
];

/// What is longer cannot become a name of 253 octets; the mapping is not even tried.
const LONGEST_INPUT: usize = 4 * 253;

/// RFC 1035 2.3.4.
const LONGEST_LABEL: usize = 63;

/// With `._domainkey.` and a domain behind it, it still has to be a name.
const LONGEST_SELECTOR: usize = 200;

/// As long as the names of headers may be.
const LONGEST_NAME: usize = 76;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_labels_that_cannot_end_their_tag() {
        for good in ["s", "2026", "s1.mail", "a-b_c", "_x"] {
            assert!(Selector::new(good).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in ["", ".", "a.", "a;b", "a b", "a\r\n", "ä", "-a", "a-", "a=b", &long] {
            assert!(Selector::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_is_a_host_name_in_a_labels() {
        assert_eq!(Domain::new("bücher.example").unwrap().to_string(), "xn--bcher-kva.example");
        for bad in ["", "x.example; t=y", "a\r\nb", "a..b", "[192.0.2.1]"] {
            assert!(Domain::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_holds_itself_and_what_lies_below_it() {
        let domain = Domain::new("x.example").unwrap();
        assert!(domain.holds("x.example") && domain.holds("A.X.example"));
        assert!(!domain.holds("ax.example") && !domain.holds("example") && !domain.holds(""));
    }

    #[test]
    fn a_field_name_cannot_leave_its_list() {
        for bad in ["", "a:b", "a;b", "a b", "a\r\n", "ä", "dkim-signature"] {
            assert!(FieldName::new(bad).is_err(), "{bad:?}");
        }
    }
}
