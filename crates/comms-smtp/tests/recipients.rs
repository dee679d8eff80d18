//! Recipients that do not go into one transaction: they have moved (551), or there are too many.

#![cfg(test)]

mod common;

use comms_core::{CommsStack, ErrorClass};
use comms_smtp::{SendReport, SmtpMessage, SmtpStack};
use comms_testkit::Script;

use crate::common::{HI_SAID, cause, client, hi, opening, play_connected, refused, send};

fn names(addresses: &[comms_mime::Address]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn moved(report: &SendReport) -> Vec<(String, String)> {
    report.relocated.iter().map(|one| (one.old.to_string(), one.new.to_string())).collect()
}

/// The move of Bob to his new address.
fn bob_moved() -> Vec<(String, String)> {
    vec![("bob@y.example".to_owned(), "new@z.example".to_owned())]
}

#[test]
fn before_data_a_recipient_that_has_moved_is_asked_for_in_the_same_transaction() {
    let dialogue = opening(&[])
        + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\n"
        + "C: RCPT TO:<bob@y.example>\nS: 551 please try <new@z.example>\n"
        + "C: RCPT TO:<carol@y.example>\nS: 250 ok\n"
        + "C: RCPT TO:<new@z.example>\nS: 250 ok\n"
        + "C: DATA\nS: 354 go\n"
        + HI_SAID
        + "S: 250 taken\n";
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&["bob@y.example", "carol@y.example"])).unwrap();
        assert_eq!(names(&report.accepted), ["carol@y.example", "new@z.example"]);
        assert_eq!(moved(&report), bob_moved());
        assert!(report.rejected.is_empty() && report.further_replies.is_empty());
    });
}

const GROUP: &str = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n\
                     C: RCPT TO:<carol@y.example>\nC: DATA\n";
const NEW: &str = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<new@z.example>\nC: DATA\n";

#[test]
fn behind_a_group_a_recipient_that_has_moved_is_asked_for_in_another_transaction() {
    let replies = "S: 250 ok\nS: 551 please try <new@z.example>\nS: 250 ok\nS: 354 go\n";
    let yes = "S: 250 ok\nS: 250 ok\nS: 354 go\n";
    let no = "S: 250 ok\nS: 550 no such user\nS: 554 nobody\n";
    let first = opening(&["PIPELINING"]) + GROUP + replies + HI_SAID + "S: 250 taken\n" + NEW;
    play_connected(&(first.clone() + yes + HI_SAID + "S: 250 again\n"), |stack| {
        let report = send_to_both(stack).unwrap();
        assert_eq!(names(&report.accepted), ["carol@y.example", "new@z.example"]);
        assert_eq!(moved(&report), bob_moved());
        assert_eq!(report.reply.text(), "taken");
        assert_eq!(report.further_replies.len(), 1);
    });
    play_connected(&(first + no), |stack| {
        let report = send_to_both(stack).unwrap();
        assert_eq!(names(&report.accepted), ["carol@y.example"]);
        assert_eq!(refused(&report.rejected), [("new@z.example".to_owned(), 550)]);
        assert_eq!(moved(&report), bob_moved());
    });
}

fn send_to_both(stack: &mut CommsStack) -> Result<SendReport, comms_core::Error> {
    send(stack, &hi(&["bob@y.example", "carol@y.example"]))
}

#[test]
fn where_the_only_recipient_has_moved_the_message_goes_to_the_new_address() {
    let bob = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: DATA\n";
    let no = "S: 250 ok\nS: 551 please try <new@z.example>\nS: 503 nobody\nC: RSET\n";
    let yes = "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\n";
    let dialogue = opening(&["PIPELINING"]) + bob + no + NEW + yes + HI_SAID + "S: 250 taken\n";
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&["bob@y.example"])).unwrap();
        assert_eq!(names(&report.accepted), ["new@z.example"]);
        assert_eq!(moved(&report), bob_moved());
    });
}

