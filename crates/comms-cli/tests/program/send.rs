//! `comms send`: against `comms sink`, and against servers that misbehave.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{Sink, comms, failure, faulty, only_file, send, server, text};

#[test]
fn the_message_id_alone_is_printed_and_the_message_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
    let output = send(
        &sink.url,
        &["--subject", "Hi", "--text", "Hello\n.\nBob\n", "--bcc", "eve@z.example"],
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stderr), "");
    let id = text(&output.stdout).trim_end().to_owned();
    assert!(id.ends_with("@x.example") && !id.contains(char::is_whitespace), "{id}");
    let message = only_file(folder.path());
    assert!(message.starts_with(
        "Return-Path: <ann@x.example>\nDelivered-To: bob@y.example\nDelivered-To: eve@z.example\n"
    ));
    assert!(message.contains(&format!("\nMessage-ID: <{id}>\n")));
    assert!(message.ends_with("\n\nHello\n.\nBob\n"));
    assert!(!message.contains("Bcc"));
}

#[test]
fn a_raw_message_from_standard_input_keeps_its_octets_and_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
    let mut program = comms();
    program.args([
        "send",
        "--url",
        &sink.url,
        "--from",
        "<>",
        "--to",
        "bob@y.example",
        "--raw",
        "-",
    ]);
    let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let raw =
        "subject:  odd\nmessage-id: <my.own@x>\nbCC: eve@z.example,\n\tmal@z.example\nX: y\n\n..\n";
    program.stdin.take().unwrap().write_all(raw.as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "my.own@x\n");
    assert_eq!(
        only_file(folder.path()),
        "Return-Path: <>\nDelivered-To: bob@y.example\nsubject:  odd\nmessage-id: <my.own@x>\nX: y\n\n..\n"
    );
}

