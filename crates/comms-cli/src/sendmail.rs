//! `comms sendmail`: takes a message from standard input, as programs hand it to sendmail.

mod intake;
mod local;
mod qualify;

use std::io::{self, BufReader, Cursor, Read};

use comms::{
    Address, Envelope, EnvelopeId, Mailbox, Mailboxes, MessageBuilder, RawMessage, ReversePath,
    SmtpMessage, Transfer,
};

use crate::args::sendmail::SendmailArgs;
use crate::channel;
use crate::failure::{Failure, Status, bad, chain};
use crate::send::{self, Says};
use crate::sendmail::intake::{Head, UntilDot};
use crate::sendmail::local::User;
use crate::sendmail::qualify::qualify;

/// Sends the message on standard input at once.
pub(crate) fn run(args: &SendmailArgs) -> Result<Status, Failure> {
    check(args)?;
    let host = local::host();
    let named = recipients("recipient", &args.recipients, &host)?;
    if named.is_empty() && !args.of_headers {
        let why = "nobody is named to send it to: name recipients, or use -t to have those of its \
                   headers";
        return Err(Failure::Usage(why.to_owned()));
    }
    let stack = channel::open(&args.server)?;
    let keeps_dots = args.keep_dots || args.options.iter().any(|option| option == "i");
    let input: Box<dyn Read + Send> =
        if keeps_dots { Box::new(io::stdin()) } else { Box::new(UntilDot::new(io::stdin())) };
    let mut input = BufReader::new(input);
    let (mut head, behind) = Head::read(&mut input).map_err(|error| unreadable(&error))?;
    let envelope = envelope(args, &head, named, &host)?;
    complete(&mut head, args, &host)?;
    let message = message(head, Cursor::new(behind).chain(input))?;
    let says = match (args.json, args.verbose) {
        (true, _) => Says::Json,
        (false, true) => Says::All,
        (false, false) => Says::Trouble,
    };
    send::deliver(&SmtpMessage::raw(message, envelope), stack, says)
}

/// What cannot be done is told before anything is read.
fn check(args: &SendmailArgs) -> Result<(), Failure> {
    if let Some(mode) = args.mode.as_deref().filter(|mode| *mode != "m") {
        return Err(Failure::Usage(format!(
            "-b{} is not known here: the one mode is -bm, which sends a message",
            mode.escape_debug()
        )));
    }
    if args.queue.is_some() {
        let why = "-q is not known here: there is no queue, each message is sent at once";
        return Err(Failure::Usage(why.to_owned()));
    }
    Ok(())
}

/// Who it is from and for.
fn envelope(
    args: &SendmailArgs,
    head: &Head,
    mut to: Vec<Address>,
    host: &str,
) -> Result<Envelope, Failure> {
    let again = RESENT.iter().any(|name| !head.texts(name).is_empty());
    if args.of_headers {
        for name in if again { RESENT } else { RECIPIENTS } {
            to.extend(recipients(name, &head.texts(name), host)?);
        }
    }
    if to.is_empty() {
        let why = "its To, Cc and Bcc name nobody: name recipients on the command line";
        return Err(Failure::BadInput(why.to_owned()));
    }
    let mut envelope = Envelope::new(sender(args, head, host)?, to);
    envelope.notify = args.notify;
    envelope.ret = args.ret;
    let envid = args.envid.as_ref().map(|id| EnvelopeId::new(id.as_str())).transpose();
    envelope.envid = envid.map_err(|error| Failure::BadInput(format!("-V: {}", chain(&error))))?;
    Ok(envelope)
}

/// The addresses of these lists, each once.
fn recipients(of: &str, lists: &[String], host: &str) -> Result<Vec<Address>, Failure> {
    let mut addresses: Vec<Address> = Vec::new();
    for list in lists {
        let mailboxes = Mailboxes::parse_lenient(&qualify(list, host));
        let shown =
            || format!("{of} '{}'", list.chars().take(60).collect::<String>().escape_debug());
        let mailboxes = mailboxes.map_err(|error| bad(&shown(), &error))?;
        for mailbox in mailboxes.into_mailboxes() {
            if !addresses.contains(mailbox.address()) {
                addresses.push(mailbox.address().clone());
            }
        }
    }
    Ok(addresses)
}

