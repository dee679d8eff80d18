//! A transaction made by hand: MAIL, RCPT and DATA, each as one call.

pub(crate) mod acceptance;
pub(crate) mod content;
pub(crate) mod envelope;
pub(crate) mod misplaced;
pub(crate) mod stage;
