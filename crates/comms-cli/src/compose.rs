//! From arguments to a message.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use comms::{
    Address, Attachment, Calendar, Envelope, Header, Mailbox, MessageBuilder, RawMessage,
    SmtpMessage,
};

use crate::args::send::SendArgs;
use crate::dkim::Signers;
use crate::envelopes::{self, Envelopes, mailboxes, sender};
use crate::failure::{Failure, bad, chain};

/// The message that the arguments describe.
pub(crate) fn message(args: &SendArgs) -> Result<SmtpMessage, Failure> {
    let is_input = |path: &Option<PathBuf>| path.as_deref().is_some_and(is_standard_input);
    if is_input(&args.text_file) && is_input(&args.html_file) {
        let why = "--text-file and --html-file cannot both be standard input";
        return Err(Failure::Usage(why.to_owned()));
    }
    let signers = Signers::new(&args.dkim)?;
    match &args.raw.first() {
        Some(path) => {
            let envelopes = Envelopes::new(args)?;
            existing(signers.sign(raw(path)?)?, &envelopes)
        }
        None if args.recipients_from_headers => {
            let why = "--recipients-from-headers needs a message that has them: --raw or --each";
            Err(Failure::Usage(why.to_owned()))
        }
        None if is_empty(args) => Err(Failure::Usage(NO_CONTENT.to_owned())),
        None => composed(args, envelopes::of_arguments(args)?, &signers),
    }
}

/// Whether nothing is to be said to whoever gets it.
fn is_empty(args: &SendArgs) -> bool {
    let texts = [&args.subject, &args.text].into_iter().any(Option::is_some);
    let files = [&args.text_file, &args.html_file, &args.calendar].into_iter().any(Option::is_some);
    !texts && !files && args.attach.is_empty()
}

/// A message that exists already, in its envelope.
pub(crate) fn existing(
    message: RawMessage,
    envelopes: &Envelopes<'_>,
) -> Result<SmtpMessage, Failure> {
    let envelope = envelopes.envelope(&message)?;
    Ok(SmtpMessage::raw(message, envelope))
}

fn composed(
    args: &SendArgs,
    envelope: Envelope,
    signers: &Signers,
) -> Result<SmtpMessage, Failure> {
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
    let message = signers.compose(body(args, message)?);
    let message = message.build().map_err(|error| Failure::BadInput(chain(&error)))?;
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
    if let Some(path) = &args.calendar {
        message = message.calendar(calendar(path)?);
    }
    for path in &args.inline {
        message = message.inline(attachment("--inline", path)?);
    }
    for path in &args.attach {
        message = message.attach(attachment("--attach", path)?);
    }
    Ok(message)
}

/// A message in a file, or on standard input.
pub(crate) fn raw(path: &Path) -> Result<RawMessage, Failure> {
    let message = if is_standard_input(path) {
        RawMessage::reader(io::stdin())
    } else {
        RawMessage::file(path)
    };
    message.map_err(|error| bad(&"--raw", &error))
}

/// Who writes where nobody is to be told: the name that mail systems use (RFC 3834 5.1).
fn mailer_daemon() -> Result<Mailbox, Failure> {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let address = format!("MAILER-DAEMON@{host}").parse::<Address>();
    let address = address.or_else(|_| "MAILER-DAEMON@localhost".parse());
    address.map(Mailbox::new).map_err(|error| bad(&"--from", &error))
}

/// An invitation, whose method stands in it (RFC 5546 1.4).
fn calendar(path: &Path) -> Result<Calendar, Failure> {
    let flag = "--calendar";
    let text = text_of(flag, path)?;
    let method = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("METHOD").then(|| value.trim().to_owned())
    });
    let wrong = |why: &str| Failure::BadInput(format!("{flag} {}: {why}", path.display()));
    let method =
        method.ok_or_else(|| wrong("it has no METHOD: an invitation has METHOD:REQUEST"))?;
    Calendar::new(&method, text).map_err(|error| wrong(&chain(&error)))
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

pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

const NO_CONTENT: &str = "there is nothing to send: give it --text, --text-file, --html-file, \
                          --attach or --calendar, or a message that exists with --raw or --each; \
                          --text '' sends an empty one";
