//! A password is for the server's eyes alone.

use std::fs;

use comms::{CommsStack, ErrorClass, Replay, Secret, Smtp, SmtpMessage, Util};

use crate::inbox::Inbox;
use crate::secure::identity;
use crate::support::{comms, failure, send, server, text, written};

/// What AUTH PLAIN says of `hunter2` (RFC 4616), and the password itself.
const SECRETS: [&str; 2] = ["AGFubgBodW50ZXIy", "hunter2"];

#[test]
fn a_password_is_in_no_output_of_a_success_or_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "hunter2\n").unwrap();
    let file = file.to_str().unwrap();
    for (user, args, variable) in [
        ("", vec!["--user", "ann", "--password-file", file], None),
        ("", vec!["--user", "ann"], Some("hunter2")),
        ("ann:hunter2@", vec![], None),
    ] {
        let taken = server(&[
            "220 mx\r\n",
            "250-mx\r\n250 AUTH PLAIN\r\n",
            "235 welcome\r\n",
            "250 ok\r\n",
            "250 ok\r\n",
            "354 go\r\n",
            "250 taken\r\n",
            "221 bye\r\n",
        ]);
        let refused = server(&[
            "220 mx\r\n",
            "250-mx\r\n250 AUTH PLAIN\r\n",
            "535 5.7.8 no\r\n",
            "221 bye\r\n",
        ]);
        for (url, status) in [(taken, 0), (refused, 77)] {
            let log = folder.path().join("log");
            let mut program = comms();
            program.args(["send", "--from", "ann@x.example", "--to", "bob@y.example"]);
            program.args(["--text", "x", "--json", "--log", log.to_str().unwrap()]);
            program.args(["--url", &url.replace("://", &format!("://{user}"))]).args(&args);
            program.env_remove("COMMS_PASSWORD");
            program.envs(variable.map(|password| ("COMMS_PASSWORD", password)));
            let output = program.output().unwrap();
            assert_eq!(output.status.code(), Some(status), "{output:?}");
            let log = fs::read_to_string(log).unwrap();
            assert!(log.contains("C: AUTH PLAIN "), "{log}");
            for shown in [text(&output.stdout), text(&output.stderr), log] {
                assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
            }
        }
    }
}

/// A server may say what it was told: in a refusal, or on a command that it does not know.
#[test]
fn a_password_that_the_server_repeats_is_in_no_output_either() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["log", "tape", "a.html", "a.jsonl", "a.txt", "a.pcapng"];
    let files = files.map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let [log, tape, html, lines, transcript, capture] = &files;
    let url = server(&[
        "220 mx\r\n",
        "250-mx\r\n250 AUTH PLAIN\r\n",
        "535-5.7.8 ann and hunter2\r\n535 5.7.8 no: AUTH PLAIN AGFubgBodW50ZXIy aHVudGVyMg==\r\n",
        "221 bye, hunter2\r\n",
    ]);
    let url = url.replace("://", "://ann:hunter2@");
    let args = ["--json", "--text", "x", "--log", log, "--record", tape, "--trace", html];
    let traces = ["--trace", lines, "--trace", transcript, "--trace", capture];
    let output = send(&url, &[&args[..], &traces].concat());
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    let shown = [text(&output.stdout), text(&output.stderr)].into_iter();
    let files = files
        .iter()
        .map(|file| text(fs::read(file).unwrap().escape_ascii().to_string().as_bytes()));
    for shown in shown.chain(files) {
        for secret in SECRETS.iter().chain(&["aHVudGVyMg=="]) {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(shown.contains("5.7.8 no: AUTH PLAIN "), "{shown}");
    }
}

#[test]
fn a_password_that_a_sink_was_sent_is_neither_in_its_log_nor_in_its_inbox() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = identity(folder.path(), "ours");
    let file = |name: &str, text: &str| written(folder.path(), name, text);
    let (users, secret) = (file("users", "ann:hunter2\n"), file("secret", "hunter2\n"));
    let log = folder.path().join("log");
    let tls = ["--tls-cert", &cert, "--tls-key", &key, "--auth-file", &users];
    let inbox = Inbox::start(&[&tls[..], &["--log", log.to_str().unwrap()]].concat());
    let url = format!("submission://{}", inbox.smtp);
    for mechanism in ["PLAIN", "LOGIN"] {
        let login = ["--ca-file", &cert, "--user", "ann", "--password-file", &secret];
        let output = send(&url, &[&login[..], &["--auth", mechanism, "--text", "Hi"]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let log = fs::read_to_string(log).unwrap();
    let trace = inbox.get("/api/messages/1/trace") + &inbox.get("/api/messages/2/trace");
    for shown in [log, trace, inbox.get("/api/messages/1/timeline")] {
        assert!(shown.contains("C: AUTH PLAIN "), "{shown}");
        for secret in SECRETS.iter().chain(&["aHVudGVyMg=="]) {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
    let session = inbox.get("/api/messages/1");
    assert!(session.contains(r#""user":"ann","tls":true}"#), "{session}");
}

#[test]
fn a_tape_is_written_also_of_a_failure_over_no_other_file_and_plays_the_session_again() {
    let folder = tempfile::tempdir().unwrap();
    let tape = folder.path().join("session.tape");
    let tape = tape.to_str().unwrap();
    let url = server(&[
        "220 mx\r\n",
        "250-mx\r\n250 AUTH PLAIN\r\n",
        "235 welcome\r\n",
        "250 ok\r\n",
        "550 5.1.1 nobody\r\n",
        "221 bye\r\n",
    ]);
    let url = url.replace("://", "://ann:hunter2@");
    let output = send(&url, &["--text", "x", "--record", tape]);
    assert_eq!(output.status.code(), Some(67), "{output:?}");
    let taped = fs::read_to_string(tape).unwrap();
    assert!(!SECRETS.iter().any(|secret| taped.contains(secret)), "{taped}");
    for line in
        ["S: 220 mx\nC~: EHLO *\nS: 250-mx\n", "C: AUTH PLAIN <secret 16>\nS: 235 welcome\n"]
    {
        assert!(taped.contains(line), "{taped}");
    }

    let (status, line) = failure(&send("smtp://x.example", &["--text", "x", "--record", tape]));
    assert!(status == 64 && line.contains("the file exists"), "{line}");
    assert_eq!(fs::read_to_string(tape).unwrap(), taped);

    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Replay::file(tape).unwrap())
        .build()
        .unwrap();
    stack.set("user", "ann").unwrap();
    stack.set("password", Secret::new("another")).unwrap();
    stack.set("allow_plaintext_auth", true).unwrap();
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("something else")
        .build()
        .unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.send(&message).unwrap_err().class(), ErrorClass::Permanent);
    stack.disconnect().unwrap();
}
