//! Lines of any octets: a reply made of them is bounded, harmless, and means the same wherever it
//! is written down and read again.
#![no_main]

use comms_fuzz::is_harmless;
use comms_smtp::{Reply, ReplyParser};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    swollen: u8,
    octets: &'a [u8],
}

impl Input<'_> {
    /// Now and then the same again and again, which reaches the limits.
    fn octets(&self) -> Vec<u8> {
        let times = if self.swollen > SELDOM { TOTAL / self.octets.len().max(1) } else { 1 };
        self.octets.repeat(times)
    }
}

fuzz_target!(|input: Input<'_>| {
    let octets = input.octets();
    let mut parser = ReplyParser::default();
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        match parser.line(line) {
            Ok(None) => {}
            Ok(Some(reply)) => check(&reply),
            Err(error) => {
                assert!(is_harmless(&error.to_string()) && error.to_string().len() < 1024);
                parser = ReplyParser::default();
            }
        }
    }
});

fn check(reply: &Reply) {
    assert!((200..600).contains(&reply.code()));
    assert!(reply.lines().all(is_harmless));
    assert!(reply.lines().count() <= 256);
    let octets = reply.lines().map(str::len).sum::<usize>();
    assert!(octets <= 64 * 1024, "{octets} octets are kept");

    if let Some(enhanced) = reply.enhanced() {
        let class = u16::from(enhanced.to_string().as_bytes()[0] - b'0');
        assert_eq!(class, reply.code() / 100);
    }

    assert_eq!(*reply, Reply::new(reply.code(), &reply.lines().collect::<Vec<_>>().join("\n")));
    assert_eq!(parse(&wire(reply)).as_ref(), Some(reply));
    let shown = parse(&format!("{reply}\r\n")).expect("the display is a reply of one line");
    assert_eq!(shown.to_string(), reply.to_string());
}

/// The reply as a server writes it (RFC 5321 4.2.1).
fn wire(reply: &Reply) -> String {
    let last = reply.lines().count() - 1;
    let lines = reply.lines().enumerate().map(|(at, line)| {
        format!("{}{}{line}\r\n", reply.code(), if at == last { ' ' } else { '-' })
    });
    lines.collect()
}

fn parse(wire: &str) -> Option<Reply> {
    let mut parser = ReplyParser::default();
    let mut lines = wire.split_inclusive('\n');
    lines.find_map(|line| parser.line(line.as_bytes()).expect("a line of a reply"))
}

/// Enough for each limit of the parser.
const TOTAL: usize = 64 * 1024;

const SELDOM: u8 = 252;
