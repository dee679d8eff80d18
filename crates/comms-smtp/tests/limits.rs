//! The limits that a server tells (RFC 9422), or shows by 452 (RFC 5321 4.5.3.1.10): what does not go
//! into one transaction or session goes into another.

#![cfg(test)]

mod common;

use comms_smtp::{SendReport, SmtpMessage, SmtpStack};

use crate::common::{HI_SAID, hi, opening, play_connected, refused};

/// A transaction for those who are accepted, with this verdict.
fn transaction(recipients: &[&str], verdict: &str) -> String {
    let named = recipients.iter().map(|one| format!("C: RCPT TO:<{one}>\nS: 250 ok\n"));
    format!("{MAIL}{}{DATA}{HI_SAID}S: {verdict}\n", named.collect::<String>())
}

/// The reports of messages that are sent in a series.
fn reports(dialogue: &str, messages: &[SmtpMessage]) -> Vec<SendReport> {
    play_connected(dialogue, |stack| {
        let outcomes = stack.smtp().unwrap().send_all(messages).unwrap();
        outcomes.into_iter().map(Result::unwrap).collect()
    })
}

fn accepted(report: &SendReport) -> Vec<String> {
    report.accepted.iter().map(ToString::to_string).collect()
}

#[test]
fn recipients_beyond_rcptmax_go_in_further_transactions_and_the_report_is_one() {
    let everybody =
        ["bob@y.example", "eve@y.example", "joe@y.example", "kim@y.example", "lee@y.example"];
    let dialogue = opening(&["LIMITS RCPTMAX=2"])
        + &transaction(&everybody[..2], "250 one")
        + &transaction(&everybody[2..4], "250 two")
        + &transaction(&everybody[4..], "250 three");
    let told = reports(&dialogue, &[hi(&everybody)]);
    assert_eq!(accepted(&told[0]), everybody);
    assert!(told[0].rejected.is_empty() && told[0].unfinished.is_none());
}

#[test]
fn a_recipient_too_many_by_452_is_asked_for_in_another_transaction() {
    for no in ["452 too many", "452 4.5.3 too many"] {
        let first = transaction(&["bob@y.example"], "250 one");
        let too_many = format!(
            "{MAIL}C: RCPT TO:<bob@y.example>\nS: 250 ok\nC: RCPT TO:<eve@y.example>\nS: {no}\n"
        );
        let dialogue = opening(&[])
            + &first.replace(&format!("{MAIL}C: RCPT TO:<bob@y.example>\nS: 250 ok\n"), &too_many)
            + &transaction(&["eve@y.example"], "250 two");
        let told = reports(&dialogue, &[hi(&["bob@y.example", "eve@y.example"])]);
        assert_eq!(accepted(&told[0]), ["bob@y.example", "eve@y.example"], "{no}");
    }
}

#[test]
fn a_full_mailbox_is_a_refusal_and_not_asked_for_again() {
    let dialogue = opening(&["ENHANCEDSTATUSCODES"])
        + MAIL
        + "C: RCPT TO:<bob@y.example>\nS: 250 ok\nC: RCPT TO:<eve@y.example>\nS: 452 4.2.2 full\n"
        + DATA
        + HI_SAID
        + "S: 250 one\n";
    let told = reports(&dialogue, &[hi(&["bob@y.example", "eve@y.example"])]);
    assert_eq!(accepted(&told[0]), ["bob@y.example"]);
    assert_eq!(refused(&told[0].rejected), [("eve@y.example".to_owned(), 452)]);
}

#[test]
fn after_mailmax_messages_the_next_goes_over_a_new_connection() {
    let opening = opening(&["LIMITS MAILMAX=2"]);
    let one = transaction(&["bob@y.example"], "250 taken");
    let dialogue = format!("{opening}{one}{one}{FAREWELL}{opening}{one}");
    let message = || hi(&["bob@y.example"]);
    let told = reports(&dialogue, &[message(), message(), message()]);
    assert_eq!(told.len(), 3);
}

#[test]
fn domains_beyond_rcptdomainmax_go_over_a_new_connection() {
    let opening = opening(&["LIMITS RCPTDOMAINMAX=1"]);
    let dialogue = opening.clone()
        + &transaction(&["bob@y.example", "joe@Y.example"], "250 one")
        + FAREWELL
        + &opening
        + &transaction(&["eve@z.example"], "250 two");
    let told = reports(&dialogue, &[hi(&["bob@y.example", "eve@z.example", "joe@Y.example"])]);
    let mut told = accepted(&told[0]);
    told.sort_unstable();
    assert_eq!(told, ["bob@y.example", "eve@z.example", "joe@Y.example"]);
}

const MAIL: &str = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\n";
const DATA: &str = "C: DATA\nS: 354 go\n";
/// The session ends in good order, and another begins.
const FAREWELL: &str = "C: QUIT\nS: 221 bye\nconnect\n";
