//! Properties: what can be read from and set on a module by name.
//!
//! A module states each property once, as a field of a struct made with
//! [`properties!`](crate::properties), and uses it as the plain field that it is.

use thiserror::Error;

use crate::names::{self, Hint};
use crate::shape::Shape;
use crate::value::Value;

/// Who may set a property, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// At any time.
    Always,
    /// While the layer is not connected: an address.
    BeforeConnect,
    /// Never: the module itself fills it in.
    ReadOnly,
}

/// One row of a module's table of properties.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PropertySpec {
    /// Its name, in `snake_case`.
    pub name: &'static str,
    /// Its type, in words.
    pub kind: &'static str,
    /// What its values look like, for programs.
    pub shape: Shape,
    /// Who may set it, and when.
    pub access: Access,
    /// Whether its value must never be shown.
    pub secret: bool,
    /// What it is for.
    pub doc: &'static str,
    /// Its value in a new module.
    pub default: fn() -> Option<Value>,
}

impl PropertySpec {
    /// A row; [`properties!`](crate::properties) writes these.
    pub const fn new(
        name: &'static str,
        kind: &'static str,
        access: Access,
        secret: bool,
        doc: &'static str,
        default: fn() -> Option<Value>,
    ) -> Self {
        Self { name, kind, shape: Shape::Text, access, secret, doc, default }
    }

    /// The row, of values that look like this; without it they are text.
    pub const fn shaped(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }
}

/// The properties of a module, by name. Implemented by [`properties!`](crate::properties).
pub trait Properties {
    /// The value, or `None` while there is none; a name that is not in the table gives none.
    fn read(&self, name: &str) -> Option<Value>;

    /// Sets the value, whatever its access: that is the stack's to check.
    fn write(&mut self, name: &str, value: Value) -> Result<(), PropertyError>;
}

/// A property's value, and the layer that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Property {
    /// The layer, such as `Tcp`.
    pub layer: String,
    /// The value; `None` while there is none yet, such as the peer's name before `connect`.
    pub value: Option<Value>,
}

/// Why a property cannot be read or set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PropertyError {
    /// No layer has such a property.
    #[error("{stack} has no property `{name}`{}", Hint(.nearest.as_deref()))]
    Unknown {
        /// The stack, or the layer that was addressed.
        stack: String,
        /// What was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// The value is not of the property's type.
    #[error("`{name}` is {kind}, not `{found}`")]
    WrongType {
        /// The property.
        name: &'static str,
        /// Its type, in words.
        kind: &'static str,
        /// What it was given; a secret is not shown.
        found: String,
    },
    /// It is the module's to fill in.
    #[error("`{name}` can be read and not set")]
    ReadOnly {
        /// The property.
        name: &'static str,
    },
    /// It takes effect at `connect`, and the layer is connected.
    #[error("`{name}` cannot be set while connected: disconnect first")]
    WhileConnected {
        /// The property.
        name: &'static str,
    },
}

/// The row of `name` in `table`, in either spelling.
pub(crate) fn find(table: &'static [PropertySpec], name: &str) -> Option<&'static PropertySpec> {
    let plain = table.iter().find(|row| row.name == name);
    plain.or_else(|| {
        let snake = names::snake(name);
        table.iter().find(|row| row.name == snake)
    })
}

/// States the properties of a module, each once: its doc, access, name, type and default.
///
/// It makes a plain struct with these fields (derive what you like on it), `Default`, the table
/// for the module's spec as `TABLE`, and [`Properties`].
///
/// ```
/// use comms_core::{Properties, Value};
///
/// comms_core::properties! {
///     /// What a heater can be told.
///     #[derive(Debug)]
///     pub struct HeaterProperties {
///         /// Degrees to reach.
///         Always target: u16 = 20,
///         /// Where the heater is.
///         BeforeConnect room: String = String::from("hall"),
///         /// Degrees now, once measured.
///         ReadOnly measured: Option<u16> = None,
///     }
/// }
///
/// let mut heater = HeaterProperties::default();
/// heater.write("target", Value::from("22"))?;
/// assert_eq!(heater.target, 22);
/// assert_eq!(heater.read("measured"), None);
/// assert_eq!(HeaterProperties::TABLE.len(), 3);
/// # Ok::<(), comms_core::PropertyError>(())
/// ```
#[macro_export]
macro_rules! properties {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $access:ident $field:ident : $type:ty = $default:expr
            ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $( $(#[doc = $doc])+ pub $field: $type, )*
        }

        impl $name {
            /// The table of these properties.
            pub const TABLE: &'static [$crate::PropertySpec] = &[$(
                $crate::PropertySpec::new(
                    stringify!($field),
                    <$type as $crate::PropertyValue>::TYPE,
                    $crate::Access::$access,
                    <$type as $crate::PropertyValue>::SECRET,
                    concat!($($doc),+).trim_ascii(),
                    || {
                        let value: $type = $default;
                        $crate::PropertyValue::to_value(&value)
                    },
                )
                .shaped(<$type as $crate::PropertyValue>::SHAPE),
            )*];
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $crate::Properties for $name {
            fn read(&self, name: &str) -> Option<$crate::Value> {
                match name {
                    $( stringify!($field) => $crate::PropertyValue::to_value(&self.$field), )*
                    _ => None,
                }
            }

            fn write(
                &mut self,
                name: &str,
                value: $crate::Value,
            ) -> Result<(), $crate::PropertyError> {
                match name {
                    $( stringify!($field) => {
                        let found = match <$type as $crate::PropertyValue>::SECRET {
                            true => String::from("<not shown>"),
                            false => value.to_string(),
                        };
                        self.$field = <$type as $crate::PropertyValue>::from_value(value).ok_or(
                            $crate::PropertyError::WrongType {
                                name: stringify!($field),
                                kind: <$type as $crate::PropertyValue>::TYPE,
                                found,
                            },
                        )?;
                        Ok(())
                    } )*
                    _ => Err($crate::PropertyError::Unknown {
                        stack: stringify!($name).to_owned(),
                        name: name.to_owned(),
                        nearest: None,
                    }),
                }
            }
        }
    };
}

/// Makes an enum of words that a property can have: its `Display`, and its `PropertyValue`.
///
/// ```
/// use comms_core::{PropertyValue, Value};
///
/// comms_core::choice! {
///     /// How warm.
///     pub enum Warmth {
///         /// Not at all.
///         Cold = "cold",
///         /// Very.
///         Hot = "hot",
///     }
/// }
///
/// assert_eq!(Warmth::from_value(Value::from("hot")), Some(Warmth::Hot));
/// assert_eq!(Warmth::Cold.to_string(), "cold");
/// assert_eq!(Warmth::TYPE, "one of: cold, hot");
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$attribute:meta])* $first:ident = $first_word:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $( $(#[$attribute])* $first, )+
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $( Self::$first => $first_word, )+ })
            }
        }

        impl $crate::PropertyValue for $name {
            const TYPE: &'static str = $crate::choice!(@words $($first_word),+);
            const SHAPE: $crate::Shape = $crate::Shape::Choice(&[$($first_word),+]);

            fn to_value(&self) -> Option<$crate::Value> {
                Some($crate::Value::Text(self.to_string()))
            }

            fn from_value(value: $crate::Value) -> Option<Self> {
                match value.as_text()? {
                    $( $first_word => Some(Self::$first), )+
                    _ => None,
                }
            }
        }
    };
    (@words $first:literal $(, $word:literal)*) => {
        concat!("one of: ", $first $(, ", ", $word)*)
    };
}