#[test]
fn with_content_all_at_once_a_recipient_that_has_moved_is_followed_too() {
    let content = "C: BDAT 18 LAST\nC: Subject: x\nC:\nC: Hi\n";
    let bob = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n".to_owned() + content;
    let new =
        "C: RSET\nC: MAIL FROM:<ann@x.example>\nC: RCPT TO:<new@z.example>\n".to_owned() + content;
    let no = "S: 250 ok\nS: 551 please try <new@z.example>\nS: 503 nobody\n";
    let yes = "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 250 taken\n";
    let dialogue = opening(&["PIPELINING", "CHUNKING"]) + &bob + no + &new + yes;
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&["bob@y.example"])).unwrap();
        assert_eq!(names(&report.accepted), ["new@z.example"]);
        assert_eq!(moved(&report), bob_moved());
    });
}

#[test]
fn the_property_leaves_a_recipient_that_has_moved_refused() {
    let dialogue = opening(&[])
        + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\n"
        + "C: RCPT TO:<bob@y.example>\nS: 551 please try <new@z.example>\n";
    play_connected(&dialogue, |stack| {
        stack.set("follow_relocation", false).unwrap();
        let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
        assert_eq!(refused(cause(&error).rejected()), [("bob@y.example".to_owned(), 551)]);
    });
}

#[test]
fn whom_the_server_forwards_to_is_accepted_and_told() {
    let dialogue = opening(&[])
        + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\n"
        + "C: RCPT TO:<bob@y.example>\nS: 251 will forward to <new@z.example>\n"
        + "C: RCPT TO:<carol@y.example>\nS: 251 will forward\n"
        + "C: DATA\nS: 354 go\n"
        + HI_SAID
        + "S: 250 taken\n";
    play_connected(&dialogue, |stack| {
        let report = send_to_both(stack).unwrap();
        assert_eq!(names(&report.accepted), ["bob@y.example", "carol@y.example"]);
        let forwarded = report
            .forwarded
            .iter()
            .map(|one| (one.recipient.to_string(), one.path.as_ref().map(ToString::to_string)));
        let expected = [
            ("bob@y.example".to_owned(), Some("new@z.example".to_owned())),
            ("carol@y.example".to_owned(), None),
        ];
        assert_eq!(forwarded.collect::<Vec<_>>(), expected);
    });
}

/// Four recipients, of two domains.
fn four() -> SmtpMessage {
    hi(&["a@y.example", "b@y.example", "c@z.example", "d@z.example"])
}

/// A transaction for these, without PIPELINING, with these replies to RCPT and this to the content.
fn transaction(recipients: &[(&str, &str)], verdict: &str) -> String {
    let asked = recipients.iter().map(|(who, reply)| format!("C: RCPT TO:<{who}>\nS: {reply}\n"));
    let asked = asked.collect::<String>();
    let content = format!("C: DATA\nS: 354 go\n{HI_SAID}S: {verdict}\n");
    let content = if verdict.is_empty() { String::new() } else { content };
    format!("C: MAIL FROM:<ann@x.example>\nS: 250 ok\n{asked}{content}")
}

#[test]
fn more_recipients_than_the_server_names_go_in_further_transactions() {
    let dialogue = opening(&["LIMITS RCPTMAX=3"])
        + &transaction(
            &[("a@y.example", "250 ok"), ("b@y.example", "550 no"), ("c@z.example", "250 ok")],
            "250 one",
        )
        + &transaction(&[("d@z.example", "250 ok")], "250 two");
    play_connected(&dialogue, |stack| {
        let report = send(stack, &four()).unwrap();
        assert_eq!(names(&report.accepted), ["a@y.example", "c@z.example", "d@z.example"]);
        assert_eq!(refused(&report.rejected), [("b@y.example".to_owned(), 550)]);
        assert_eq!((report.reply.text(), report.further_replies.len()), ("one".to_owned(), 1));
        assert!(report.unfinished.is_none());
    });
}

#[test]
fn those_that_are_too_many_at_a_time_go_in_a_further_transaction_while_some_are_accepted() {
    for many in ["452 too many", "452 4.5.3 too many"] {
        let dialogue = opening(&[])
            + &transaction(
                &[
                    ("a@y.example", "250 ok"),
                    ("b@y.example", "250 ok"),
                    ("c@z.example", many),
                    ("d@z.example", many),
                ],
                "250 one",
            )
            + &transaction(&[("c@z.example", "250 ok"), ("d@z.example", many)], "250 two")
            + &transaction(&[("d@z.example", many)], "");
        play_connected(&dialogue, |stack| {
            let report = send(stack, &four()).unwrap();
            assert_eq!(names(&report.accepted), ["a@y.example", "b@y.example", "c@z.example"]);
            assert_eq!(refused(&report.rejected), [("d@z.example".to_owned(), 452)]);
        });
    }
}

