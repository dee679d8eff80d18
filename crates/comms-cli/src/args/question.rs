//! What can be said where a server is asked something.

use clap::Args as ClapArgs;

use crate::args::server::ServerArgs;

#[derive(Debug, ClapArgs)]
#[command(after_help = HELP_EXAMPLES)]
pub(crate) struct QueryArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// What about
    pub(crate) argument: Option<String>,
    /// Print the answer as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = NOOP_EXAMPLES)]
pub(crate) struct NoopArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Print the answer as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = VRFY_EXAMPLES)]
pub(crate) struct NamedQueryArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Whom, or which list
    pub(crate) argument: String,
    /// Print the answer as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = DO_EXAMPLES)]
pub(crate) struct DoArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// A method, or one of a layer (`Layer.method`), with its arguments; a lone `+` begins the next
    #[arg(value_name = "METHOD")]
    pub(crate) calls: Vec<String>,
    /// Print what each call gave as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const DO_EXAMPLES: &str = "\
What a method gives is printed a line each, `-` where it is nothing. The first that fails is the
last, and its error gives the status. The content of `data` is a text, @FILE, or - for standard
input. Arguments that begin with a hyphen go behind `--`.

Examples:
  comms do --url 'smtp://localhost?tls=none' helo + vrfy ann
  comms do --url 'smtp://localhost?tls=none' mail ann@x.example SIZE=1000 + \\
      rcpt bob@y.example + data @mail.eml + quit";

const HELP_EXAMPLES: &str = "\
Without --url it is our own help: `comms help send` is that of `comms send`.

Examples:
  comms help send
  comms help --url smtp://mail.example
  comms help --url smtp://mail.example VRFY";

const VRFY_EXAMPLES: &str = "\
Many servers do not tell: a 252 says so, and is no error.

Examples:
  comms vrfy --url smtp://mail.example ann
  comms expn --url smtp://mail.example staff";

const NOOP_EXAMPLES: &str = "\
Examples:
  comms noop --url smtp://mail.example
  comms noop --url submission://mail.example --user ann --password-file secret";
