//! A capture, read back by a small reader: whole blocks, right checksums, and the octets that passed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail anywhere"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant, UNIX_EPOCH};

use comms_core::{Event, Level, Operation, Payload, Piece, Severity, Sink, What};
use comms_log::PcapngTrace;
use proptest::prelude::*;

/// What a capture has.
#[derive(Debug, Default)]
struct Capture {
    interfaces: Vec<String>,
    comments: Vec<String>,
    keys: Vec<u8>,
    /// Octets of both sides, by the client's port: what it said, and what it was told.
    streams: BTreeMap<u16, [Vec<u8>; 2]>,
    times: Vec<u64>,
    packets: usize,
}

impl Capture {
    fn read(octets: &[u8]) -> Self {
        let mut capture = Self::default();
        let mut ends = BTreeMap::new();
        let mut rest = octets;
        while !rest.is_empty() {
            let (kind, length) = (u32_at(rest, 0), u32_at(rest, 4) as usize);
            assert_eq!(length % 4, 0);
            assert_eq!(u32_at(rest, length - 4) as usize, length, "both lengths of a block agree");
            let body = &rest[8..length - 4];
            match kind {
                0x0a0d_0d0a => {
                    assert_eq!((u32_at(body, 0), rest.len()), (0x1a2b_3c4d, octets.len()));
                }
                1 => {
                    assert_eq!(body[0], 1, "Ethernet");
                    let options = options(&body[8..]);
                    assert_eq!(options[&9], [vec![9]]);
                    capture.interfaces.push(String::from_utf8(options[&2][0].clone()).unwrap());
                }
                6 => capture.packet(body, &mut ends),
                10 => capture.keys.extend_from_slice(&body[8..8 + u32_at(body, 4) as usize]),
                other => panic!("a block of kind {other}"),
            }
            rest = &rest[length..];
        }
        assert!(ends.values().all(|ends| *ends == [true; 2]), "each connection has its end");
        capture
    }

    fn packet(&mut self, body: &[u8], ends: &mut BTreeMap<u16, [bool; 2]>) {
        assert!((u32_at(body, 0) as usize) < self.interfaces.len());
        let time = (u64::from(u32_at(body, 4)) << 32) | u64::from(u32_at(body, 8));
        let length = u32_at(body, 12) as usize;
        assert_eq!(length, u32_at(body, 16) as usize, "packets are not cut");
        let frame = &body[20..20 + length];
        let options = options(&body[20 + length.next_multiple_of(4)..]);
        let comments = options.get(&1).into_iter().flatten();
        self.comments.extend(comments.map(|text| String::from_utf8(text.clone()).unwrap()));
        self.times.push(time);
        self.packets += 1;

        let (ip, tcp) = (&frame[14..34], &frame[34..]);
        assert_eq!(u16_at(ip, 2) as usize, ip.len() + tcp.len());
        assert_eq!(sum(&[ip]), 0xffff, "the checksum of IP");
        let pseudo =
            [&ip[12..20], &[0, 6], &u16::try_from(tcp.len()).unwrap().to_be_bytes()].concat();
        assert_eq!(sum(&[&pseudo, tcp]), 0xffff, "the checksum of TCP");
        let (source, destination) = (u16_at(tcp, 0), u16_at(tcp, 2));
        let is_client = destination == 25;
        let port = if is_client { source } else { destination };
        let (sequence, acknowledged) = (be32_at(tcp, 4), be32_at(tcp, 8));
        let (head, flags) = (usize::from(tcp[12] >> 4) * 4, tcp[13]);
        let side = usize::from(!is_client);
        let [fin, syn, ack] = [1, 2, 16].map(|flag| flags & flag != 0);
        if syn {
            assert_eq!(sequence, 0);
            self.streams.entry(port).or_default();
            ends.entry(port).or_insert([false; 2]);
            return;
        }
        let streams = self.streams.get_mut(&port).unwrap();
        let closed = ends.get_mut(&port).unwrap();
        let next = |side: usize| 1 + streams[side].len() + usize::from(closed[side]);
        assert_eq!(sequence as usize, next(side), "nothing is missing and nothing comes twice");
        assert!(ack && acknowledged as usize == next(1 - side));
        streams[side].extend_from_slice(&tcp[head..]);
        closed[side] |= fin;
    }
}