#[test]
fn a_mailbox_that_is_full_is_no_reason_to_ask_again() {
    let full = "452 4.2.2 mailbox full";
    let recipients = [
        ("a@y.example", "250 ok"),
        ("b@y.example", full),
        ("c@z.example", "250 ok"),
        ("d@z.example", full),
    ];
    let dialogue = opening(&[]) + &transaction(&recipients, "250 one");
    play_connected(&dialogue, |stack| {
        assert_eq!(send(stack, &four()).unwrap().rejected.len(), 2);
    });
}

#[test]
fn with_strict_a_server_that_takes_fewer_at_a_time_is_told_nothing() {
    play_connected(&opening(&["LIMITS RCPTMAX=3"]), |stack| {
        stack.set("strict", true).unwrap();
        let error = send(stack, &four()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent);
        assert!(error.to_string().contains("takes 3 recipients at a time"), "{error}");
    });
}

#[test]
fn domains_beyond_those_of_a_session_wait_for_another_connection() {
    let keywords = ["LIMITS RCPTDOMAINMAX=1"];
    let dialogue = opening(&keywords)
        + &transaction(&[("a@y.example", "250 ok"), ("b@y.example", "250 ok")], "250 one")
        + "C: QUIT\nS: 221 bye\nconnect\n"
        + &opening(&keywords)
        + &transaction(&[("c@z.example", "250 ok"), ("d@z.example", "250 ok")], "250 two");
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let report = send(&mut stack, &four()).unwrap();
    assert_eq!((report.accepted.len(), report.further_replies.len()), (4, 1));
    transcript.finished().unwrap();
}

#[test]
fn what_cuts_off_a_further_transaction_is_told_beside_what_was_taken() {
    let first = transaction(
        &[("a@y.example", "250 ok"), ("b@y.example", "250 ok"), ("c@z.example", "250 ok")],
        "250 one",
    );
    let mail = "C: MAIL FROM:<ann@x.example>\n";
    for (second, class) in [
        (mail.to_owned() + "S: 451 later\n", ErrorClass::Transient),
        (mail.to_owned() + "S: 250 ok\nC: RCPT TO:<d@z.example>\nclose\n", ErrorClass::Connection),
        (
            transaction(&[("d@z.example", "250 ok")], "x").replace("S: x\n", "close\n"),
            ErrorClass::DeliveryUnknown,
        ),
    ] {
        let dialogue = opening(&["LIMITS RCPTMAX=3"]) + &first + &second;
        let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        let report = send(&mut stack, &four()).unwrap();
        assert_eq!(report.accepted.len(), 3);
        let unfinished = report.unfinished.unwrap();
        assert_eq!(names(&unfinished.recipients), ["d@z.example"]);
        assert_eq!(unfinished.error.class(), class, "{second}");
        assert_eq!(unfinished.error.layer(), "Smtp");
    }
}

#[test]
fn after_so_many_messages_as_the_server_names_the_series_goes_on_over_a_new_connection() {
    let keywords = ["LIMITS MAILMAX=2"];
    let one = |text: &str| transaction(&[("bob@y.example", "250 ok")], text);
    let dialogue = opening(&keywords)
        + &one("250 one")
        + &one("250 two")
        + "C: QUIT\nS: 221 bye\nconnect\n"
        + &opening(&keywords)
        + &one("250 three");
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let messages = [hi(&["bob@y.example"]), hi(&["bob@y.example"]), hi(&["bob@y.example"])];
    let told = stack.smtp().unwrap().send_all(messages).unwrap();
    let texts = told.iter().map(|one| one.as_ref().unwrap().reply.text()).collect::<Vec<_>>();
    assert_eq!(texts, ["250 one", "250 two", "250 three"].map(|text| text[4..].to_owned()));
    transcript.finished().unwrap();
}
