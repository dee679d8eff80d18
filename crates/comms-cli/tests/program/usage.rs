//! Calls that make no sense, and the advice that they get.

use crate::support::{comms, failure, send, text};

#[test]
fn noop_takes_no_argument() {
    let output = comms().args(["noop", "--url", "smtp://localhost:1", "junk"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    assert!(text(&output.stderr).contains("unexpected argument 'junk'"), "{output:?}");
}

#[test]
fn standard_input_is_given_once() {
    let output = send("smtp://localhost:1", &["--text-file", "-", "--html-file", "-"]);
    assert_eq!(
        failure(&output),
        (64, "comms: --text-file and --html-file cannot both be standard input".to_owned())
    );
}
