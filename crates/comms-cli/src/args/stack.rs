//! What can be said to `comms stack`.

use clap::Args as ClapArgs;

use crate::args::server::Setting;
use crate::args::service::{SERVED, ServiceArgs};

#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StackArgs {
    /// The server whose stack is shown
    #[arg(long, value_name = "URL", help_heading = SERVED)]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
    /// The modules of the stack, top first: `Smtp,Util,Tcp`
    #[arg(long, value_name = "NAMES", conflicts_with_all = ["url", "service", "config"])]
    pub(crate) modules: Option<String>,
    /// Set a property of a layer: `Layer.property=value`; can be repeated
    #[arg(long, value_name = "PROPERTY", value_parser = Setting)]
    pub(crate) set: Vec<(String, String)>,
    /// Print a JSON object: layers, each with its properties
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  comms stack --url submission://mail.example
  comms stack --modules Smtp,Util,Tls,Tcp --set Tcp.host=mail.example";
