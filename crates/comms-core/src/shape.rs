//! The shape of a property's values, for programs: what a schema or a form is made from.

/// What values of a property look like. The type in words is for people; this is for programs.
///
/// ```
/// use comms_core::{PropertyValue, Shape};
///
/// assert_eq!(<Option<u16>>::SHAPE, Shape::Whole { most: 65_535 });
/// assert_eq!(String::SHAPE, Shape::Text);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Yes or no.
    Truth,
    /// A whole number from 0.
    Whole {
        /// The greatest.
        most: i64,
    },
    /// A length of time: seconds, or text with a unit.
    Time,
    /// Text, by rules of its own perhaps.
    Text,
    /// Text or a whole number, by rules of its own.
    TextOrNumber,
    /// Words: text with commas between them, or a list.
    Words,
    /// The path of a file; a relative one in a configuration is relative to that.
    Path,
    /// One of these words.
    Choice(&'static [&'static str]),
}
