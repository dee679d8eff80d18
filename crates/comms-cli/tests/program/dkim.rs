//! `comms send --dkim-key`: what is signed arrives signed, and what cannot be signed is not sent.

use std::fs;
use std::path::PathBuf;

use crate::support::{Sink, failure, only_file, send, text};

/// RFC 8463 A.2.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

/// A folder with a file of this name and content.
fn file(name: &str, content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn signing<'a>(key: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["--dkim-key", key, "--dkim-domain", "x.example", "--dkim-selector", "s1"];
    args.extend(rest);
    args
}

#[test]
fn composed_and_raw_messages_arrive_signed() {
    let (_kept, key) = file("key.pem", KEY);
    let key = key.to_str().unwrap();
    let (_raw, raw) = file("mail.eml", "From: a@x.example\nBcc: e@x.example\n\nhi\n");
    for message in [&["--text", "hi"][..], &["--raw", raw.to_str().unwrap()]] {
        let folder = tempfile::tempdir().unwrap();
        let sink = Sink::start(&["--maildir", folder.path().to_str().unwrap()]);
        let two = ["--dkim-key", key, "--dkim-selector", "s2"];
        let output = send(&sink.url, &signing(key, &[&two[..], message].concat()));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let arrived = only_file(folder.path());
        for selector in ["s1", "s2"] {
            let begin = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=x.example;";
            let tag = format!("s={selector};");
            let found = arrived.match_indices(begin);
            let found = found.filter(|(at, _)| arrived[*at..*at + 100].contains(&tag));
            assert_eq!(found.count(), 1, "{arrived}");
        }
    }
}

#[test]
fn a_dry_run_prints_the_signed_message_and_the_record_to_publish() {
    let (_kept, key) = file("key.pem", KEY);
    let args = signing(key.to_str().unwrap(), &["--text", "hi", "--dry-run"]);
    let output = send("smtp://127.0.0.1:1?tls=none", &args);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).starts_with("DKIM-Signature: v=1;"));
    let record = "s1._domainkey.x.example TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPap";
    assert!(text(&output.stderr).contains(record), "{output:?}");
}

#[test]
fn what_cannot_be_signed_is_told_before_anything_is_sent() {
    let (_kept, key) = file("key.pem", KEY);
    let (_other, none) = file("none.pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----");
    let (_raw, raw) = file("mail.eml", "Subject: no From\n\nhi\n");
    let (key, none, raw) = (key.to_str().unwrap(), none.to_str().unwrap(), raw.to_str().unwrap());
    let cases = [
        (signing(key, &["--raw", raw]), "the message has no From, and cannot be signed"),
        (signing(key, &["--raw", "-"]), "give it as octets in memory, a file or a generator"),
        (
            signing(none, &[]),
            "it holds a CERTIFICATE, and a PRIVATE KEY (RSA or Ed25519) is wanted",
        ),
        (signing("/nowhere", &[]), "--dkim-key /nowhere: No such file"),
        (
            vec!["--dkim-key", key, "--dkim-domain", "x;y", "--dkim-selector", "s"],
            "\"x;y\" is not a domain",
        ),
    ];
    for (args, why) in cases {
        let (status, said) = failure(&send("smtp://127.0.0.1:1?tls=none", &args));
        assert_eq!(status, 65, "{said}");
        assert!(said.contains(why), "{said}");
    }
    let lone = signing(key, &["--dkim-key", key]);
    let (status, said) = failure(&send("smtp://127.0.0.1:1?tls=none", &lone));
    assert_eq!(status, 64, "{said}");
}
