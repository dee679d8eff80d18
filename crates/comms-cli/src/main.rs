//! The program `comms`.

mod args;
mod batch;
mod channel;
mod check;
mod compose;
mod config;
mod dkim;
mod envelope;
mod envelopes;
mod failure;
mod folder;
mod glimpse;
mod inbox;
mod interrupt;
mod invoke;
mod output;
mod pages;
mod progress;
mod query;
mod remedy;
mod repeats;
mod report;
mod send;
mod sendmail;
mod service;
mod session;
mod several;
mod sink;
mod stack;
mod told;
mod trace;
mod warnings;

use std::ffi::OsString;
use std::iter;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::failure::{Failure, Status};

fn main() -> ExitCode {
    let words = words();
    let is_json = words.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let words = asks_for_help(&words).unwrap_or(words);
    let args = match Args::try_parse_from(words) {
        Ok(args) => args,
        Err(answer) => return misunderstood(&answer, is_json),
    };
    if std::env::var_os("RUST_LOG").is_some() {
        env_logger::init();
    }
    match run(args) {
        Ok(status) => status.into(),
        Err(failure) => {
            if is_json && !matches!(failure, Failure::Told(_)) {
                output::tell(&report::failure(&failure));
            }
            output::complain(&failure);
            failure.status().into()
        }
    }
}

/// What was said to the program; one that is called by the name of sendmail is told to be it.
fn words() -> Vec<OsString> {
    let mut words = std::env::args_os().collect::<Vec<_>>();
    let name = words.first().and_then(|word| Path::new(word).file_stem());
    if name.is_some_and(|name| name == "sendmail") {
        words.insert(1, "sendmail".into());
    }
    words
}

/// Says that the words make no sense, or what they ask for where that is our own help.
fn misunderstood(answer: &clap::Error, is_json: bool) -> ExitCode {
    if !answer.use_stderr() {
        let _ = answer.print();
        return Status::Done.into();
    }
    let shown = answer.render();
    let plain = shown.to_string();
    // What was given can be anything, and is repeated.
    let is_harmless = !plain.chars().any(|c| c.is_control() && c != '\n');
    let text = if is_harmless { shown.ansi().to_string() } else { told::harmless_lines(&plain) };
    if is_json {
        let what = plain.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
        let what = what.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        let what = told::harmless(what.trim_start_matches("error: "));
        output::tell(&report::failure(&Failure::Usage(what)));
    }
    output::show(text.trim_end());
    output::show("\n");
    Status::Usage.into()
}

/// Where `comms help` and `comms help config check` name no server to ask, our own help is meant: the
/// words that ask for it.
fn asks_for_help(words: &[OsString]) -> Option<Vec<OsString>> {
    let (program, rest) = words.split_first()?;
    let (first, rest) = rest.split_first()?;
    let begins = |word: &OsString, flag| word.to_string_lossy().starts_with(flag);
    let asks_server =
        |word| ["--url", "--service", "--help", "-h"].iter().any(|flag| begins(word, *flag));
    if first != "help" || rest.iter().any(asks_server) {
        return None;
    }
    let subcommands = rest.iter().filter(|word| !begins(word, "-"));
    let help = OsString::from("--help");
    Some(iter::once(program).chain(subcommands).chain([&help]).cloned().collect())
}

fn run(args: Args) -> Result<Status, Failure> {
    match args.command {
        Command::Send(args) => send::run(&args),
        Command::Sendmail(args) => sendmail::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Noop(args) => query::noop(&args),
        Command::Vrfy(args) => query::vrfy(&args),
        Command::Expn(args) => query::expn(&args),
        Command::Help(args) => query::help(&args),
        Command::Do(args) => invoke::run(&args),
        Command::Stack(args) => stack::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Sink(args) => sink::run(&args),
        Command::Completions(args) => pages::completions(&args),
        Command::Man(args) => pages::man(&args),
    }
}
