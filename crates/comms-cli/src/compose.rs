//! From arguments to a message.

use std::fmt::Display;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use comms::{
    Address, Attachment, Envelope, Header, Mailbox, Mailboxes, MessageBuilder, RawMessage,
    ReversePath, SmtpMessage,
};

use crate::args::SendArgs;
use crate::failure::{Failure, chain};

/// The message that the arguments describe.
pub(crate) fn message(args: &SendArgs) -> Result<SmtpMessage, Failure> {
    let is_input = |path: &Option<PathBuf>| path.as_deref().is_some_and(is_standard_input);
    if is_input(&args.text_file) && is_input(&args.html_file) {
        let why = "--text-file and --html-file cannot both be standard input";
        return Err(Failure::Usage(why.to_owned()));
    }
    let envelope = envelope(args)?;
    match &args.raw {
        Some(path) => Ok(SmtpMessage::raw(raw(path)?, envelope)),
        None => composed(args, envelope),
    }
}

fn envelope(args: &SendArgs) -> Result<Envelope, Failure> {
    let sender = match sender(args)? {
        None => ReversePath::Null,
        Some(mailbox) => mailbox.address().clone().into(),
    };
    let mut recipients: Vec<Address> = Vec::new();
    for (flag, texts) in [("--to", &args.to), ("--cc", &args.cc), ("--bcc", &args.bcc)] {
        let mailboxes = mailboxes(flag, texts)?;
        recipients.extend(mailboxes.iter().map(|mailbox| mailbox.address().clone()));
    }
    let mut envelope = Envelope::new(sender, recipients);
    args.envelope.ask(&mut envelope)?;
    Ok(envelope)
}

fn composed(args: &SendArgs, envelope: Envelope) -> Result<SmtpMessage, Failure> {
    let from = match sender(args)? {
        Some(mailbox) => mailbox,
        None => mailer_daemon()?,
    };
    let mut message = MessageBuilder::default().from(from);
    for mailbox in mailboxes("--to", &args.to)? {
        message = message.to(mailbox);
    }
    for mailbox in mailboxes("--cc", &args.cc)? {
        message = message.cc(mailbox);
    }
    if let Some(subject) = &args.subject {
        message = message.subject(subject);
    }
    for header in &args.header {
        let header = header.parse::<Header>().map_err(|error| bad(&"--header", &error))?;
        message = message.header(header);
    }
    let message = body(args, message)?.build().map_err(|error| Failure::BadInput(chain(&error)))?;
    Ok(SmtpMessage::new(message, envelope))
}

fn body(args: &SendArgs, mut message: MessageBuilder) -> Result<MessageBuilder, Failure> {
    let text = match (&args.text, &args.text_file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(path)) => Some(text_of("--text-file", path)?),
        (None, None) => None,
    };
    if let Some(text) = text {
        message = message.text(text);
    }
    if let Some(path) = &args.html_file {
        message = message.html(text_of("--html-file", path)?);
    }
    for path in &args.inline {
        message = message.inline(attachment("--inline", path)?);
    }
    for path in &args.attach {
        message = message.attach(attachment("--attach", path)?);
    }
    Ok(message)
}

fn raw(path: &Path) -> Result<RawMessage, Failure> {
    let message = if is_standard_input(path) {
        RawMessage::reader(io::stdin())
    } else {
        RawMessage::file(path)
    };
    message.map_err(|error| bad(&"--raw", &error))
}

/// The sender; `None` is the null sender.
fn sender(args: &SendArgs) -> Result<Option<Mailbox>, Failure> {
    if args.from.trim() == "<>" {
        return Ok(None);
    }
    let mailbox = args.from.parse::<Mailbox>();
    mailbox.map(Some).map_err(|error| bad(&shown("--from", &args.from), &error))
}

/// Who writes where nobody is to be told: the name that mail systems use (RFC 3834 5.1).
fn mailer_daemon() -> Result<Mailbox, Failure> {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let address = format!("MAILER-DAEMON@{host}").parse::<Address>();
    let address = address.or_else(|_| "MAILER-DAEMON@localhost".parse());
    address.map(Mailbox::new).map_err(|error| bad(&"--from", &error))
}

fn mailboxes(flag: &str, texts: &[String]) -> Result<Vec<Mailbox>, Failure> {
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

fn attachment(flag: &str, path: &Path) -> Result<Attachment, Failure> {
    Attachment::file(path).map_err(|error| bad(&flag, &error))
}

fn text_of(flag: &str, path: &Path) -> Result<String, Failure> {
    let octets = if is_standard_input(path) {
        let mut octets = Vec::new();
        io::stdin().read_to_end(&mut octets).map(|_| octets)
    } else {
        fs::read(path)
    };
    let octets =
        octets.map_err(|error| Failure::BadInput(format!("{flag} {}: {error}", path.display())))?;
    String::from_utf8(octets).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::BadInput(format!("{flag} {}: octet {at} is not UTF-8", path.display()))
    })
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The flag with what it was given, which can be anything.
fn shown(flag: &str, text: &str) -> String {
    let start = text.chars().take(60).collect::<String>();
    format!("{flag} '{}'", start.escape_debug())
}

fn bad(what: &dyn Display, error: &dyn std::error::Error) -> Failure {
    Failure::BadInput(format!("{what}: {}", chain(error)))
}
