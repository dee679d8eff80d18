//! How much a server takes at a time: LIMITS (RFC 9422), and 452 where it does not say beforehand.

#![cfg(test)]

mod common;

use comms_core::{CommsStack, Error, ErrorClass};
use comms_mime::RawMessage;
use comms_smtp::{SendReport, SmtpError, SmtpMessage, SmtpStack, Unfinished};

use crate::common::{HI, HI_SAID, cause, envelope, hi, opening, play_connected, refused, send};

fn bob() -> SmtpMessage {
    hi(&["bob@y.example"])
}

/// What became of each message, in words.
fn told(stack: &mut CommsStack, messages: &[SmtpMessage]) -> Vec<String> {
    let words = |outcome: &Result<SendReport, Error>| match outcome {
        Ok(report) => report.reply.text(),
        Err(error) => error.class().to_string(),
    };
    stack.smtp().unwrap().send_all(messages).unwrap().iter().map(words).collect()
}

/// Who was accepted, the texts of all replies to the content, and who was refused.
fn shape(report: &SendReport) -> (Vec<String>, Vec<String>, Vec<(String, u16)>) {
    let accepted = report.accepted.iter().map(ToString::to_string).collect();
    let replies = std::iter::once(&report.reply).chain(&report.further_replies);
    (accepted, replies.map(comms_smtp::Reply::text).collect(), refused(&report.rejected))
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Whom a report says that nobody could be asked about, and why.
fn left(unfinished: Option<Unfinished>) -> (Vec<String>, ErrorClass) {
    let unfinished = unfinished.unwrap();
    let recipients = unfinished.recipients.iter().map(ToString::to_string).collect();
    (recipients, unfinished.error.class())
}

#[test]
fn after_as_many_messages_as_the_server_takes_the_connection_is_made_anew() {
    let keywords = ["PIPELINING", "LIMITS MAILMAX=2"];
    let one = |text: &str| [MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 ", text, "\n"].concat();
    let behind =
        [MAIL, BOB, DATA, OK, OK, OK, GO, HI_SAID].concat().replacen(OK, "S: 250 one\n", 1);
    let anew = ["C: QUIT\nS: 221 bye\nconnect\n", &opening(&keywords)].concat();
    let dialogue = opening(&keywords)
        + &[MAIL, BOB, DATA, OK, OK, GO, HI_SAID, &behind, "S: 250 two\n", &anew].concat()
        + &one("three");
    play_connected(&dialogue, |stack| {
        assert_eq!(told(stack, &[bob(), bob(), bob()]), ["one", "two", "three"]);
    });
}

#[test]
fn messages_that_were_sent_one_by_one_did_not_count_against_the_limit() {
    let keywords = ["LIMITS MAILMAX=2"];
    let anew = ["C: QUIT\nS: 221 bye\nconnect\n", &opening(&keywords)].concat();
    let one = |text: &str| [MAIL, OK, BOB, OK, DATA, GO, HI_SAID, "S: 250 ", text, "\n"].concat();
    let dialogue = opening(&keywords)
        + &[MAIL, "S: 550 no\n", "C: RSET\n", OK, &one("two"), &anew, &one("three")].concat();
    play_connected(&dialogue, |stack| {
        assert_eq!(send(stack, &bob()).unwrap_err().class(), ErrorClass::Permanent);
        assert_eq!(send(stack, &bob()).unwrap().reply.text(), "two");
        assert_eq!(send(stack, &bob()).unwrap().reply.text(), "three");
    });
}

#[test]
fn a_session_that_is_full_is_an_error_where_no_connection_is_made_anew() {
    let one = [MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 one\n"].concat();
    play_connected(&(opening(&["PIPELINING", "LIMITS MAILMAX=1"]) + &one), |stack| {
        stack.set("reconnect", false).unwrap();
        assert_eq!(told(stack, &[bob(), bob()]), ["one", "connection"]);
    });
}

#[test]
fn more_recipients_than_one_transaction_takes_go_in_several_and_the_report_is_one() {
    let first = [MAIL, BOB, EVE, DATA, OK, OK, "S: 550 no\n", GO, HI_SAID, "S: 250 one\n"].concat();
    let second = [MAIL, CAROL, DAN, DATA, OK, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
    let third = [MAIL, FAY, DATA, OK, OK, GO, HI_SAID, "S: 250 three\n"].concat();
    let dialogue = opening(&["PIPELINING", "LIMITS RCPTMAX=2"]) + &first + &second + &third;
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&ALL)).unwrap();
        assert_eq!(
            shape(&report),
            (
                words(&["bob@y.example", "carol@y.example", "dan@z.example", "fay@z.example"]),
                words(&["one", "two", "three"]),
                vec![("eve@y.example".to_owned(), 550)]
            )
        );
        assert!(report.unfinished.is_none());
    });
}

