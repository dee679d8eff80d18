//! The floor: the same octets written to a socket by hand. Nothing that speaks SMTP can cost less.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use harness::{CLIENT, Failure, Job, RECIPIENT, Report, SENDER, measured};
use memchr::{memchr, memmem};

/// How the octets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// One command, one reply.
    Lockstep,
    /// The content, its end and the next message's MAIL, RCPT and DATA in one write.
    Pipelined,
    /// RSET, MAIL, RCPT, BDAT and the content in one write, and messages in flight.
    Chunked,
}

/// Sends the messages of `job`.
pub(crate) fn send(job: &Job, manner: Manner) -> Result<Report, Failure> {
    let content = fs::read(&job.content)?;
    let mut wire = Wire::open(job)?;
    let some = match manner {
        Manner::Lockstep => lockstep,
        Manner::Pipelined => pipelined,
        Manner::Chunked => chunked,
    };
    some(&mut wire, &content, job.warm_up, job.window)?;
    if manner == Manner::Chunked {
        wire.say(b"RSET\r\n", 1)?;
    }
    let report = measured(job.messages, || some(&mut wire, &content, job.messages, job.window))?;
    wire.say(b"QUIT\r\n", 1)?;
    Ok(report)
}

fn lockstep(wire: &mut Wire, content: &[u8], messages: usize, _: usize) -> Result<(), Failure> {
    let (mail, rcpt, content) = (mail(content), rcpt(), stuffed(content));
    for _ in 0..messages {
        wire.say(mail.as_bytes(), 1)?;
        wire.say(rcpt.as_bytes(), 1)?;
        wire.say(b"DATA\r\n", 1)?;
        wire.say(&content, 1)?;
    }
    Ok(())
}

fn pipelined(wire: &mut Wire, content: &[u8], messages: usize, _: usize) -> Result<(), Failure> {
    let envelope = mail(content) + &rcpt() + "DATA\r\n";
    let last = stuffed(content);
    let next = [&last, envelope.as_bytes()].concat();
    if messages == 0 {
        return Ok(());
    }
    wire.say(envelope.as_bytes(), 3)?;
    for _ in 1..messages {
        wire.say(&next, 4)?;
    }
    wire.say(&last, 1)
}

fn chunked(wire: &mut Wire, content: &[u8], messages: usize, window: usize) -> Result<(), Failure> {
    let envelope = mail(content) + &rcpt() + &format!("BDAT {} LAST\r\n", content.len());
    let first = [envelope.as_bytes(), content].concat();
    let next = [b"RSET\r\n", first.as_slice()].concat();
    if messages == 0 {
        return Ok(());
    }
    wire.say(&first, 3)?;
    let groups = next.repeat(window);
    let (mut sent, mut answered) = (1, 4);
    while answered < messages * 4 {
        let in_flight = sent - answered / 4;
        let more = (window - in_flight.min(window)).min(messages - sent);
        wire.write(groups.get(..more * next.len()).unwrap_or_default())?;
        sent += more;
        answered += wire.replies()?;
    }
    Ok(())
}

fn mail(content: &[u8]) -> String {
    format!("MAIL FROM:<{SENDER}> SIZE={}\r\n", content.len())
}

fn rcpt() -> String {
    format!("RCPT TO:<{RECIPIENT}>\r\n")
}

/// The content as DATA wants it: dots before dots (RFC 5321 4.5.2), and its end.
fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + content.len() / 64 + 5);
    let mut from = 0;
    if content.starts_with(b".") {
        out.push(b'.');
    }
    for at in memmem::find_iter(content, b"\r\n.") {
        out.extend_from_slice(content.get(from..at + 2).unwrap_or_default());
        out.push(b'.');
        from = at + 2;
    }
    out.extend_from_slice(content.get(from..).unwrap_or_default());
    out.extend_from_slice(b".\r\n");
    out
}

/// A socket, and what came and is not a whole reply yet.
struct Wire {
    stream: TcpStream,
    block: Vec<u8>,
    begun: Vec<u8>,
}

impl Wire {
    fn open(job: &Job) -> Result<Self, Failure> {
        let stream = TcpStream::connect(job.address)?;
        stream.set_nodelay(true)?;
        let mut wire = Self { stream, block: vec![0; BLOCK], begun: Vec::new() };
        wire.say(b"", 1)?;
        wire.say(format!("EHLO {CLIENT}\r\n").as_bytes(), 1)?;
        Ok(wire)
    }

    fn write(&mut self, octets: &[u8]) -> Result<(), Failure> {
        Ok(self.stream.write_all(octets)?)
    }

    /// Writes and waits for so many replies.
    fn say(&mut self, octets: &[u8], replies: usize) -> Result<(), Failure> {
        self.write(octets)?;
        let mut heard = 0;
        while heard < replies {
            heard += self.replies()?;
        }
        if heard == replies { Ok(()) } else { Err("a reply that nobody asked for".into()) }
    }

    /// Waits for replies; gives how many are whole now. One that is a no is an error.
    fn replies(&mut self) -> Result<usize, Failure> {
        let octets = self.stream.read(&mut self.block)?;
        if octets == 0 {
            return Err("the sink has gone".into());
        }
        let mut said = self.block.get(..octets).unwrap_or_default();
        let mut whole = 0;
        while let Some(end) = memchr(b'\n', said) {
            let (line, rest) = said.split_at(end + 1);
            said = rest;
            self.begun.extend_from_slice(line);
            match self.begun.as_slice() {
                [b'2' | b'3', _, _, b'-', ..] => {}
                [b'2' | b'3', ..] => whole += 1,
                no => return Err(String::from_utf8_lossy(no).into_owned().into()),
            }
            self.begun.clear();
        }
        self.begun.extend_from_slice(said);
        Ok(whole)
    }
}

const BLOCK: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_at_the_beginning_of_lines_are_doubled() {
        assert_eq!(stuffed(b".a\r\n.\r\nb.\r\n..\r\n"), b"..a\r\n..\r\nb.\r\n...\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\n"), b"a\r\n.\r\n");
    }
}
