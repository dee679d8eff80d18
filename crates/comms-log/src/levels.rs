//! What goes into a log.

use std::fmt;
use std::str::FromStr;

use comms_core::{Level, nearest};

use crate::error::UnknownLevel;

/// A set of levels, each on or off on its own. Production and script are on by default.
///
/// ```
/// use comms_core::Level;
/// use comms_log::Levels;
///
/// let levels = "trace, pdus".parse::<Levels>()?;
/// assert!(levels.has(Level::Pdus) && !levels.has(Level::Script));
/// assert_eq!(levels.with(Level::Production).to_string(), "production,pdus,trace");
/// assert_eq!(Levels::default().to_string(), "production,script");
/// # Ok::<(), comms_log::UnknownLevel>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Levels(u8);

impl Levels {
    /// No level: nothing goes into the log.
    pub const NONE: Self = Self(0);

    /// Every level.
    pub const ALL: Self = Self(0b1_1111);

    /// These levels and `level`.
    pub const fn with(self, level: Level) -> Self {
        Self(self.0 | bit(level))
    }

    /// These levels except `level`.
    pub const fn without(self, level: Level) -> Self {
        Self(self.0 & !bit(level))
    }

    /// What is on in either.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `level` is on.
    pub const fn has(self, level: Level) -> bool {
        self.0 & bit(level) != 0
    }

    /// The levels that are on; what matters to the operator comes first.
    pub fn iter(self) -> impl Iterator<Item = Level> {
        Level::ALL.into_iter().rev().filter(move |level| self.has(*level))
    }
}

impl Default for Levels {
    fn default() -> Self {
        Self::NONE.with(Level::Production).with(Level::Script)
    }
}

impl From<Level> for Levels {
    fn from(level: Level) -> Self {
        Self::NONE.with(level)
    }
}

impl FromIterator<Level> for Levels {
    fn from_iter<I: IntoIterator<Item = Level>>(levels: I) -> Self {
        levels.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Names in any case, separated by commas; `all` and `none` are names as well.
impl FromStr for Levels {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(named).try_fold(Self::NONE, |all, one| Ok(all.and(one?)))
    }
}

fn named(name: &str) -> Result<Levels, UnknownLevel> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    if is(ALL) {
        return Ok(Levels::ALL);
    }
    if is(NONE) {
        return Ok(Levels::NONE);
    }
    let level = Level::ALL.into_iter().find(|level| is(level.name()));
    level.map(Levels::from).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> UnknownLevel {
    let known = Level::ALL.into_iter().map(Level::name);
    let nearest = nearest(name, known.chain([ALL, NONE]));
    UnknownLevel { name: name.to_owned(), nearest }
}

/// As `FromStr` reads it: `production,script`, or `none`.
impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str(NONE);
        }
        self.iter().enumerate().try_for_each(|(at, level)| {
            f.write_str(if at > 0 { "," } else { "" })?;
            f.write_str(level.name())
        })
    }
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Levels({self})")
    }
}

const fn bit(level: Level) -> u8 {
    match level {
        Level::Debug => 1,
        Level::Trace => 1 << 1,
        Level::Pdus => 1 << 2,
        Level::Script => 1 << 3,
        Level::Production => 1 << 4,
    }
}

const ALL: &str = "all";
const NONE: &str = "none";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_set_of_levels_is_read_back_as_it_was_written() {
        for set in 0..=Levels::ALL.0 {
            assert_eq!(Levels(set).to_string().parse(), Ok(Levels(set)));
        }
    }

    #[test]
    fn all_has_every_level_and_none_has_none() {
        assert_eq!("all".parse(), Ok(Level::ALL.into_iter().collect::<Levels>()));
        assert_eq!("".parse(), Ok(Levels::NONE));
        assert_eq!("none,Trace".parse(), Ok(Levels::from(Level::Trace)));
    }

    #[test]
    fn a_level_is_taken_out_alone() {
        assert_eq!(Levels::default().without(Level::Script).to_string(), "production");
        assert_eq!(Levels::NONE.without(Level::Script), Levels::NONE);
    }

    #[test]
    fn a_wrong_name_among_right_ones_is_an_error_that_names_it() {
        let error = "trace,verbose,all".parse::<Levels>().unwrap_err();
        assert_eq!(error.name, "verbose");
    }
}
