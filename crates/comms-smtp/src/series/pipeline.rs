//! Transactions under way: what is said for them, and the replies that are due (RFC 2920, RFC 3030).
//!
//! ```text
//!  DATA    ... content 1, dot, MAIL 2, RCPT 2, DATA 2 | replies | content 2, dot, MAIL 3 ...
//!  BDAT    MAIL 1 RCPT 1 BDAT 1 content 1, RSET MAIL 2 RCPT 2 BDAT 2 content 2, ... | replies ...
//! ```

use std::collections::VecDeque;

use comms_core::{Below, Error, ErrorClass, Level, Severity};

use crate::dialogue::Dialogue;
use crate::error::SmtpError;
use crate::plan::way::{MOST_UNANSWERED, Way};
use crate::series::asked::{Asked, Farewell, Sent};
use crate::series::job::{Ending, Job};
use crate::series::transaction::Transaction;
use crate::step::Step;
use crate::wire::command::Command;

/// The session is over, and every transaction has been told.
pub(crate) struct Over;

/// The transactions under way with one server, oldest first.
pub(crate) struct Pipeline<'p> {
    pub(crate) dialogue: &'p mut Dialogue,
    pub(crate) below: &'p mut dyn Below,
    pub(crate) flights: VecDeque<Transaction>,
    /// What was asked and not answered, with the octets of its command.
    pub(crate) due: VecDeque<(Asked, usize)>,
    /// Octets of commands without a reply.
    pub(crate) unanswered: usize,
    /// The last that was said is the end of a content, and may still wait below.
    pub(crate) at_end: bool,
    /// Whether the peer was seen since the last call.
    pub(crate) was_seen: bool,
    pub(crate) ended: Vec<(Job, Ending)>,
    /// Content that is gathered for BDAT.
    pub(crate) chunk: Vec<u8>,
}

impl<'p> Pipeline<'p> {
    pub(crate) fn new(dialogue: &'p mut Dialogue, below: &'p mut dyn Below) -> Self {
        Self {
            dialogue,
            below,
            flights: VecDeque::new(),
            due: VecDeque::new(),
            unanswered: 0,
            at_end: false,
            was_seen: false,
            ended: Vec::new(),
            chunk: Vec::new(),
        }
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.flights.is_empty()
    }

    /// Reads every reply that is due. None is left, or later ones would be taken for others.
    pub(crate) fn hear_all(&mut self) -> Result<(), Over> {
        while !self.due.is_empty() {
            self.hear_next()?;
        }
        Ok(())
    }

    /// What is unanswered stays small, or both ends could wait for the other to read.
    pub(crate) fn make_room(&mut self) -> Result<(), Over> {
        if self.unanswered > MOST_UNANSWERED { self.hear_all() } else { Ok(()) }
    }

    /// Asks one thing, and waits for the answer unless the server takes groups.
    pub(crate) fn ask(&mut self, asked: Asked) -> Result<(), Over> {
        self.say(asked)?;
        if self.dialogue.pipelines() { Ok(()) } else { self.hear_all() }
    }

    /// Says the command that asks for it.
    pub(crate) fn say(&mut self, asked: Asked) -> Result<(), Over> {
        // The end of a content may have waited for whoever makes the next message.
        if std::mem::take(&mut self.at_end) || self.due.is_empty() {
            self.dialogue.limit(Step::Block, self.below);
        }
        let Some(flight) = self.flights.back() else { return Err(Over) };
        let command = match asked {
            Asked::Rset => Command::Rset,
            Asked::Mail => flight.plan.mail(),
            Asked::Rcpt(at) => match flight.plan.recipients.get(at) {
                Some(recipient) => recipient.rcpt(),
                None => return Ok(()),
            },
            _ => Command::Data,
        };
        match self.dialogue.say_within(&command, self.below) {
            Ok(octets) => {
                self.expect(asked, octets);
                Ok(())
            }
            Err(error) => Err(self.lose(error)),
        }
    }

    /// The transaction that was begun last.
    pub(crate) fn under_way(&mut self) -> Result<&mut Transaction, Over> {
        self.flights.back_mut().ok_or(Over)
    }

    /// A reply is due for what was said with the transaction that was begun last.
    pub(crate) fn expect(&mut self, asked: Asked, octets: usize) {
        self.due.push_back((asked, octets));
        self.unanswered += octets;
        if let Some(flight) = self.flights.back_mut() {
            flight.waiting += 1;
        }
    }

    /// Waits for a reply, and takes those that came with it.
    pub(crate) fn hear_some(&mut self) -> Result<(), Over> {
        self.hear_next()?;
        while self.below.pending() > 0 && !self.due.is_empty() {
            self.hear_next()?;
        }
        Ok(())
    }

    /// Waits for the next reply that is due.
    pub(crate) fn hear_next(&mut self) -> Result<(), Over> {
        self.flush_end()?;
        let Some(&(asked, octets)) = self.due.front() else { return Ok(()) };
        let Some(flight) = self.flights.front_mut() else { return Err(Over) };
        self.dialogue.limit_message(asked.step(), flight.began, self.below);
        let reply = match self.dialogue.take(&flight.name(asked), self.below) {
            Ok(reply) => reply,
            Err(error) => return self.wreck(asked, Farewell::Lost(error)),
        };
        let over = self.dialogue.is_over();
        if over && matches!(asked, Asked::Rset | Asked::Mail | Asked::Rcpt(_)) {
            return self.wreck(asked, Farewell::Said(reply));
        }
        let refused = flight.refused(asked, &reply);
        let refusal = refused.map(|recipient| format!("<{recipient}> was refused: {reply}"));
        self.due.pop_front();
        self.unanswered -= octets;
        flight.waiting -= 1;
        if let Err(error) = flight.hear(asked, reply) {
            return self.wreck(asked, Farewell::Lost(error.into()));
        }
        if let Some(moved) = flight.relocated_by(asked) {
            let warning = format_args!("<{}> has moved, <{}> is asked for", moved.old, moved.new);
            self.below.note(Severity::Warn, Level::Production, warning);
        } else if let Some(refusal) = refusal {
            self.below.note(Severity::Warn, Level::Production, format_args!("{refusal}"));
        }
        let landed = self.land();
        if over {
            // 421 to content or DATA is an answer, and the last one.
            return self.part(asked, landed);
        }
        if self.dialogue.is_over() {
            // What landed made no sense, so neither does what follows it.
            self.let_go(false);
            return Err(Over);
        }
        Ok(())
    }

