//! Where comms.toml lies.

use std::env;
use std::path::PathBuf;

use crate::error::ConfigError;

/// The file that is used where none is named: the one that `COMMS_CONFIG` names, or the first that
/// there is of `./comms.toml`, `$XDG_CONFIG_HOME/comms/comms.toml` (`~/.config` without that
/// variable) and `/etc/comms/comms.toml`. Files are not merged.
pub(crate) fn file() -> Result<PathBuf, ConfigError> {
    if let Some(named) = set("COMMS_CONFIG") {
        return Ok(named);
    }
    let places = places();
    let found = places.iter().find(|place| place.is_file());
    let looked = || places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>();
    found.cloned().ok_or_else(|| ConfigError::NotFound { looked: looked().join(", ") })
}

fn places() -> Vec<PathBuf> {
    let users = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    let here = PathBuf::from(NAME);
    let users = users.map(|folder| folder.join("comms").join(NAME));
    let system = PathBuf::from("/etc/comms").join(NAME);
    [here].into_iter().chain(users).chain([system]).collect()
}

/// The path in a variable that is set and not empty.
fn set(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

const NAME: &str = "comms.toml";
