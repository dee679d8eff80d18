//! Whether a message was delivered (RFC 3464).

use crate::address::Address;
use crate::error::{BuildError, HeaderError};
use crate::header::content_type::excerpt;
use crate::header::date::Date;
use crate::report::{Report, field, typed_address};

/// What a server tells of a message and each of its recipients.
///
/// ```
/// use comms_mime::{Action, DeliveryStatus, Message, Part, RawMessage, RecipientStatus};
///
/// let lost = RawMessage::bytes("Subject: hi\r\n\r\nWhere are you?\r\n");
/// let bob = RecipientStatus::new(&"bob@y.example".parse()?, Action::Failed, "5.1.1")?
///     .diagnostic("smtp", "550 5.1.1 no such user");
/// let body = Part::report(
///     Part::text("Your message to bob@y.example could not be delivered.\n"),
///     DeliveryStatus::new("mail.x.example", bob),
///     Some(Part::headers_of(&lost)),
/// );
/// let message = Message::builder().from("postmaster@x.example".parse()?).body(body).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DeliveryStatus {
    fields: String,
    recipients: Vec<RecipientStatus>,
}

/// What is told of one recipient.
#[derive(Debug, Clone)]
pub struct RecipientStatus {
    original: Option<String>,
    fields: String,
}

/// What was done for a recipient (RFC 3464 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It could not be delivered.
    Failed,
    /// It could not be delivered yet.
    Delayed,
    /// It was delivered.
    Delivered,
    /// It was handed to a server that sends no reports.
    Relayed,
    /// It was delivered, and goes on to several others.
    Expanded,
}

impl DeliveryStatus {
    /// What the server of this name tells of a recipient, and perhaps of others.
    pub fn new(reporting_mta: &str, first: RecipientStatus) -> Self {
        let fields = field("Reporting-MTA", &format!("dns; {reporting_mta}"));
        DeliveryStatus { fields, recipients: vec![first] }
    }

    /// The identifier that the sender gave to the envelope (ENVID, RFC 3461 4.4).
    #[must_use]
    pub fn original_envelope_id(mut self, id: &str) -> Self {
        self.fields += &field("Original-Envelope-Id", id);
        self
    }

    /// When the message arrived at the server.
    pub fn arrival_date(mut self, date: &Date) -> Result<Self, BuildError> {
        self.fields += &field("Arrival-Date", &date.rfc5322()?);
        Ok(self)
    }

    /// Adds another recipient.
    #[must_use]
    pub fn recipient(mut self, recipient: RecipientStatus) -> Self {
        self.recipients.push(recipient);
        self
    }
}

impl RecipientStatus {
    /// What was done for an address, with the status code that says why, as `5.1.1` (RFC 3463).
    pub fn new(address: &Address, action: Action, status: &str) -> Result<Self, HeaderError> {
        if !is_status(status) {
            return Err(HeaderError::Status { value: excerpt(status) });
        }
        let fields = field("Final-Recipient", &typed_address(address))
            + &field("Action", action.name())
            + &field("Status", status);
        Ok(RecipientStatus { original: None, fields })
    }

    /// The recipient that the sender named (ORCPT, RFC 3461 4.2), where it is another.
    #[must_use]
    pub fn original_recipient(mut self, address: &Address) -> Self {
        self.original = Some(field("Original-Recipient", &typed_address(address)));
        self
    }

    /// The server that said so.
    #[must_use]
    pub fn remote_mta(mut self, name: &str) -> Self {
        self.fields += &field("Remote-MTA", &format!("dns; {name}"));
        self
    }

    /// What was said, in the words of a protocol: `smtp` and the reply.
    #[must_use]
    pub fn diagnostic(mut self, protocol: &str, text: &str) -> Self {
        self.fields += &field("Diagnostic-Code", &format!("{protocol}; {text}"));
        self
    }

    /// When it was tried last.
    pub fn last_attempt(mut self, date: &Date) -> Result<Self, BuildError> {
        self.fields += &field("Last-Attempt-Date", &date.rfc5322()?);
        Ok(self)
    }

    /// Until when it is tried again.
    pub fn will_retry_until(mut self, date: &Date) -> Result<Self, BuildError> {
        self.fields += &field("Will-Retry-Until", &date.rfc5322()?);
        Ok(self)
    }
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::Failed => "failed",
            Action::Delayed => "delayed",
            Action::Delivered => "delivered",
            Action::Relayed => "relayed",
            Action::Expanded => "expanded",
        }
    }
}

impl From<DeliveryStatus> for Report {
    fn from(status: DeliveryStatus) -> Self {
        let mut fields = status.fields;
        for recipient in status.recipients {
            fields += "\r\n";
            fields += recipient.original.as_deref().unwrap_or_default();
            fields += &recipient.fields;
        }
        Report { kind: "delivery-status", essence: "message/delivery-status", fields }
    }
}

/// RFC 3463 2: class, subject, detail.
fn is_status(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let is_number = |text: &str| {
        (1..=3).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    match numbers.as_slice() {
        [class, subject, detail] => {
            matches!(*class, "2" | "4" | "5") && is_number(subject) && is_number(detail)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_stand_in_groups() {
        let date = Date::from(jiff::Timestamp::UNIX_EPOCH);
        let bob = RecipientStatus::new(&"bob@y.example".parse().unwrap(), Action::Failed, "5.1.1")
            .unwrap()
            .original_recipient(&"robert@y.example".parse().unwrap())
            .remote_mta("mx.y.example")
            .diagnostic("smtp", "550 5.1.1 no\r\nBcc: such user");
        let eve = RecipientStatus::new(&"eve@z.example".parse().unwrap(), Action::Delayed, "4.4.1")
            .unwrap()
            .last_attempt(&date)
            .unwrap();
        let status = DeliveryStatus::new("mail.x.example", bob)
            .original_envelope_id("Q1")
            .arrival_date(&date)
            .unwrap()
            .recipient(eve);
        assert_eq!(
            Report::from(status).fields,
            "Reporting-MTA: dns; mail.x.example\r\n\
             Original-Envelope-Id: Q1\r\n\
             Arrival-Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n\
             \r\n\
             Original-Recipient: rfc822; robert@y.example\r\n\
             Final-Recipient: rfc822; bob@y.example\r\n\
             Action: failed\r\n\
             Status: 5.1.1\r\n\
             Remote-MTA: dns; mx.y.example\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 no??Bcc: such user\r\n\
             \r\n\
             Final-Recipient: rfc822; eve@z.example\r\n\
             Action: delayed\r\n\
             Status: 4.4.1\r\n\
             Last-Attempt-Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
        );
    }

    #[test]
    fn a_status_is_three_numbers() {
        for good in ["2.0.0", "4.123.1", "5.7.999"] {
            assert!(is_status(good), "{good}");
        }
        for bad in ["", "5", "5.1", "5.1.1.1", "3.0.0", "5.1.1234", "5.1.x", "5..1", "5.1.1\r\n"] {
            assert!(!is_status(bad), "{bad:?}");
        }
    }
}
