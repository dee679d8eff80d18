//! What a client is told.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::Failure;

/// So many messages of this content to this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Where the sink listens.
    pub address: SocketAddr,
    /// How many messages are timed.
    pub messages: usize,
    /// How many go before them over the same connection, untimed.
    pub warm_up: usize,
    /// The file with the message: head and body, lines that end in CRLF.
    pub content: PathBuf,
    /// The certificate (PEM) to trust, for TLS from the first octet.
    pub authority: Option<PathBuf>,
    /// Messages in flight, for clients that can.
    pub window: usize,
}

impl Job {
    /// A job without TLS.
    pub fn new(address: SocketAddr, messages: usize, content: impl Into<PathBuf>) -> Self {
        Self { address, messages, warm_up: 0, content: content.into(), authority: None, window: 16 }
    }

    /// The job that this program's arguments tell, as [`arguments`](Self::arguments) wrote them.
    pub fn of_this_program() -> Result<Self, Failure> {
        Self::parse(env::args().skip(1))
    }

    /// The job that these arguments tell; those that are none of its own are passed over.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Failure> {
        let mut job = Self::new((Ipv4Addr::LOCALHOST, 0).into(), 0, "");
        for argument in arguments {
            match argument.split_once('=') {
                Some(("address", address)) => job.address = address.parse()?,
                Some(("messages", messages)) => job.messages = messages.parse()?,
                Some(("warm-up", messages)) => job.warm_up = messages.parse()?,
                Some(("content", path)) => job.content = path.into(),
                Some(("authority", path)) => job.authority = Some(path.into()),
                Some(("window", messages)) => job.window = messages.parse()?,
                _ => {}
            }
        }
        Ok(job)
    }

    /// The job as arguments of a program.
    pub fn arguments(&self) -> Vec<String> {
        let authority = self.authority.iter();
        let mut arguments = vec![
            format!("address={}", self.address),
            format!("messages={}", self.messages),
            format!("warm-up={}", self.warm_up),
            format!("content={}", self.content.display()),
            format!("window={}", self.window),
        ];
        arguments.extend(authority.map(|path| format!("authority={}", path.display())));
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_survives_the_way_through_arguments() {
        let mut job = Job::new((Ipv4Addr::LOCALHOST, 2525).into(), 20, "message.eml");
        job.authority = Some("cert.pem".into());
        job.warm_up = 3;
        assert_eq!(Job::parse(job.arguments()).ok(), Some(job));
    }
}
