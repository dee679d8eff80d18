//! What can be said of the inbox on the command line.

use std::net::SocketAddr;

use clap::Args as ClapArgs;

use crate::failure::Failure;

#[derive(Debug, ClapArgs)]
pub(crate) struct InboxArgs {
    /// Show the messages at this address, to a browser and to scripts; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) http: Option<SocketAddr>,
    /// Let other machines see the inbox: everybody who reaches the address reads all mail
    #[arg(long, requires = "http")]
    pub(crate) http_anywhere: bool,
    /// A name by which a browser may ask for the inbox, beside localhost; can be repeated
    #[arg(long, value_name = "NAME", requires = "http")]
    pub(crate) http_name: Vec<String>,
    /// Keep the newest N messages for the inbox
    #[arg(long, value_name = "N", requires = "http", default_value_t = 500,
        value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub(crate) keep: u32,
}

impl InboxArgs {
    /// Where the inbox is shown, if anywhere.
    pub(crate) fn address(&self) -> Result<Option<SocketAddr>, Failure> {
        match self.http {
            Some(address) if !address.ip().is_loopback() && !self.http_anywhere => {
                Err(Failure::Usage(format!(
                    "--http {address}: others on the network could read all mail; name an address \
                     of this machine alone, such as 127.0.0.1:{}, or say --http-anywhere",
                    address.port()
                )))
            }
            address => Ok(address),
        }
    }
}

/// More make no list that is read.
const MOST: i64 = 10_000;
