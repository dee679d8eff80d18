//! Recipients that have moved (551) or are forwarded (251): RFC 5321 3.4.

#![cfg(test)]

mod common;
mod secure;

use comms_core::{CommsStack, ErrorClass};
use comms_smtp::{SendReport, SmtpMessage};
use comms_testkit::Script;

use crate::common::{HI_SAID, cause, client, hi, opening, play_connected, refused, said, send};
use crate::secure::Watcher;

fn both() -> SmtpMessage {
    hi(&["bob@y.example", "eve@y.example"])
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn accepted(report: &SendReport) -> Vec<String> {
    report.accepted.iter().map(ToString::to_string).collect()
}

/// Who has moved where.
fn moves(report: &SendReport) -> Vec<String> {
    report.relocated.iter().map(|one| format!("{} > {}", one.old, one.new)).collect()
}

#[test]
fn in_a_group_who_has_moved_is_asked_for_in_a_further_transaction() {
    let first = [MAIL, BOB, EVE, DATA, OK, MOVED, OK, GO, HI_SAID, "S: 250 one\n"].concat();
    let second = [MAIL, NEW, DATA, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
    play_connected(&(opening(&["PIPELINING"]) + &first + &second), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(accepted(&report), ["eve@y.example", "new@z.example"]);
        assert_eq!(moves(&report), ["bob@y.example > new@z.example"]);
        assert_eq!(
            (report.reply.text(), report.further_replies[0].text()),
            ("one".into(), "two".into())
        );
        assert!(report.rejected.is_empty() && report.unfinished.is_none());
    });
}

#[test]
fn where_all_in_a_group_have_moved_no_content_is_sent_to_nobody() {
    let first = [MAIL, BOB, DATA, OK, MOVED, "S: 554 nobody\n"].concat();
    let second = [RSET, MAIL, NEW, DATA, OK, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
    play_connected(&(opening(&["PIPELINING"]) + &first + &second), |stack| {
        let report = send(stack, &hi(&["bob@y.example"])).unwrap();
        assert_eq!(
            (accepted(&report), report.reply.text()),
            (words(&["new@z.example"]), "two".into())
        );
    });
}

#[test]
fn one_by_one_who_has_moved_is_asked_for_in_the_same_transaction() {
    let first = [MAIL, OK, BOB, MOVED, EVE, OK, NEW, OK, DATA, GO, HI_SAID].concat();
    play_connected(&(opening(&[]) + &first + "S: 250 one\n"), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(accepted(&report), ["eve@y.example", "new@z.example"]);
        assert_eq!(moves(&report), ["bob@y.example > new@z.example"]);
        assert!(report.further_replies.is_empty());
    });
}

#[test]
fn with_bdat_who_has_moved_is_asked_for_in_a_further_transaction() {
    let first = [MAIL, BOB, EVE, CHUNK, OK, MOVED, OK, "S: 250 one\n"].concat();
    let second = [MAIL, NEW, CHUNK, OK, OK, "S: 250 two\n"].concat();
    play_connected(&(opening(&["PIPELINING", "CHUNKING"]) + &first + &second), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(accepted(&report), ["eve@y.example", "new@z.example"]);
    });
}

#[test]
fn with_bdat_content_that_nobody_took_goes_to_the_new_address() {
    let first = [MAIL, BOB, CHUNK, OK, MOVED, "S: 503 nobody\n"].concat();
    let second = [RSET, MAIL, NEW, CHUNK, OK, OK, OK, "S: 250 two\n"].concat();
    play_connected(&(opening(&["PIPELINING", "CHUNKING"]) + &first + &second), |stack| {
        let report = send(stack, &hi(&["bob@y.example"])).unwrap();
        assert_eq!((accepted(&report), moves(&report).len()), (words(&["new@z.example"]), 1));
    });
}

#[test]
fn with_strict_the_new_address_is_asked_for_before_the_content_and_counts() {
    let asked = [MAIL, BOB, EVE, OK, MOVED, OK, NEW].concat();
    let yes = [&asked, OK, DATA, GO, HI_SAID, "S: 250 one\n"].concat();
    let no = [&asked, "S: 550 no\n"].concat();
    for (dialogue, class) in [(yes, None), (no, Some(ErrorClass::Permanent))] {
        play_connected(&(opening(&["PIPELINING"]) + &dialogue), |stack| {
            stack.set("strict", true).unwrap();
            assert_eq!(send(stack, &both()).map_err(|error| error.class()).err(), class);
        });
    }
}

