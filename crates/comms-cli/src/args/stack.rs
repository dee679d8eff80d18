//! What can be said to `comms stack`.

use clap::Args as ClapArgs;

use crate::args::server::setting;

#[derive(Debug, ClapArgs)]
pub(crate) struct StackArgs {
    /// The server whose stack is shown
    #[arg(long, value_name = "URL", required_unless_present = "modules")]
    pub(crate) url: Option<String>,
    /// The modules of the stack, top first: `Smtp,Util,Tcp`
    #[arg(long, value_name = "NAMES", conflicts_with = "url")]
    pub(crate) modules: Option<String>,
    /// Set a property of a layer: `Layer.property=value`; can be repeated
    #[arg(long, value_name = "PROPERTY", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
}
