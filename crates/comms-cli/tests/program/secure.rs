//! `comms send` and `comms sink` over TLS.

use std::path::Path;

use rcgen::{CertificateParams, DnType, KeyPair};

use crate::support::{Sink, comms, failure, only_file, send, written};

/// A certificate and its key, for 127.0.0.1, as files in `folder`.
pub(crate) fn identity(folder: &Path, name: &str) -> (String, String) {
    identity_of(folder, name, |_| {})
}

/// The same, with something changed.
pub(crate) fn identity_of(
    folder: &Path,
    name: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> (String, String) {
    let mut wanted = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    wanted.distinguished_name.push(DnType::CommonName, name);
    change(&mut wanted);
    let key = KeyPair::generate().unwrap();
    let made = wanted.self_signed(&key).unwrap();
    let file = |kind: &str, pem: &str| written(folder, &format!("{name}.{kind}"), pem);
    (file("cert", &made.pem()), file("key", &key.serialize_pem()))
}

#[test]
fn a_secure_sink_takes_mail_from_who_trusts_it_and_from_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = identity(folder.path(), "ours");
    let (other, _) = identity(folder.path(), "other");
    let inbox = folder.path().join("inbox");
    let sink = Sink::start(&[
        "--tls-immediately",
        "--tls-cert",
        &cert,
        "--tls-key",
        &key,
        "--maildir",
        inbox.to_str().unwrap(),
    ]);
    let url = format!("smtps://{}", sink.address);
    let output = send(&url, &["--ca-file", &other, "--text", "x"]);
    let (status, line) = failure(&output);
    assert_eq!(status, 77, "{line}");
    assert!(line.contains("name it with ca_file"), "{line}");
    let output = send(&url, &["--ca-file", &cert, "--text", "Hello", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["tls"].as_str().unwrap().starts_with("TLS 1.3 "), "{report}");
    assert!(only_file(&inbox).ends_with("\n\nHello\n"));
}

#[test]
fn smtps_to_a_plain_sink_is_76_and_says_that_it_greeted_in_plain_text() {
    let sink = Sink::start(&[]);
    let (status, line) = failure(&send(&format!("smtps://{}", sink.address), &["--text", "x"]));
    assert_eq!(status, 76, "{line}");
    assert!(line.contains("the server greeted in plain text: \"220 "), "{line}");
}

#[test]
fn certificate_and_key_of_a_sink_go_together() {
    for args in [["--tls-cert", "x"], ["--tls-key", "x"]] {
        let output = comms().arg("sink").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{output:?}");
    }
}

#[test]
fn a_sink_that_lets_in_its_users_alone_is_sent_to_after_starttls_and_login() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = identity(folder.path(), "ours");
    let file = |name: &str, text: &str| written(folder.path(), name, text);
    let users = file("users", "# who may send\nann:right\n");
    let (right, wrong) = (file("right", "right\n"), file("wrong", "wrong\n"));
    let sink = Sink::start(&["--tls-cert", &cert, "--tls-key", &key, "--auth-file", &users]);
    let url = format!("submission://{}", sink.address);
    let login =
        |file| ["--ca-file", &cert, "--user", "ann", "--password-file", file, "--text", "x"];
    let output = send(&url, &login(&right));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (status, line) = failure(&send(&url, &login(&wrong)));
    assert_eq!(status, 77, "{line}");
    assert!(line.ends_with("(check the user and the password)"), "{line}");
    let (status, line) = failure(&send(&url, &["--ca-file", &cert, "--text", "x"]));
    assert_eq!(status, 67, "{line}");
}

#[test]
fn what_is_missing_to_log_in_is_told_before_anybody_is_connected_to() {
    let url = "submission://127.0.0.1:1";
    let (status, line) = failure(&send(url, &["--user", "ann", "--text", "x"]));
    assert_eq!(status, 64);
    assert!(line.contains("--password-file or in COMMS_PASSWORD"), "{line}");
    let (status, line) = failure(&send(url, &["--ca-file", "/nonexistent", "--text", "x"]));
    assert_eq!(status, 65, "{line}");
}
