//! What can be said to `comms config`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Look for mistakes in comms.toml: tells all of them, or how many services there are
    Check(CheckArgs),
    /// Print the JSON schema of comms.toml, for editors
    Schema,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// The file, in place of the one that is found
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print what was found as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  comms config check
  comms config check --config etc/comms.toml --json
  comms config schema > comms.schema.json";
