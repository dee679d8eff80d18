//! What can be said of a service of `comms.toml`, wherever a server is named.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct ServiceArgs {
    /// The server, as a service of comms.toml; other flags outdo what that says
    #[arg(long, value_name = "NAME", conflicts_with = "url", help_heading = SERVED)]
    pub(crate) service: Option<String>,
    /// The file of services, in place of the one that is found
    #[arg(long, value_name = "FILE", requires = "service", conflicts_with = "url",
        help_heading = SERVED)]
    pub(crate) config: Option<PathBuf>,
}

/// The heading of what says which server, and how it is spoken to.
pub(crate) const SERVED: &str = "Server";