/// Whom `-f` names, else whom the message does by an address with a domain, else who runs this.
fn sender(args: &SendmailArgs, head: &Head, host: &str) -> Result<ReversePath, Failure> {
    if let Some(text) = &args.sender {
        if matches!(text.trim(), "" | "<>") {
            return Ok(ReversePath::Null);
        }
        let mailbox = Mailbox::parse_lenient(&qualify(text, host));
        let mailbox =
            mailbox.map_err(|error| bad(&format!("-f '{}'", text.escape_debug()), &error))?;
        return Ok(mailbox.address().clone().into());
    }
    let named = ["Sender", "From"].into_iter().find_map(|name| {
        let text = head.texts(name).into_iter().next()?;
        Mailboxes::parse_lenient(&text).ok()?.into_mailboxes().into_iter().next()
    });
    let mailbox = match named {
        Some(mailbox) => mailbox,
        None => own_mailbox(args, host)?,
    };
    Ok(mailbox.address().clone().into())
}

/// Who runs this, as an author.
fn own_mailbox(args: &SendmailArgs, host: &str) -> Result<Mailbox, Failure> {
    let user = User::current();
    let address = format!("{}@{host}", user.login).parse::<Address>();
    let address = address.or_else(|_| format!("{}@localhost", user.login).parse());
    let why = "who runs this has no address: name one with -f";
    let address = address.map_err(|error| bad(&why, &error))?;
    let full_name = args.full_name.clone().or(user.full_name);
    let named = full_name.and_then(|name| Mailbox::named(name, address.clone()).ok());
    Ok(named.unwrap_or_else(|| Mailbox::new(address)))
}

/// Adds the fields that a message must have, as the program that composes messages has them.
fn complete(head: &mut Head, args: &SendmailArgs, host: &str) -> Result<(), Failure> {
    let missing = REQUIRED.iter().filter(|name| head.texts(name).is_empty()).collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    let from = match args.sender.as_deref().filter(|text| !matches!(text.trim(), "" | "<>")) {
        None => own_mailbox(args, host)?,
        Some(text) => {
            let from = Mailbox::parse_lenient(&qualify(text, host));
            let from = from.map_err(|error| bad(&"-f", &error))?;
            let name = args.full_name.as_deref().or(from.name());
            let named = name.map(|name| Mailbox::named(name, from.address().clone()));
            named.and_then(Result::ok).unwrap_or(from)
        }
    };
    let written = |error: &dyn std::error::Error| Failure::Internal(chain(error));
    let model = MessageBuilder::default().from(from).text("").build();
    let nowhere = Envelope::new(ReversePath::Null, NOBODY);
    let model = SmtpMessage::new(model.map_err(|error| written(&error))?, nowhere);
    let mut octets = Vec::new();
    model.write_to(&mut octets, Transfer::SevenBit).map_err(|error| written(&error))?;
    let (model, _) = Head::read(&mut octets.as_slice()).map_err(|error| written(&error))?;
    for name in missing.into_iter().rev() {
        for text in model.texts(name) {
            head.add(format!("{name}: {text}\n").into_bytes());
        }
    }
    Ok(())
}

/// The message; one that is small is kept in memory, so that its size is known, and its form.
fn message(head: Head, rest: impl Read + Send + 'static) -> Result<RawMessage, Failure> {
    let mut octets = head.into_octets();
    let mut rest = rest.take(SMALL);
    rest.read_to_end(&mut octets).map_err(|error| unreadable(&error))?;
    if rest.limit() > 0 {
        return Ok(RawMessage::bytes(octets));
    }
    let whole = Cursor::new(octets).chain(rest.into_inner());
    RawMessage::reader(whole).map_err(|error| bad(&"standard input", &error))
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::BadInput(format!("standard input cannot be read: {error}"))
}

const NOBODY: [Address; 0] = [];

const RECIPIENTS: [&str; 3] = ["To", "Cc", "Bcc"];

/// One that was sent again goes to whom it was sent again (RFC 5322 3.6.6).
const RESENT: [&str; 3] = ["Resent-To", "Resent-Cc", "Resent-Bcc"];

/// What RFC 5322 3.6 asks of each message, and what readers expect.
const REQUIRED: [&str; 3] = ["Date", "From", "Message-ID"];

/// Programs send reports, and few are longer.
const SMALL: u64 = 4 << 20;
