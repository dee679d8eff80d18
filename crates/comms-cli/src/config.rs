//! `comms config`: looks after comms.toml.

use comms::{Config, ConfigError, Mistake, config_schema, standard_registry};
use serde_json::{Value, json};

use crate::args::config::{CheckArgs, ConfigArgs, ConfigCommand};
use crate::failure::{Failure, Status};
use crate::output;
use crate::report::Trouble;
use crate::service;
use crate::told::harmless;

pub(crate) fn run(args: &ConfigArgs) -> Result<Status, Failure> {
    match &args.command {
        ConfigCommand::Schema => output::print(&config_schema(&standard_registry()))?,
        ConfigCommand::Check(args) => check(args)?,
    }
    Ok(Status::Done)
}

fn check(args: &CheckArgs) -> Result<(), Failure> {
    match service::file(args.config.as_deref()) {
        Ok(config) if args.json => output::print(&fine(&config).to_string()),
        Ok(config) => {
            let services = counted(config.services().count(), "service");
            let stacks = counted(config.stacks().count(), "stack");
            output::print(&format!("{}: {services}, {stacks}: fine", config.path().display()))
        }
        Err(failure) if args.json => match object(&failure) {
            Some(object) => {
                output::print(&object.to_string())?;
                Err(Failure::Told(Box::new(failure)))
            }
            None => Err(failure),
        },
        Err(failure) => Err(failure),
    }
}

fn fine(config: &Config) -> Value {
    json!({
        "path": config.path(),
        "services": config.services().collect::<Vec<_>>(),
        "stacks": config.stacks().collect::<Vec<_>>(),
        "mistakes": [],
        "more": 0,
        "error": null,
    })
}

/// The mistakes of a file, where it is these that are wrong.
fn object(failure: &Failure) -> Option<Value> {
    let Failure::Mistakes(error) = failure else { return None };
    let ConfigError::Mistakes { mistakes, more } = &**error else { return None };
    let object = |mistake: &Mistake| {
        json!({
            "line": mistake.line(),
            "column": mistake.column(),
            "text": harmless(&mistake.problem().to_string()),
            "remedy": harmless(&mistake.problem().remedy()),
        })
    };
    Some(json!({
        "path": mistakes.first().map(Mistake::path),
        "mistakes": mistakes.iter().map(object).collect::<Vec<_>>(),
        "more": more,
        "error": Trouble::of_failure(failure),
    }))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
