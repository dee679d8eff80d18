//! `comms sink`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::{Sink, comms, only_file, send, text};

#[test]
#[cfg(target_os = "linux")]
fn a_sink_without_descriptors_says_so_once_and_accepts_again_when_there_are_some() {
    let mut sink = Command::new("sh")
        .args(["-c", "ulimit -n 9 && exec \"$0\" sink", env!("CARGO_BIN_EXE_comms")])
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(sink.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
    let clients = (0..20).map(|_| TcpStream::connect(address.trim()).unwrap()).collect::<Vec<_>>();
    let mut complaints = BufReader::new(sink.stderr.take().unwrap());
    let mut first = String::new();
    complaints.read_line(&mut first).unwrap();
    assert!(first.starts_with("comms: a client was not accepted: Tcp: "), "{first}");
    drop(clients);
    let mut greeting = String::new();
    let late = TcpStream::connect(address.trim()).unwrap();
    BufReader::new(late).read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("220 "), "{greeting}");
    sink.kill().unwrap();
    sink.wait().unwrap();
    let lines = complaints.lines().map(Result::unwrap);
    let refusals = lines.filter(|line| line.contains("was not accepted")).count();
    assert!(refusals < 20, "{refusals} complaints of 20 clients");
}

/// What a sink prints behind its address, and what it says, while one message is sent.
#[cfg(unix)]
fn told(args: &[&str], message: &[&str]) -> (String, String) {
    let mut program = comms();
    program.arg("sink").args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut sink = program.spawn().unwrap();
    let mut lines = BufReader::new(sink.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = format!("smtp://{}?tls=none", lines.next().unwrap());
    assert_eq!(send(&url, message).status.code(), Some(0));
    let line = lines.next().unwrap();
    let end = Command::new("kill").args(["-TERM", &sink.id().to_string()]).status().unwrap();
    assert!(end.success());
    (line, text(&sink.wait_with_output().unwrap().stderr))
}

#[test]
#[cfg(unix)]
fn each_message_is_told_with_what_it_says_and_no_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a b.csv");
    std::fs::write(&file, "1;2").unwrap();
    let message =
        ["--subject", "Grüße\u{1b}[31m\nX: y", "--text", "Hi", "--attach", file.to_str().unwrap()];
    let (line, _) = told(&[], &message);
    let (begin, said) = line.split_once(" octets; ").unwrap();
    assert!(begin.starts_with("<ann@x.example> -> <bob@y.example>: "), "{line}");
    assert_eq!(
        said,
        "From: ann@x.example; To: bob@y.example; Subject: Grüße\\u{1b}[31m\\nX: y; \
         Attached: a b.csv (3 octets)"
    );
    let (json, _) = told(&["--json"], &message);
    for part in [
        r#"{"sender":"ann@x.example","recipients":["bob@y.example"],"octets":"#,
        r#""from":["ann@x.example"],"to":["bob@y.example"],"cc":[],"subject":"Grüße\u001b[31m\nX: y""#,
        r#""attachments":[{"name":"a b.csv","content_type":"text/csv","octets":3}],"not_read":null}"#,
    ] {
        assert!(json.contains(part), "{part}: {json}");
    }
}

#[test]
#[cfg(unix)]
fn rules_that_were_never_met_are_named_at_the_end() {
    let rules = ["--fail", "vrfy:550", "--fail", "mail:2:close", "--fail", "noop:250 well"];
    let (_, said) = told(&rules, &["--text", "Hi"]);
    assert!(said.contains("comms: --fail 'mail:2:close' was never met\n"), "{said}");
    assert_eq!(said.matches("was never met").count(), 3, "{said}");
}

#[test]
fn a_rule_refuses_the_recipient_that_it_names_and_no_other() {
    let sink = Sink::start(&["--fail", "rcpt:2:450 4.2.2 full"]);
    let output = send(&sink.url, &["--to", "carol@y.example", "--text", "Hi", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let json = text(&output.stdout);
    assert!(json.contains(r#""accepted":["bob@y.example"]"#), "{json}");
    assert!(json.contains(r#""recipient":"carol@y.example","code":450"#), "{json}");
}

#[test]
fn a_message_is_stored_whose_client_does_not_learn_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let sink = Sink::start(&["--maildir", path, "--fail", "content:1:close-after"]);
    let output = send(&sink.url, &["--text", "Hi"]);
    assert_eq!(output.status.code(), Some(74), "{output:?}");
    assert!(only_file(folder.path()).ends_with("\n\nHi\n"));
    // It is the first message alone that fares so.
    assert_eq!(send(&sink.url, &["--text", "Hi"]).status.code(), Some(0));
}

#[test]
fn a_sink_speaks_lmtp_with_a_reply_for_each_recipient() {
    let sink = Sink::start(&["--lmtp", "--fail", "content:2:550 5.1.1 unknown"]);
    let url = format!("lmtp://{}?tls=none", sink.address);
    let output = send(&url, &["--to", "carol@y.example", "--text", "Hi", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let json = text(&output.stdout);
    assert!(json.contains(r#""recipient":"carol@y.example","code":550"#), "{json}");
}

#[test]
fn a_sink_takes_away_keywords_and_has_a_last_message() {
    let sink = Sink::start(&["--without", "size,PIPELINING", "--messages-limit", "0"]);
    let mut client = TcpStream::connect(&sink.address).unwrap();
    let mut replies = BufReader::new(client.try_clone().unwrap()).lines().map(Result::unwrap);
    assert!(replies.next().unwrap().starts_with("220 "));
    client.write_all(b"EHLO c\r\n").unwrap();
    let mut offered = Vec::new();
    while !offered.last().is_some_and(|line: &String| line.starts_with("250 ")) {
        offered.extend(replies.next());
    }
    assert_eq!(offered[1], "250-8BITMIME");
    client.write_all(b"MAIL FROM:<>\r\n").unwrap();
    assert_eq!(replies.next().unwrap(), "421 4.7.0 that was the last message, closing");
    assert_eq!(replies.next(), None);
}

#[test]
fn a_rule_or_a_keyword_that_is_none_is_told_before_anybody_is_served() {
    for (args, words) in [
        (["--fail", "rcpt:0:450"], "occurrences are counted from 1, and `0` is none"),
        (["--fail", "rctp:450"], "a rule begins with one of connect, helo, starttls"),
        (["--without", "CHUNKED"], "the server knows no keyword `CHUNKED`"),
    ] {
        let output = comms().arg("sink").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{output:?}");
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}
