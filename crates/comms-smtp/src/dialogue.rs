//! The dialogue with a server: commands go down, replies come up.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::{Duration, Instant};

use comms_core::{Below, Error, Level, Payload, Result, Secret, Severity, StackError};

use crate::by_hand::stage::Stage;
use crate::credentials::Callbacks;
use crate::dot::StrayLineEnds;
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::step::Step;
use crate::wire::command::Command;
use crate::wire::reply::{LONGEST_LINE, Reply, ReplyParser, blot_words};

comms_core::choice! {
    /// What is spoken.
    #[derive(Default)]
    pub enum Protocol {
        /// RFC 5321.
        #[default]
        Smtp = "smtp",
        /// RFC 2033: the content is answered for each recipient.
        Lmtp = "lmtp",
    }
}

comms_core::properties! {
    /// The properties of an `Smtp` layer.
    #[derive(Debug)]
    pub struct SmtpProperties {
        /// What is spoken: SMTP, or LMTP to a server that delivers itself.
        BeforeConnect protocol: Protocol = Protocol::Smtp,
        /// The name we greet with; without it the host's full name, or the literal of its address.
        BeforeConnect local_mail_domain: Option<String> = None,
        /// The name the server greets with.
        ReadOnly remote_mail_domain: Option<String> = None,
        /// The time for each step, in place of those of RFC 5321 4.5.3.2.
        Always timeout: Option<Duration> = None,
        /// The time for a message, from its first command to its last reply; any without it.
        Always message_timeout: Option<Duration> = None,
        /// The least octets of content a second that a server has to take; any without it.
        Always minimum_rate: Option<u64> = None,
        /// Whether one refused recipient keeps the message from all.
        Always strict: bool = false,
        /// Whether commands are sent in groups where the server offers it (RFC 2920).
        Always pipelining: bool = true,
        /// Whether content goes by BDAT, so that a message is one round trip, where the server offers
        /// it (RFC 3030).
        Always chunking: bool = true,
        /// Whether attachments go as they are where the server offers BINARYMIME (RFC 3030). A server
        /// behind it may not take them, and then sends the message back.
        Always binary: bool = false,
        /// The most messages of a series that are under way at a time by BDAT.
        Always window: usize = 32,
        /// Whether a recipient that has moved (551) is asked for at the one address that the server
        /// names.
        Always follow_relocation: bool = true,
        /// Whether a connection that turns out to be over is made anew, once for a message, where the
        /// server had not begun with it.
        Always reconnect: bool = true,
        /// What is done about a CR or LF that stands alone in the content.
        Always stray_line_ends: StrayLineEnds = StrayLineEnds::Repair,
        /// Whether TLS is started within the session (RFC 3207).
        Always tls: StartTls = StartTls::Opportunistic,
        /// Who we are. Without a name nobody authenticates.
        Always user: Option<String> = None,
        /// The password.
        Always password: Option<Secret> = None,
        /// The bearer token, for OAUTHBEARER and XOAUTH2.
        Always token: Option<Secret> = None,
        /// Whom to act for, where that is not the user.
        Always authzid: Option<String> = None,
        /// The one mechanism that may be used; without it the strongest that is offered.
        Always auth: Option<String> = None,
        /// Whether a password or token may be sent where everybody on the way can read it.
        Always allow_plaintext_auth: bool = false,
        /// The class of the last error.
        ReadOnly error_class: Option<String> = None,
    }
}

comms_core::choice! {
    /// Whether TLS is started within a session.
    #[derive(Default)]
    pub enum StartTls {
        /// Where the server offers it.
        #[default]
        Opportunistic = "opportunistic",
        /// Always; there is no session without it.
        Required = "required",
        /// Never.
        Never = "none",
    }
}

