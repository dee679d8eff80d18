//! Answers that come late, without keeping the reading from going on.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::quick::Arrivals;

/// A stream on which what is written leaves a while later, each piece on its own.
#[derive(Debug)]
pub(crate) struct Delayed {
    stream: Arrivals,
    after: Duration,
    queue: Option<Sender<(Instant, Vec<u8>)>>,
    writer: Option<JoinHandle<()>>,
}

impl Delayed {
    pub(crate) fn new(stream: Arrivals, after: Duration) -> io::Result<Self> {
        let (queue, waiting) = channel();
        let far = stream.socket().try_clone()?;
        let writer = Some(thread::spawn(move || write_when_due(far, &waiting)));
        Ok(Self { stream, after, queue: Some(queue), writer })
    }
}

impl Read for Delayed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for Delayed {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let piece = (Instant::now() + self.after, octets.to_vec());
        match &self.queue {
            Some(queue) if queue.send(piece).is_ok() => Ok(octets.len()),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was promised is still written.
impl Drop for Delayed {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn write_when_due(mut stream: TcpStream, waiting: &Receiver<(Instant, Vec<u8>)>) {
    for (due, octets) in waiting {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if stream.write_all(&octets).is_err() {
            return;
        }
    }
}
