//! `comms do`: methods of a stack by name, one after another in one session.

use std::fs::File;
use std::io::{self, Read};

use comms::{CommsStack, Error, SmtpStack, StackError, Value};
use serde::Serialize;

use crate::args::question::DoArgs;
use crate::channel;
use crate::failure::{Failure, Status};
use crate::output;
use crate::report::Trouble;
use crate::told::Form;

/// Calls the methods, and prints what each gives; without any, prints those that there are.
pub(crate) fn run(args: &DoArgs) -> Result<Status, Failure> {
    let mut stack = channel::open(&args.server)?;
    if args.calls.is_empty() {
        return list(&stack);
    }
    let mut calls = Vec::new();
    for words in args.calls.split(|word| word == "+") {
        calls.push(Call::of(words, &mut stack)?);
    }
    check_order(&calls)?;
    if calls.iter().filter(|call| matches!(call, Call::Data(Content::Input))).count() > 1 {
        return Err(Failure::Usage("standard input can be the content once".to_owned()));
    }
    let mut progress = Progress {
        form: if args.json { Form::Json } else { Form::Fields },
        called: Vec::new(),
        status: Status::Done,
        written: Ok(()),
        is_delivered: false,
    };
    let outcome = stack
        .connect()
        .map_err(Failure::from)
        .and_then(|()| calls.into_iter().try_for_each(|call| progress.make(call, &mut stack)));
    // What was answered stays so, however the goodbye goes.
    let _ = stack.disconnect();
    match outcome {
        Err(failure) if args.json => {
            output::tell(&progress.json(Some(&failure)));
            Err(Failure::Told(Box::new(failure)))
        }
        outcome => outcome.and_then(|()| progress.end()),
    }
}

