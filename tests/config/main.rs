//! Configuration as a program has it: files, URLs and mistakes, with the modules that come with
//! this crate and one of the test's own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod mistakes;
mod schema;
mod services;
mod shown;
mod urls;

use comms::{
    Access, Below, CommsModule, Config, ConfigError, ModuleSpec, Properties, Registry, Secret,
    standard_registry,
};

comms::properties! {
    /// What a radio can be told.
    #[derive(Debug)]
    pub struct RadioProperties {
        /// The channel.
        BeforeConnect channel: u16 = 1,
        /// The key of the day.
        Always day_key: Option<Secret> = None,
        /// How well it is heard.
        ReadOnly strength: Option<u16> = None,
    }
}

/// A bottom of a user's own.
#[derive(Debug, Default)]
pub struct Radio(RadioProperties);

static RADIO: ModuleSpec = ModuleSpec {
    properties: RadioProperties::TABLE,
    ..ModuleSpec::bottom("Radio", "speaks over the air")
};

impl CommsModule for Radio {
    fn spec(&self) -> &'static ModuleSpec {
        &RADIO
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.0)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.0)
    }

    fn connect(&mut self, _: &mut dyn Below) -> comms::Result<()> {
        self.0.strength = Some(5);
        Ok(())
    }
}

fn registry() -> Registry {
    standard_registry().with::<Radio>()
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, "comms.toml", &registry())
}

/// What is told of a file with mistakes. None of it may be the marker of a secret.
fn refusal(text: &str) -> String {
    let told = parse(text).unwrap_err().to_string();
    assert!(!told.contains("hunter2"), "{told}");
    told
}

/// Every mistake in a file, as its place and its words.
fn all(text: &str) -> Vec<String> {
    let Err(ConfigError::Mistakes { mistakes, .. }) = parse(text) else {
        panic!("no mistakes");
    };
    let told =
        mistakes.iter().map(|one| format!("{}:{}: {}", one.line(), one.column(), one.problem()));
    told.collect()
}

#[test]
fn properties_of_a_user_s_module_have_their_table() {
    assert_eq!(RADIO.property("dayKey").map(|row| row.access), Some(Access::Always));
}
