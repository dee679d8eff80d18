//! Values of properties and of methods: what crosses between names in a file and types in code.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroize;

use crate::shape::Shape;

/// Text that nobody is shown: a password. `Debug` and `Display` give its place only, and its
/// octets are overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Marks `text` as secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the wire and never for a person.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// A value without its type: from a configuration file, a command line, or a method call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing, as the answer of a method that has none.
    Nothing,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// A length of time.
    Duration(Duration),
    /// Text that is never shown.
    Secret(Secret),
    /// Octets, as the answer of a method.
    Octets(Vec<u8>),
    /// Several values.
    List(Vec<Self>),
}

impl Value {
    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is a number.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

/// The value as a person reads it; a list is joined with commas.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Duration(value) => write!(f, "{value:?}"),
            Self::Secret(value) => value.fmt(f),
            Self::Octets(octets) => octets.escape_ascii().fmt(f),
            Self::List(values) => values.iter().enumerate().try_for_each(|(i, value)| {
                f.write_str(if i > 0 { ", " } else { "" })?;
                value.fmt(f)
            }),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Duration> for Value {
    fn from(value: Duration) -> Self {
        Self::Duration(value)
    }
}

impl From<Secret> for Value {
    fn from(value: Secret) -> Self {
        Self::Secret(value)
    }
}

macro_rules! from_integers {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Integer(i64::from(value))
            }
        }
    )*};
}

from_integers!(u8, u16, u32, i32, i64);

/// A type that a property can have.
pub trait PropertyValue: Sized {
    /// The type in words, for tables and errors: `a whole number from 0 to 65535`.
    const TYPE: &'static str;

    /// What its values look like, for programs.
    const SHAPE: Shape = Shape::Text;

    /// Whether the value must never be shown.
    const SECRET: bool = false;

    /// The value, or `None` while there is none.
    fn to_value(&self) -> Option<Value>;

    /// The value as this type; `None` if it does not fit. Text is parsed.
    fn from_value(value: Value) -> Option<Self>;
}

impl PropertyValue for bool {
    const TYPE: &'static str = "true or false";
    const SHAPE: Shape = Shape::Truth;

    fn to_value(&self) -> Option<Value> {
        Some(Value::Bool(*self))
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(value),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl PropertyValue for String {
    const TYPE: &'static str = "text";

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.clone()))
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A path that is no UTF-8 has no value that can be shown.
impl PropertyValue for PathBuf {
    const TYPE: &'static str = "the path of a file";
    const SHAPE: Shape = Shape::Path;

    fn to_value(&self) -> Option<Value> {
        self.to_str().map(Value::from)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into()),
            _ => None,
        }
    }
}

impl PropertyValue for Secret {
    const TYPE: &'static str = "secret text";
    const SECRET: bool = true;

    fn to_value(&self) -> Option<Value> {
        Some(Value::Secret(self.clone()))
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Secret(secret) => Some(secret),
            Value::Text(text) => Some(Self(text)),
            _ => None,
        }
    }
}

/// A number is seconds; text is a number with `ms`, `s`, `m` or `h`, seconds without.
impl PropertyValue for Duration {
    const TYPE: &'static str = "a time such as 30, 1.5s, 200ms or 5m";
    const SHAPE: Shape = Shape::Time;

    fn to_value(&self) -> Option<Value> {
        Some(Value::Duration(*self))
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Duration(time) => Some(time),
            Value::Integer(seconds) => u64::try_from(seconds).ok().map(Self::from_secs),
            Value::Text(text) => parse_time(&text),
            _ => None,
        }
    }
}