fn options(mut octets: &[u8]) -> BTreeMap<u16, Vec<Vec<u8>>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    loop {
        let (code, length) = (le16_at(octets, 0), le16_at(octets, 2) as usize);
        if code == 0 {
            return found;
        }
        found.entry(code).or_default().push(octets[4..4 + length].to_vec());
        octets = &octets[4 + length.next_multiple_of(4)..];
    }
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(octets[at..at + 4].try_into().unwrap())
}

fn le16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(octets[at..at + 2].try_into().unwrap())
}

fn be32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().unwrap())
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(octets[at..at + 2].try_into().unwrap())
}

fn sum(parts: &[&[u8]]) -> u32 {
    let octets = parts.concat();
    let pairs = octets
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])));
    let sum = pairs.sum::<u32>();
    let folded = (sum & 0xffff) + (sum >> 16);
    (folded & 0xffff) + (folded >> 16)
}

/// What happens at the seam.
#[derive(Debug, Clone)]
enum Step {
    Send(Vec<(bool, Vec<u8>)>),
    Receive(Vec<u8>),
    StartTls,
    Record(String),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let octets = || prop::collection::vec(any::<u8>(), 0..100);
    let line = "(BDAT 3\r\nabc|MAIL FROM:<a@x.example>\r\n|bdat 2 LAST\r\n)";
    let piece = prop_oneof![
        4 => (any::<bool>(), octets()),
        2 => (Just(false), line.prop_map(String::into_bytes)),
        1 => (Just(false), Just(vec![b'x'; 150_000])),
    ];
    let step = prop_oneof![
        4 => prop::collection::vec(piece, 0..4).prop_map(Step::Send),
        4 => octets().prop_map(Step::Receive),
        1 => Just(Step::StartTls),
        1 => ".{0,40}".prop_map(Step::Record),
    ];
    prop::collection::vec(step, 0..12)
}

fn note(trace: &PcapngTrace, millis: u64, what: What<'_>) {
    let wall = UNIX_EPOCH + Duration::from_millis(1_000_000_000_000 + millis);
    trace.note(&Event::new(7, "Tls", 2, (Instant::now(), wall), what));
}

fn end(operation: Operation, received: &[u8]) -> What<'_> {
    let received = Payload::Bytes(received);
    What::End { operation, began: Instant::now(), received, failure: None }
}

fn piece((is_secret, octets): &(bool, Vec<u8>)) -> Piece<'_> {
    if *is_secret { Piece::Secret(octets) } else { Piece::Plain(octets) }
}

