//! `comms check`: what is found, what is said of it, and the status.

use std::path::Path;
use std::process::Output;

use rcgen::{BasicConstraints, CertificateParams, IsCa, date_time_ymd};
use serde_json::Value;

use crate::secure::{identity, identity_of};
use crate::support::{Sink, comms, converse, faulty, text, written};

fn check(url: &str, args: &[&str]) -> Output {
    comms().args(["check", "--url", url]).args(args).output().unwrap()
}

/// The object, after a look at the status.
fn found(url: &str, args: &[&str], status: i32) -> Value {
    let output = check(url, &[args, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    assert_eq!(text(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The steps of this name: how each went, and what it says.
fn steps<'a>(found: &'a Value, name: &str) -> Vec<(&'a str, &'a str)> {
    let steps = found["steps"].as_array().unwrap().iter().filter(|step| step["step"] == name);
    steps.map(|it| (it["result"].as_str().unwrap(), it["text"].as_str().unwrap())).collect()
}

#[test]
fn a_person_reads_a_line_a_step_and_what_it_comes_to() {
    let sink = Sink::start(&[]);
    let output = check(&sink.url, &["--from", "ann@x.example", "--to", "bob@y.example"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown = text(&output.stdout);
    let marks = shown.lines().filter_map(|line| line.strip_prefix("✓ "));
    let marks = marks.map(|line| line.split_whitespace().next().unwrap()).collect::<Vec<_>>();
    assert_eq!(marks, ["address", "connect", "greeting", "tls", "extensions", "probe"], "{shown}");
    assert!(shown.contains("PIPELINING          commands need not wait"), "{shown}");
    assert!(shown.contains("bob@y.example would get mail: 250 2.1.5 "), "{shown}");
    assert!(shown.ends_with(": all is well\n") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_server_without_tls_is_a_warning_unless_tls_is_required() {
    let sink = Sink::start(&[]);
    let open = found(&format!("smtp://{}", sink.address), &[], 0);
    let what = "STARTTLS is not offered: everybody on the way can read the mail";
    assert_eq!(steps(&open, "tls"), [("warning", what)]);
    assert_eq!((&open["warnings"], &open["failures"]), (&1.into(), &0.into()));
    let required = found(&format!("submission://{}", sink.address), &[], 77);
    assert_eq!(steps(&required, "tls")[0].0, "failed");
    assert_eq!(required["error"]["class"], "authentication");
}

#[test]
fn a_certificate_that_is_trusted_is_shown_with_its_names_and_days() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = identity(folder.path(), "ours");
    for flags in [&[][..], &["--tls-immediately"]] {
        let args = [&["--tls-cert", &cert, "--tls-key", &key], flags].concat();
        let sink = Sink::start(&args);
        let scheme = if flags.is_empty() { "submission" } else { "smtps" };
        let found = found(&format!("{scheme}://{}", sink.address), &["--ca-file", &cert], 0);
        assert_eq!(steps(&found, "certificate"), [("ok", "trusted, for 127.0.0.1")]);
        assert!(steps(&found, "tls")[0].1.starts_with("TLS 1.3, TLS_"), "{found}");
        let chain = &found["certificates"][0];
        assert_eq!(
            (&chain["subject"], &chain["names"][0]),
            (&"CN=ours".into(), &"127.0.0.1".into())
        );
        assert!(chain["days_left"].as_i64().unwrap() > 300, "{chain}");
        assert_eq!((&found["warnings"], &found["error"]), (&0.into(), &Value::Null));
    }
}

#[test]
fn a_certificate_that_is_not_trusted_is_77_with_the_reason_and_shown_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = identity(folder.path(), "ours");
    let (other, _) = identity(folder.path(), "other");
    let sink = Sink::start(&["--tls-cert", &cert, "--tls-key", &key]);
    let found = found(&format!("smtp://{}", sink.address), &["--ca-file", &other], 77);
    let steps = steps(&found, "certificate");
    assert_eq!((steps[0].0, steps[1].0), ("failed", "warning"), "{found}");
    assert!(steps[0].1.contains("self-signed"), "{found}");
    assert_eq!(steps[1].1, "not verified from here on: it is self-signed");
    assert_eq!(found["certificates"][0]["self_signed"], true);
    assert!(!found["extensions"].as_array().unwrap().is_empty(), "{found}");
}

#[test]
fn a_server_with_the_certificate_of_an_authority_is_trusted_by_the_key_that_check_tells() {
    let folder = tempfile::tempdir().unwrap();
    let ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (cert, key) = identity_of(folder.path(), "ours", |wanted| wanted.is_ca = ca);
    let sink = Sink::start(&["--tls-cert", &cert, "--tls-key", &key]);
    let url = format!("submission://{}", sink.address);
    let distrusted = found(&url, &["--ca-file", &cert], 77);
    let remedy = distrusted["error"]["remedy"].as_str().unwrap();
    assert!(remedy.contains("?verify=none and --set Tls.pin=KEY"), "{distrusted}");
    let told = distrusted["steps"].as_array().unwrap().iter().find_map(|step| {
        let mut details = step["details"].as_array().unwrap().iter();
        details.find_map(|line| line.as_str()?.strip_prefix("its key: --set "))
    });
    let pinned = found(&format!("{url}?verify=none"), &["--set", told.unwrap()], 0);
    let right = ("ok", "its key is the one that Tls.pin asks for");
    assert_eq!((steps(&pinned, "certificate"), &pinned["warnings"]), (vec![right], &0.into()));
    let wrong = format!("Tls.pin={}=", "A".repeat(43));
    found(&format!("{url}?verify=none"), &["--set", &wrong], 77);
}

#[test]
fn a_server_that_never_greets_fails_at_the_greeting_and_not_at_the_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let silent = found(&url, &["--timeout", "0.1"], 69);
    assert_eq!(steps(&silent, "connect").len(), 1, "{silent}");
    assert_eq!(steps(&silent, "greeting")[0].0, "failed", "{silent}");
}

#[test]
fn tls_where_the_server_has_none_is_not_told_to_run_what_runs() {
    let sink = Sink::start(&[]);
    let plain = found(&format!("smtps://{}", sink.address), &[], 76);
    assert_eq!(plain["error"]["remedy"], Value::Null, "{plain}");
    assert!(steps(&plain, "tls")[0].1.contains("use STARTTLS (submission://"), "{plain}");
}

/// A certificate for these names and days, as files.
fn made(folder: &Path, name: &str, last: (i32, u8, u8)) -> (String, String) {
    identity_of(folder, name, |wanted| {
        *wanted = CertificateParams::new(vec![name.to_owned()]).unwrap();
        wanted.not_before = date_time_ymd(2020, 1, 1);
        wanted.not_after = date_time_ymd(last.0, last.1, last.2);
    })
}

#[test]
fn an_expired_certificate_and_one_for_another_host_are_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (name, last, words) in [
        ("127.0.0.1", (2020, 2, 1), "it has expired"),
        ("other.example", (2099, 1, 1), "it is not for 127.0.0.1"),
    ] {
        let (cert, key) = made(folder.path(), name, last);
        let sink = Sink::start(&["--tls-immediately", "--tls-cert", &cert, "--tls-key", &key]);
        let found = found(&format!("smtps://{}", sink.address), &["--ca-file", &cert], 77);
        let steps = steps(&found, "certificate");
        assert_eq!(steps[0].0, "failed", "{found}");
        assert!(steps[1].1.contains(words), "{found}");
    }
}

#[test]
fn a_login_is_tried_where_somebody_is_named_and_mechanisms_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = identity(folder.path(), "ours");
    let file = |name: &str, text: &str| written(folder.path(), name, text);
    let (users, right, wrong) =
        (file("users", "ann:right\n"), file("right", "right\n"), file("wrong", "wrong\n"));
    let sink = Sink::start(&["--tls-cert", &cert, "--tls-key", &key, "--auth-file", &users]);
    let url = format!("submission://{}", sink.address);
    let args = |password| ["--ca-file", &cert, "--user", "ann", "--password-file", password];
    let good = found(&url, &args(&right), 0);
    assert_eq!(steps(&good, "login"), [("ok", "logged in as ann")]);
    assert!(steps(&good, "mechanisms")[0].1.ends_with("comms would use SCRAM-SHA-256"), "{good}");
    let bad = found(&url, &args(&wrong), 77);
    assert_eq!(steps(&bad, "login")[0].0, "failed");
    assert_eq!(bad["error"]["remedy"], "check the user and the password");
    assert!(!bad.to_string().contains("wrong"), "{bad}");
}

#[test]
fn a_server_that_is_not_there_or_speaks_something_else_has_its_status() {
    let absent = found("smtp://127.0.0.1:9?tls=none", &[], 69);
    assert_eq!(steps(&absent, "connect")[0].0, "failed");
    let nowhere = found("smtp://no.such.host.invalid?tls=none", &[], 69);
    assert_eq!(steps(&nowhere, "address")[0].0, "failed");
    let (url, _) = faulty(&["rcpt:550 5.7.1 no"]);
    let refused = found(&url, &["--from", "<>", "--to", "bob@y.example"], 67);
    assert_eq!(steps(&refused, "probe")[0].0, "failed");
    let (busy, _) = faulty(&["connect:421 later"]);
    assert_eq!(steps(&found(&busy, &[], 75), "greeting")[0].0, "failed");
}

#[test]
fn passwords_that_can_be_read_on_the_way_and_small_sizes_are_warned_of() {
    let replies: &[&str] = &[
        "220 mx\r\n",
        "250-mx\r\n250-AUTH PLAIN LOGIN\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n",
        "221 bye\r\n",
    ];
    let found = found(&server_for_two(replies).replace("?tls=none", ""), &[], 0);
    assert_eq!(steps(&found, "login")[0].0, "warning", "{found}");
    assert!(steps(&found, "extensions")[0].1.contains("1000000 octets at most"), "{found}");
    assert!(steps(&found, "mechanisms")[0].1.ends_with("comms would use none of them here"));
}

/// EXTERNAL needs no name, and so was tried as the connection was made: before TLS, where it is not
/// offered, and without a word.
#[test]
fn a_login_without_a_name_is_a_step_of_its_own_as_well() {
    let replies: &[&str] = &[
        "220 mx\r\n",
        "250-mx\r\n250-8BITMIME\r\n250 AUTH EXTERNAL\r\n",
        "235 welcome\r\n",
        "221 bye\r\n",
    ];
    let found = found(&server_for_two(replies), &["--auth", "EXTERNAL"], 0);
    assert_eq!(steps(&found, "login"), [("ok", "logged in by EXTERNAL")], "{found}");
    assert!(steps(&found, "mechanisms")[0].1.ends_with("comms would use EXTERNAL"), "{found}");
}

/// The same server for who looks whether it is there, and for who then speaks with it.
fn server_for_two(replies: &'static [&'static str]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let _ = converse(stream.unwrap(), replies);
        }
    });
    url
}

#[test]
fn a_server_that_says_something_else_breaks_the_protocol() {
    let found = found(&server_for_two(&["SSH-2.0-x\r\n"]), &[], 76);
    assert_eq!(found["error"]["class"], "protocol", "{found}");
}
