//! Any text as what stands in a head: the fields are those that were asked for, in bounded lines of
//! ASCII, and they are read as what they were made of.
#![no_main]

use comms_mime::{Group, Header, Mailbox, Message, MessageBuilder, ParsedMessage, Transfer};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    subject: &'a str,
    header: (&'a str, &'a str),
    names: Vec<&'a str>,
    group: &'a str,
    ids: Vec<&'a str>,
    domain: &'a str,
}

impl Input<'_> {
    fn named(&self) -> impl Iterator<Item = Mailbox> {
        let address = |n: usize| format!("user{n}@x.example").parse().expect("an address");
        let names = self.names.iter().enumerate();
        names.filter_map(move |(n, name)| Mailbox::named(*name, address(n)).ok())
    }

    fn builder(&self) -> MessageBuilder {
        let from: Mailbox = "ann@x.example".parse().expect("a mailbox");
        let begun = Message::builder().from(from).subject(self.subject);
        let begun = self.named().fold(begun, MessageBuilder::to);
        match Group::new(self.group, self.named()) {
            Ok(group) => begun.cc_list(group.into()),
            Err(_) => begun,
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    let mut expected = vec!["date", "from"];
    expected.extend(input.named().next().map(|_| "to"));
    expected.extend(Group::new(input.group, []).ok().map(|_| "cc"));
    expected.extend(["message-id", "subject", "mime-version"]);
    expected.extend(["content-type", "content-transfer-encoding"]);
    let message = input.builder().build().expect("a message of any text");
    let head = head(&message);
    assert_eq!(names(&head), expected, "{head:?}");
    reads_the_same(&input, &head);
    others(&input);
});

/// Texts that may be refused; if they are not, they make one field each, and no other.
fn others(input: &Input<'_>) {
    let (name, value) = input.header;
    if let Ok(header) = Header::new(name, value)
        && let Ok(message) = input.builder().header(header).build()
    {
        let head = head(&message);
        let plain = self::head(&input.builder().build().expect("a message"));
        assert_eq!(names(&head).len(), names(&plain).len() + 1, "{head:?}");
    }
    for id in &input.ids {
        let begun = || input.builder().message_id("1@x.example");
        if let Ok(message) = begun().in_reply_to(id).reference(id).build() {
            let head = head(&message);
            assert!(head.contains("\r\nReferences: <"), "{head:?}");
            let plain = self::head(&begun().build().expect("a message"));
            assert_eq!(names(&head).len(), names(&plain).len() + 2, "{head:?}");
        }
        if let Ok(message) = input.builder().message_id(id).build() {
            assert!(head(&message).contains(&format!("\r\nMessage-ID: <{}>\r\n", message.id())));
        }
    }
    if let Ok(message) = input.builder().message_id_domain(input.domain).build() {
        head(&message);
    }
}

fn head(message: &Message) -> String {
    let mut octets = Vec::new();
    message.write(&mut octets, Transfer::SevenBit).expect("nothing that fails");
    let text = String::from_utf8(octets).expect("ASCII");
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.split("\r\n").all(|line| line.len() <= 998), "{head:?}");
    let plain = |octet: u8| matches!(octet, b' '..=b'~' | b'\t');
    assert!(head.split("\r\n").all(|line| line.bytes().all(plain)), "{head:?}");
    head.to_owned() + "\r\n\r\n"
}

fn names(head: &str) -> Vec<String> {
    let lines = head.trim_end().split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    let name = |line: &str| line.split(':').next().unwrap_or_default().to_lowercase();
    lines.map(name).collect()
}

fn reads_the_same(input: &Input<'_>, head: &str) {
    let parsed = ParsedMessage::new(head.as_bytes()).expect("a message within limits");
    // The reader cuts blanks off the ends, encoded or not.
    let subject = parsed.subject().unwrap_or_default();
    assert_eq!(subject.trim(), input.subject.trim(), "{head:?}");
    let unfolded = head.replace("\r\n ", " ");
    let line = unfolded.lines().find_map(|line| line.strip_prefix("To: "));
    let read = line.map(comms_mime::Mailboxes::parse_lenient);
    let read = read.map(|read| read.expect("what was written").into_mailboxes());
    assert_eq!(read.unwrap_or_default(), input.named().collect::<Vec<_>>(), "{head:?}");
}
