//! What goes into a log, layer by layer.

use std::fmt;
use std::str::FromStr;

use comms_core::{CommsStack, Result};

use crate::error::UnknownLevel;
use crate::levels::Levels;

/// The levels of each layer: those of its own, or else those that are for all.
///
/// As text, `LAYER=LEVEL` is of one layer and a level alone is of all that have none of their own;
/// several stand between commas, and add up. Where only layers are named, the others log nothing.
///
/// ```
/// use comms_log::{LayerLevels, Levels};
///
/// let levels = "Smtp=pdus,Smtp=script,Tls=production".parse::<LayerLevels>()?;
/// assert_eq!(levels.of("Smtp").to_string(), "script,pdus");
/// assert_eq!(levels.of("Tcp"), Levels::NONE);
///
/// let levels = "production,Tcp=all".parse::<LayerLevels>()?;
/// assert_eq!((levels.of("tcp"), levels.of("Util").to_string().as_str()), (Levels::ALL, "production"));
/// # Ok::<(), comms_log::UnknownLevel>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerLevels {
    others: Levels,
    layers: Vec<(String, Levels)>,
}

impl LayerLevels {
    /// The same for all layers.
    pub fn all(levels: impl Into<Levels>) -> Self {
        Self { others: levels.into(), layers: Vec::new() }
    }

    /// The same, with these for one layer.
    pub fn with(mut self, layer: impl Into<String>, levels: impl Into<Levels>) -> Self {
        let layer = layer.into();
        self.layers.retain(|(named, _)| !named.eq_ignore_ascii_case(&layer));
        self.layers.push((layer, levels.into()));
        self
    }

    /// Those of one layer, whose name is in any case.
    pub fn of(&self, layer: &str) -> Levels {
        let own = self.layers.iter().find(|(named, _)| named.eq_ignore_ascii_case(layer));
        own.map_or(self.others, |(_, levels)| *levels)
    }

    /// An error if `stack` lacks a layer that is named here.
    pub fn check(&self, stack: &CommsStack) -> Result<()> {
        self.layers.iter().try_for_each(|(layer, _)| stack.info_of(layer).map(drop))
    }
}

/// Those of [`Levels`] for all.
impl Default for LayerLevels {
    fn default() -> Self {
        Self::all(Levels::default())
    }
}

impl From<Levels> for LayerLevels {
    fn from(levels: Levels) -> Self {
        Self::all(levels)
    }
}

impl FromStr for LayerLevels {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let mut all = Self::all(Levels::NONE);
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match entry.split_once('=') {
                None => all.others = all.others.and(entry.parse()?),
                Some((layer, level)) => {
                    let (layer, levels) = (layer.trim(), level.parse::<Levels>()?);
                    let is_named =
                        all.layers.iter().any(|(named, _)| named.eq_ignore_ascii_case(layer));
                    let before = if is_named { all.of(layer) } else { Levels::NONE };
                    all = all.with(layer, before.and(levels));
                }
            }
        }
        Ok(all)
    }
}

/// As `FromStr` reads it.
impl fmt::Display for LayerLevels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.others.fmt(f)?;
        for (layer, levels) in &self.layers {
            if *levels == Levels::NONE {
                write!(f, ",{layer}={levels}")?;
            }
            levels.iter().try_for_each(|level| write!(f, ",{layer}={}", level.name()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use comms_core::Level;

    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        for text in ["none", "script,pdus", "none,Smtp=pdus,Smtp=trace,Tls=none", "all"] {
            let levels = text.parse::<LayerLevels>().unwrap();
            assert_eq!(levels.to_string().parse(), Ok(levels), "{text}");
        }
    }

    #[test]
    fn a_layer_with_levels_of_its_own_has_none_of_the_others() {
        let levels = LayerLevels::all(Levels::ALL).with("Tls", Level::Production);
        assert_eq!(levels.of("TLS").to_string(), "production");
        assert_eq!(levels.of("Tls#2"), Levels::ALL);
    }

    #[test]
    fn an_unknown_level_is_named_and_so_are_those_that_there_are() {
        let error = "Smtp=pdu".parse::<LayerLevels>().unwrap_err().to_string();
        assert!(error.contains("`pdu`: did you mean `pdus`?"), "{error}");
        assert!(
            "=pdus".parse::<LayerLevels>().is_ok_and(|levels| levels.of("Tcp") == Levels::NONE)
        );
    }
}
