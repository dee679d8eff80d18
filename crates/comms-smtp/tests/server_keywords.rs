//! What the embedded server offers, and that a test can take it away.

#![cfg(test)]

mod common;
mod serving;

use comms_testkit::Script;

use crate::serving::{BYE, MAIL, RCPT, hello, play, server};

/// The keywords of the greeting, as many as the server has without TLS and users.
fn offered() -> Vec<String> {
    let lines = hello();
    let lines = lines.lines().filter_map(|line| line.strip_prefix("C: 250"));
    lines.skip(1).map(|line| line[1..].to_owned()).collect()
}

/// The greeting with these keywords.
fn greeting(keywords: &[String]) -> String {
    let head = "C: 220 mail.example ESMTP comms\nS: EHLO client.example\nC: 250-mail.example\n";
    let last = keywords.len() - 1;
    let line = |(at, keyword)| format!("C: 250{}{keyword}\n", if at == last { ' ' } else { '-' });
    head.to_owned() + &keywords.iter().enumerate().map(line).collect::<String>()
}

#[test]
fn each_keyword_can_be_taken_away() {
    for taken in offered() {
        let word = taken.split(' ').next().unwrap();
        // What cannot be had without it goes as well (RFC 3030 3, RFC 6531 3.1).
        let needs = match word {
            "CHUNKING" => "BINARYMIME",
            "8BITMIME" => "SMTPUTF8",
            _ => word,
        };
        let left = offered().into_iter().filter(|line| *line != taken && line != needs);
        let bye = match word {
            "ENHANCEDSTATUSCODES" => "S: QUIT\nC: 221 goodbye\n",
            _ => BYE,
        };
        let dialogue = greeting(&left.collect::<Vec<_>>()) + bye;
        play(&dialogue, &[("without", &word.to_ascii_lowercase())]);
    }
}

#[test]
fn a_keyword_that_the_server_does_not_know_cannot_be_taken_away() {
    let (mut stack, _, _) = server(Script::new());
    let error = stack.set("without", "CHUNKING,CHNUKING").unwrap_err();
    assert!(error.sentence().contains("`without` is keywords of EHLO"), "{}", error.sentence());
}

#[test]
fn a_pretended_line_stands_in_place_of_the_server_s_own() {
    let mut lines = offered();
    lines.retain(|line| !line.starts_with("SIZE"));
    lines.extend(["SIZE 5".to_owned(), "X-NOVELTY a b".to_owned()]);
    let larger = "S: MAIL FROM:<ann@x.example> SIZE=6\nC: 250 2.1.0 go on\n";
    let dialogue = [&greeting(&lines), larger, BYE].concat();
    play(&dialogue, &[("pretend", " SIZE 5 ,, X-NOVELTY a b")]);
}

#[test]
fn without_enhanced_codes_no_reply_has_one() {
    let mut lines = offered();
    lines.retain(|line| line != "ENHANCEDSTATUSCODES");
    let rest = "S: MAIL FROM:<ann@x.example>\nC: 250 go on\n\
                S: DATA\nC: 554 no recipients\nS: XYZ\nC: 500 no such command\n\
                S: QUIT\nC: 221 goodbye\n";
    let dialogue = [&greeting(&lines), rest].concat();
    play(&dialogue, &[("without", "ENHANCEDSTATUSCODES")]);
}

#[test]
fn without_pipelining_who_does_not_wait_is_refused() {
    let mut lines = offered();
    lines.retain(|line| line != "PIPELINING");
    let waits = "S: BDAT 4 LAST\nS: ab\nC~: 250 *\n";
    let hurries = "S: NOOP\nS: NOOP\nC: 503 5.5.0 PIPELINING is not offered here\n\
                   C: 250 2.0.0 here\n";
    let script = [&greeting(&lines), MAIL, RCPT, waits, hurries, BYE].concat();
    let (mut stack, transcript, store) = server(Script::parse(&script).unwrap());
    stack.set("without", "PIPELINING").unwrap();
    stack.connect().unwrap();
    comms_smtp::ServerStack::serve(&mut stack).unwrap();
    transcript.finished().unwrap();
    assert_eq!(store.messages().len(), 1);
}
