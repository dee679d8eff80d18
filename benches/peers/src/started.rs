//! A sink that this program has started.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use harness::Failure;

use crate::sink::{Count, Offer};

/// The sink's process; it ends with this value.
#[derive(Debug)]
pub(crate) struct Sink {
    child: Child,
    said: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Sink {
    pub(crate) fn start(offer: &Offer) -> Result<Self, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("--sink").args(offer.arguments()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let said = child.stdout.take().ok_or("the sink has no voice")?;
        let mut said = BufReader::new(said);
        let address = line(&mut said)?.parse()?;
        Ok(Self { child, said, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came over the connection that has ended last.
    pub(crate) fn count(&mut self) -> Result<Count, Failure> {
        line(&mut self.said)?.parse()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It ends when nobody is left to talk to it; `wait` hangs up.
        let _ = self.child.wait();
    }
}

fn line(said: &mut BufReader<ChildStdout>) -> Result<String, Failure> {
    let mut line = String::new();
    match said.read_line(&mut line)? {
        0 => Err("the sink has ended".into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}
