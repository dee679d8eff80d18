//! What newcomers stumbled on: each is told with what to do.

use std::fs;

use serde_json::Value;

use crate::support::{Sink, comms, failure, faulty, only_file, send, server, text};

fn call(url: &str, args: &[&str]) -> std::process::Output {
    comms().args(["do", "--url", url]).args(args).output().unwrap()
}

fn object(octets: &[u8]) -> Value {
    serde_json::from_slice(octets).unwrap()
}

#[test]
fn a_call_behind_quit_is_a_mistake_and_nobody_is_connected_to() {
    let (status, line) = failure(&call("smtp://127.0.0.1:9?tls=none", &["quit", "+", "noop"]));
    assert_eq!(status, 64);
    assert!(line.contains("nothing can be called after it: put it last"), "{line}");
}

#[test]
fn an_address_in_brackets_is_one() {
    let (url, _) = faulty(&[]);
    let args = ["mail", "<ann@x.example>", "+", "rcpt", "<bob@y.example>", "+", "data", "x"];
    let output = call(&url, &[&args[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let calls = &object(&output.stdout)["calls"];
    assert_eq!(calls[1]["method"], "rcpt");
    assert!(calls[2]["gave"][0].as_str().unwrap().starts_with("250 "), "{calls}");
}

#[test]
fn starttls_and_auth_by_hand_say_what_the_url_has_to_be() {
    let sink = Sink::start(&[]);
    let (status, line) = failure(&call(&sink.url, &["starttls"]));
    assert!(status == 64 && line.ends_with("(leave ?tls=none away from --url)"), "{line}");
    let replies: &[&str] = &["220 mx\r\n", "250-mx\r\n250 AUTH PLAIN\r\n", "221 bye\r\n"];
    let (status, line) = failure(&call(&server(replies), &["auth"]));
    assert_eq!(status, 77);
    assert!(line.ends_with("(say who logs in with --user and --password-file)"), "{line}");
}

#[test]
fn a_message_without_content_is_a_mistake_that_names_the_flags() {
    let (status, line) = failure(&send("smtp://127.0.0.1:9?tls=none", &[]));
    assert_eq!(status, 64);
    assert!(line.contains("--text-file") && line.contains("--raw"), "{line}");
    let (url, store) = faulty(&[]);
    assert_eq!(send(&url, &["--text", ""]).status.code(), Some(0));
    assert_eq!(store.messages().len(), 1);
}

#[test]
fn a_time_that_is_over_holds_nothing() {
    let args = ["--text", "x", "--hold-until", "2020-01-01T00:00:00Z"];
    let (status, line) = failure(&send("smtp://127.0.0.1:9?tls=none", &args));
    assert_eq!(status, 64);
    assert!(line.contains("2020-01-01T00:00:00Z is over"), "{line}");
}

#[test]
fn a_raw_message_without_an_id_prints_a_hyphen_and_no_blank_line() {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("x.eml");
    fs::write(&raw, "Subject: x\n\nhi\n").unwrap();
    let (url, _) = faulty(&[]);
    let output = send(&url, &["--raw", raw.to_str().unwrap()]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "-\n".to_owned()));
}

#[test]
fn what_a_server_lacks_is_warned_of_on_standard_error_and_in_the_object() {
    let sink = Sink::start(&["--without", "DSN"]);
    let output = send(&sink.url, &["--text", "x", "--notify", "success", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.starts_with("comms: ") && said.contains("DSN"), "{said}");
    let warnings = object(&output.stdout)["warnings"].clone();
    assert!(warnings[0].as_str().unwrap().contains("DSN"), "{warnings}");
}

#[test]
fn an_lmtp_server_is_recognised_by_its_no_to_both_greetings() {
    let url = server(&["220 mx\r\n", "500 5.5.1 what\r\n", "500 5.5.1 what\r\n", "221 bye\r\n"]);
    let (_, line) = failure(&send(&url, &["--text", "x"]));
    assert!(line.contains("may speak LMTP: use lmtp://"), "{line}");
}

#[test]
fn tls_on_the_whole_way_that_cannot_be_had_says_what_to_do() {
    let (url, _) = faulty(&[]);
    let (status, line) = failure(&send(&url, &["--text", "x", "--require-tls"]));
    assert_eq!(status, 77);
    assert!(line.contains("leave --require-tls away"), "{line}");
}

#[test]
fn a_stack_of_nothing_tells_what_can_be_shown_and_made() {
    let output = comms().arg("stack").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown = text(&output.stdout);
    for word in ["--url", "--modules", "Smtp ", "Util ", "HttpConnect "] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn a_sink_listens_at_the_name_of_a_host_and_says_what_it_takes() {
    let sink = Sink::start(&["--listen", "localhost:0"]);
    assert_eq!(send(&sink.url, &["--text", "x"]).status.code(), Some(0));
    let output = comms().args(["sink", "--listen", "localhost"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(text(&output.stderr).contains("it takes HOST:PORT"), "{output:?}");
    let output = comms().args(["sink", "--fail", "rcptt:2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let said = text(&output.stderr);
    assert!(said.contains("rcptt") && said.contains("rcpt"), "{said}");
}

#[test]
fn control_characters_of_an_argument_are_not_repeated() {
    let output = comms().args(["send", "--nots\u{1b}[31much"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(!text(&output.stderr).contains('\u{1b}'), "{output:?}");
}

#[test]
fn an_invitation_goes_with_its_method() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
    let file = folder.path().join("x.ics");
    let path = file.to_str().unwrap().to_owned();
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\n\
                 BEGIN:VEVENT\r\nUID:1@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    fs::write(&file, event).unwrap();
    let output = send(&sink.url, &["--text", "Come", "--calendar", &path]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let message = only_file(folder.path());
    assert!(message.contains("text/calendar") && message.contains("REQUEST"), "{message}");
    fs::write(&file, event.replace("METHOD:REQUEST\r\n", "")).unwrap();
    let (status, line) = failure(&send(&sink.url, &["--text", "Come", "--calendar", &path]));
    assert!(status == 65 && line.contains("it has no METHOD"), "{line}");
}

#[test]
fn a_recipient_who_moved_and_is_not_taken_there_either_is_named_by_both_addresses() {
    let (url, _) = faulty(&["rcpt:551 5.1.6 please try <new@z.example>"]);
    let output = send(&url, &["--text", "x", "--json"]);
    assert_eq!(output.status.code(), Some(67), "{output:?}");
    let whole = text(&output.stdout) + &text(&output.stderr);
    assert!(whole.contains("bob@y.example") && whole.contains("new@z.example"), "{whole}");
}

#[test]
fn what_a_server_lacks_is_warned_of_for_several_messages_too() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["1", "2"].map(|name| {
        let path = folder.path().join(name);
        fs::write(&path, "Subject: x\n\nhi\n").unwrap();
        path.to_str().unwrap().to_owned()
    });
    let sink = Sink::start(&["--without", "DSN"]);
    let args = ["--raw", &files[0], "--raw", &files[1], "--notify", "success"];
    let output = send(&sink.url, &args);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = text(&output.stderr);
    let warned =
        said.lines().filter(|line| line.contains("connection 1: ") && line.contains("DSN"));
    assert_eq!(warned.count(), 1, "{said}");
}
