//! The program `comms`.

mod args;
mod batch;
mod channel;
mod compose;
mod dkim;
mod envelope;
mod envelopes;
mod failure;
mod folder;
mod glimpse;
mod inbox;
mod invoke;
mod output;
mod progress;
mod query;
mod repeats;
mod report;
mod send;
mod session;
mod several;
mod sink;
mod stack;
mod target;
mod told;
mod trace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Args, Command};
use crate::failure::{Failure, Status};

fn main() -> ExitCode {
    if asks_for_our_help(std::env::args()) {
        let _ = Args::command().print_help();
        return Status::Done.into();
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(told) => {
            let _ = told.print();
            return if told.use_stderr() { Status::Usage.into() } else { Status::Done.into() };
        }
    };
    if std::env::var_os("RUST_LOG").is_some() {
        env_logger::init();
    }
    match run(args) {
        Ok(status) => status.into(),
        Err(failure) => {
            output::complain(&failure);
            failure.status().into()
        }
    }
}

/// `comms help` without a server to ask is a question to us.
fn asks_for_our_help(args: impl Iterator<Item = String>) -> bool {
    let mut words = args.skip(1);
    words.next().is_some_and(|word| word == "help") && !words.any(|word| word.starts_with("--url"))
}

fn run(args: Args) -> Result<Status, Failure> {
    match args.command {
        Command::Send(args) => send::run(&args),
        Command::Noop(args) => query::noop(&args),
        Command::Vrfy(args) => query::vrfy(&args),
        Command::Expn(args) => query::expn(&args),
        Command::Help(args) => query::help(&args),
        Command::Do(args) => invoke::run(&args),
        Command::Stack(args) => stack::run(&args),
        Command::Sink(args) => sink::run(&args),
    }
}
