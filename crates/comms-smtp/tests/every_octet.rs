//! One session, delivered in every portion and cut at every octet of both directions.

#![cfg(test)]

mod common;

use comms_core::{Error, ErrorClass};
use comms_testkit::{Cut, Delivery, Script, Transcript};

use crate::common::{HI_SAID, client, hi, opening, said, send};

/// The two ways in which a session goes.
fn dialogues() -> [String; 2] {
    let lockstep = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
                    C: RCPT TO:<carol@y.example>\nS: 550 5.1.1 no\nC: DATA\nS: 354 go\n";
    let group = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n\
                 C: RCPT TO:<carol@y.example>\nC: DATA\n\
                 S: 250 ok\nS: 250-yes\nS: 250 ok\nS: 550 5.1.1 no\nS: 354 go\n";
    let end = "S: 250-thank\nS: 250 you\nC: QUIT\nS: 221 bye\n";
    [
        opening(&[]) + lockstep + HI_SAID + end,
        opening(&["PIPELINING", "SIZE"]) + &group.replacen('>', "> SIZE=18", 1) + HI_SAID + end,
    ]
}

/// Connects, sends to two recipients, disconnects. A goodbye is never an error.
fn session(script: Script) -> (Result<(), Error>, Transcript) {
    let (mut stack, transcript, _) = client(script);
    let outcome = stack.connect().and_then(|()| {
        let report = send(&mut stack, &hi(&["bob@y.example", "carol@y.example"]))?;
        assert_eq!((report.accepted.len(), report.rejected.len()), (1, 1));
        Ok(())
    });
    let connected = stack.is_connected();
    let parted = stack.disconnect();
    if outcome.is_ok() {
        parted.unwrap();
    }
    assert!(connected || outcome.is_err());
    assert!(!stack.is_connected());
    (outcome, transcript)
}

/// The octets of one side, and where they stand in the dialogue.
struct Side {
    octets: usize,
    /// Octets after which the final reply is asked for (client) or given (server).
    verdict: usize,
    /// Octets up to the last one before the content (client) or up to the end of 354 (server).
    go_ahead: usize,
}

/// Read off the written dialogue alone, with CRLF behind each line.
fn side(dialogue: &str, mark: &str) -> Side {
    let lines = said(dialogue);
    let (mut octets, mut verdict, mut go_ahead) = (0, 0, 0);
    for line in lines.lines().filter_map(|line| line.strip_prefix(mark)) {
        octets += line.len() + 2;
        match line {
            "." | "250 you" => verdict = octets,
            "DATA" | "354 go" => go_ahead = octets,
            _ => {}
        }
    }
    Side { octets, verdict, go_ahead }
}

#[test]
fn portions_of_any_size_make_the_same_session() {
    for dialogue in dialogues() {
        let script = Script::parse(&dialogue).unwrap();
        let seeded = (0..50).map(Delivery::Seeded);
        for delivery in [Delivery::PerOctet, Delivery::PerLine].into_iter().chain(seeded) {
            let (outcome, transcript) = session(script.clone().delivery(delivery));
            outcome.unwrap();
            assert_eq!(transcript.text(), said(&dialogue), "{delivery}");
            transcript.finished().unwrap();
        }
    }
}

#[test]
fn a_cut_at_any_octet_of_the_server_has_one_class() {
    for dialogue in dialogues() {
        let script = Script::parse(&dialogue).unwrap();
        let side = side(&dialogue, "S: ");
        assert_eq!(side.octets, script.octets());
        for cut in [Cut::Close, Cut::Reset, Cut::Stall] {
            for delivery in [Delivery::Whole, Delivery::PerOctet] {
                for n in 0..=side.octets {
                    let (outcome, _) = session(script.clone().delivery(delivery).cut_at(n, cut));
                    // What comes behind 354 is read after the content was sent; a connection that
                    // ends with 354 takes none, but a silent one does.
                    let whole_mark_is_out =
                        n > side.go_ahead || (n == side.go_ahead && cut == Cut::Stall);
                    let case = format!("{cut:?} {delivery} at {n}");
                    check(outcome, cut, n < side.verdict, whole_mark_is_out, &case);
                }
            }
        }
    }
}

#[test]
fn a_cut_at_any_octet_of_the_client_has_one_class() {
    for dialogue in dialogues() {
        let script = Script::parse(&dialogue).unwrap();
        let side = side(&dialogue, "C: ");
        for cut in [Cut::Close, Cut::Reset, Cut::Stall] {
            for n in 0..=side.octets {
                let (outcome, _) = session(script.clone().cut_sent_at(n, cut));
                // A peer that is silent takes everything: the client sends to the end mark.
                let whole_mark_is_out = match cut {
                    Cut::Stall => n > side.go_ahead,
                    _ => n >= side.verdict,
                };
                let case = format!("{cut:?} at {n}");
                check(outcome, cut, n <= side.verdict, whole_mark_is_out, &case);
            }
        }
    }
}

/// Holds an outcome against what it has to be.
fn check(outcome: Result<(), Error>, cut: Cut, fails: bool, whole_mark_is_out: bool, case: &str) {
    let error = match outcome {
        Ok(()) => return assert!(!fails, "{case}"),
        Err(error) => error,
    };
    assert!(fails, "{case}: {error:?}");
    let sentence = error.sentence();
    let class = match cut {
        _ if whole_mark_is_out => ErrorClass::DeliveryUnknown,
        Cut::Stall => ErrorClass::Timeout,
        _ => ErrorClass::Connection,
    };
    assert_eq!(error.class(), class, "{case}: {sentence}");
    match cut {
        Cut::Stall => assert!(sentence.contains("the time for the "), "{case}: {sentence}"),
        Cut::Reset => assert!(sentence.contains("was reset by the peer"), "{case}: {sentence}"),
        _ => assert!(sentence.contains("the peer closed the connection"), "{case}: {sentence}"),
    }
    // The end of what can be read is found by the layer that waits for a line, or by the one that
    // waits for a reply.
    let layers: &[&str] = if cut == Cut::Close { &["Smtp", "Util", "Script"] } else { &["Script"] };
    assert!(layers.contains(&error.layer()), "{case}: {} {sentence}", error.layer());
}
