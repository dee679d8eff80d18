//! Contents with which something goes wrong in other clients, through the whole stack by DATA and
//! by BDAT: they arrive as they have to.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::io::Read;
use std::thread;

use comms::{
    Address, Attachment, CommsStack, Envelope, Loopback, MemoryStore, Message, ParsedMessage,
    ParsedPart, RawMessage, ServerStack, Smtp, SmtpMessage, SmtpServer, Util,
};

/// What the server lacks: CHUNKING, so that it is DATA; nothing, so that it is BDAT.
const WAYS: [&str; 2] = ["CHUNKING,BINARYMIME", ""];

/// What arrives of a message.
fn arrived(message: &SmtpMessage, without: &str) -> Vec<u8> {
    let (near, far) = Loopback::pair();
    let mailbox = MemoryStore::new();
    let server = CommsStack::builder().layer(SmtpServer::new(mailbox.clone())).layer(Util::new());
    let mut server = server.layer(far).build().unwrap();
    server.set("without", without).unwrap();
    let serving = thread::spawn(move || {
        server.connect()?;
        server.serve()
    });
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(near);
    let mut stack = stack.build().unwrap();
    stack.connect().unwrap();
    stack.send(message).unwrap();
    stack.disconnect().unwrap();
    assert_eq!(serving.join().unwrap().unwrap(), 1);
    mailbox.messages().remove(0).content
}

fn envelope() -> Envelope {
    let address = |text: &str| text.parse::<Address>().unwrap();
    Envelope::new(address("ann@x.example"), [address("bob@y.example"), address("eve@z.example")])
}

fn raw(content: &[u8]) -> SmtpMessage {
    SmtpMessage::raw(RawMessage::bytes(content), envelope())
}

/// Gives an octet at a time.
struct Drip(std::vec::IntoIter<u8>);

impl Read for Drip {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match (into.first_mut(), self.0.next()) {
            (Some(place), Some(octet)) => {
                *place = octet;
                Ok(1)
            }
            _ => Ok(0),
        }
    }
}

#[test]
fn lines_of_any_length_and_nul_arrive_and_the_last_line_is_whole_once() {
    let long = |length: usize| [b"A: b\r\n\r\n", "x".repeat(length).as_bytes(), b"\r\n"].concat();
    let contents = [
        (long(998), long(998)),
        (long(999), long(999)),
        (long(100_000), long(100_000)),
        (b"A: b\r\n\r\na\0b\r\n".to_vec(), b"A: b\r\n\r\na\0b\r\n".to_vec()),
        (b"A: b\r\n\r\nno end".to_vec(), b"A: b\r\n\r\nno end\r\n".to_vec()),
        (b"A: b\r\n\r\nends\r\n\r\n".to_vec(), b"A: b\r\n\r\nends\r\n\r\n".to_vec()),
        (b"A: b\r\n\r\n".to_vec(), b"A: b\r\n\r\n".to_vec()),
        (b"A: b\r\n".to_vec(), b"A: b\r\n".to_vec()),
    ];
    for without in WAYS {
        for (content, expected) in &contents {
            let found = arrived(&raw(content), without);
            assert!(found == *expected, "{without}: {}", found.escape_ascii());
        }
    }
}

#[test]
fn a_text_with_line_ends_of_its_own_arrives_as_the_same_octets_when_it_is_attached() {
    for octets in ["a\nb\n", "a\nb", "a\r\nb\r\n", "a\rb\r", "\n.\n", ".\r\n", "\n\n", "\r"] {
        for without in WAYS {
            let message = Message::builder()
                .from("ann@x.example".parse().unwrap())
                .text("here\n")
                .attach(Attachment::bytes("lines.txt", octets))
                .build()
                .unwrap();
            let found = arrived(&SmtpMessage::new(message, envelope()), without);
            let parsed = ParsedMessage::new(found.as_slice()).unwrap();
            let attached = parsed.attachments();
            let attached: Vec<_> = attached.iter().map(ParsedPart::octets).collect();
            assert_eq!(attached, [octets.as_bytes()], "{octets:?} {without}");
        }
    }
}

#[test]
fn bcc_is_never_sent_whatever_its_case_its_folding_or_the_reads_that_it_comes_in() {
    let fields = [
        "Bcc: eve@z.example\r\n",
        "bCC: eve@z.example,\r\n\teve2@z.example\r\n",
        "BCC :\r\n eve@z.example\r\n",
        "bcc:eve@z.example\r\nBcc: eve2@z.example\r\n",
        "Bcc: eve@z.example\n",
    ];
    for field in fields {
        for (before, behind) in
            [("To: bob@y.example\r\n", "A: b\r\n"), ("", "A: b\r\n"), ("A: b\r\n", "")]
        {
            let content = format!("{before}{field}{behind}\r\nBcc: in the body\r\n");
            let expected = format!("{before}{behind}\r\nBcc: in the body\r\n");
            for without in WAYS {
                let whole = raw(content.as_bytes());
                let drip = RawMessage::reader(Drip(content.clone().into_bytes().into_iter()));
                let drip = SmtpMessage::raw(drip.unwrap(), envelope());
                for message in [whole, drip] {
                    let found = arrived(&message, without);
                    assert!(found == expected.as_bytes(), "{field:?}: {}", found.escape_ascii());
                }
            }
        }
    }
}
