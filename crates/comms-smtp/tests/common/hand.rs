//! What the tests of transactions by hand have in common.

use comms_core::{CommsStack, Error, ErrorClass};
use comms_mime::Address;
use comms_smtp::{Acceptance, Misplaced, Parameter, Reply, ReversePath, SmtpError, SmtpStack};

use crate::common::{HI, cause, opening};

pub(crate) fn dialogue(rest: &str) -> String {
    opening(&[]) + rest
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn ann() -> ReversePath {
    "ann@x.example".parse().unwrap()
}

pub(crate) fn mail(stack: &mut CommsStack) -> Result<Reply, Error> {
    stack.smtp()?.mail(ann())
}

pub(crate) fn rcpt(stack: &mut CommsStack, recipient: &str) -> Result<Acceptance, Error> {
    stack.smtp()?.rcpt(&address(recipient))
}

pub(crate) fn data(stack: &mut CommsStack) -> Result<Reply, Error> {
    stack.smtp()?.data(HI.as_bytes())
}

pub(crate) fn parameters(texts: &[&str]) -> Vec<Parameter> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// That `error` says that nothing was sent, and why.
pub(crate) fn assert_misplaced(error: &Error, command: &str, why: Misplaced) {
    assert_eq!(error.class(), ErrorClass::Usage, "{error}");
    match cause(error) {
        SmtpError::OutOfOrder { command: found, why: found_why } => {
            assert_eq!((*found, *found_why), (command, why), "{error}");
        }
        _ => panic!("{error}"),
    }
}

pub(crate) const MAIL: &str = "C: MAIL FROM:<ann@x.example>\nS: 250 2.1.0 sender ok\n";
pub(crate) const BOB: &str = "C: RCPT TO:<bob@y.example>\nS: 250 2.1.5 bob ok\n";
pub(crate) const DATA: &str = "C: DATA\nS: 354 go\n";
pub(crate) const TAKEN: &str = "S: 250 taken\n";
