//! What a message of 1 KiB in a series costs the client alone: a peer in the same thread answers at
//! once, so there is nothing to wait for and no system call. Processor time and allocations of the
//! client and its peer together, for each message.
//!
//! ```text
//! cargo bench --bench message
//! ```

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, or it fails")]

use std::iter;
use std::time::Duration;

use comms::{
    Below, CommsModule, CommsStack, ModuleSpec, Payload, Receipt, Result, Smtp, SmtpMessage,
    SmtpStack, Util,
};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("A line of a kilobyte of them, no more.\n".repeat(20))
        .build()
        .unwrap();
    println!("1 KiB from one sender to one recipient, {MESSAGES} in a row");
    for (name, keywords, way) in [
        ("send, DATA", "250-PIPELINING\r\n", Way::Each),
        ("series, DATA", "250-PIPELINING\r\n", Way::Series),
        ("send, BDAT", "250-PIPELINING\r\n250-CHUNKING\r\n", Way::Each),
        ("series, BDAT", "250-PIPELINING\r\n250-CHUNKING\r\n", Way::Series),
    ] {
        let mut stack = stack(keywords);
        send(&mut stack, &message, way, MESSAGES / 10);
        let before = cpu();
        send(&mut stack, &message, way, MESSAGES);
        let time = cpu().saturating_sub(before) / u32::try_from(MESSAGES).unwrap();
        let counted = allocation_counter::measure(|| {
            send(&mut stack, &message, way, usize::try_from(COUNTED).unwrap());
        });
        println!(
            "{name:14} {:6.2} us of processor {:4} allocations",
            time.as_secs_f64() * 1e6,
            counted.count_total / COUNTED,
        );
    }
}

#[derive(Clone, Copy)]
enum Way {
    Each,
    Series,
}

fn send(stack: &mut CommsStack, message: &SmtpMessage, way: Way, messages: usize) {
    match way {
        Way::Each => (0..messages).for_each(|_| drop(stack.send(message).unwrap())),
        Way::Series => {
            let messages = iter::repeat_n(message, messages);
            stack.smtp().unwrap().send_each(messages, |_, told| drop(told.unwrap())).unwrap();
        }
    }
}

fn stack(keywords: &'static str) -> CommsStack {
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
    let mut stack = stack.layer(Instant { keywords, ..Instant::default() }).build().unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    stack.connect().unwrap();
    stack
}

/// A server that says yes to everything, and finds the ends of commands by their looks.
#[derive(Debug, Default)]
struct Instant {
    keywords: &'static str,
    replies: Vec<u8>,
    /// Octets of a chunk that are still to come.
    chunk: usize,
    content: bool,
}

impl Instant {
    fn hear(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            if self.chunk > 0 {
                let taken = self.chunk.min(octets.len());
                self.chunk -= taken;
                octets = octets.get(taken..).unwrap_or_default();
                if self.chunk == 0 {
                    self.say("250 2.0.0 Ok: queued as 4XyZ1k2s3tz9");
                }
                continue;
            }
            if self.content {
                let Some(at) = memchr::memmem::find(octets, b"\r\n.\r\n") else { return };
                self.content = false;
                octets = octets.get(at + 5..).unwrap_or_default();
                self.say("250 2.0.0 Ok: queued as 4XyZ1k2s3tz9");
                continue;
            }
            let Some(end) = memchr::memchr(b'\n', octets) else { return };
            let (line, rest) = octets.split_at(end + 1);
            octets = rest;
            match line.get(..4) {
                Some(b"DATA") => {
                    self.content = true;
                    self.say("354 go on");
                }
                Some(b"BDAT") => {
                    let text = std::str::from_utf8(line).unwrap();
                    self.chunk = text.split(' ').nth(1).unwrap().parse().unwrap();
                }
                Some(b"EHLO") => {
                    let keywords = format!("250-x.example\r\n{}250 SIZE", self.keywords);
                    self.say(&keywords);
                }
                _ => self.say("250 2.1.0 Ok"),
            }
        }
    }

    fn say(&mut self, line: &str) {
        self.replies.extend_from_slice(line.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }
}

impl CommsModule for Instant {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.say("220 x.example");
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        payload.pieces().for_each(|piece| self.hear(piece.octets()));
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        let octets = into.len().min(self.replies.len());
        for (to, from) in into.iter_mut().zip(self.replies.drain(..octets)) {
            *to = from;
        }
        Ok(octets)
    }

    fn flush(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        Ok(false)
    }
}

static SPEC: ModuleSpec = ModuleSpec::bottom("Instant", "says yes to everything, at once");

fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

const MESSAGES: usize = 50_000;
const COUNTED: u64 = 1000;