#[test]
fn json_says_everything_in_one_object() {
    let sink = Sink::start(&[]);
    let output = send(&sink.url, &["--text", "x", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["accepted"], serde_json::json!(["bob@y.example"]));
    assert_eq!(report["stack"], "Smtp > Util > Tcp");
    assert_eq!(report["error"], serde_json::Value::Null);
    let queue_id = report["queue_id"].as_str().unwrap();
    assert_eq!(report["reply"], format!("250 2.0.0 Ok: queued as {queue_id}"));
    assert!(report["timings"]["transaction"].as_f64().unwrap() > 0.0);
}

#[test]
fn some_refused_recipients_are_status_1_and_named() {
    let url = server(&[
        "220 mx\r\n",
        "250 mx\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "550 5.1.1 no such user\r\n",
        "354 go\r\n",
        "250 taken\r\n",
        "221 bye\r\n",
    ]);
    let output = send(&url, &["--to", "nobody@y.example", "--text", "x", "--json"]);
    let (status, line) = failure(&output);
    assert_eq!(
        (status, line.as_str()),
        (1, "comms: <nobody@y.example> was refused: 550 5.1.1 no such user")
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["rejected"],
        serde_json::json!([{"recipient": "nobody@y.example", "code": 550, "enhanced": "5.1.1", "text": "5.1.1 no such user"}])
    );
}

#[test]
fn a_recipient_that_had_moved_is_told_with_both_addresses() {
    let (url, store) = faulty(&["rcpt:1:551 please try <new@y.example>"]);
    let output = send(&url, &["--text", "x", "--json"]);
    assert_eq!(failure(&output), (0, "comms: <bob@y.example> moved to <new@y.example>".to_owned()));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let moved = serde_json::json!([{"old": "bob@y.example", "new": "new@y.example"}]);
    assert_eq!(report["relocated"], moved);
    assert_eq!(report["accepted"], serde_json::json!(["new@y.example"]));
    assert_eq!(store.messages().len(), 1);
}

/// The server takes the message for the first of two, and hangs up when it is asked for the second.
const CUT_OFF: [&str; 3] = ["rcpt:2:452 4.5.3 too many", "mail:2:close", "connect:2:554 go"];

#[test]
fn recipients_that_could_not_be_asked_any_more_are_named_and_make_the_status_1() {
    let (url, store) = faulty(&CUT_OFF);
    let one_by_one = ["--set", "Smtp.chunking=false"];
    let args = ["--to", "eve@y.example", "--text", "x", "--json"];
    let output = send(&url, &[&args[..], &one_by_one].concat());
    let (status, line) = failure(&output);
    assert_eq!(status, 1);
    assert!(line.starts_with("comms: <eve@y.example> did not get it: Smtp: "), "{line}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["accepted"], serde_json::json!(["bob@y.example"]));
    assert_eq!(report["unfinished"]["recipients"], serde_json::json!(["eve@y.example"]));
    assert_eq!(report["error"], serde_json::Value::Null);
    assert_eq!(store.messages().len(), 1);
}

#[test]
fn recipients_that_may_have_it_after_others_got_it_make_the_status_74() {
    // The content went with the commands: it may have been taken before the connection was lost.
    let (url, _) = faulty(&CUT_OFF);
    let (status, line) = failure(&send(&url, &["--to", "eve@y.example", "--text", "x"]));
    assert_eq!(status, 74);
    assert!(line.starts_with("comms: <eve@y.example> may have got it, or not: Smtp: "), "{line}");
}

#[test]
fn every_way_to_fail_has_its_status_and_a_sentence_with_advice() {
    let cases: [(&'static [&'static str], i32, &str); 8] = [
        (
            &["554 go away\r\n"],
            67,
            "comms: Smtp: the connection was refused: 554 go away \
             (the same will be refused again: ask who runs the server)",
        ),
        (
            &["421 later\r\n"],
            75,
            "comms: Smtp: the connection was refused: 421 later (try again later)",
        ),
        (
            &["SSH-2.0-x\r\n"],
            76,
            "comms: Smtp: the reply to the connection is none: `SSH-2.0-x` is no line of a reply \
             (check that --url names an SMTP server; --log FILE shows it all)",
        ),
        (
            &["220 mx\r\n"],
            69,
            "comms: Smtp: no reply to EHLO c.example: the peer closed the connection before it answered (try again)",
        ),
        (
            &["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "450 4.2.0 full\r\n", "250 reset\r\n"],
            75,
            "comms: Smtp: every recipient was refused: <bob@y.example>: 450 4.2.0 full (try again later)",
        ),
        (
            &["220 mx\r\n", "250 mx\r\n", "552 too much\r\n"],
            67,
            "comms: Smtp: MAIL FROM:<ann@x.example> was refused: 552 too much (send less at a time)",
        ),
        (
            &["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"],
            74,
            "comms: Smtp: no reply to the content, which had been sent whole: it may have been delivered: \
             no reply to the content: the peer closed the connection before it answered \
             (ask the recipient before you send it again, or it may arrive twice)",
        ),
        (
            &["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "250 what?\r\n"],
            76,
            "comms: Smtp: the server answered DATA with 250 what?, which makes no sense there \
             (check that --url names an SMTP server; --log FILE shows it all)",
        ),
    ];
    for (replies, status, line) in cases {
        let output =
            send(&server(replies), &["--text", "x", "--set", "Smtp.local_mail_domain=c.example"]);
        assert_eq!(failure(&output), (status, line.to_owned()), "{replies:?}");
        assert_eq!(text(&output.stdout), "");
    }
}

#[test]
fn a_call_that_makes_no_sense_is_64_and_input_that_makes_none_is_65() {
    let url = "smtp://localhost:1?tls=none";
    for args in [
        vec!["--nonsense"],
        vec!["--raw", "x.eml", "--subject", "y"],
        vec!["--text", "x", "--timeout", "soon"],
        vec!["--text", "x", "--set", "Tcp.prot=1"],
        vec!["--text", "x", "--notify", "often"],
    ] {
        assert_eq!(send(url, &args).status.code(), Some(64), "{args:?}");
    }
    assert_eq!(send("smtps://localhost?tls=none", &["--text", "x"]).status.code(), Some(64));
    for args in [
        vec!["--text", "x", "--cc", "carol"],
        vec!["--text", "x", "--to", "a@b\r\nRCPT TO:<c@d>"],
        vec!["--text", "x", "--header", "no colon"],
        vec!["--text", "x", "--header", "Bcc: eve@z.example"],
        vec!["--text", "x", "--attach", "/nonexistent/file"],
        vec!["--raw", "/nonexistent/file"],
        vec!["--text-file", "/nonexistent/file"],
    ] {
        let output = send(url, &args);
        assert_eq!(failure(&output).0, 65, "{args:?}");
    }
}

#[test]
fn nobody_listening_is_69_and_names_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (status, line) = failure(&send(&format!("smtp://{address}"), &["--text", "x"]));
    assert_eq!(status, 69);
    assert_eq!(
        line,
        format!(
            "comms: Tcp: cannot connect to 127.0.0.1 port {}: {address} connection refused \
             (check that the server runs at this host and port, or name another)",
            address.port()
        )
    );
}

#[test]
fn a_dry_run_connects_to_nothing_and_prints_the_message() {
    let output = send("smtp://localhost:1", &["--text", "Hello", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).ends_with("\r\n\r\nHello\r\n"), "{output:?}");
    assert!(text(&output.stderr).contains("to <bob@y.example>"));
}

#[test]
fn the_log_shows_what_every_layer_did() {
    let sink = Sink::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("send.log");
    assert!(send(&sink.url, &["--text", "x", "--log", log.to_str().unwrap()]).status.success());
    let log = fs::read_to_string(log).unwrap();
    for part in [
        " Smtp     C: MAIL FROM:<ann@x.example>",
        " Util     > receive_until",
        " Tcp      > connect",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

#[test]
fn a_reader_that_goes_away_early_is_no_failure() {
    let mut program = comms();
    program.args(["stack", "--modules", "Smtp,Util,Tcp"]).stdout(Stdio::piped());
    let mut program = program.spawn().unwrap();
    let mut first = [0; 4];
    program.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"Smtp");
    assert_eq!(program.wait().unwrap().code(), Some(0));
}