/// What is known of the server, and how far we are with it.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    pub(crate) properties: SmtpProperties,
    pub(crate) extensions: Arc<Extensions>,
    /// The server's lines to EHLO or HELO.
    pub(crate) helo_response: Vec<String>,
    /// A transaction was begun and not ended: RSET goes before the next.
    pub(crate) unfinished: bool,
    /// How far a transaction has come that is made by hand.
    pub(crate) stage: Stage,
    /// What the user gave us to call.
    pub(crate) callbacks: Callbacks,
    /// The server offered STARTTLS, and then said no.
    pub(crate) tls_was_refused: bool,
    pub(crate) authenticated: bool,
    /// Messages that the server has answered on this connection.
    pub(crate) served: u64,
    /// Messages that were begun on this connection.
    pub(crate) begun: u64,
    /// The server takes no more messages on this connection, as it said.
    pub(crate) full: bool,
    /// The domains of the recipients of this session, where the server has a limit for them.
    pub(crate) domains: BTreeSet<String>,
    /// The server has taken a BDAT on this connection.
    pub(crate) knows_bdat: bool,
    /// The server offered BDAT and did not know it: it is not asked for again.
    pub(crate) refuses_bdat: bool,
    over: bool,
    /// The command that was said last, and the line that was heard last: their memory is used again.
    said: String,
    line: Vec<u8>,
}

impl Dialogue {
    /// Forgets the server.
    pub(crate) fn clear(&mut self) {
        self.forget();
        self.forget_transaction();
        self.tls_was_refused = false;
        self.authenticated = false;
        self.served = 0;
        self.begun = 0;
        self.full = false;
        self.domains.clear();
        self.knows_bdat = false;
        self.over = false;
    }

    /// No transaction is open.
    pub(crate) fn forget_transaction(&mut self) {
        self.unfinished = false;
        self.stage = Stage::default();
    }

    /// Forgets what the server said of itself.
    pub(crate) fn forget(&mut self) {
        self.extensions = Arc::default();
        self.helo_response.clear();
        self.properties.remote_mail_domain = None;
    }

    /// After this nothing is said any more: what either side would make of it is not known.
    pub(crate) fn end(&mut self) {
        self.over = true;
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.over { Err(SmtpError::Over.into()) } else { Ok(()) }
    }

    /// Sends a command; it may wait below until a reply is waited for. Gives its octets.
    pub(crate) fn say(&mut self, command: &Command<'_>, below: &mut dyn Below) -> Result<usize> {
        self.limit(Step::Block, below);
        self.say_within(command, below)
    }

    /// As `say`, within the time that `below` has.
    pub(crate) fn say_within(
        &mut self,
        command: &Command<'_>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        self.check_open()?;
        self.said.clear();
        command.write(&mut self.said);
        let shown = self.said.trim_end();
        below.note(Severity::Info, Level::Script, format_args!("C: {shown}"));
        let unsent = |source| SmtpError::Unsent { what: command.to_string(), source };
        let sent = below.send(self.said.as_str().into()).map_err(unsent);
        sent.inspect_err(|_| self.over = true)?;
        Ok(self.said.len())
    }

    /// Sends a line that belongs to `command`; `shown` is how the log has it.
    pub(crate) fn say_line(
        &mut self,
        command: &dyn Display,
        shown: fmt::Arguments<'_>,
        line: Payload<'_>,
        below: &mut dyn Below,
    ) -> Result<()> {
        self.check_open()?;
        below.note(Severity::Info, Level::Script, format_args!("C: {shown}"));
        self.limit(Step::Block, below);
        let unsent = |source| SmtpError::Unsent { what: command.to_string(), source };
        below.send(line).map_err(unsent).inspect_err(|_| self.over = true)?;
        Ok(())
    }

    /// Whether the server takes commands in groups (RFC 2920), and we send them so.
    pub(crate) fn pipelines(&self) -> bool {
        self.properties.pipelining && self.extensions.offers("PIPELINING")
    }

    /// Whether content may go by BDAT (RFC 3030).
    pub(crate) fn chunks(&self) -> bool {
        self.properties.chunking && !self.refuses_bdat && self.extensions.offers("CHUNKING")
    }

    /// Waits for the reply to `command`. One that tells of the end (421) ends the session.
    pub(crate) fn hear(
        &mut self,
        step: Step,
        command: &dyn Display,
        below: &mut dyn Below,
    ) -> Result<Reply> {
        let reply = self.hear_even_a_farewell(step, command, below)?;
        if reply.is_farewell() {
            return Err(SmtpError::Refused { command: command.to_string(), reply }.into());
        }
        Ok(reply)
    }

    /// As `hear`, where a reply that tells of the end is an answer like another.
    pub(crate) fn hear_even_a_farewell(
        &mut self,
        step: Step,
        command: &dyn Display,
        below: &mut dyn Below,
    ) -> Result<Reply> {
        self.limit(step, below);
        self.take(command, below)
    }

