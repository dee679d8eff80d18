//! A stack that is not built yet: its modules, and its settings with where each came from.

use std::path::{Path, PathBuf};

use comms_core::{CommsStack, Error, ErrorClass, PropertySpec, Registry, Result, Value};
use thiserror::Error as ThisError;

use crate::given::{Given, Missing};
use crate::log::LogSettings;
use crate::mail_url::MailUrl;
use crate::set_by::SetBy;

/// A stack that is not built yet: its modules, and its settings with where each came from. A
/// service of a [`Config`](crate::Config) is one, and so is a URL; a program adds its own settings.
///
/// ```
/// use comms_config::{Blueprint, SetBy};
/// use comms_core::{Registry, Value};
/// # use comms_core::{CommsModule, ModuleSpec, Properties};
/// # comms_core::properties! {
/// #     /// .
/// #     #[derive(Debug)]
/// #     pub struct All {
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
/// let mut blueprint = Blueprint::of_modules("Radio");
/// blueprint.set("port", 7_u16, SetBy::Flag("--set"));
/// let stack = blueprint.build(&registry)?;
/// assert_eq!(stack.get("Radio.port")?.value, Some(Value::from(7_u16)));
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blueprint {
    modules: String,
    settings: Vec<Setting>,
    /// The file that it stands in.
    file: Option<PathBuf>,
    log: Option<LogSettings>,
}

/// One setting, in the order in which they are made: the last has the word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// `Tcp.port`, or `port` of the top-most layer that has it.
    pub(crate) name: String,
    pub(crate) given: Given,
    pub(crate) origin: SetBy,
}

impl Blueprint {
    /// The stack of these modules, top first: `Smtp,Util,Tcp`.
    pub fn of_modules(modules: impl Into<String>) -> Self {
        Self { modules: modules.into(), settings: Vec::new(), file: None, log: None }
    }

    /// The stack that a URL means, whose settings came from `origin`.
    pub fn of_url(url: &MailUrl, origin: &SetBy) -> Self {
        let mut blueprint = Self::of_modules(url.modules());
        for (name, value) in url.settings() {
            blueprint.set(*name, value.clone(), origin.clone());
        }
        blueprint
    }

    /// The same, out of this file, which says so of logs.
    pub(crate) fn in_file(self, path: &Path, log: Option<LogSettings>) -> Self {
        Self { file: Some(path.to_owned()), log, ..self }
    }

    /// The modules, top first.
    pub fn modules(&self) -> &str {
        &self.modules
    }

    /// Where the layers of the stack have their logs, if its file says so. The program gives them
    /// to the stack: this crate knows no logs.
    pub fn log(&self) -> Option<&LogSettings> {
        self.log.as_ref()
    }

    /// Sets a property of the top-most layer that has it, or that of one layer, `Tcp.port`, over
    /// what was set before. Whether there is one is found when the stack is built.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>, origin: SetBy) {
        self.settings.push(Setting {
            name: name.into(),
            given: Given::Value(value.into()),
            origin,
        });
    }

    pub(crate) fn push(&mut self, setting: Setting) {
        self.settings.push(setting);
    }

    pub(crate) fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The stack, not yet connected, with its properties set. Values that the file names by their
    /// place are looked up now.
    pub fn build(&self, registry: &Registry) -> Result<CommsStack> {
        let mut stack = registry.build(&self.modules)?;
        for setting in &self.settings {
            let value = setting.given.value().map_err(|missing| self.missing(setting, missing))?;
            let value = shown_where_it_may_be(&stack, &setting.name, value);
            stack.set(&setting.name, value).map_err(|error| self.placed(setting, error))?;
        }
        Ok(stack)
    }

    /// The stack, as far as it can be had without looking anywhere else.
    pub(crate) fn sketch(&self, registry: &Registry) -> Result<CommsStack> {
        let mut stack = registry.build(&self.modules)?;
        for setting in &self.settings {
            if let Given::Value(value) = &setting.given {
                stack.set(&setting.name, value.clone())?;
            }
        }
        Ok(stack)
    }

    fn missing(&self, setting: &Setting, source: Missing) -> Error {
        let class = match source {
            Missing::Env { .. } => ErrorClass::Usage,
            _ => ErrorClass::Content,
        };
        let property = setting.name.clone();
        Error::new(class, SettingError::Missing { place: self.place(setting), property, source })
    }

    /// A refusal of what a file says is told with its place there.
    fn placed(&self, setting: &Setting, source: Error) -> Error {
        if matches!(setting.origin, SetBy::Flag(_)) || self.file.is_none() {
            return source;
        }
        Error::new(source.class(), SettingError::Refused { place: self.place(setting), source })
    }

    /// `comms.toml, service `mailhub` line 12`.
    fn place(&self, setting: &Setting) -> String {
        match &self.file {
            Some(file) => format!("{}, {}", file.display(), setting.origin),
            None => setting.origin.to_string(),
        }
    }
}

/// Why a setting could not be made as the stack was built.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum SettingError {
    /// Its value is not where the file says.
    #[error("{place}: `{property}` has no value")]
    Missing {
        /// File, section and line.
        place: String,
        /// The property.
        property: String,
        /// What is missing.
        source: Missing,
    },
    /// The stack does not take it.
    #[error("{place}")]
    Refused {
        /// File, section and line.
        place: String,
        /// What the stack says.
        source: Error,
    },
}

/// A value that was found elsewhere came as a secret, and only a secret property takes one.
fn shown_where_it_may_be(stack: &CommsStack, name: &str, value: Value) -> Value {
    match (value, row(stack, name)) {
        (Value::Secret(secret), Ok((_, Some(row)))) if !row.secret => Value::from(secret.reveal()),
        (value, _) => value,
    }
}

/// The layer and the row that a name means.
pub(crate) fn row(
    stack: &CommsStack,
    name: &str,
) -> Result<(String, Option<&'static PropertySpec>)> {
    let layer = stack.get(name)?.layer;
    let plain = name.rsplit('.').next().unwrap_or(name);
    let mut owners = stack.names().zip(stack.modules()).filter(|(owner, _)| *owner == layer);
    let row = owners.find_map(|(_, module)| module.spec().property(plain));
    Ok((layer, row))
}