#[test]
fn in_lmtp_a_new_address_is_answered_for_like_any_other() {
    let dialogue = opening(&["PIPELINING"]).replace("EHLO", "LHLO")
        + &[MAIL, BOB, EVE, DATA, OK, MOVED, OK, GO, HI_SAID, "S: 250 eve\n"].concat()
        + &[MAIL, NEW, DATA, OK, OK, GO, HI_SAID, "S: 552 5.2.2 full\n"].concat();
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.set("protocol", "lmtp").unwrap();
    stack.connect().unwrap();
    let report = send(&mut stack, &both()).unwrap();
    assert_eq!(accepted(&report), ["eve@y.example"]);
    assert_eq!(refused(&report.rejected), [("new@z.example".to_owned(), 552)]);
    assert_eq!(moves(&report), ["bob@y.example > new@z.example"]);
    assert_eq!(transcript.text(), said(&dialogue));
}

#[test]
fn a_new_address_that_is_refused_is_among_the_rejected() {
    let first = [MAIL, OK, BOB, MOVED, EVE, OK, NEW, "S: 550 no\n", DATA, GO, HI_SAID].concat();
    play_connected(&(opening(&[]) + &first + "S: 250 one\n"), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(accepted(&report), ["eve@y.example"]);
        assert_eq!(refused(&report.rejected), [("new@z.example".to_owned(), 550)]);
    });
}

#[test]
fn who_moves_on_from_a_new_address_is_not_followed() {
    let again = "S: 551 try <newer@z.example>\n";
    let group = [MAIL, BOB, DATA, OK, MOVED, "S: 554 nobody\n", RSET, MAIL, NEW, DATA].concat()
        + &[OK, OK, again, "S: 554 nobody\n"].concat();
    let single = [MAIL, OK, BOB, MOVED, NEW, again].concat();
    for (keywords, dialogue) in [(&["PIPELINING"][..], group), (&[], single)] {
        play_connected(&(opening(keywords) + &dialogue), |stack| {
            let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
            let rejected = refused(cause(&error).rejected());
            assert_eq!(rejected, [("new@z.example".to_owned(), 551)]);
        });
    }
}

#[test]
fn who_is_said_to_be_where_the_message_goes_already_is_not_asked_for_twice() {
    let to_eve = "S: 551 try <eve@y.example>\n";
    // To somebody who comes later, who came before, and to the one who is asked for.
    let later = [MAIL, OK, BOB, to_eve, EVE, OK, DATA, GO, HI_SAID].concat();
    let to_bob = "S: 551 try <bob@y.example>\n";
    let before = [MAIL, OK, BOB, OK, EVE, to_bob, DATA, GO, HI_SAID].concat();
    for (dialogue, whom, moved) in [
        (later, "eve", "bob@y.example > eve@y.example"),
        (before, "bob", "eve@y.example > bob@y.example"),
    ] {
        play_connected(&(opening(&[]) + &dialogue + "S: 250 one\n"), |stack| {
            let report = send(stack, &both()).unwrap();
            assert_eq!(accepted(&report), [format!("{whom}@y.example")]);
            assert_eq!((moves(&report), report.rejected.len()), (words(&[moved]), 0));
        });
    }
    let itself = [MAIL, OK, BOB, to_bob, EVE, OK, DATA, GO, HI_SAID].concat();
    play_connected(&(opening(&[]) + &itself + "S: 250 one\n"), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(refused(&report.rejected), [("bob@y.example".to_owned(), 551)]);
        assert!(report.relocated.is_empty());
    });
}

#[test]
fn two_who_have_moved_to_one_address_are_asked_for_there_once() {
    let first = [MAIL, OK, BOB, MOVED, EVE, MOVED, NEW, OK, DATA, GO, HI_SAID].concat();
    play_connected(&(opening(&[]) + &first + "S: 250 one\n"), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(accepted(&report), ["new@z.example"]);
        let moved = ["bob@y.example > new@z.example", "eve@y.example > new@z.example"];
        assert_eq!(moves(&report), moved);
    });
}

#[test]
fn a_new_address_that_this_server_cannot_be_asked_for_is_a_refusal() {
    let wide = "S: 551 try <b\\xc3\\xb6b@z.example>\n";
    let first = [MAIL, OK, BOB, wide, EVE, OK, DATA, GO, HI_SAID, "S: 250 one\n"].concat();
    play_connected(&(opening(&[]) + &first), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(refused(&report.rejected), [("bob@y.example".to_owned(), 551)]);
    });
}

