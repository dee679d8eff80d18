//! What `comms send` asks of the servers on the way.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use crate::support::{failure, send, text};

/// A server that offers `keywords` and says yes to everything, and its URL; what it heard before
/// the content comes at its end.
fn witness(keywords: &[&str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    let offers = keywords.iter().map(|keyword| format!("250-{keyword}\r\n"));
    let greeting = format!("250-mx\r\n{}250 HELP\r\n", offers.collect::<String>());
    let witness = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 mx\r\n").unwrap();
        let mut heard = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            let reply = match line.split(' ').next() {
                Some("EHLO") => greeting.as_str(),
                Some("DATA") => "354 go on\r\n",
                _ => "250 ok\r\n",
            };
            stream.write_all(reply.as_bytes()).unwrap();
            if line == "DATA" {
                assert!(lines.by_ref().any(|line| line.unwrap() == "."), "the content has an end");
                stream.write_all(b"250 ok\r\n").unwrap();
            }
            heard.push(line);
        }
        heard
    });
    (url, witness)
}

/// What a server with `keywords` heard in MAIL and RCPT, when all went well.
fn asked(keywords: &[&str], args: &[&str]) -> Vec<String> {
    let (url, witness) = witness(keywords);
    let output = send(&url, &[&["--text", "x"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut heard = witness.join().unwrap();
    heard.retain(|line| line.starts_with("MAIL") || line.starts_with("RCPT"));
    heard
}

#[test]
fn every_flag_of_the_envelope_reaches_its_command() {
    let flags = [
        "--notify",
        "success,delay",
        "--ret",
        "hdrs",
        "--envid",
        "order 7",
        "--priority",
        "-3",
        "--deliver-by",
        "120:notify",
        "--hold-for",
        "60",
        "--mail-parameter",
        "xoof",
        "--mail-parameter",
        "X-Y=z",
        "--rcpt-parameter",
        "RRVS=x",
        "--cc",
        "carol@y.example",
    ];
    assert_eq!(
        asked(&["DSN", "MT-PRIORITY", "DELIVERBY", "FUTURERELEASE"], &flags),
        [
            "MAIL FROM:<ann@x.example> RET=HDRS ENVID=order+207 MT-PRIORITY=-3 BY=120;N \
             HOLDFOR=60 XOOF X-Y=z",
            "RCPT TO:<bob@y.example> NOTIFY=SUCCESS,DELAY RRVS=x",
            "RCPT TO:<carol@y.example> NOTIFY=SUCCESS,DELAY RRVS=x",
        ]
    );
}

#[test]
fn a_date_to_hold_until_is_said_in_utc() {
    assert_eq!(
        asked(&["FUTURERELEASE"], &["--hold-until", "2026-12-24T18:00:00+01:00"])[0],
        "MAIL FROM:<ann@x.example> HOLDUNTIL=2026-12-24T17:00:00Z"
    );
}

#[test]
fn a_time_to_deliver_within_is_to_return_unless_told_otherwise() {
    for time in ["120", "120:return"] {
        let heard = asked(&["DELIVERBY"], &["--deliver-by", time]);
        assert_eq!(heard[0], "MAIL FROM:<ann@x.example> BY=120;R");
    }
}

#[test]
fn what_the_server_cannot_do_and_the_message_needs_ends_the_program_before_mail() {
    for (args, keywords, status, words) in [
        (
            &["--require-tls"][..],
            &["REQUIRETLS"][..],
            77,
            "the channel to the server is not secure",
        ),
        (&["--deliver-by", "60"], &[], 67, "the server does not offer DELIVERBY"),
        (&["--deliver-by", "60"], &["DELIVERBY 90"], 67, "the server takes at least 90 seconds"),
        (&["--hold-for", "60"], &[], 67, "the server does not offer FUTURERELEASE"),
        (&["--hold-for", "60"], &["FUTURERELEASE 30"], 67, "takes at most HOLDFOR=30"),
        (&["--mail-parameter", "SIZE=1"], &[], 64, "SIZE is settled"),
        (&["--mail-parameter", "A", "--mail-parameter", "a=1"], &[], 64, "A is there twice"),
    ] {
        let (url, witness) = witness(keywords);
        let (found, line) = failure(&send(&url, &[&["--text", "x"], args].concat()));
        assert_eq!(found, status, "{line}");
        assert!(line.contains(words), "{line}");
        let heard = witness.join().unwrap();
        assert!(!heard.iter().any(|line| line.starts_with("MAIL")), "{heard:?}");
    }
}

#[test]
fn what_makes_no_sense_is_told_before_connecting() {
    for (args, status) in [
        (&["--priority", "10"][..], 64),
        (&["--priority", "high"], 64),
        (&["--deliver-by", "0"], 64),
        (&["--deliver-by", "1.5"], 64),
        (&["--deliver-by", "60:later"], 64),
        (&["--hold-for", "0"], 64),
        (&["--hold-for", "1", "--hold-until", "2026-12-24T17:00:00Z"], 64),
        (&["--hold-until", "tomorrow"], 64),
        (&["--mail-parameter", "A B"], 64),
        (&["--rcpt-parameter", "A=b\r\nRSET"], 64),
        (&["--notify", "often"], 64),
        (&["--ret", "all"], 64),
        (&["--envid", "a\r\nRSET"], 65),
        (&["--envid", ""], 65),
    ] {
        let output = send("smtp://127.0.0.1:1", &[&["--text", "x"], args].concat());
        assert_eq!(output.status.code(), Some(status), "{args:?}");
    }
}
