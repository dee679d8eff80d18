//! What can be said where a server is asked something.

use clap::Args as ClapArgs;

use crate::args::server::ServerArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct QueryArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// What about
    pub(crate) argument: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NamedQueryArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Whom, or which list
    pub(crate) argument: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = DO_EXAMPLES)]
pub(crate) struct DoArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// A method, or one of a layer (`Layer.method`), with its arguments; a lone `+` begins the next
    #[arg(value_name = "METHOD")]
    pub(crate) calls: Vec<String>,
}

const DO_EXAMPLES: &str = "\
What a method gives is printed a line each, `-` where it is nothing. The first that fails is the
last, and its error gives the status. The content of `data` is a text, @FILE, or - for standard
input. Arguments that begin with a hyphen go behind `--`.

Examples:
  comms do --url 'smtp://localhost?tls=none' helo + vrfy ann
  comms do --url 'smtp://localhost?tls=none' mail ann@x.example SIZE=1000 + \\
      rcpt bob@y.example + data @mail.eml + quit";
