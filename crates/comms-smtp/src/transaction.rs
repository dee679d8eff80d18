//! One message from MAIL to the reply to its content (RFC 5321 3.3, RFC 2920).

use std::collections::VecDeque;

use comms_core::{Below, ErrorClass, Level, Result, Severity};
use comms_mime::{Address, Transfer};

use crate::content;
use crate::dialogue::Dialogue;
use crate::error::SmtpError;
use crate::message::SmtpMessage;
use crate::plan::Plan;
use crate::report::{Rejected, SendReport, queue_id};
use crate::step::Step;
use crate::verdict::{self, Verdict};
use crate::wire::command::Command;
use crate::wire::reply::Reply;

/// Sends `message`, and tells what became of it for each recipient.
pub(crate) fn send(
    dialogue: &mut Dialogue,
    message: &SmtpMessage,
    below: &mut dyn Below,
) -> Result<SendReport> {
    dialogue.check_open()?;
    let plan = Plan::of(message, &dialogue.extensions, below)?;
    let began = below.clock().now();
    let mut group = Group::new(dialogue, &plan, below);
    group.ask_all()?;
    let Group { accepted, rejected, .. } = group;
    dialogue.unfinished = true;
    let sent = content(dialogue, message, plan.transfer, below)?;
    let Verdict { reply, accepted, rejected } = verdict::hear(dialogue, accepted, rejected, below)?;
    dialogue.unfinished = false;
    Ok(SendReport {
        message_id: message.id().to_owned(),
        queue_id: queue_id(&reply),
        reply,
        accepted,
        rejected,
        extensions: dialogue.extensions.keywords().collect(),
        size: sent,
        time: below.clock().now().saturating_duration_since(began),
    })
}

/// The commands before the content: as one group where the server takes groups, else one by one.
struct Group<'a> {
    dialogue: &'a mut Dialogue,
    plan: &'a Plan,
    below: &'a mut dyn Below,
    /// Commands without a reply, and their octets.
    waiting: VecDeque<(Asked<'a>, usize)>,
    octets: usize,
    mail: Option<Reply>,
    data: Option<Reply>,
    accepted: Vec<Address>,
    rejected: Vec<Rejected>,
}

/// A command whose reply is due.
#[derive(Clone)]
enum Asked<'a> {
    Rset,
    Mail(Command<'a>),
    Rcpt(&'a Address, Command<'a>),
    Data,
}

impl<'a> Group<'a> {
    fn new(dialogue: &'a mut Dialogue, plan: &'a Plan, below: &'a mut dyn Below) -> Self {
        Self {
            dialogue,
            plan,
            below,
            waiting: VecDeque::new(),
            octets: 0,
            mail: None,
            data: None,
            accepted: Vec::new(),
            rejected: Vec::new(),
        }
    }

    /// Asks everything up to DATA; after it the server waits for the content.
    fn ask_all(&mut self) -> Result<()> {
        let plan = self.plan;
        if self.dialogue.unfinished {
            self.ask(Asked::Rset)?;
        }
        self.dialogue.unfinished = true;
        self.ask(Asked::Mail(plan.mail()))?;
        for recipient in &plan.recipients {
            self.make_room()?;
            self.stop_if_mail_was_refused()?;
            self.ask(Asked::Rcpt(recipient, plan.rcpt(recipient)))?;
        }
        let all_or_nothing = self.dialogue.properties.strict;
        self.make_room()?;
        if all_or_nothing {
            self.hear_all()?;
        }
        if self.waiting.is_empty() {
            self.stop_if_mail_was_refused()?;
            self.stop_if_nobody_is_left()?;
        }
        self.ask(Asked::Data)?;
        self.hear_all()?;
        self.settle()
    }

    /// What the replies of the whole group come to.
    fn settle(&mut self) -> Result<()> {
        let go_ahead = self.data.as_ref().is_some_and(Reply::is_intermediate);
        if go_ahead && self.mail.is_some() {
            // It waits for content of a message whose sender it refused: no telling what it would
            // do with any octet.
            self.dialogue.end();
        }
        self.stop_if_mail_was_refused()?;
        if go_ahead && self.accepted.is_empty() {
            self.end_empty_content();
        }
        self.stop_if_nobody_is_left()?;
        match self.data.take() {
            Some(reply) if !reply.is_intermediate() => Err(self.dialogue.no(reply, &Command::Data)),
            _ => Ok(()),
        }
    }

    /// The server asks for content though there is nobody to get it: it gets none (RFC 2920 3.1).
    /// Whatever becomes of that, it is the recipients' refusals that count.
    fn end_empty_content(&mut self) {
        self.dialogue.limit(Step::Block, self.below);
        match self.below.send(b".\r\n".into()) {
            Ok(_) => drop(self.dialogue.hear(Step::End, &"the end of data", self.below)),
            Err(_) => self.dialogue.end(),
        }
    }

