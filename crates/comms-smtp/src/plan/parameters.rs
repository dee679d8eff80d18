//! What MAIL and RCPT ask of a server by its extensions. What is not offered is left out with a
//! warning where the message can do without, and refused where it cannot.

use std::fmt::{Display, Write};

use comms_core::{Below, Level, Severity};

use crate::channel::Channel;
use crate::envelope::{Envelope, Recipient};
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::parameter::deliver_by::{DeliverBy, DeliverByMode};
use crate::parameter::hold::Hold;

/// Parameters as they stand behind a path: each with a blank before it.
#[derive(Debug, Default)]
pub(crate) struct Said(String);

impl Said {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn word(&mut self, word: impl Display) {
        // A `String` takes everything.
        let _ = write!(self.0, " {word}");
    }

    pub(crate) fn value(&mut self, keyword: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.word(format_args!("{keyword}={value}"));
        }
    }
}

/// Adds what MAIL asks for `envelope`, whatever its content is.
pub(crate) fn of_mail(
    said: &mut Said,
    envelope: &Envelope,
    server: &Extensions,
    below: &dyn Below,
) -> Result<(), SmtpError> {
    if server.offers("DSN") {
        said.value("RET", envelope.ret);
        said.value("ENVID", envelope.envid.as_ref());
    } else if envelope.asks_for_notification() {
        warn(below, "the server has no DSN: nothing is asked about delivery");
    }
    if envelope.require_tls {
        check_tls(server, below)?;
        said.word("REQUIRETLS");
    }
    if server.offers("MT-PRIORITY") {
        said.value("MT-PRIORITY", envelope.priority);
    } else if envelope.priority.is_some() {
        warn(below, "the server has no MT-PRIORITY: it is not told how urgent the message is");
    }
    if let Some(by) = envelope.deliver_by {
        check_time(by, server, below)?;
        said.value("BY", Some(by).filter(|_| server.offers("DELIVERBY")));
    }
    if let Some(hold) = envelope.hold {
        check_hold(hold, server)?;
        said.word(hold);
    }
    if server.offers("AUTH") {
        said.value("AUTH", envelope.auth.as_ref());
    } else if envelope.auth.is_some() {
        warn(below, "the server has no AUTH: it is not told who submitted the message");
    }
    envelope.parameters.iter().for_each(|parameter| said.word(parameter));
    Ok(())
}

/// What RCPT asks for `recipient`.
pub(crate) fn of_rcpt(recipient: &Recipient, envelope: &Envelope, server: &Extensions) -> Said {
    let mut said = Said::default();
    if server.offers("DSN") {
        said.value("NOTIFY", recipient.notify.or(envelope.notify));
        said.value("ORCPT", recipient.orcpt.as_ref());
    }
    recipient.parameters.iter().for_each(|parameter| said.word(parameter));
    said
}

/// RFC 8689 4.2.1: the session is secure, we know with whom, and they go on in the same way.
fn check_tls(server: &Extensions, below: &dyn Below) -> Result<(), SmtpError> {
    let lack = if Channel::of(below) != Channel::Secure {
        "the channel to the server is not secure"
    } else if !is_verified(below) {
        "the server's certificate is not verified"
    } else if !server.offers("REQUIRETLS") {
        "the server does not offer REQUIRETLS"
    } else {
        return Ok(());
    };
    Err(SmtpError::NoRequiredTls { lack })
}

/// Whether the layer that makes the channel secure looks at whom it talks to; one that does not
/// say otherwise does.
fn is_verified(below: &dyn Below) -> bool {
    let value = |name: &str| below.get(name).ok().and_then(|property| property.value);
    let is_told_not_to = value("Tls.verify").is_some_and(|verify| verify.as_text() == Some("none"));
    let has_pin = value("Tls.pin").is_some_and(|pin| pin.as_text().is_some());
    !is_told_not_to || has_pin
}

/// RFC 2852 4: the server's minimum is for messages that are to be returned.
fn check_time(by: DeliverBy, server: &Extensions, below: &dyn Below) -> Result<(), SmtpError> {
    let is_offered = server.offers("DELIVERBY");
    if by.mode() == DeliverByMode::Notify {
        if !is_offered {
            warn(below, "the server has no DELIVERBY: nobody is told if the message is late");
        }
        return Ok(());
    }
    let asked = format!("BY={by}");
    if !is_offered {
        return Err(SmtpError::NotOffered { asked, keyword: "DELIVERBY" });
    }
    let minimum = server.minimum_delivery_time().map_or(0, |time| time.as_secs());
    if u64::from(by.seconds().unsigned_abs()) < minimum {
        return Err(SmtpError::BeyondLimit { asked, limit: format!("at least {minimum} seconds") });
    }
    Ok(())
}

fn check_hold(hold: Hold, server: &Extensions) -> Result<(), SmtpError> {
    let asked = hold.to_string();
    if !server.offers("FUTURERELEASE") {
        return Err(SmtpError::NotOffered { asked, keyword: "FUTURERELEASE" });
    }
    match server.hold_limits().exceeded_by(hold) {
        Some(most) => Err(SmtpError::BeyondLimit { asked, limit: format!("at most {most}") }),
        None => Ok(()),
    }
}

fn warn(below: &dyn Below, what: &str) {
    below.note(Severity::Warn, Level::Production, format_args!("{what}"));
}
