//! Any text and any octets in a message for a path of seven bits: they decode to what went in, in
//! lines that any mail system takes, and the length was known before.
#![no_main]

use std::convert::Infallible;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_mime::{Attachment, Message, Output, Part, Transfer};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    text: &'a str,
    octets: &'a [u8],
    /// So often they are repeated: blocks are longer than what a fuzzer draws.
    times: u8,
}

fuzz_target!(|input: Input<'_>| {
    let times = usize::from(input.times).pow(2).min(1 + (1 << 17) / (1 + input.text.len()));
    let text = input.text.repeat(times);
    let (name, body) = written(Part::text(text.as_str()));
    let canonical = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    let mut decoded = match name.as_str() {
        "7bit" => body.clone(),
        "quoted-printable" => quoted(&body),
        "base64" => unfolded(&body),
        other => panic!("{other}"),
    };
    // The last line of a message is whole, whatever the text's.
    if !canonical.ends_with("\r\n") && name != "base64" {
        decoded.truncate(decoded.len() - 2);
    }
    assert!(decoded == canonical.as_bytes(), "{name}");

    let octets = input.octets.repeat(times);
    let (name, body) = written(Part::from(Attachment::bytes("x.bin", octets.as_slice())));
    assert_eq!(name, "base64");
    assert!(unfolded(&body) == octets);
});

/// The transfer encoding and the body of a message of one part.
fn written(part: Part) -> (String, Vec<u8>) {
    let from = "a@x.example".parse().expect("an address");
    let message = Message::builder().from(from).body(part).build().expect("a message");
    let mut lines = Lines(Vec::new());
    let Ok(()) = message.write(&mut lines, Transfer::SevenBit).map_err(drop) else {
        panic!("memory refused octets");
    };
    let octets = lines.0;
    assert_eq!(message.encoded_len(Transfer::SevenBit), Some(octets.len() as u64));
    assert!(octets.is_ascii() && octets.ends_with(b"\r\n"));
    let text = String::from_utf8(octets).expect("ASCII");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let (_, name) = head.split_once("Content-Transfer-Encoding: ").expect("an encoding");
    let longest = if name == "7bit" { 998 } else { 76 };
    assert!(body.split("\r\n").all(|line| line.len() <= longest), "a long line");
    (name.to_owned(), body.as_bytes().to_vec())
}

/// What quoted-printable says, which here has no octet more than the rules allow.
fn quoted(body: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(body).expect("ASCII").replace("=\r\n", "");
    let mut pieces = text.split('=');
    let mut decoded = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        assert!(!digits.contains(|c: char| c.is_ascii_lowercase()));
        decoded.push(u8::from_str_radix(digits, 16).expect("two digits"));
        decoded.extend_from_slice(rest.as_bytes());
    }
    assert!(!text.contains(" \r\n") && !text.contains("\t\r\n"), "a blank that is lost");
    decoded
}

fn unfolded(body: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(body).expect("ASCII").replace("\r\n", "");
    STANDARD.decode(text).expect("base64")
}

/// Keeps what is written, and looks at what is said to be clean.
struct Lines(Vec<u8>);

impl Output for Lines {
    type Error = Infallible;

    fn write(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        self.0.extend_from_slice(octets);
        Ok(())
    }

    fn write_clean(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        assert!(self.0.ends_with(b"\r\n") && octets.ends_with(b"\r\n"));
        let text = std::str::from_utf8(octets).expect("ASCII");
        assert!(text.split("\r\n").all(|line| !line.starts_with('.')));
        assert!(text.split("\r\n").all(|line| !line.contains(['\r', '\n'])));
        self.write(octets)
    }
}
