//! Calls that make no sense, and the advice that they get.

use crate::support::{comms, text};

#[test]
fn noop_takes_no_argument() {
    let output = comms().args(["noop", "--url", "smtp://localhost:1", "junk"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    assert!(text(&output.stderr).contains("unexpected argument 'junk'"), "{output:?}");
}