#[test]
fn with_follow_relocation_off_a_move_is_a_refusal() {
    let first = [MAIL, BOB, EVE, DATA, OK, MOVED, OK, GO, HI_SAID, "S: 250 one\n"].concat();
    play_connected(&(opening(&["PIPELINING"]) + &first), |stack| {
        stack.set("follow_relocation", false).unwrap();
        let report = send(stack, &both()).unwrap();
        assert_eq!(refused(&report.rejected), [("bob@y.example".to_owned(), 551)]);
        assert!(report.relocated.is_empty());
    });
}

#[test]
fn what_keeps_a_new_address_from_being_asked_for_is_in_the_report() {
    let first = [MAIL, BOB, EVE, DATA, OK, MOVED, OK, GO, HI_SAID, "S: 250 one\n"].concat();
    let second = [MAIL, NEW, DATA, OK, OK, GO, HI_SAID, "close\n"].concat();
    play_connected(&(opening(&["PIPELINING"]) + &first + &second), |stack| {
        let report = send(stack, &both()).unwrap();
        assert_eq!(accepted(&report), ["eve@y.example"]);
        let unfinished = report.unfinished.unwrap();
        assert_eq!(unfinished.recipients, ["new@z.example".parse().unwrap()]);
        assert_eq!(unfinished.error.class(), ErrorClass::DeliveryUnknown);
    });
}

#[test]
fn a_recipient_that_is_forwarded_is_told_with_where_to() {
    let to = "S: 251 will forward to <far@z.example>\n";
    let vague = "S: 251 will forward\n";
    for keywords in [&["PIPELINING"][..], &["PIPELINING", "CHUNKING"]] {
        let dialogue = match keywords.len() {
            1 => [MAIL, BOB, EVE, DATA, OK, to, vague, GO, HI_SAID].concat(),
            _ => [MAIL, BOB, EVE, CHUNK, OK, to, vague].concat(),
        };
        play_connected(&(opening(keywords) + &dialogue + "S: 250 one\n"), |stack| {
            let report = send(stack, &both()).unwrap();
            assert_eq!(accepted(&report), ["bob@y.example", "eve@y.example"]);
            let paths = report
                .forwarded
                .iter()
                .map(|one| (one.recipient.to_string(), one.path.as_ref().map(ToString::to_string)));
            let far = Some("far@z.example".to_owned());
            let both = [("bob@y.example".to_owned(), far), ("eve@y.example".to_owned(), None)];
            assert_eq!(paths.collect::<Vec<_>>(), both);
        });
    }
}

/// The warnings that a watcher is told while `dialogue` is played.
fn warnings(dialogue: &str, prepare: impl FnOnce(&mut CommsStack)) -> Vec<String> {
    let (mut stack, _, _) = client(Script::parse(dialogue).unwrap());
    prepare(&mut stack);
    let watcher = Watcher::of(&mut stack);
    stack.connect().unwrap();
    send(&mut stack, &both()).unwrap();
    let seen = watcher.seen();
    let warnings = seen.lines().filter(|line| line.contains("severity: Warn"));
    let text = |line: &str| {
        let (_, text) = line.split_once("text: ").unwrap();
        text.trim_end_matches([' ', '}']).to_owned()
    };
    warnings.map(text).collect()
}

#[test]
fn who_was_asked_for_at_a_new_address_was_called_refused_in_the_log() {
    let first = [MAIL, OK, BOB, MOVED, EVE, OK, NEW, OK, DATA, GO, HI_SAID].concat();
    let dialogue = opening(&[]) + &first + "S: 250 one\n";
    let followed = warnings(&dialogue, |_| ());
    assert_eq!(followed, ["<bob@y.example> has moved, <new@z.example> is asked for"]);
    let first = [MAIL, OK, BOB, MOVED, EVE, OK, DATA, GO, HI_SAID].concat();
    let off = |stack: &mut CommsStack| stack.set("follow_relocation", false).unwrap();
    let refused = warnings(&(opening(&[]) + &first + "S: 250 one\n"), off);
    assert_eq!(refused, ["<bob@y.example> was refused: 551 try <new@z.example>"]);
}

const MAIL: &str = "C: MAIL FROM:<ann@x.example>\n";
const BOB: &str = "C: RCPT TO:<bob@y.example>\n";
const EVE: &str = "C: RCPT TO:<eve@y.example>\n";
const NEW: &str = "C: RCPT TO:<new@z.example>\n";
const MOVED: &str = "S: 551 try <new@z.example>\n";
const RSET: &str = "C: RSET\n";
const DATA: &str = "C: DATA\n";
const CHUNK: &str = "C: BDAT 18 LAST\nC: Subject: x\nC:\nC: Hi\n";
const OK: &str = "S: 250 ok\n";
const GO: &str = "S: 354 go\n";
