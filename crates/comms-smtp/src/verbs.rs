//! The commands other than those of a transaction, each as one call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use comms_core::{Below, Level, Property, Result, Severity, Value};

use crate::argument::{Argument, HeloName};
use crate::dialogue::{Dialogue, Protocol};
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::step::Step;
use crate::wire::command::Command;
use crate::wire::reply::Reply;

impl Dialogue {
    /// Waits for the greeting, and greets back.
    pub(crate) fn greet(&mut self, below: &mut dyn Below) -> Result<()> {
        self.clear();
        let greeting = self.hear(Step::Greeting, &"the connection", below)?;
        if greeting.code() != GREETING {
            self.end();
            return Err(self.no(greeting, &"the connection"));
        }
        self.helo(below)
    }

    /// EHLO, or HELO where the server does not know that (RFC 5321 3.2). A server that refuses EHLO
    /// for any other reason is not asked for less: it would offer nothing any more. What it offered
    /// before stands until it says yes (RFC 5321 4.1.4).
    pub(crate) fn helo(&mut self, below: &mut dyn Below) -> Result<()> {
        let name = self.helo_name(below)?;
        let (step, ehlo) = match self.properties.protocol {
            Protocol::Smtp => (Step::Ehlo, Command::Ehlo(&name)),
            Protocol::Lmtp => (Step::Lhlo, Command::Lhlo(&name)),
        };
        let reply = self.ask(step, &ehlo, below)?;
        if reply.is_positive() {
            self.extensions = Arc::new(Extensions::of_ehlo(&reply));
            self.remember(&reply);
            return Ok(());
        }
        let has_helo = self.properties.protocol == Protocol::Smtp;
        if !has_helo || !matches!(reply.code(), UNKNOWN | NOT_IMPLEMENTED) {
            return Err(self.no(reply, &ehlo));
        }
        let helo = Command::Helo(&name);
        let reply = self.ask(Step::Helo, &helo, below)?;
        let reply = self.expect_yes(reply, &helo)?;
        self.extensions = Arc::new(Extensions::of_helo(&reply));
        self.remember(&reply);
        Ok(())
    }

    /// Greets again: any transaction is forgotten (RFC 5321 4.1.4). Gives the server's lines.
    pub(crate) fn greet_again(&mut self, below: &mut dyn Below) -> Result<Vec<String>> {
        self.helo(below)?;
        self.forget_transaction();
        Ok(self.helo_response.clone())
    }

    /// AUTH, which has no place in a transaction (RFC 4954 4).
    pub(crate) fn auth(&mut self, below: &mut dyn Below) -> Result<()> {
        self.check_open()?;
        self.stage.check_idle("AUTH")?;
        self.authenticate(below)
    }

    /// NOOP: what the server says to it.
    pub(crate) fn noop(&mut self, below: &mut dyn Below) -> Result<Reply> {
        self.ask_for_yes(&Command::Noop, below)
    }

    /// RSET: any transaction is forgotten.
    pub(crate) fn rset(&mut self, below: &mut dyn Below) -> Result<Reply> {
        let reply = self.ask_for_yes(&Command::Rset, below)?;
        self.forget_transaction();
        Ok(reply)
    }

    /// VRFY: what the server says of `who`; 252 says that it will not tell (RFC 5321 3.5).
    pub(crate) fn vrfy(&mut self, who: &Argument, below: &mut dyn Below) -> Result<Reply> {
        self.ask_for_yes(&Command::Vrfy(who), below)
    }

    /// EXPN: the members of `list`; `None` where the server will not tell (252).
    pub(crate) fn expn(
        &mut self,
        list: &Argument,
        below: &mut dyn Below,
    ) -> Result<Option<Vec<String>>> {
        let reply = self.ask_for_yes(&Command::Expn(list), below)?;
        Ok((reply.code() != CANNOT_VERIFY).then(|| lines_of(&reply)))
    }

    /// HELP: the server's lines.
    pub(crate) fn help(
        &mut self,
        topic: Option<&Argument>,
        below: &mut dyn Below,
    ) -> Result<Vec<String>> {
        let reply = self.ask_for_yes(&Command::Help(topic), below)?;
        Ok(lines_of(&reply))
    }

    /// QUIT, for its reply. Nothing is said after it.
    pub(crate) fn part(&mut self, below: &mut dyn Below) -> Result<Reply> {
        let outcome = self.ask_for_yes(&Command::Quit, below);
        self.end();
        outcome
    }

    /// QUIT. A server that does not answer it has closed all the same, so nothing here is an error.
    /// It is not waited for so long that the layers below have no time left for their own goodbye.
    pub(crate) fn quit(&mut self, below: &mut dyn Below) {
        if self.is_over() {
            return;
        }
        let left = below.deadline().remaining(below.clock()).ok().flatten();
        let budget = left.map_or(GOODBYE, |left| GOODBYE.min(left / 2));
        let goodbye = self.say(&Command::Quit, below).and_then(|_| {
            below.limit(budget, "goodbye");
            self.read(&Command::Quit, below)
        });
        if let Err(error) = goodbye {
            let sentence = error.sentence();
            below.note(Severity::Warn, Level::Debug, format_args!("no goodbye: {sentence}"));
        }
        self.end();
    }

    fn remember(&mut self, reply: &Reply) {
        self.properties.remote_mail_domain = self.extensions.server().map(str::to_owned);
        self.helo_response = lines_of(reply);
    }

    /// The name we greet with: as configured, else the host's full name, else its address.
    fn helo_name(&self, below: &dyn Below) -> Result<HeloName> {
        if let Some(name) = &self.properties.local_mail_domain {
            let wrong =
                |source| SmtpError::Argument { what: "the property local_mail_domain", source };
            return Ok(HeloName::new(name).map_err(wrong)?);
        }
        let host = gethostname::gethostname();
        let full = host.to_str().filter(|name| name.contains('.'));
        if let Some(name) = full.and_then(|name| HeloName::new(name).ok()) {
            return Ok(name);
        }
        Ok(local_address(below).map_or_else(HeloName::of_loopback, |at| HeloName::literal(at.ip())))
    }
}

fn lines_of(reply: &Reply) -> Vec<String> {
    reply.lines().map(str::to_owned).collect()
}

/// Our end of the connection, where some layer below knows it.
fn local_address(below: &dyn Below) -> Option<SocketAddr> {
    match below.get("local") {
        Ok(Property { value: Some(Value::Text(address)), .. }) => address.parse().ok(),
        _ => None,
    }
}

/// The one reply that is a greeting (RFC 5321 4.2.3).
const GREETING: u16 = 220;

/// The longest time for the reply to QUIT.
const GOODBYE: Duration = Duration::from_secs(5);

/// "Syntax error, command unrecognized" (RFC 5321 4.2.3).
const UNKNOWN: u16 = 500;

/// "Command not implemented" (RFC 5321 4.2.3).
const NOT_IMPLEMENTED: u16 = 502;

/// "Cannot VRFY user, but will accept message" (RFC 5321 3.5.3).
const CANNOT_VERIFY: u16 = 252;