#[test]
fn with_bdat_each_transaction_is_one_group() {
    let first = [MAIL, BOB, CHUNK, OK, OK, "S: 250 one\n"].concat();
    let second = [MAIL, EVE, CHUNK, OK, OK, "S: 250 two\n"].concat();
    let dialogue = opening(&["PIPELINING", "CHUNKING", "LIMITS RCPTMAX=1"]) + &first + &second;
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
        let both = words(&["bob@y.example", "eve@y.example"]);
        assert_eq!(shape(&report), (both, words(&["one", "two"]), vec![]));
    });
}

#[test]
fn a_session_for_so_many_domains_is_followed_by_another_for_the_rest() {
    let keywords = ["PIPELINING", "LIMITS RCPTDOMAINMAX=1"];
    let anew = ["C: QUIT\nS: 221 bye\nconnect\n", &opening(&keywords)].concat();
    let first = [MAIL, BOB, EVE, CAROL, DATA, OK, OK, OK, OK, GO, HI_SAID, "S: 250 one\n"].concat();
    let second = [MAIL, DAN, FAY, DATA, OK, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
    play_connected(&(opening(&keywords) + &first + &anew + &second), |stack| {
        let report = send(stack, &hi(&ALL)).unwrap();
        assert_eq!(shape(&report), (words(&ALL), words(&["one", "two"]), vec![]));
    });
}

#[test]
fn a_domain_in_other_letters_is_no_further_domain() {
    let joe = "C: RCPT TO:<joe@Y.example>\n";
    let one = [MAIL, BOB, joe, DATA, OK, OK, OK, GO, HI_SAID, "S: 250 one\n"].concat();
    play_connected(&(opening(&["PIPELINING", "LIMITS RCPTDOMAINMAX=1"]) + &one), |stack| {
        assert_eq!(
            send(stack, &hi(&["bob@y.example", "joe@Y.example"])).unwrap().accepted.len(),
            2
        );
    });
}

#[test]
fn recipients_that_are_too_many_are_asked_for_in_a_further_transaction() {
    for no in ["S: 452 4.5.3 too many\n", "S: 452 too many\n"] {
        let first = [MAIL, BOB, EVE, CAROL, DATA, OK, OK, no, no, GO, HI_SAID].concat();
        let second = [MAIL, EVE, CAROL, DATA, OK, OK, no, GO, HI_SAID, "S: 250 two\n"].concat();
        let third = [MAIL, CAROL, DATA, OK, OK, GO, HI_SAID, "S: 250 three\n"].concat();
        let dialogue = opening(&["PIPELINING"]) + &first + "S: 250 one\n" + &second + &third;
        play_connected(&dialogue, |stack| {
            let report = send(stack, &hi(&ALL[..3])).unwrap();
            let replies = words(&["one", "two", "three"]);
            assert_eq!(shape(&report), (words(&ALL[..3]), replies, vec![]), "{no}");
        });
    }
}

#[test]
fn a_mailbox_that_is_full_is_no_reason_for_a_further_transaction() {
    for no in ["S: 452 4.2.2 full\n", "S: 552 5.2.2 full\n", "S: 450 4.5.3 busy\n"] {
        let code = no.split(' ').nth(1).unwrap().parse().unwrap();
        let one = [MAIL, BOB, EVE, DATA, OK, OK, no, GO, HI_SAID, "S: 250 one\n"].concat();
        play_connected(&(opening(&["PIPELINING"]) + &one), |stack| {
            let report = send(stack, &hi(&ALL[..2])).unwrap();
            let eve = vec![("eve@y.example".to_owned(), code)];
            assert_eq!(shape(&report), (words(&ALL[..1]), words(&["one"]), eve));
        });
    }
}

#[test]
fn a_server_for_which_one_is_too_many_is_not_asked_for_ever() {
    let no = "S: 452 4.5.3 too many\n";
    let first = [MAIL, BOB, EVE, CAROL, DATA, OK, OK, no, no, GO, HI_SAID, "S: 250 one\n"].concat();
    let second = [MAIL, EVE, CAROL, DATA, OK, no, no, "S: 503 nobody\n"].concat();
    play_connected(&(opening(&["PIPELINING"]) + &first + &second), |stack| {
        let report = send(stack, &hi(&ALL[..3])).unwrap();
        let both = vec![("eve@y.example".to_owned(), 452), ("carol@y.example".to_owned(), 452)];
        assert_eq!(shape(&report), (words(&ALL[..1]), words(&["one"]), both));
        assert!(report.unfinished.is_none());
    });
}

#[test]
fn with_strict_a_message_to_more_than_go_at_a_time_is_not_begun() {
    play_connected(&opening(&["PIPELINING", "LIMITS RCPTMAX=4"]), |stack| {
        stack.set("strict", true).unwrap();
        let error = send(stack, &hi(&ALL)).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent);
        assert!(
            matches!(cause(&error), SmtpError::TooManyRecipients { limit: 4, .. }),
            "{error:?}"
        );
    });
}

