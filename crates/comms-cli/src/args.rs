//! What can be said on the command line.

pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod inbox;
pub(crate) mod pages;
pub(crate) mod question;
pub(crate) mod send;
pub(crate) mod sendmail;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod sink;
pub(crate) mod stack;

use clap::{Parser, Subcommand};

use crate::args::check::CheckArgs;
use crate::args::config::ConfigArgs;
use crate::args::pages::{CompletionsArgs, ManArgs};
use crate::args::question::{DoArgs, NamedQueryArgs, NoopArgs, QueryArgs};
use crate::args::send::SendArgs;
use crate::args::sendmail::SendmailArgs;
use crate::args::sink::SinkArgs;
use crate::args::stack::StackArgs;

/// Sends mail, asks servers, shows stacks, and takes mail in a sink.
#[derive(Debug, Parser)]
#[command(name = "comms", version, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send a message, or several
    Send(Box<SendArgs>),
    /// Send the message on standard input, with the options of sendmail: for cron, git, mutt
    Sendmail(Box<SendmailArgs>),
    /// Look at a server step by step, and say what is wrong with it
    Check(CheckArgs),
    /// Ask a server whether it is there
    Noop(NoopArgs),
    /// Ask a server after a user
    Vrfy(NamedQueryArgs),
    /// Ask a server for the members of a list
    Expn(NamedQueryArgs),
    /// Ask a server for help, on a topic or in general
    Help(QueryArgs),
    /// Call methods of a stack by name, in one session; without any, list those that there are
    Do(DoArgs),
    /// Show a stack: its modules, top first, with their properties and where each value came from
    Stack(StackArgs),
    /// Look after comms.toml, the file of services
    Config(ConfigArgs),
    /// Take mail from anybody, for tests: prints the address it listens at, then a line a message
    Sink(SinkArgs),
    /// Print what a shell reads to complete our words
    Completions(CompletionsArgs),
    /// Write manual pages
    Man(ManArgs),
}
