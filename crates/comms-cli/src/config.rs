//! `comms config`: looks after comms.toml.

use comms::{config_schema, standard_registry};

use crate::args::config::{ConfigArgs, ConfigCommand};
use crate::failure::{Failure, Status};
use crate::output;
use crate::service;

pub(crate) fn run(args: &ConfigArgs) -> Result<Status, Failure> {
    match &args.command {
        ConfigCommand::Schema => output::print(&config_schema(&standard_registry()))?,
        ConfigCommand::Check(args) => {
            let config = service::file(args.config.as_deref())?;
            let services = counted(config.services().count(), "service");
            let stacks = counted(config.stacks().count(), "stack");
            output::print(&format!("{}: {services}, {stacks}: fine", config.path().display()))?;
        }
    }
    Ok(Status::Done)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