#[test]
fn with_strict_a_recipient_too_many_keeps_the_message_from_all() {
    let one = [MAIL, BOB, EVE, OK, OK, "S: 452 4.5.3 too many\n"].concat();
    play_connected(&(opening(&["PIPELINING"]) + &one), |stack| {
        stack.set("strict", true).unwrap();
        let error = send(stack, &hi(&ALL[..2])).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient);
        assert_eq!(refused(cause(&error).rejected()), [("eve@y.example".to_owned(), 452)]);
    });
}

#[test]
fn what_cuts_off_a_further_transaction_is_in_the_report_of_the_first() {
    let first = [MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 one\n"].concat();
    let whole = [OK, OK, GO, HI_SAID].concat();
    for (second, class) in [
        ("S: 451 later\nS: 503 no\nS: 503 no\n".to_owned(), ErrorClass::Transient),
        ([OK, OK, "S: 554 no\n"].concat(), ErrorClass::Permanent),
        ([&whole, "S: 554 spam\n"].concat(), ErrorClass::Permanent),
        ([&whole, "S: 421 closing\nclose\n"].concat(), ErrorClass::Transient),
        ([&whole, "close\n"].concat(), ErrorClass::DeliveryUnknown),
        ([&whole, "reset\n"].concat(), ErrorClass::DeliveryUnknown),
        ([OK, OK, "close\n"].concat(), ErrorClass::Connection),
        ([OK, OK, OK].concat(), ErrorClass::Protocol),
        ("stall\n".to_owned(), ErrorClass::Timeout),
        // Nobody had begun with it, and the server is gone when it is asked anew.
        ("close\nconnect\nrefuse\n".to_owned(), ErrorClass::Connection),
    ] {
        let dialogue = opening(&["PIPELINING", "LIMITS RCPTMAX=1"])
            + &[&first, MAIL, EVE, DATA, &second].concat();
        play_connected(&dialogue, |stack| {
            let report = send(stack, &hi(&ALL[..2])).unwrap();
            assert_eq!(shape(&report), (words(&ALL[..1]), words(&["one"]), vec![]), "{second}");
            assert_eq!(left(report.unfinished), (words(&["eve@y.example"]), class), "{second}");
        });
    }
}

#[test]
fn a_further_transaction_that_was_not_begun_is_begun_over_a_new_connection() {
    let keywords = ["PIPELINING", "LIMITS RCPTMAX=1"];
    let first = [MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 one\n", MAIL, EVE, DATA].concat();
    let second = [MAIL, EVE, DATA, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
    for end in ["S: 421 enough\nclose\n", "close\n", "reset\n"] {
        let anew = "connect\n".to_owned() + &opening(&keywords);
        play_connected(&(opening(&keywords) + &first + end + &anew + &second), |stack| {
            let report = send(stack, &hi(&ALL[..2])).unwrap();
            assert_eq!(shape(&report), (words(&ALL[..2]), words(&["one", "two"]), vec![]), "{end}");
        });
    }
}

/// A reader gives its octets once.
#[test]
fn a_reader_cannot_be_sent_twice_and_the_next_message_goes_over_a_new_connection() {
    let keywords = ["PIPELINING", "8BITMIME", "LIMITS RCPTMAX=1"];
    let mail = "C: MAIL FROM:<ann@x.example> BODY=8BITMIME\n";
    let first = [mail, BOB, DATA, OK, OK, GO, HI_SAID, MAIL, BOB, DATA, "S: 250 one\n"].concat();
    let next = [OK, OK, GO, HI_SAID, mail, EVE, DATA, "S: 250 next\n", OK, OK, GO].concat();
    let last = ["connect\n", &opening(&keywords), MAIL, BOB, DATA, OK, OK, GO, HI_SAID].concat();
    let dialogue = opening(&keywords) + &first + &next + &last + "S: 250 last\n";
    play_connected(&dialogue, |stack| {
        let reader = RawMessage::reader(HI.as_bytes()).unwrap();
        let messages = [SmtpMessage::raw(reader, envelope(&ALL[..2])), bob(), bob()];
        let told = stack.smtp().unwrap().send_all(&messages).unwrap();
        let mut told = told.into_iter().map(Result::unwrap);
        let report = told.next().unwrap();
        assert_eq!(shape(&report), (words(&ALL[..1]), words(&["one"]), vec![]));
        assert_eq!(left(report.unfinished), (words(&["eve@y.example"]), ErrorClass::Content));
        assert_eq!(told.map(|one| one.reply.text()).collect::<Vec<_>>(), ["next", "last"]);
    });
}

#[test]
fn in_lmtp_each_transaction_answers_for_each_of_its_recipients() {
    let first = [MAIL, BOB, EVE, DATA, OK, OK, OK, GO, HI_SAID].concat();
    let second = [MAIL, CAROL, DATA, OK, OK, GO, HI_SAID, "S: 250 carol\n"].concat();
    let dialogue = opening(&["PIPELINING", "LIMITS RCPTMAX=2"]).replace("EHLO", "LHLO")
        + &first
        + "S: 452 4.2.2 full\nS: 250 eve\n"
        + &second;
    let (mut stack, transcript, _) =
        common::client(comms_testkit::Script::parse(&dialogue).unwrap());
    stack.set("protocol", "lmtp").unwrap();
    stack.connect().unwrap();
    let report = send(&mut stack, &hi(&ALL[..3])).unwrap();
    let (accepted, full) = (words(&ALL[1..3]), vec![("bob@y.example".to_owned(), 452)]);
    assert_eq!(shape(&report), (accepted, words(&["eve", "carol"]), full));
    assert_eq!(transcript.text(), common::said(&dialogue));
}

const ALL: [&str; 5] =
    ["bob@y.example", "eve@y.example", "carol@y.example", "dan@z.example", "fay@z.example"];
const MAIL: &str = "C: MAIL FROM:<ann@x.example>\n";
const BOB: &str = "C: RCPT TO:<bob@y.example>\n";
const EVE: &str = "C: RCPT TO:<eve@y.example>\n";
const CAROL: &str = "C: RCPT TO:<carol@y.example>\n";
const DAN: &str = "C: RCPT TO:<dan@z.example>\n";
const FAY: &str = "C: RCPT TO:<fay@z.example>\n";
const DATA: &str = "C: DATA\n";
const CHUNK: &str = "C: BDAT 18 LAST\nC: Subject: x\nC:\nC: Hi\n";
const OK: &str = "S: 250 ok\n";
const GO: &str = "S: 354 go\n";