    fn stop_if_mail_was_refused(&mut self) -> Result<()> {
        match self.mail.take() {
            Some(reply) => Err(self.dialogue.no(reply, &self.plan.mail())),
            None => Ok(()),
        }
    }

    fn stop_if_nobody_is_left(&mut self) -> Result<()> {
        let rejected = || self.rejected.clone();
        if self.accepted.is_empty() {
            return Err(SmtpError::NoRecipient { rejected: rejected() }.into());
        }
        if self.dialogue.properties.strict && !self.rejected.is_empty() {
            return Err(SmtpError::Strict { rejected: rejected() }.into());
        }
        Ok(())
    }

    fn pipelines(&self) -> bool {
        self.dialogue.properties.pipelining && self.dialogue.extensions.offers("PIPELINING")
    }

    /// What is unanswered stays small, or both ends could wait for the other to read.
    fn make_room(&mut self) -> Result<()> {
        if self.octets > MOST_UNANSWERED { self.hear_all() } else { Ok(()) }
    }

    /// Asks one thing, and waits for the answer unless the server takes groups.
    fn ask(&mut self, asked: Asked<'a>) -> Result<()> {
        let octets = self.dialogue.say(&asked.command(), self.below)?;
        self.octets += octets;
        self.waiting.push_back((asked, octets));
        if self.pipelines() { Ok(()) } else { self.hear_all() }
    }

    /// Reads every reply that is due. None is left, or later ones would be taken for others.
    fn hear_all(&mut self) -> Result<()> {
        while let Some((asked, octets)) = self.waiting.pop_front() {
            let command = asked.command();
            let reply = self.dialogue.hear(asked.step(), &command, self.below)?;
            self.octets -= octets;
            let outcome = self.take(asked, reply);
            if outcome.is_err() && !self.waiting.is_empty() {
                // The replies that are still due would be taken for those to later commands.
                self.dialogue.end();
            }
            outcome?;
        }
        Ok(())
    }

    fn take(&mut self, asked: Asked<'a>, reply: Reply) -> Result<()> {
        match asked {
            Asked::Rset => {
                self.dialogue.expect_yes(reply, &Command::Rset)?;
            }
            Asked::Mail(_) if reply.is_positive() => {}
            Asked::Mail(_) => self.mail = Some(reply),
            Asked::Rcpt(recipient, _) if reply.is_positive() => {
                self.accepted.push(recipient.clone());
            }
            Asked::Rcpt(_, command) if reply.is_intermediate() => {
                return Err(self.dialogue.no(reply, &command));
            }
            Asked::Rcpt(recipient, _) => {
                let warning = format_args!("<{recipient}> was refused: {reply}");
                self.below.note(Severity::Warn, Level::Production, warning);
                self.rejected.push(Rejected { recipient: recipient.clone(), reply });
            }
            Asked::Data => self.data = Some(reply),
        }
        Ok(())
    }
}

impl<'a> Asked<'a> {
    fn command(&self) -> Command<'a> {
        match self {
            Self::Rset => Command::Rset,
            Self::Mail(command) | Self::Rcpt(_, command) => command.clone(),
            Self::Data => Command::Data,
        }
    }

    fn step(&self) -> Step {
        match self {
            Self::Rset => Step::Other,
            Self::Mail(_) => Step::Mail,
            Self::Rcpt(..) => Step::Rcpt,
            Self::Data => Step::Data,
        }
    }
}

/// Sends the content and the mark of its end. Whatever fails here, the end mark has not gone out
/// whole, so the server has no message; it may have said why before it hung up.
fn content(
    dialogue: &mut Dialogue,
    message: &SmtpMessage,
    transfer: Transfer,
    below: &mut dyn Below,
) -> Result<u64> {
    let sent = content::send(dialogue, message, transfer, below).and_then(|sent| {
        dialogue.limit(Step::Block, below);
        let ended = below.send(sent.end.into()).and_then(|_| below.flush());
        let unsent = |source| SmtpError::Unsent { what: "the end of data".to_owned(), source };
        ended.map(|()| sent.octets).map_err(unsent)
    });
    sent.map_err(|error| {
        let last_words = match error.class() {
            ErrorClass::Connection => last_words(dialogue, below),
            _ => None,
        };
        dialogue.end();
        last_words.unwrap_or(error).into()
    })
}

/// A refusal that the server sent before it closed in the middle of the content.
fn last_words(dialogue: &mut Dialogue, below: &mut dyn Below) -> Option<SmtpError> {
    let command = "the content";
    let reply = dialogue.hear(Step::Block, &command, below).ok()?;
    let is_no = reply.is_transient() || reply.is_permanent();
    is_no.then(|| SmtpError::Refused { command: command.to_owned(), reply })
}

/// Octets of commands that may be without a reply: less than any socket buffer.
const MOST_UNANSWERED: usize = 4096;
