//! What can be said to `comms check`.

use clap::Args as ClapArgs;

use crate::args::server::ServerArgs;

#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Ask whether the server would take mail from this sender; none is sent
    #[arg(long, value_name = "ADDRESS", requires = "to")]
    pub(crate) from: Option<String>,
    /// Ask whether the server would take mail for this recipient; none is sent
    #[arg(long, value_name = "ADDRESS", requires = "from")]
    pub(crate) to: Option<String>,
    /// Print what was found as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Each step is marked: ✓ is well, ! should be looked at, ✗ is wrong. The first that is wrong gives the
status, as `comms send --help` lists them; warnings alone leave it 0. Each step has 30 seconds,
unless --timeout gives it others.

Examples:
  comms check --url submission://mail.example
  comms check --url submission://mail.example --user ann --password-file secret
  comms check --url smtp://mx.example --from ann@x.example --to bob@y.example --json";
