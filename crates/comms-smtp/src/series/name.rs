//! What was asked in a transaction, as an error names it.

use std::fmt;

use crate::plan::Plan;
use crate::series::asked::Asked;
use crate::wire::command::Command;

/// The name of something that was asked for a plan.
pub(crate) struct Name<'a> {
    plan: &'a Plan,
    asked: Asked,
}

impl<'a> Name<'a> {
    pub(crate) fn new(plan: &'a Plan, asked: Asked) -> Self {
        Self { plan, asked }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.asked {
            Asked::Rset => Command::Rset.fmt(f),
            Asked::Mail => self.plan.mail().fmt(f),
            Asked::Rcpt(at) => match self.plan.recipients.get(at) {
                Some(recipient) => recipient.rcpt().fmt(f),
                None => f.write_str("RCPT"),
            },
            Asked::Data => Command::Data.fmt(f),
            Asked::Chunk | Asked::Content | Asked::ContentFor(_) => f.write_str(CONTENT),
        }
    }
}

/// What the content is called.
pub(crate) const CONTENT: &str = "the content";
