//! `[log]`: where the logs of services go, and what goes into them.

use std::path::{Path, PathBuf};

use comms_core::{Level, Registry, Value, nearest};

use crate::findings::Findings;
use crate::layers::Layers;
use crate::problem::Problem;
use crate::tree::{Entry, Kind, Span};

/// What `[log]` says: a folder in which each layer of a service has a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogSettings {
    /// The folder.
    pub directory: PathBuf,
    /// What goes into the logs: `production,Smtp=script`.
    pub levels: Option<String>,
    /// The most KiB of a file.
    pub max_size: Option<usize>,
}

/// Reads `[log]`, whose key is at `place`; the folder is relative to `home`.
pub(crate) fn read(
    entries: &[Entry],
    place: &Span,
    home: &Path,
    registry: &Registry,
    findings: &mut Findings,
) -> Option<LogSettings> {
    let mut directory = None;
    let mut settings = LogSettings { directory: PathBuf::new(), levels: None, max_size: None };
    for entry in entries {
        findings.show(&entry.node.place);
        let text = entry.node.text().filter(|text| !text.is_empty());
        let outcome = match (entry.key.as_str(), text, &entry.node.kind) {
            ("directory", Some(path), _) => {
                directory = Some(home.join(path));
                Ok(())
            }
            ("directory", None, _) => Err(("is the path of a folder", DIRECTORY.to_owned())),
            ("levels", Some(levels), _) => wrong_level(levels, registry).map_or_else(
                || {
                    settings.levels = Some(levels.to_owned());
                    Ok(())
                },
                Err,
            ),
            ("levels", None, _) => Err(("is text", "write levels = \"production\"".to_owned())),
            ("max_size" | "maxSize", _, Kind::Value(Value::Integer(size))) if *size > 0 => {
                settings.max_size = usize::try_from(*size).ok();
                Ok(())
            }
            ("max_size" | "maxSize", ..) => {
                Err(("is a whole number of KiB from 1", "write max_size = 1024".to_owned()))
            }
            (other, ..) => Err(("is no key of [log]", similar(other, &KEYS))),
        };
        if let Err((why, remedy)) = outcome {
            let name = entry.key.clone();
            let known = KEYS.contains(&name.as_str()) || name == "maxSize";
            let place = if known { &entry.node.place } else { &entry.place };
            findings.add(place, Problem::Log { name, why, remedy });
        }
    }
    let Some(directory) = directory else {
        let problem = || Problem::Log {
            name: "log".to_owned(),
            why: "has no `directory`",
            remedy: DIRECTORY.to_owned(),
        };
        if !entries.iter().any(|entry| entry.key == "directory") {
            findings.add(place, problem());
        }
        return None;
    };
    settings.directory = directory;
    Some(settings)
}

/// What is wrong with levels such as `production,Smtp=script`, if something is.
fn wrong_level(levels: &str, registry: &Registry) -> Option<(&'static str, String)> {
    let known = Level::ALL.iter().map(|level| level.name()).chain(["all", "none"]);
    let known = known.collect::<Vec<_>>();
    let layers = Layers::of_registry(registry);
    levels.split(',').map(str::trim).filter(|part| !part.is_empty()).find_map(|part| {
        let (layer, level) = match part.split_once('=') {
            Some((layer, level)) => (Some(layer.trim()), level.trim()),
            None => (None, part),
        };
        let plain = layer.map(|layer| layer.split('#').next().unwrap_or(layer));
        if let Some(plain) = plain.filter(|plain| layers.layer(plain).is_none()) {
            let names = registry.specs().map(|spec| spec.name).collect::<Vec<_>>();
            return Some(("names a layer that is no module", similar(plain, &names)));
        }
        let is_level = known.iter().any(|known| known.eq_ignore_ascii_case(level));
        (!is_level).then(|| ("names a level that there is not", similar(level, &known)))
    })
}

/// The name that may be meant, or all that there are.
fn similar(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

const KEYS: [&str; 3] = ["directory", "levels", "max_size"];

const DIRECTORY: &str = "write directory = \"logs\"";