fn captured(steps: &[Step]) -> Capture {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let trace = PcapngTrace::new(file.reopen().unwrap(), "comms", "Tls");
    note(&trace, 0, end(Operation::Connect, b""));
    for (millis, step) in (1..).zip(steps) {
        match step {
            Step::Send(pieces) => {
                let pieces = pieces.iter().map(piece).collect::<Vec<_>>();
                let payload = Some(Payload::Pieces(&pieces));
                note(
                    &trace,
                    millis,
                    What::Begin { operation: Operation::Send, payload, left: None },
                );
            }
            Step::Receive(octets) => note(&trace, millis, end(Operation::Receive, octets)),
            Step::StartTls => note(&trace, millis, end(Operation::StartTls, b"")),
            Step::Record(text) => {
                let (severity, level) = (Severity::Info, Level::Production);
                let text = format_args!("{text}");
                note(&trace, millis, What::Record { severity, level, text });
            }
        }
    }
    trace.finish().unwrap();
    file.flush().unwrap();
    Capture::read(&std::fs::read(file.path()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_passed_is_read_back_whatever_it_was(steps in steps()) {
        let capture = captured(&steps);
        let mut expected = vec![[Vec::new(), Vec::new()]];
        for step in &steps {
            let now = expected.last_mut().unwrap();
            match step {
                Step::Send(pieces) => for (is_secret, octets) in pieces {
                    let shown = octets.iter().map(|octet| if *is_secret { b'*' } else { *octet });
                    now[0].extend(shown);
                },
                Step::Receive(octets) => now[1].extend_from_slice(octets),
                Step::StartTls => expected.push([Vec::new(), Vec::new()]),
                Step::Record(_) => {}
            }
        }
        let streams = capture.streams.into_iter().collect::<Vec<_>>();
        prop_assert_eq!(streams.iter().map(|(port, _)| *port).collect::<Vec<_>>(),
            (49152..).take(expected.len()).collect::<Vec<_>>());
        prop_assert!(streams.into_iter().map(|(_, said)| said).eq(expected));
        prop_assert!(capture.times.is_sorted());
        prop_assert_eq!(capture.interfaces, ["Tls of stack 7"]);
    }
}

#[test]
fn packets_have_the_time_and_the_words_of_the_layer() {
    let capture = captured(&[
        Step::Record("secured with\r\nmail.example".to_owned()),
        Step::Receive(b"220 hi\r\n".to_vec()),
        Step::StartTls,
        Step::Send(vec![(false, b"NOOP\r\n".to_vec())]),
    ]);
    let expected =
        ["secured with\\r\\nmail.example", "TLS has started: on the wire, this is sealed"];
    assert_eq!(capture.comments, expected);
    assert_eq!(capture.times[0], 1_000_000_000_000_000_000);
    assert_eq!(capture.times.last().unwrap() - capture.times[0], 4_000_000);
}

#[test]
fn a_connection_that_could_not_be_made_is_a_try_with_the_reason() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let trace = PcapngTrace::new(file.reopen().unwrap(), "comms", "Tls");
    let error = comms_core::Error::from(comms_core::StackError::NotConnected);
    let (operation, began) = (Operation::Connect, Instant::now());
    let failure = Some(&error);
    note(&trace, 0, What::End { operation, began, received: Payload::Bytes(&[]), failure });
    trace.finish().unwrap();
    let octets = std::fs::read(file.path()).unwrap();
    assert!(octets.windows(40).any(|some| some == b"connect failed: not connected: call conn"));
}

#[test]
fn the_keys_of_a_handshake_stand_before_what_they_open_and_those_of_others_are_left_out() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "CLIENT_RANDOM 00 of another\n").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let trace = PcapngTrace::new(file.reopen().unwrap(), "comms", "Tcp").with_keys(keys.path());
    let tell = |layer: &str, depth: usize, what: What<'_>| {
        trace.note(&Event::new(1, layer, depth, (Instant::now(), UNIX_EPOCH), what));
    };
    tell("Tcp", 3, end(Operation::Connect, b""));
    let start = What::Begin { operation: Operation::StartTls, payload: None, left: None };
    tell("Tls", 2, start);
    let payload = Some(Payload::Bytes(b"a hello of the client"));
    tell("Tcp", 3, What::Begin { operation: Operation::Send, payload, left: None });
    // It waits, and nothing of it may be written yet.
    tell("Tcp", 3, What::Begin { operation: Operation::Receive, payload: None, left: None });
    let mut log = std::fs::OpenOptions::new().append(true).open(keys.path()).unwrap();
    log.write_all(b"CLIENT_RANDOM 01 02\n").unwrap();
    tell("Tls", 2, end(Operation::StartTls, b""));
    trace.finish().unwrap();
    let octets = std::fs::read(file.path()).unwrap();
    let place = |some: &[u8]| octets.windows(some.len()).position(|found| found == some);
    assert!(place(b"CLIENT_RANDOM 01").unwrap() < place(b"a hello of the client").unwrap());
    assert_eq!(Capture::read(&octets).keys, b"CLIENT_RANDOM 01 02\n");
}
