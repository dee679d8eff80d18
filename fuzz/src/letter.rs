//! Messages that can be told from each other by each part of them.

use std::io::{self, Read};

use comms_mime::{Attachment, RawMessage, Transfer};
use comms_smtp::{Envelope, ReversePath, SmtpMessage};
use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// What a fuzzer says of a message.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub struct Draft {
    kind: u8,
    recipients: u8,
    text: u16,
}

/// A message, and what a server must have if it has it.
#[derive(Debug)]
pub struct Letter {
    /// What is sent.
    pub message: SmtpMessage,
    /// Its sender, which no other has.
    pub sender: String,
    /// How all of its recipients begin, and nobody else.
    pub prefix: String,
    /// Its content, in each way that it may be written.
    pub contents: Vec<Vec<u8>>,
    /// Its content cannot be sent, or not twice.
    pub is_frail: bool,
}

impl Letter {
    /// The message of this number that `draft` describes.
    pub fn new(number: usize, draft: Draft) -> Self {
        let sender = format!("s{number}@x.example");
        let prefix = format!("r{number}.");
        let path = ReversePath::Address(sender.parse().expect("an address"));
        let recipients = (0..1 + draft.recipients % 6).map(|at| {
            let domain = ["y.example", "z.example"][usize::from(draft.recipients >> (2 + at) & 1)];
            format!("{prefix}{at}@{domain}").parse::<comms_mime::Address>().expect("an address")
        });
        let envelope = Envelope::new(path, recipients);
        let (head, text) = (format!("Message-ID: <{number}@x.example>\r\n\r\n"), text(draft.text));
        let raw = |body: &[u8]| [head.as_bytes(), body].concat();
        let mut contents = Vec::new();
        let mut is_frail = false;
        let message = match draft.kind {
            // As many octets as do not go all at once.
            // They take their time, so they are few.
            250 => {
                contents.push(raw(&[LINE.repeat(1100).as_slice(), &text].concat()));
                SmtpMessage::raw(RawMessage::bytes(contents[0].clone()), envelope)
            }
            160..176 => {
                contents.push(raw(&text));
                is_frail = true;
                let reader = io::Cursor::new(contents[0].clone());
                SmtpMessage::raw(RawMessage::reader(reader).expect("a head"), envelope)
            }
            251 => {
                is_frail = true;
                let reader = io::Cursor::new(raw(&LINE.repeat(2000))).chain(Unreadable);
                SmtpMessage::raw(RawMessage::reader(reader).expect("a head"), envelope)
            }
            176..192 | 252 => {
                // With some, more octets than go into one chunk.
                let octets = if draft.kind < 192 { 100 } else { 300 * 1024 };
                let attachment = Attachment::bytes("a.bin", vec![b'\n'; octets]);
                let from = sender.parse().expect("a mailbox");
                let builder = SmtpMessage::builder(from).text("Hi\n").attach(attachment);
                let message = builder.with_envelope(|old| *old = envelope).build();
                let message = message.expect("a message");
                for transfer in [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary] {
                    let mut content = Vec::new();
                    message.write_to(&mut content, transfer).expect("a content");
                    contents.push(content);
                }
                message
            }
            _ => {
                contents.push(raw(&text));
                SmtpMessage::raw(RawMessage::bytes(contents[0].clone()), envelope)
            }
        };
        // What is binary arrives as it is, and all else in lines.
        contents.extend(contents.clone().iter().map(|content| mended(content)));
        Self { message, sender, prefix, contents, is_frail }
    }
}

/// A few of the octets that are hard for a content.
fn text(draft: u16) -> Vec<u8> {
    let digits = (0..8).map(|at| usize::from(draft >> (2 * at) & 3));
    digits.map(|digit| b"a\r\n."[digit]).collect()
}

/// The content with each line end whole, by the definition and octet by octet.
pub fn mended(content: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(content.len() + 2);
    let mut octets = content.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        match octet {
            b'\r' => {
                octets.next_if_eq(&b'\n');
                lines.extend_from_slice(b"\r\n");
            }
            b'\n' => lines.extend_from_slice(b"\r\n"),
            other => lines.push(other),
        }
    }
    if !lines.is_empty() && !lines.ends_with(b"\n") {
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// A source that breaks.
struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("a disk that is broken"))
    }
}

const LINE: &[u8] = b"..clean lines of text, as many of them as are needed to be long.\r\n";
