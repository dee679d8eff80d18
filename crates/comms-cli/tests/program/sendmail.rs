//! `comms sendmail`, as cron, git, mutt and mailx call it.

use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use crate::support::{Sink, comms, failure, faulty, fed, only_file, server, text};

/// `comms sendmail` with a message on standard input.
fn sendmail(url: &str, args: &[&str], message: &str) -> Output {
    fed(comms().env("COMMS_URL", url).arg("sendmail").args(args), message)
}

/// What the message has in this field.
fn field<'m>(message: &'m str, name: &str) -> Vec<&'m str> {
    let head = message.split("\n\n").next().unwrap();
    head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
}

/// What is delivered, with its envelope in front.
fn delivered(args: &[&str], message: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
    let output = sendmail(&sink.url, args, message);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
    only_file(folder.path())
}

#[test]
fn a_job_s_output_goes_to_whom_its_headers_name_with_the_fields_that_it_lacks() {
    let message = "From: root (Cron Daemon)\nTo: root\nBcc: eve@z.example,\n mal@z.example\n\
                   Subject: Cron <root@h> true\n\nhi\n.\nthere\n";
    let args = ["-FCronDaemon", "-i", "-B8BITMIME", "-oem", "-t", "-f", "cron@x.example"];
    let message = delivered(&args, message);
    assert!(message.starts_with("Return-Path: <cron@x.example>\nDelivered-To: root@"), "{message}");
    for recipient in ["eve@z.example", "mal@z.example"] {
        assert!(message.contains(&format!("\nDelivered-To: {recipient}\n")), "{message}");
    }
    assert_eq!(field(&message, "From"), ["root (Cron Daemon)"]);
    assert_eq!((field(&message, "Date").len(), field(&message, "Message-ID").len()), (1, 1));
    assert!(!message.contains("Bcc") && message.ends_with("\n\nhi\n.\nthere\n"), "{message}");
}

#[test]
fn what_a_message_has_stays_and_its_author_is_the_sender() {
    let raw = "Date: Thu, 1 Jan 2026 00:00:00 +0000\nmessage-id: <1@x.example>\n\
               FROM: Ann <ann@x.example>\n\nhi\n";
    let message = delivered(&["-oem", "-oi", "--", "bob@y.example", "Bob <bob@y.example>"], raw);
    let envelope = "Return-Path: <ann@x.example>\nDelivered-To: bob@y.example\n";
    assert_eq!(message, format!("{envelope}{raw}"));
}

#[test]
fn a_text_without_a_head_gets_one() {
    let message = delivered(&["-f", "ann@x.example", "-F", "Ann Lee", "bob@y.example"], "hello\n");
    assert_eq!(field(&message, "From"), ["Ann Lee <ann@x.example>"]);
    assert!(message.ends_with("\n\nhello\n"), "{message}");
    let nameless = delivered(&["bob@y.example"], "hello\n");
    assert!(field(&nameless, "From").first().unwrap().contains('@'), "{nameless}");
}

#[test]
fn a_lone_dot_ends_the_message_unless_i_is_given() {
    let raw = "From: ann@x.example\n\na\n.\nb\n";
    assert!(delivered(&["bob@y.example"], raw).ends_with("\n\na\n"));
    for args in [["-i", "bob@y.example"], ["-oi", "bob@y.example"]] {
        assert!(delivered(&args, raw).ends_with("\n\na\n.\nb\n"));
    }
}

#[test]
fn the_program_by_the_name_of_sendmail_is_sendmail() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
    let path = folder.path().join("sendmail");
    symlink(env!("CARGO_BIN_EXE_comms"), &path).unwrap();
    let mut program = Command::new(&path);
    program.args(["-ti", "-r", "<>"]).env("COMMS_URL", &sink.url);
    let output = fed(&mut program, "To: bob@y.example\n\nhi\n");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(only_file(folder.path()).starts_with("Return-Path: <>\nDelivered-To: bob@y.example\n"));
}

#[test]
fn notifications_are_asked_for_and_v_tells_the_reply() {
    let (url, store) = faulty(&[]);
    let args = ["-v", "-Nsuccess,failure", "-Rhdrs", "-Vq1", "-fann@x.example", "bob@y.example"];
    let output = sendmail(&url, &args, "Subject: x\n\n");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.starts_with("comms: sent to <bob@y.example>: 250 "), "{said}");
    let taken = store.messages();
    let envelope = &taken[0].envelope;
    assert_eq!(envelope.envid.as_ref().map(ToString::to_string).as_deref(), Some("q1"));
    assert!(envelope.recipients[0].notify.is_some() && envelope.ret.is_some(), "{envelope:?}");
}

#[test]
fn what_sendmail_cannot_do_here_is_said_before_anything_is_read() {
    for (args, status, expected) in [
        (
            &["-bs"][..],
            64,
            "comms: -bs is not known here: the one mode is -bm, which sends a message",
        ),
        (&["-bp"], 64, "comms: -bp is not known here: the one mode is -bm, which sends a message"),
        (
            &["-q"],
            64,
            "comms: -q is not known here: there is no queue, each message is sent at once",
        ),
        (
            &[],
            64,
            "comms: nobody is named to send it to: name recipients, or use -t to have those of its \
             headers",
        ),
        (&["-t"], 65, "comms: its To, Cc and Bcc name nobody: name recipients on the command line"),
    ] {
        let output = sendmail("smtp://127.0.0.1:9?tls=none", args, "Subject: x\n\n");
        assert_eq!(failure(&output), (status, expected.to_owned()));
    }
    let bad = sendmail("smtp://127.0.0.1:9?tls=none", &["a b@c d"], "");
    assert_eq!(bad.status.code(), Some(65), "{bad:?}");
}

#[test]
fn a_refusal_has_the_status_of_sysexits() {
    for (reply, status) in [("550 5.1.1 no", 67), ("451 4.3.0 later", 75)] {
        let (url, _) = faulty(&[&format!("rcpt:{reply}")]);
        let output = sendmail(&url, &["-t"], "To: bob@y.example\n\n");
        assert_eq!(failure(&output).0, status);
    }
    let gone = server(&["220 x\r\n", "250 x\r\n"]);
    assert_eq!(failure(&sendmail(&gone, &["-t"], "To: bob@y.example\n\n")).0, 69);
}