    /// Ends the oldest transaction if its replies are all there.
    fn land(&mut self) -> bool {
        let is_done = |one: &Transaction| one.waiting == 0 && one.sent == Sent::Whole;
        if !self.flights.front().is_some_and(is_done) {
            return false;
        }
        if let Some(flight) = self.flights.pop_front() {
            self.settle(flight);
        }
        true
    }

    /// Ends a transaction, and remembers what it says of the server.
    pub(crate) fn settle(&mut self, flight: Transaction) {
        let took_chunks = flight.plan.way != Way::Data && flight.is_taken();
        let (job, ending) = match flight.conclude() {
            // It has taken others: this is no more than a refusal.
            (job, Ending::Unchunked(error)) if self.dialogue.knows_bdat => {
                (job, Ending::Failed(error))
            }
            concluded => concluded,
        };
        self.dialogue.served += u64::from(!matches!(ending, Ending::Unbegun(_)));
        match &ending {
            Ending::Done(_) if took_chunks => {
                self.dialogue.knows_bdat = true;
                self.dialogue.unfinished &= !self.flights.is_empty();
            }
            Ending::Unchunked(_) => self.dialogue.end(),
            Ending::Failed(error) if error.class() == ErrorClass::DeliveryUnknown => {
                self.dialogue.end();
            }
            _ => {}
        }
        self.ended.push((job, ending));
    }

    /// Lets nothing of a content wait any longer. If that fails, its end has not gone out whole.
    pub(crate) fn flush_end(&mut self) -> Result<(), Over> {
        if !std::mem::take(&mut self.at_end) {
            return Ok(());
        }
        self.dialogue.limit(Step::Block, self.below);
        let Err(source) = self.below.flush() else { return Ok(()) };
        if let Some(flight) = self.flights.back_mut() {
            flight.sent = Sent::Part;
        }
        let unsent = SmtpError::Unsent { what: "the end of data".to_owned(), source };
        Err(self.lose(unsent.into()))
    }

    /// Something could not be sent. Replies to what was sent before may still be there, and they
    /// count; so does a no to the content that was cut off, but not a yes.
    pub(crate) fn lose(&mut self, error: Error) -> Over {
        self.dialogue.end();
        while error.class() == ErrorClass::Connection
            && let Some(&(asked, _)) = self.due.front()
            && let Some(flight) = self.flights.front_mut()
        {
            let name = flight.name(asked);
            let heard = self.dialogue.hear_even_a_farewell(asked.step(), &name, self.below);
            let Ok(reply) = heard else { break };
            let is_verdict = asked.step() == Step::End;
            if reply.is_farewell() && !is_verdict {
                let _ = self.wreck(asked, Farewell::Said(reply));
                return Over;
            }
            if is_verdict && flight.sent != Sent::Whole && reply.is_positive() {
                break;
            }
            self.due.pop_front();
            flight.waiting -= 1;
            if flight.hear(asked, reply).is_err() {
                break;
            }
            if is_verdict
                && flight.waiting == 0
                && let Some(flight) = self.flights.pop_front()
            {
                self.settle(flight);
            }
        }
        let asked = self.due.front().map_or(Asked::Content, |(asked, _)| *asked);
        let _ = self.wreck(asked, Farewell::Lost(error));
        Over
    }

    /// Tells every transaction that the session is over. The first waited for the reply to `asked`.
    pub(crate) fn wreck(&mut self, asked: Asked, farewell: Farewell) -> Result<(), Over> {
        let said = matches!(farewell, Farewell::Said(_));
        let first = self.flights.pop_front();
        self.ended.extend(first.map(|flight| flight.break_off(Some((asked, farewell)))));
        self.let_go(said);
        Err(Over)
    }

    /// The server has said its last word, to content; `landed` tells that it was all that was due.
    fn part(&mut self, asked: Asked, landed: bool) -> Result<(), Over> {
        if !landed && let Some(flight) = self.flights.pop_front() {
            let lost = Farewell::Lost(SmtpError::Over.into());
            self.ended.push(flight.break_off(Some((asked, lost))));
        }
        self.let_go(true);
        Err(Over)
    }

    /// Nothing is under way any more. A server that `said` so does nothing that came behind.
    fn let_go(&mut self, said: bool) {
        self.dialogue.end();
        self.due.clear();
        (self.unanswered, self.at_end) = (0, false);
        let behind = self.flights.drain(..);
        self.ended.extend(
            behind.map(|flight| if said { flight.never_begun() } else { flight.break_off(None) }),
        );
    }
}

/// What is under way when somebody panics, in the making of a message or over its result, is nobody's
/// any more: its replies would be taken for others.
impl Drop for Pipeline<'_> {
    fn drop(&mut self) {
        if !self.flights.is_empty() {
            self.dialogue.end();
        }
    }
}
