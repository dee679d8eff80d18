//! A socket, and when what comes over it is acknowledged.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::linux::net::TcpStreamExt;

/// A socket on which arrivals are acknowledged with the next answer, or at once.
#[derive(Debug)]
pub(crate) struct Arrivals {
    stream: TcpStream,
    at_once: bool,
}

impl Arrivals {
    pub(crate) fn of(stream: TcpStream, at_once: bool) -> Self {
        Self { stream, at_once }
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.stream
    }
}

impl Read for Arrivals {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let octets = self.stream.read(into)?;
        if self.at_once {
            // The system forgets it by and by (tcp(7)).
            self.stream.set_quickack(true)?;
        }
        Ok(octets)
    }
}

impl Write for Arrivals {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
