//! A file of stacks and services.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use comms_core::{CommsStack, Registry, Result, nearest};

use crate::blueprint::Blueprint;
use crate::check::{self, Checked};
use crate::error::ConfigError;
use crate::find;

/// A file of stacks and services, `comms.toml`, without mistakes.
///
/// ```
/// use comms_config::Config;
/// use comms_core::{Registry, Value};
/// # use comms_core::{CommsModule, ModuleSpec, Properties};
/// # comms_core::properties! {
/// #     /// .
/// #     #[derive(Debug)]
/// #     pub struct All {
/// #         /// .
/// #         BeforeConnect host: String = String::from("localhost"),
/// #         /// .
/// #         BeforeConnect port: u16 = 25,
/// #     }
/// # }
/// # #[derive(Debug, Default)]
/// # struct Radio(All);
/// # static SPEC: ModuleSpec =
/// #     ModuleSpec { properties: All::TABLE, ..ModuleSpec::bottom("Radio", "") };
/// # impl CommsModule for Radio {
/// #     fn spec(&self) -> &'static ModuleSpec { &SPEC }
/// #     fn properties(&self) -> Option<&dyn Properties> { Some(&self.0) }
/// #     fn properties_mut(&mut self) -> Option<&mut dyn Properties> { Some(&mut self.0) }
/// # }
///
/// let registry = Registry::new().with::<Radio>();
/// let text = r#"
/// [stacks.air]
/// modules = "Radio"
/// port = 7
///
/// [services.tower]
/// stack = "air"
/// host = "tower.example"
/// "#;
/// let config = Config::parse(text, "comms.toml", &registry)?;
/// let tower = config.service("tower")?;
/// assert_eq!(tower.build(&registry)?.get("port")?.value, Some(Value::from(7_u16)));
///
/// let wrong = Config::parse(&text.replace("port", "prot"), "comms.toml", &registry).unwrap_err();
/// assert_eq!(
///     wrong.to_string(),
///     "comms.toml:4:1: Radio has no property `prot`\n  |\n4 | prot = <not shown>\n  | ^^^^\n  = \
///      did you mean `port`?"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Config {
    path: PathBuf,
    checked: Checked,
}

impl Config {
    /// Reads `text`, which is the file `path`: relative paths in it are relative to that. Every
    /// mistake is told at once.
    pub fn parse(
        text: &str,
        path: impl AsRef<Path>,
        registry: &Registry,
    ) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        if u64::try_from(text.len()).is_ok_and(|octets| octets > LONGEST) {
            return Err(ConfigError::TooLong { path: path.to_owned(), most: LONGEST });
        }
        let checked = check::check(text, path, registry)?;
        Ok(Self { path: path.to_owned(), checked })
    }

    /// Reads a file.
    pub fn read(path: impl AsRef<Path>, registry: &Registry) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let failed = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let mut octets = Vec::new();
        let file = File::open(path).map_err(failed)?;
        file.take(LONGEST + 1).read_to_end(&mut octets).map_err(failed)?;
        let text = String::from_utf8(octets);
        let text = text.map_err(|_| ConfigError::NotText { path: path.to_owned() })?;
        Self::parse(&text, path, registry)
    }

    /// Reads the file that the environment variable `COMMS_CONFIG` names, or the first that there is
    /// of `./comms.toml`, `$XDG_CONFIG_HOME/comms/comms.toml` (`~/.config` without that variable)
    /// and `/etc/comms/comms.toml`. Files are not merged.
    pub fn find(registry: &Registry) -> Result<Self, ConfigError> {
        Self::read(find::file()?, registry)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the stacks, in the order of the file.
    pub fn stacks(&self) -> impl Iterator<Item = &str> {
        self.checked.stacks.iter().map(String::as_str)
    }

    /// The names of the services, in the order of the file.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.checked.services.iter().map(|(name, _)| name.as_str())
    }

    /// A service, not yet built.
    pub fn service(&self, name: &str) -> Result<&Blueprint, ConfigError> {
        let service = self.checked.services.iter().find(|(known, _)| known == name);
        service.map(|(_, blueprint)| blueprint).ok_or_else(|| ConfigError::NoService {
            path: self.path.clone(),
            name: name.to_owned(),
            nearest: nearest(name, self.services()),
            known: self.services().map(str::to_owned).collect(),
        })
    }

    /// The stack of a service, not yet connected.
    pub fn build(&self, service: &str, registry: &Registry) -> Result<CommsStack> {
        self.service(service)?.build(registry)
    }
}

/// No configuration is longer.
const LONGEST: u64 = 1024 * 1024;
