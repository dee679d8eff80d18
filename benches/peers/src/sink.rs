//! The sink: a program of its own that takes every message and counts.
//!
//! It prints its address, and at the end of each connection a [`Count`]. It is as fast as a server
//! can be, so that the clients are what is measured: it reads big blocks, looks for the end of the
//! content by `memmem`, and answers all that it has read in one write.

mod count;
mod delay;
mod dialogue;
mod offer;
mod quick;
mod secure;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::{process, thread};

use harness::Failure;

pub(crate) use self::count::Count;
use self::delay::Delayed;
use self::dialogue::{Dialogue, GREETING};
pub(crate) use self::offer::Offer;
use self::quick::Arrivals;

/// Serves one connection after the other, until whoever started it hangs up.
pub(crate) fn serve(offer: &Offer) -> Result<(), Failure> {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(0);
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let secure = offer.identity.as_ref().map(secure::configuration).transpose()?;
    say(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept()?;
        // Without it a client that has two groups under way waits for delayed acknowledgements.
        stream.set_nodelay(true)?;
        let mut dialogue = Dialogue::new(&offer.keywords);
        let stream = Arrivals::of(stream, offer.quick);
        // A client that hangs up early shows in the count.
        let _ = match (&secure, offer.answer_after) {
            (_, Some(after)) => talk(Delayed::new(stream, after)?, &mut dialogue),
            (Some(secure), None) => talk(secure::stream(stream, secure)?, &mut dialogue),
            (None, None) => talk(stream, &mut dialogue),
        };
        say(dialogue.count())?;
    }
}

/// Reads and answers until either end has had enough.
fn talk(mut stream: impl Read + Write, dialogue: &mut Dialogue) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    let mut answers = GREETING.to_vec();
    loop {
        stream.write_all(&answers)?;
        stream.flush()?;
        answers.clear();
        if dialogue.is_over() {
            return Ok(());
        }
        let octets = match stream.read(&mut block) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            outcome => outcome?,
        };
        dialogue.hear(block.get(..octets).unwrap_or_default(), &mut answers);
    }
}

/// One line to whoever started the sink.
fn say(what: impl std::fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    out.flush()
}

const BLOCK: usize = 256 * 1024;
