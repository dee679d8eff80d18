//! One message from MAIL to the reply to its content (RFC 5321 3.3, RFC 2920).

use std::collections::VecDeque;

use comms_core::{Below, ErrorClass, Level, Result, Severity};
use comms_mime::{Address, Transfer};

use crate::content;
use crate::dialogue::{Dialogue, Protocol};
use crate::error::SmtpError;
use crate::message::SmtpMessage;
use crate::plan::Plan;
use crate::report::{Rejected, SendReport, queue_id};
use crate::step::Step;
use crate::verdict::{self, Fates};
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
    dialogue.check_nothing_unasked(below)?;
    let mut group = Group::new(dialogue, &plan, below);
    group.ask_all()?;
    let mut fates = group.fates;
    let size = content(dialogue, message, plan.transfer, &mut fates, below)?;
    let reply = verdict::hear(dialogue, &mut fates, below)?;
    Ok(SendReport {
        message_id: message.id().to_owned(),
        queue_id: queue_id(&reply),
        reply,
        accepted: fates.accepted,
        rejected: fates.rejected,
        extensions: dialogue.extensions.keywords().collect(),
        size,
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
    fates: Fates,
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
            fates: Fates::default(),
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
        if go_ahead && self.fates.accepted.is_empty() {
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
        if self.dialogue.properties.protocol == Protocol::Lmtp {
            // Nobody was accepted, so nobody would get an answer.
            return self.dialogue.end();
        }
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
        let rejected = &mut self.fates.rejected;
        if self.fates.accepted.is_empty() {
            return Err(SmtpError::NoRecipient { rejected: std::mem::take(rejected) }.into());
        }
        if self.dialogue.properties.strict && !rejected.is_empty() {
            return Err(SmtpError::Strict { rejected: std::mem::take(rejected) }.into());
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
            let heard = self.dialogue.hear(asked.step(), &command, self.below);
            if heard.is_err() {
                // A refusal of the sender counts, whatever came after it.
                self.stop_if_mail_was_refused()?;
            }
            let reply = heard?;
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
                self.fates.accepted.push(recipient.clone());
            }
            Asked::Rcpt(_, command) if reply.is_intermediate() => {
                return Err(self.dialogue.no(reply, &command));
            }
            Asked::Rcpt(recipient, _) => {
                let warning = format_args!("<{recipient}> was refused: {reply}");
                self.below.note(Severity::Warn, Level::Production, warning);
                self.fates.rejected.push(Rejected::new(recipient.clone(), &reply));
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

/// Sends the content and the mark of its end; gives its octets. Whatever fails here, the end mark
/// has not gone out whole, so the server has no message; it may have said why before it hung up.
fn content(
    dialogue: &mut Dialogue,
    message: &SmtpMessage,
    transfer: Transfer,
    fates: &mut Fates,
    below: &mut dyn Below,
) -> Result<u64> {
    if below.pending() > 0 {
        dialogue.end();
        return Err(match hear_no(dialogue, below) {
            Some(reply) => verdict::refused(reply, fates),
            None => SmtpError::BeforeContent.into(),
        });
    }
    let sent = content::send(dialogue, message, transfer, below).and_then(|sent| {
        dialogue.limit(Step::Block, below);
        let ended = below.send(sent.end.into()).and_then(|_| below.flush());
        let unsent = |source| SmtpError::Unsent { what: "the end of data".to_owned(), source };
        ended.map(|()| sent.octets).map_err(unsent)
    });
    sent.map_err(|error| {
        dialogue.end();
        let last_words = match error.class() {
            ErrorClass::Connection => hear_no(dialogue, below),
            _ => None,
        };
        last_words.map_or_else(|| error.into(), |reply| verdict::refused(reply, fates))
    })
}

/// A refusal that the server sent before the end of the content.
fn hear_no(dialogue: &mut Dialogue, below: &mut dyn Below) -> Option<Reply> {
    let reply = dialogue.hear_even_a_farewell(Step::Block, &"the content", below).ok()?;
    (reply.is_transient() || reply.is_permanent()).then_some(reply)
}

/// Octets of commands that may be without a reply: less than any socket buffer.
const MOST_UNANSWERED: usize = 4096;