    /// Waits for a reply, whatever it is, within the time that `below` has.
    pub(crate) fn take(&mut self, command: &dyn Display, below: &mut dyn Below) -> Result<Reply> {
        let reply = self.read(command, below).inspect_err(|_| self.over = true)?;
        self.over = self.over || reply.is_farewell();
        Ok(reply)
    }

    /// A refusal that the server sent before the end of the content.
    pub(crate) fn hear_no(&mut self, below: &mut dyn Below) -> Option<Reply> {
        let reply = self.hear_even_a_farewell(Step::Block, &"the content", below).ok()?;
        (reply.is_transient() || reply.is_permanent()).then_some(reply)
    }

    /// What came unasked would be taken for the answer to what is asked next: it ends the session.
    pub(crate) fn check_nothing_unasked(&mut self, below: &mut dyn Below) -> Result<()> {
        if self.over || below.pending() == 0 {
            return Ok(());
        }
        let reply = self.hear(Step::Other, &"further service", below)?;
        self.over = true;
        Err(SmtpError::Unasked { reply }.into())
    }

    /// Says `command` and waits for its reply.
    pub(crate) fn ask(
        &mut self,
        step: Step,
        command: &Command<'_>,
        below: &mut dyn Below,
    ) -> Result<Reply> {
        self.check_nothing_unasked(below)?;
        self.say(command, below)?;
        self.hear(step, command, below)
    }

    /// As `ask`; a reply other than 2xx is an error.
    pub(crate) fn ask_for_yes(
        &mut self,
        command: &Command<'_>,
        below: &mut dyn Below,
    ) -> Result<Reply> {
        let reply = self.ask(Step::Other, command, below)?;
        self.expect_yes(reply, command)
    }

    /// The reply if it is 2xx, or the error that it makes.
    pub(crate) fn expect_yes(&mut self, reply: Reply, command: &dyn Display) -> Result<Reply> {
        if reply.is_positive() {
            return Ok(reply);
        }
        Err(self.no(reply, command))
    }

    /// The error that a reply other than the wanted one makes.
    pub(crate) fn no(&mut self, reply: Reply, command: &dyn Display) -> Error {
        let command = command.to_string();
        if reply.is_transient() || reply.is_permanent() {
            return SmtpError::Refused { command, reply }.into();
        }
        self.over = true;
        SmtpError::Unexpected { command, reply }.into()
    }

    /// Gives the next thing done below the time of `step`.
    pub(crate) fn limit(&self, step: Step, below: &mut dyn Below) {
        below.limit(self.budget(step), step.reason());
    }

    /// As `limit`, for a step of a message that began at `began`.
    pub(crate) fn limit_message(&self, step: Step, began: Instant, below: &mut dyn Below) {
        let budget = self.budget(step);
        let Some(total) = self.properties.message_timeout else {
            return below.limit(budget, step.reason());
        };
        let left = total.saturating_sub(below.clock().now().saturating_duration_since(began));
        if left < budget {
            below.limit(left, Step::WHOLE);
        } else {
            below.limit(budget, step.reason());
        }
    }

    /// The time of a step.
    pub(crate) fn budget(&self, step: Step) -> Duration {
        self.properties.timeout.unwrap_or(step.budget())
    }

    /// Reads one reply, within the time that `below` has.
    pub(crate) fn read(&mut self, command: &dyn Display, below: &mut dyn Below) -> Result<Reply> {
        let lost = |source| SmtpError::Unanswered { command: command.to_string(), source };
        let mut parser = ReplyParser::default();
        loop {
            self.line.clear();
            let octets = below.receive_until(b"\n", LONGEST_LINE, &mut self.line).map_err(lost)?;
            if octets == 0 {
                let during = "before it answered".to_owned();
                return Err(lost(StackError::Ended { during }.into()).into());
            }
            blot_words(&mut self.line, |words| below.blot(words));
            let parsed = parser
                .line(&self.line)
                .map_err(|source| SmtpError::BadReply { command: command.to_string(), source })?;
            if let Some(reply) = parsed {
                below.note(Severity::Info, Level::Script, format_args!("S: {reply}"));
                return Ok(reply);
            }
        }
    }
}
