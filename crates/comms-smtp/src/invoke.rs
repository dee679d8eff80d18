//! The client's methods by name, for `invoke`.

use comms_core::{Below, Error, MethodSpec, Result, StackError, Value};

use crate::argument::Argument;
use crate::dialogue::Dialogue;
use crate::error::SmtpError;

/// The methods that there are.
pub(crate) const METHODS: &[MethodSpec] = &[
    MethodSpec { name: "vrfy", doc: "vrfy(who): what the server says of a user" },
    MethodSpec { name: "expn", doc: "expn(list): its members, or nothing" },
    MethodSpec { name: "help", doc: "help([topic]): the server's help" },
    MethodSpec { name: "auth", doc: "auth(): shows the server who we are" },
];

/// Runs a method; one that is none of the client's goes to the layers below.
pub(crate) fn run(
    dialogue: &mut Dialogue,
    method: &str,
    args: &[Value],
    below: &mut dyn Below,
) -> Result<Value> {
    let texts = args.iter().map(Value::as_text).collect::<Option<Vec<_>>>();
    match (method, texts.as_deref()) {
        ("vrfy", Some([who])) => Ok(dialogue.vrfy(&argument(who)?, below)?.text().into()),
        ("expn", Some([list])) => Ok(match dialogue.expn(&argument(list)?, below)? {
            Some(lines) => texts_of(lines),
            None => Value::Nothing,
        }),
        ("help", Some([])) => Ok(texts_of(dialogue.help(None, below)?)),
        ("help", Some([topic])) => Ok(texts_of(dialogue.help(Some(&argument(topic)?), below)?)),
        ("auth", Some([])) => dialogue.authenticate(below).map(|()| Value::Nothing),
        ("auth", _) => Err(wrong_arguments("auth", "nothing")),
        ("vrfy", _) => Err(wrong_arguments("vrfy", "one text: whom")),
        ("expn", _) => Err(wrong_arguments("expn", "one text: the list's name")),
        ("help", _) => Err(wrong_arguments("help", "one text, the topic, or none")),
        _ => below.invoke(method, args),
    }
}

fn argument(text: &str) -> Result<Argument> {
    let wrong = |source| SmtpError::Argument { what: "the text", source };
    Ok(Argument::new(text).map_err(wrong)?)
}

fn texts_of(lines: Vec<String>) -> Value {
    Value::List(lines.into_iter().map(Value::Text).collect())
}

fn wrong_arguments(method: &'static str, takes: &'static str) -> Error {
    StackError::WrongArguments { method, takes }.into()
}