fn parse_time(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit)?;
    let seconds: u32 = match unit.trim() {
        // A whole number is exact; a float of so many digits would not be.
        "ms" => match number.parse() {
            Ok(whole) => return Some(Duration::from_millis(whole)),
            Err(_) => {
                return Duration::try_from_secs_f64(number.parse::<f64>().ok()? / 1000.0).ok();
            }
        },
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return None,
    };
    match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(u64::from(seconds)).map(Duration::from_secs),
        Err(_) => {
            Duration::try_from_secs_f64(number.parse::<f64>().ok()? * f64::from(seconds)).ok()
        }
    }
}

impl<T: PropertyValue> PropertyValue for Option<T> {
    const TYPE: &'static str = T::TYPE;
    const SHAPE: Shape = T::SHAPE;
    const SECRET: bool = T::SECRET;

    fn to_value(&self) -> Option<Value> {
        self.as_ref().and_then(T::to_value)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Nothing => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

macro_rules! integer_properties {
    ($($type:ty: $words:literal, $most:expr;)*) => {$(
        impl PropertyValue for $type {
            const TYPE: &'static str = $words;
            const SHAPE: Shape = Shape::Whole { most: $most };

            fn to_value(&self) -> Option<Value> {
                i64::try_from(*self).ok().map(Value::Integer)
            }

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Integer(number) => Self::try_from(number).ok(),
                    Value::Text(text) => text.trim().parse().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

integer_properties!(
    u16: "a whole number from 0 to 65535", 65_535;
    u32: "a whole number from 0 to 4294967295", 4_294_967_295;
    u64: "a whole number", i64::MAX;
    usize: "a whole number", i64::MAX;
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_parsed_into_the_type_of_the_property() {
        assert_eq!(u16::from_value("587".into()), Some(587));
        assert_eq!(u16::from_value("70000".into()), None);
        assert_eq!(bool::from_value("true".into()), Some(true));
        assert_eq!(Duration::from_value("1.5s".into()), Some(Duration::from_millis(1500)));
        assert_eq!(Duration::from_value("200ms".into()), Some(Duration::from_millis(200)));
        assert_eq!(Duration::from_value("5m".into()), Some(Duration::from_secs(300)));
        assert_eq!(Duration::from_value(30.into()), Some(Duration::from_secs(30)));
        assert_eq!(Duration::from_value("0.5ms".into()), Some(Duration::from_micros(500)));
        assert_eq!(Duration::from_value("1.5m".into()), Some(Duration::from_secs(90)));
        assert_eq!(Duration::from_value("2h".into()), Some(Duration::from_secs(7200)));
        for wrong in ["", "x", "-1", "5 parsecs", "é", "1e400s", "9.9.9"] {
            assert_eq!(Duration::from_value(wrong.into()), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_property_gives_it_takes() {
        fn taken<T: PropertyValue + PartialEq + fmt::Debug>(given: T) {
            let value = given.to_value();
            assert!(value.is_some(), "{given:?}");
            assert_eq!(T::from_value(value.unwrap_or(Value::Nothing)), Some(given));
        }
        taken(true);
        taken(false);
        taken("text".to_owned());
        taken(PathBuf::from("/etc/comms.toml"));
        taken(Secret::new("hunter2"));
        taken(Duration::from_millis(1500));
        taken(65_535_u16);
        taken(Some(3_u32));
        assert_eq!(Option::<u32>::from_value(Value::Nothing), Some(None));
        for wrong in [Value::Integer(1), Value::Octets(vec![1])] {
            assert_eq!(String::from_value(wrong.clone()), None);
            assert_eq!(PathBuf::from_value(wrong.clone()), None);
            assert_eq!(bool::from_value(wrong), None);
        }
        assert_eq!(Secret::new("hunter2").reveal(), "hunter2");
    }

    #[test]
    fn a_whole_number_of_milliseconds_was_off_by_a_nanosecond() {
        let exact = Duration::from_millis(4_213_731_560);
        assert_eq!(Duration::from_value("4213731560ms".into()), Some(exact));
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let secret = Value::from(Secret::new("hunter2"));
        assert!(!format!("{secret} {secret:?}").contains("hunter2"));
    }
}
