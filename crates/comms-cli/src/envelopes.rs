//! Who a message is from and for: as the command line says, or as its own headers say.

use comms::{Address, Envelope, Mailbox, Mailboxes, RawMessage, ReversePath};

use crate::args::send::SendArgs;
use crate::failure::{Failure, bad};

/// The envelopes of messages that exist already.
#[derive(Debug)]
pub(crate) enum Envelopes<'a> {
    /// The same for each.
    Same(Envelope),
    /// Each its own, with what the command line asks besides.
    OfHeaders(&'a SendArgs),
}

impl<'a> Envelopes<'a> {
    pub(crate) fn new(args: &'a SendArgs) -> Result<Self, Failure> {
        if !args.recipients_from_headers {
            return of_arguments(args).map(Self::Same);
        }
        // What is wrong with the arguments is told before any message is read.
        sender(args)?;
        args.envelope.ask(&mut Envelope::new(ReversePath::Null, NOBODY))?;
        Ok(Self::OfHeaders(args))
    }

    pub(crate) fn envelope(&self, message: &RawMessage) -> Result<Envelope, Failure> {
        match self {
            Self::Same(envelope) => Ok(envelope.clone()),
            Self::OfHeaders(args) => of_headers(args, message),
        }
    }
}

/// The envelope that the command line describes.
pub(crate) fn of_arguments(args: &SendArgs) -> Result<Envelope, Failure> {
    let mut recipients: Vec<Address> = Vec::new();
    for (flag, texts) in [("--to", &args.to), ("--cc", &args.cc), ("--bcc", &args.bcc)] {
        let mailboxes = mailboxes(flag, texts)?;
        recipients.extend(mailboxes.iter().map(|mailbox| mailbox.address().clone()));
    }
    let mut envelope = Envelope::new(reverse_path(sender(args)?), recipients);
    args.envelope.ask(&mut envelope)?;
    Ok(envelope)
}

/// The envelope that a message's own headers describe. One that was sent again goes to whom it was
/// sent again (RFC 5322 3.6.6).
fn of_headers(args: &SendArgs, message: &RawMessage) -> Result<Envelope, Failure> {
    let again = RESENT.recipients.iter().any(|name| message.field(name).is_some());
    let fields = if again { &RESENT } else { &ORIGINAL };
    let sender = match &args.from {
        Some(_) => reverse_path(sender(args)?),
        None => sender_of(message, fields.senders)?,
    };
    let mut recipients: Vec<Address> = Vec::new();
    for (name, text) in present(message, &fields.recipients) {
        let list = text.parse::<Mailboxes>().map_err(|error| bad(&shown(name, &text), &error))?;
        recipients.extend(list.iter().map(|mailbox| mailbox.address().clone()));
    }
    if recipients.is_empty() {
        return Err(Failure::BadInput("its headers name no recipient".to_owned()));
    }
    let mut envelope = Envelope::new(sender, recipients);
    args.envelope.ask(&mut envelope)?;
    Ok(envelope)
}

fn sender_of(message: &RawMessage, names: &[&'static str]) -> Result<ReversePath, Failure> {
    let Some((name, text)) = present(message, names).next() else {
        return Err(Failure::BadInput("its headers name no sender: use --from".to_owned()));
    };
    if text.trim() == "<>" {
        return Ok(ReversePath::Null);
    }
    // Who of several writers sends it is in Sender (RFC 5322 3.6.2).
    let mailbox = text.parse::<Mailbox>().map_err(|error| bad(&shown(name, &text), &error))?;
    Ok(mailbox.address().clone().into())
}

/// The fields of these names that the message has and that are not empty.
fn present<'m>(
    message: &'m RawMessage,
    names: &'m [&'static str],
) -> impl Iterator<Item = (&'static str, String)> + 'm {
    let field = |name: &&'static str| Some((*name, message.field(name)?));
    names.iter().filter_map(field).filter(|(_, text)| !text.trim().is_empty())
}

/// The sender of the command line; `None` is the null sender.
pub(crate) fn sender(args: &SendArgs) -> Result<Option<Mailbox>, Failure> {
    let Some(text) = args.from.as_deref().filter(|text| text.trim() != "<>") else {
        return Ok(None);
    };
    let mailbox = text.parse::<Mailbox>();
    mailbox.map(Some).map_err(|error| bad(&shown("--from", text), &error))
}

fn reverse_path(sender: Option<Mailbox>) -> ReversePath {
    sender.map_or(ReversePath::Null, |mailbox| mailbox.address().clone().into())
}

pub(crate) fn mailboxes(flag: &str, texts: &[String]) -> Result<Vec<Mailbox>, Failure> {
    let mut mailboxes = Vec::new();
    for text in texts {
        let parsed = text.parse::<Mailboxes>().map_err(|error| bad(&shown(flag, text), &error))?;
        let before = mailboxes.len();
        mailboxes.extend(parsed.into_mailboxes());
        if mailboxes.len() == before {
            return Err(Failure::BadInput(format!("{} names nobody", shown(flag, text))));
        }
    }
    Ok(mailboxes)
}

/// The flag or the field with what it was given, which can be anything.
fn shown(name: &str, text: &str) -> String {
    let start = text.chars().take(60).collect::<String>();
    format!("{name} '{}'", start.escape_debug())
}

/// Names of header fields, those that count more first.
struct Fields {
    senders: &'static [&'static str],
    recipients: [&'static str; 3],
}

const ORIGINAL: Fields =
    Fields { senders: &["Return-Path", "Sender", "From"], recipients: ["To", "Cc", "Bcc"] };

const RESENT: Fields = Fields {
    senders: &["Resent-Sender", "Resent-From"],
    recipients: ["Resent-To", "Resent-Cc", "Resent-Bcc"],
};

const NOBODY: [Address; 0] = [];
