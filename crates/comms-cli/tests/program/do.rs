//! `comms do`.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Output, Stdio};

use crate::support::{Sink, comms, failure, only_file, server, text};

fn call(url: &str, args: &[&str]) -> Output {
    comms().args(["do", "--url", url]).args(args).output().unwrap()
}

/// An address at which nobody listens: what is wrong must show before anybody is connected to.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("smtp://{}?tls=none", listener.local_addr().unwrap())
}

#[test]
fn a_message_goes_by_hand_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
    let mail = folder.path().join("mail.eml");
    fs::write(&mail, "Subject: x\nbcc: eve@z.example\n\n.dots\n").unwrap();
    let mail = format!("@{}", mail.display());
    let args = ["mail", "ann@x.example", "BODY=8BITMIME", "+", "rcpt", "bob@y.example", "+"];
    let output = call(&sink.url, &[&args[..], &["data", &mail, "+", "quit"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown = text(&output.stdout);
    let codes = shown.lines().map(|line| &line[..4]).collect::<Vec<_>>();
    assert_eq!(codes, ["250 ", "250 ", "250 ", "221 "], "{shown}");
    assert_eq!(
        only_file(folder.path()),
        "Return-Path: <ann@x.example>\nDelivered-To: bob@y.example\nSubject: x\n\n.dots\n"
    );
}

#[test]
fn content_may_be_standard_input_or_a_text() {
    for (content, input, expected) in
        [("-", "Subject: a\n\nb\n", "b"), ("Subject: a\n\nc", "", "c")]
    {
        let folder = tempfile::tempdir().unwrap();
        let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
        let mut program = comms();
        program.args(["do", "--url", &sink.url, "mail", "<>", "+", "rcpt", "bob@y.example"]);
        program.args(["+", "Smtp.data", content]);
        let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        program.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = program.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let file = only_file(folder.path());
        assert!(file.ends_with(&format!("\nSubject: a\n\n{expected}\n")), "{file}");
    }
}

#[test]
fn what_a_method_gives_is_a_line_each_and_nothing_is_a_hyphen() {
    let url = server(&[
        "220 mx\r\n",
        "250-mx\r\n250 SIZE 5\r\n",
        "250-mx\r\n250-\x1b[2J\r\n250 SIZE 9\r\n",
        "252 will not tell\r\n",
        "252 nor that\r\n",
        "221 bye\r\n",
    ]);
    let output =
        call(&url, &["helo", "+", "vrfy", "ann", "+", "Smtp.expn", "staff", "+", "traffic"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown = text(&output.stdout);
    let lines = shown.lines().collect::<Vec<_>>();
    let expected = ["mx", "\\u{1b}[2J", "SIZE 9", "252 will not tell", "-"];
    assert_eq!(lines[..5], expected, "{shown}");
    // Octets and packets, each way; and times, of which there are none yet.
    assert_eq!(lines.len(), 12, "{shown}");
    assert_eq!(lines[9..], ["-"; 3], "{shown}");
}

#[test]
fn the_first_call_that_fails_is_the_last_and_gives_the_status() {
    let url =
        server(&["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "550 5.1.1 no\r\n", "221 bye\r\n"]);
    let args = ["mail", "ann@x.example", "+", "rcpt", "bob@y.example", "+", "data", "x"];
    let output = call(&url, &args);
    assert_eq!(text(&output.stdout), "250 ok\n");
    let line = "comms: Smtp: RCPT TO:<bob@y.example> was refused: 550 5.1.1 no \
                (check the address of the recipient)";
    assert_eq!(failure(&output), (67, line.to_owned()));
}

#[test]
fn a_call_out_of_place_says_what_to_do() {
    let sink = Sink::start(&[]);
    let (status, line) = failure(&call(&sink.url, &["data", "x"]));
    assert_eq!(status, 64);
    assert_eq!(
        line,
        "comms: Smtp: DATA cannot be said before a transaction was begun: say MAIL first"
    );
    let (status, line) = failure(&call(&sink.url, &["mail", "ann"]));
    assert_eq!(status, 65);
    assert!(line.starts_with("comms: Smtp: the sender is no address: "), "{line}");
    let (status, line) = failure(&call(&sink.url, &["helo", "now"]));
    assert_eq!((status, line.as_str()), (64, "comms: Smtp: helo takes nothing"));
    let (status, line) = failure(&call(&sink.url, &["helo", "vrfy", "ann"]));
    assert_eq!(status, 64);
    assert!(
        line.ends_with("takes nothing: a lone `+` begins the next call: helo + vrfy"),
        "{line}"
    );
}

#[test]
fn what_makes_no_sense_is_told_before_anybody_is_connected_to() {
    let folder = tempfile::tempdir().unwrap();
    let is_a_folder = format!("@{}", folder.path().display());
    for (args, status, words) in [
        (&["hello"][..], 64, "no module of the stack has a method `hello`: did you mean `helo`?"),
        (&["Smtp.traffic"], 64, "has a method `traffic`"),
        (&["Pop3.noop"], 64, "has no layer Pop3"),
        (&["helo", "+"], 64, "a method is missing beside `+`"),
        (&["+", "helo"], 64, "a method is missing beside `+`"),
        (&["noop", "+", "data"], 64, "data takes one argument: the text, @FILE, or -"),
        (&["data", "a", "b"], 64, "data takes one argument"),
        (&["data", "-", "+", "Smtp.data", "-"], 64, "standard input can be the content once"),
        (&["data", "@/nonexistent/file"], 65, "/nonexistent/file: "),
        (&["data", &is_a_folder], 65, "is a directory"),
    ] {
        let (found, line) = failure(&call(&nobody(), args));
        assert_eq!(found, status, "{args:?}: {line}");
        assert!(line.contains(words), "{args:?}: {line}");
    }
    assert_eq!(failure(&call(&nobody(), &["noop"])).0, 69);
}

#[test]
fn some_that_lmtp_refuses_are_status_1() {
    let url = server(&[
        "220 mx\r\n",
        "250 mx\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "354 go\r\n",
        "250 saved\r\n452 full\r\n",
        "221 bye\r\n",
    ]);
    let url = url.replace("smtp://", "lmtp://");
    let args = ["mail", "<>", "+", "rcpt", "bob@y.example", "+", "rcpt", "eve@y.example", "+"];
    let output = call(&url, &[&args[..], &["data", "x"]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let expected =
        "250 ok\n250 ok\n250 ok\n<bob@y.example>: 250 saved\n<eve@y.example>: 452 full\n";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn without_a_method_those_that_there_are_are_listed() {
    let output = call(&nobody(), &[]);
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    for line in [
        "Smtp: sends mail",
        "  mail(sender[, parameter...]): begins a transaction",
        "  quit(): says goodbye; nothing is said after it",
        "Util: serves lines and gathers small writes",
        "  end_sending(): sends no more: the peer reads the end",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_delivery_by_hand_stays_one_where_nobody_can_be_told() {
    let talk = &[
        "220 mx\r\n",
        "250 mx\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "354 go\r\n",
        "250 taken\r\n",
        "221 bye\r\n",
    ];
    let all = ["mail", "<>", "+", "rcpt", "bob@y.example", "+", "data", "x"];
    for (args, status) in [(&all[..], 0), (&all[..2], 70)] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut program = comms();
        program.args(["do", "--url", &server(talk)]).args(args);
        let output = program.stdout(full).stderr(Stdio::piped()).output().unwrap();
        let (found, line) = failure(&output);
        assert_eq!(found, status, "{line}");
        assert!(line.starts_with("comms: cannot write to standard output: "), "{line}");
    }
}
