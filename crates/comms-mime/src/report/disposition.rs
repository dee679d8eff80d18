//! What a recipient did with a message (RFC 8098).

use crate::address::Address;
use crate::error::HeaderError;
use crate::identifier::message_id;
use crate::report::{Report, field, typed_address};

/// What a recipient tells of a message: that it was displayed, or deleted unread.
///
/// ```
/// use comms_mime::{Disposition, DispositionNotification, Part};
///
/// let bob = "bob@y.example".parse()?;
/// let told = DispositionNotification::new(&bob, Disposition::Displayed).about("1@x.example")?;
/// let body = Part::report(Part::text("Bob has seen your message.\n"), told, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DispositionNotification {
    before: String,
    message: Option<String>,
    disposition: Disposition,
    is_automatic: bool,
}

/// What was done with the message (RFC 8098 3.2.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// It was shown to the recipient.
    Displayed,
    /// It was deleted, perhaps unread.
    Deleted,
    /// It was sent on, without being shown.
    Dispatched,
    /// It was processed by a program, without being shown.
    Processed,
}

impl DispositionNotification {
    /// What the recipient did, and agreed to tell.
    pub fn new(recipient: &Address, disposition: Disposition) -> Self {
        let before = field("Final-Recipient", &typed_address(recipient));
        DispositionNotification { before, message: None, disposition, is_automatic: false }
    }

    /// The message that is spoken of: its id, with or without angle brackets.
    pub fn about(mut self, id: &str) -> Result<Self, HeaderError> {
        self.message = Some(message_id(id)?);
        Ok(self)
    }

    /// The program that tells it.
    #[must_use]
    pub fn reporting_user_agent(mut self, name: &str) -> Self {
        self.before.insert_str(0, &field("Reporting-UA", name));
        self
    }

    /// Says that nobody was asked: a program did it, and tells it.
    #[must_use]
    pub fn automatic(mut self) -> Self {
        self.is_automatic = true;
        self
    }
}

impl Disposition {
    fn name(self) -> &'static str {
        match self {
            Disposition::Displayed => "displayed",
            Disposition::Deleted => "deleted",
            Disposition::Dispatched => "dispatched",
            Disposition::Processed => "processed",
        }
    }
}

impl From<DispositionNotification> for Report {
    fn from(told: DispositionNotification) -> Self {
        let mode = if told.is_automatic {
            "automatic-action/MDN-sent-automatically"
        } else {
            "manual-action/MDN-sent-manually"
        };
        let mut fields = told.before;
        if let Some(id) = told.message {
            fields += &field("Original-Message-ID", &format!("<{id}>"));
        }
        fields += &field("Disposition", &format!("{mode}; {}", told.disposition.name()));
        Report {
            kind: "disposition-notification",
            essence: "message/disposition-notification",
            fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_stand_in_one_group() {
        let bob = "bob@y.example".parse().unwrap();
        let told = DispositionNotification::new(&bob, Disposition::Deleted)
            .about("<1@x.example>")
            .unwrap()
            .reporting_user_agent("mail.y.example; Reader 1\r\n")
            .automatic();
        assert_eq!(
            Report::from(told).fields,
            "Reporting-UA: mail.y.example; Reader 1??\r\n\
             Final-Recipient: rfc822; bob@y.example\r\n\
             Original-Message-ID: <1@x.example>\r\n\
             Disposition: automatic-action/MDN-sent-automatically; deleted\r\n"
        );
        let told = DispositionNotification::new(&bob, Disposition::Displayed);
        assert!(told.clone().about("1@x\r\nBcc: x").is_err());
        assert!(
            Report::from(told).fields.ends_with("manual-action/MDN-sent-manually; displayed\r\n")
        );
    }
}
