//! The client's methods by name, for `invoke`.
//!
//! Arguments are texts; the content of DATA may be octets. What comes back is what a person wants
//! to read: the server's words with their code, a list where there are several, or nothing.

use comms_core::{Below, MethodSpec, Result, StackError, Value};
use comms_mime::Address;

use crate::argument::{Argument, ArgumentError};
use crate::dialogue::{Dialogue, Protocol};
use crate::envelope::ReversePath;
use crate::error::SmtpError;
use crate::parameter::free::Parameter;

/// The methods that there are.
pub(crate) const METHODS: &[MethodSpec] = &[
    MethodSpec { name: "helo", doc: "helo(): greets again; the server's lines" },
    MethodSpec { name: "helo_response", doc: "helo_response(): its lines to the last greeting" },
    MethodSpec {
        name: "starttls",
        doc: "starttls(): makes the channel secure; its lines after it",
    },
    MethodSpec { name: "auth", doc: "auth(): shows the server who we are" },
    MethodSpec { name: "mail", doc: "mail(sender[, parameter...]): begins a transaction" },
    MethodSpec { name: "rcpt", doc: "rcpt(address[, parameter...]): names a recipient" },
    MethodSpec { name: "data", doc: "data(content): sends it; the verdict, or one each in LMTP" },
    MethodSpec { name: "rset", doc: "rset(): forgets the transaction" },
    MethodSpec { name: "vrfy", doc: "vrfy(who): what the server says of a user" },
    MethodSpec { name: "expn", doc: "expn(list): its members, or nothing" },
    MethodSpec { name: "help", doc: "help([topic]): the server's help" },
    MethodSpec { name: "noop", doc: "noop(): what the server says when nothing is asked" },
    MethodSpec { name: "quit", doc: "quit(): says goodbye; nothing is said after it" },
];

/// Runs a method; one that is none of the client's goes to the layers below.
pub(crate) fn run(
    dialogue: &mut Dialogue,
    method: &str,
    args: &[Value],
    below: &mut dyn Below,
) -> Result<Value> {
    if let ("data", [content]) = (method, args)
        && let Some(content) = octets(content)
    {
        return data(dialogue, content, below);
    }
    let texts = args.iter().map(Value::as_text).collect::<Option<Vec<_>>>();
    let reply = match (method, texts.as_deref()) {
        ("helo", Some([])) => return Ok(list(dialogue.greet_again(below)?)),
        ("helo_response", Some([])) => return Ok(list(dialogue.helo_response.clone())),
        ("starttls", Some([])) => return Ok(list(dialogue.start_tls_now(below)?)),
        ("auth", Some([])) => return dialogue.auth(below).map(|()| Value::Nothing),
        ("mail", Some([sender, rest @ ..])) => {
            let sender = sender.parse::<ReversePath>();
            let sender = sender.map_err(no_address("the sender"))?;
            dialogue.mail(&sender, &parameters(rest)?, below)?
        }
        ("rcpt", Some([recipient, rest @ ..])) => {
            let recipient = recipient.parse::<Address>();
            let recipient = recipient.map_err(no_address("the recipient"))?;
            let accepted = dialogue.rcpt(&recipient, &parameters(rest)?, below)?;
            return Ok(accepted.to_string().into());
        }
        ("rset", Some([])) => dialogue.rset(below)?,
        ("vrfy", Some([who])) => dialogue.vrfy(&argument(who)?, below)?,
        ("expn", Some([name])) => {
            let members = dialogue.expn(&argument(name)?, below)?;
            return Ok(members.map_or(Value::Nothing, list));
        }
        ("help", Some([])) => return Ok(list(dialogue.help(None, below)?)),
        ("help", Some([topic])) => {
            return Ok(list(dialogue.help(Some(&argument(topic)?), below)?));
        }
        ("noop", Some([])) => dialogue.noop(below)?,
        ("quit", Some([])) => dialogue.part(below)?,
        _ => return other(method, args, below),
    };
    Ok(reply.to_string().into())
}

/// The server's word to the content; in LMTP one for each recipient.
fn data(dialogue: &mut Dialogue, mut content: &[u8], below: &mut dyn Below) -> Result<Value> {
    if dialogue.properties.protocol == Protocol::Lmtp {
        let verdicts = dialogue.data_for_each(&mut content, below)?;
        return Ok(list(verdicts.iter().map(ToString::to_string)));
    }
    let replies = dialogue.data(&mut content, below)?;
    Ok(replies.first().map_or(Value::Nothing, |reply| reply.to_string().into()))
}

fn octets(content: &Value) -> Option<&[u8]> {
    match content {
        Value::Text(text) => Some(text.as_bytes()),
        Value::Octets(octets) => Some(octets),
        _ => None,
    }
}

fn argument(text: &str) -> Result<Argument> {
    let wrong = |source| SmtpError::Argument { what: "the text", source };
    Ok(Argument::new(text).map_err(wrong)?)
}

fn parameters(texts: &[&str]) -> Result<Vec<Parameter>, SmtpError> {
    let wrong = |source| SmtpError::Argument {
        what: "a parameter",
        source: ArgumentError::Parameter(source),
    };
    texts.iter().map(|text| text.parse().map_err(wrong)).collect()
}

fn no_address(what: &'static str) -> impl Fn(comms_mime::AddressError) -> SmtpError {
    move |source| SmtpError::Address { what, source }
}

fn list(lines: impl IntoIterator<Item = String>) -> Value {
    Value::List(lines.into_iter().map(Value::Text).collect())
}

/// One of our methods with arguments that do not fit, or one of a layer below.
fn other(method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
    let Some(method) = METHODS.iter().find(|known| known.name == method) else {
        return below.invoke(method, args);
    };
    let takes = match method.name {
        "mail" => "one text, the sender, and perhaps parameters such as SIZE=100",
        "rcpt" => "one text, the address, and perhaps parameters such as NOTIFY=NEVER",
        "data" => "the content, as text or octets",
        "vrfy" => "one text: whom",
        "expn" => "one text: the list's name",
        "help" => "one text, the topic, or none",
        _ => "nothing",
    };
    Err(StackError::WrongArguments { method: method.name, takes }.into())
}
