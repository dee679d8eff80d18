//! The keywords of EHLO that the server knows.

use std::fmt;
use std::str::FromStr;

use comms_core::{PropertyValue, Shape, Value};
use thiserror::Error;

macro_rules! keywords {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal),+ $(,)?) => {
        /// A keyword that the server can offer in EHLO.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Keyword {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Keyword {
            /// All of them, in the order of the reply to EHLO.
            pub const ALL: &'static [Self] = &[$( Self::$name ),+];

            /// The keyword itself.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $word, )+ }
            }
        }
    };
}

keywords! {
    /// Commands in groups (RFC 2920).
    Pipelining = "PIPELINING",
    /// The size of a message is told in advance (RFC 1870).
    Size = "SIZE",
    /// Content of eight bits (RFC 6152).
    EightBitMime = "8BITMIME",
    /// Addresses beyond ASCII (RFC 6531).
    SmtpUtf8 = "SMTPUTF8",
    /// Replies with the codes of RFC 3463 (RFC 2034).
    EnhancedStatusCodes = "ENHANCEDSTATUSCODES",
    /// Content by number of octets (RFC 3030).
    Chunking = "CHUNKING",
    /// Content of any octets, in chunks (RFC 3030).
    BinaryMime = "BINARYMIME",
    /// What is told of a delivery (RFC 3461).
    Dsn = "DSN",
    /// A priority (RFC 6710).
    MtPriority = "MT-PRIORITY",
    /// A time by which to deliver (RFC 2852).
    DeliverBy = "DELIVERBY",
    /// A time before which not to deliver (RFC 4865).
    FutureRelease = "FUTURERELEASE",
    /// How many of a thing are taken (RFC 9422).
    Limits = "LIMITS",
    /// TLS all the way (RFC 8689); offered under TLS alone.
    RequireTls = "REQUIRETLS",
    /// TLS from there on (RFC 3207); offered where it can be started.
    StartTls = "STARTTLS",
    /// Clients show who they are (RFC 4954); offered where there are users.
    Auth = "AUTH",
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Keyword {
    type Err = UnknownKeyword;

    fn from_str(text: &str) -> Result<Self, UnknownKeyword> {
        let mut all = Self::ALL.iter().copied();
        let found = all.find(|keyword| keyword.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownKeyword(text.escape_debug().to_string()))
    }
}

/// A word that is no keyword of the server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the server knows no keyword `{0}`")]
pub struct UnknownKeyword(String);

/// Some of the keywords, written with commas between them.
///
/// ```
/// use comms_smtp::{Keyword, Keywords};
///
/// let some = "chunking, DSN".parse::<Keywords>()?;
/// assert!(some.has(Keyword::Dsn) && !some.has(Keyword::Size));
/// assert_eq!(some.to_string(), "CHUNKING,DSN");
/// # Ok::<(), comms_smtp::UnknownKeyword>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keywords(Vec<Keyword>);

impl Keywords {
    /// Whether `keyword` is one of them.
    pub fn has(&self, keyword: Keyword) -> bool {
        self.0.contains(&keyword)
    }
}

impl FromIterator<Keyword> for Keywords {
    fn from_iter<I: IntoIterator<Item = Keyword>>(keywords: I) -> Self {
        Self(keywords.into_iter().collect())
    }
}

impl fmt::Display for Keywords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|keyword| keyword.as_str());
        f.write_str(&words.collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Keywords {
    type Err = UnknownKeyword;

    fn from_str(text: &str) -> Result<Self, UnknownKeyword> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.map(str::parse).collect()
    }
}

impl PropertyValue for Keywords {
    const TYPE: &'static str = "keywords of EHLO with commas between them";
    const SHAPE: Shape = Shape::Words;

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string()))
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Nothing => Some(Self::default()),
            Value::Text(text) => text.parse().ok(),
            Value::List(words) => words.iter().map(|word| word.as_text()?.parse().ok()).collect(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_read_from_text_and_from_lists_and_an_unknown_one_is_an_error() {
        let both = Keywords::from_iter([Keyword::Chunking, Keyword::MtPriority]);
        assert_eq!(Keywords::from_value(" Chunking,mt-priority, ".into()), Some(both.clone()));
        let list = Value::List(vec!["CHUNKING".into(), "MT-PRIORITY".into()]);
        assert_eq!(Keywords::from_value(list), Some(both));
        assert_eq!(Keywords::from_value("CHUNKING,CHUNKED".into()), None);
        let error = "a\nb".parse::<Keyword>().unwrap_err();
        assert_eq!(error.to_string(), r"the server knows no keyword `a\nb`");
    }
}