/// QUIT ends the session (RFC 5321 4.1.1.10).
fn check_order(calls: &[Call<'_>]) -> Result<(), Failure> {
    let is_quit = |call: &Call<'_>| matches!(call, Call::Method(method, _) if plain(scope(method).1) == "quit");
    match calls.split_last() {
        Some((_, others)) if others.iter().any(is_quit) => {
            let why = "quit ends the session, and nothing can be called after it: put it last";
            Err(Failure::Usage(why.to_owned()))
        }
        _ => Ok(()),
    }
}

/// One call, checked before anybody is connected to.
enum Call<'a> {
    /// The content of a transaction, which is read while it is sent.
    Data(Content<'a>),
    Method(&'a str, Vec<Value>),
}

/// Where the content comes from.
enum Content<'a> {
    Text(&'a str),
    Input,
    File(File),
}

impl<'a> Call<'a> {
    fn of(words: &'a [String], stack: &mut CommsStack) -> Result<Self, Failure> {
        let Some((method, args)) = words.split_first() else {
            return Err(Failure::Usage("a method is missing beside `+`".to_owned()));
        };
        if !is_known(method, stack) {
            // The stack says so, with the name that was meant perhaps; it does nothing then.
            stack.invoke(method, &[])?;
        }
        if !is_data(method, stack) {
            let args = args.iter().map(|text| bare(method, text).into()).collect();
            return Ok(Self::Method(method, args));
        }
        let [content] = args else {
            let takes = "data takes one argument: the text, @FILE, or - for standard input";
            return Err(Failure::Usage(takes.to_owned()));
        };
        Ok(Self::Data(match (content.as_str(), content.strip_prefix('@')) {
            ("-", _) => Content::Input,
            (_, Some(path)) => Content::File(file(path)?),
            (text, None) => Content::Text(text),
        }))
    }
}

/// A file that cannot be read is better told before anybody is connected to.
fn file(path: &str) -> Result<File, Failure> {
    let bad = |error: io::Error| Failure::BadInput(format!("{path}: {error}"));
    let file = File::open(path).map_err(bad)?;
    if file.metadata().map_err(bad)?.is_dir() {
        return Err(bad(io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

/// An address as the wire has it is one, too; `<>` is the null sender.
fn bare<'a>(method: &str, text: &'a str) -> &'a str {
    let takes_address = matches!(plain(scope(method).1).as_str(), "mail" | "rcpt");
    let inside = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    inside.filter(|inside| takes_address && !inside.is_empty()).unwrap_or(text)
}

/// One call, and what it gave.
#[derive(Serialize)]
struct Called {
    method: String,
    gave: Vec<String>,
}

/// What came of the calls so far.
struct Progress {
    form: Form,
    called: Vec<Called>,
    status: Status,
    /// Whether the answers could be written.
    written: Result<(), Failure>,
    /// A message was taken: that standard output is full does not change it.
    is_delivered: bool,
}

impl Progress {
    fn make(&mut self, call: Call<'_>, stack: &mut CommsStack) -> Result<(), Failure> {
        let method = match &call {
            Call::Data(_) => "data",
            Call::Method(method, _) => method,
        };
        self.called.push(Called { method: method.to_owned(), gave: Vec::new() });
        match call {
            Call::Data(Content::Text(text)) => self.data(text.as_bytes(), stack),
            Call::Data(Content::Input) => self.data(io::stdin().lock(), stack),
            Call::Data(Content::File(file)) => self.data(file, stack),
            Call::Method(method, args) => {
                let gave = stack.invoke(method, &args);
                let gave = gave.map_err(|error| misplaced(error, method, &args, stack))?;
                for line in lines(gave) {
                    self.print(&line);
                }
                Ok(())
            }
        }
    }

    /// Sends content; a no for some recipients, as LMTP has it, is a status of its own.
    fn data(&mut self, content: impl Read, stack: &mut CommsStack) -> Result<(), Failure> {
        let verdicts = stack.smtp()?.data_for_each(content)?;
        self.is_delivered = true;
        let protocol = stack.get("Smtp.protocol")?.value;
        let is_lmtp = protocol.is_some_and(|protocol| protocol.as_text() == Some("lmtp"));
        if !is_lmtp && let Some(first) = verdicts.first() {
            self.print(&first.reply.to_string());
            return Ok(());
        }
        for verdict in &verdicts {
            self.print(&verdict.to_string());
            if !verdict.reply.is_positive() {
                self.status = Status::SomeRefused;
            }
        }
        Ok(())
    }

    fn print(&mut self, line: &str) {
        if self.form == Form::Json {
            self.called.iter_mut().last().into_iter().for_each(|it| it.gave.push(line.to_owned()));
        } else if self.written.is_ok() {
            self.written = output::print(line);
        }
    }

    /// The calls as an object, with what ended them.
    fn json(&self, failure: Option<&Failure>) -> String {
        let error = failure.map(Trouble::of_failure);
        serde_json::json!({ "calls": self.called, "error": error }).to_string()
    }

    fn end(mut self) -> Result<Status, Failure> {
        if self.form == Form::Json {
            self.written = output::print(&self.json(None));
        }
        match self.written {
            Err(failure) if self.is_delivered => output::complain(&failure),
            written => written?,
        }
        Ok(self.status)
    }
}

/// The error of a call, with the `+` that was forgotten where an argument is a method.
fn misplaced(error: Error, method: &str, args: &[Value], stack: &CommsStack) -> Failure {
    let fits = !matches!(error.cause(), Some(StackError::WrongArguments { .. }));
    let next = args.iter().filter_map(Value::as_text).find(|word| is_known(word, stack));
    match next {
        Some(next) if !fits => Failure::Usage(format!(
            "{}: a lone `+` begins the next call: {method} + {next}",
            error.sentence()
        )),
        _ => error.into(),
    }
}

/// What a method gave, a line each; `-` where that is nothing.
fn lines(value: Value) -> Vec<String> {
    match value {
        Value::Nothing => vec!["-".to_owned()],
        Value::List(values) => values.into_iter().map(shown).collect(),
        value => vec![value.to_string()],
    }
}

fn shown(value: Value) -> String {
    match value {
        Value::Nothing => "-".to_owned(),
        value => value.to_string(),
    }
}

/// Prints the methods of each layer, with what they take and give.
fn list(stack: &CommsStack) -> Result<Status, Failure> {
    for (name, module) in stack.names().zip(stack.modules()) {
        let methods = module.spec().methods;
        if methods.is_empty() {
            continue;
        }
        output::print(&format!("{name}: {}", module.spec().doc))?;
        for method in methods {
            let has_name = method.doc.starts_with(method.name);
            let call = if has_name { String::new() } else { format!("{}(): ", method.name) };
            output::print(&format!("  {call}{}", method.doc))?;
        }
    }
    Ok(Status::Done)
}

/// Whether some layer has the method, in either spelling.
fn is_known(method: &str, stack: &CommsStack) -> bool {
    let (scope, name) = scope(method);
    let is_meant = |layer: &str| scope.is_none_or(|scope| scope.eq_ignore_ascii_case(layer));
    let mut layers = stack.names().zip(stack.modules()).filter(|(layer, _)| is_meant(layer));
    layers.any(|(_, module)| module.spec().methods.iter().any(|one| plain(one.name) == plain(name)))
}

/// Whether the method is the one that takes content.
fn is_data(method: &str, stack: &mut CommsStack) -> bool {
    let (scope, name) = scope(method);
    scope.is_none_or(|scope| scope.eq_ignore_ascii_case("Smtp"))
        && plain(name) == "data"
        && stack.smtp().is_ok()
}

/// `Smtp.mail` is of one layer; a plain name is of any.
fn scope(method: &str) -> (Option<&str>, &str) {
    method.split_once('.').map_or((None, method), |(scope, name)| (Some(scope), name))
}

fn plain(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}
