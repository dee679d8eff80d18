//! Whatever a peer says, it cannot forge a line; whatever is logged, no secret is in it.
#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::fmt::Arguments;
use std::time::{Duration, Instant, UNIX_EPOCH};

use comms_core::{
    Error, ErrorClass, Event, Level, Operation, Payload, Piece, Severity, Sink, What,
};
use comms_log::{FileLog, Levels, Line, MemoryLog};
use proptest::prelude::*;

/// One line of plain characters: no controls (C0, DEL, C1), no separators of lines, nothing that
/// turns the direction of writing.
fn is_one_plain_line(line: &str) -> bool {
    let forbidden = "\u{2028}\u{2029}\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\
                     \u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    !line.is_empty() && line.chars().all(|c| !c.is_control() && !forbidden.contains(c))
}

fn line(layer: &str, what: What<'_>) -> String {
    let event = Event::new(1, layer, 0, (Instant::now(), UNIX_EPOCH), what);
    Line::of(&event, Levels::ALL).unwrap().to_string()
}

fn record(text: Arguments<'_>) -> What<'_> {
    What::Record { severity: Severity::Info, level: Level::Script, text }
}

fn send(payload: Payload<'_>) -> What<'_> {
    What::Begin { operation: Operation::Send, payload: Some(payload), left: None }
}

/// Characters of all kinds, and often the dangerous ones.
fn hostile() -> impl Strategy<Value = String> {
    let dangerous = "\r\n\0\x1b[31m\x07\x08\x7f\u{85}\u{9b}\u{2028}\u{2029}\u{202e}\u{2066}\u{61c}";
    let dangerous = prop::sample::select(dangerous.chars().collect::<Vec<_>>());
    prop::collection::vec(prop_oneof![any::<char>(), dangerous], 0..80)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #[test]
    fn any_record_is_one_plain_line(text in hostile()) {
        let line = line("Smtp", record(format_args!("{text}")));
        prop_assert!(is_one_plain_line(&line), "{line:?}");
        prop_assert!(line.starts_with("1970-01-01T00:00:00.000Z  1   Smtp     "));
    }

    #[test]
    fn any_name_of_a_layer_leaves_one_plain_line(layer in hostile()) {
        let line = line(&layer, record(format_args!("text")));
        prop_assert!(is_one_plain_line(&line), "{line:?}");
    }

    #[test]
    fn any_error_is_told_in_one_plain_line(text in hostile()) {
        let error = Error::new(ErrorClass::Protocol, text);
        let what = What::End {
            operation: Operation::Receive,
            began: Instant::now(),
            received: Payload::Bytes(b"\r\n"),
            failure: Some(&error),
        };
        let line = line("Smtp", what);
        prop_assert!(is_one_plain_line(&line), "{line:?}");
    }

    #[test]
    fn any_octets_are_one_plain_line_of_ascii(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        let line = line("Tcp", send(Payload::Bytes(&octets)));
        prop_assert!(is_one_plain_line(&line), "{line:?}");
        prop_assert!(line.is_ascii() || octets.len() > 256, "{line:?}");
        prop_assert!(line.len() < 4 * 256 + 100);
    }

    #[test]
    fn a_secret_is_shown_wherever_it_stands_as_its_size_alone(
        pieces in prop::collection::vec((any::<bool>(), 0_usize..40), 0..20),
        limit in 0_usize..300,
    ) {
        let (plain, secret) = ([b'p'; 40], [b'S'; 40]);
        let pieces = pieces
            .into_iter()
            .map(|(is_secret, octets)| {
                let plain = Piece::Plain(&plain[..octets]);
                if is_secret { Piece::Secret(&secret[..octets]) } else { plain }
            })
            .collect::<Vec<_>>();
        for payload in [Payload::Pieces(&pieces), Payload::Secret(&secret)] {
            let event = Event::new(1, "x", 0, (Instant::now(), UNIX_EPOCH), send(payload));
            let line = Line::of(&event, Levels::ALL).unwrap().cut_at(limit).to_string();
            prop_assert!(!line.contains('S'), "{line}");
        }
    }

    #[test]
    fn a_log_has_as_many_lines_as_there_were_events(texts in prop::collection::vec(hostile(), 0..20)) {
        let log = MemoryLog::new(Levels::ALL);
        for text in &texts {
            let at = (Instant::now(), UNIX_EPOCH);
            log.note(&Event::new(1, "Smtp", 0, at, record(format_args!("{text}"))));
        }
        prop_assert_eq!(log.text().lines().count(), texts.len());
    }
}

#[test]
fn a_marker_in_secret_payloads_is_found_in_nothing_that_was_written() {
    const MARKER: &[u8] = b"hunter2-MARKER";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.log");
    let file = FileLog::create(&path, Levels::ALL).unwrap();
    let memory = MemoryLog::new(Levels::ALL);
    let pieces = [Piece::Plain(b"AUTH PLAIN "), Piece::Secret(MARKER), Piece::Plain(b"\r\n")];
    let mut debug = Vec::new();
    for payload in [Payload::Secret(MARKER), Payload::Pieces(&pieces)] {
        let end = What::End {
            operation: Operation::ReceiveUntil,
            began: Instant::now(),
            received: payload,
            failure: None,
        };
        for what in [send(payload), end] {
            let at = (Instant::now(), UNIX_EPOCH + Duration::from_secs(1));
            let event = Event::new(1, "Tcp", 0, at, what);
            file.note(&event);
            memory.note(&event);
            debug.push(format!("{:?} {file:?} {memory:?}", Line::of(&event, Levels::ALL)));
        }
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, memory.text());
    assert_eq!(written.lines().count(), 4);
    assert_eq!(written.matches("<14 secret octets>").count(), 4);
    assert!(!format!("{written}{debug:?}").contains("MARKER"));
}
