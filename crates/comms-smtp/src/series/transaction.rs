//! One transaction: what was asked, what was answered, and what that comes to (RFC 5321 3.3).
//!
//! It says nothing and hears nothing itself: `pipeline` does, and tells it.

use std::time::Instant;

use comms_core::{Error, ErrorClass};
use comms_mime::Address;

use crate::envelope::Recipient;
use crate::error::SmtpError;
use crate::plan::Plan;
use crate::plan::way::Way;
use crate::relocation::{FORWARDED, MOVED, Move, Moves, path};
use crate::report::{Fates, Forwarded, Rejected, Relocated};
use crate::series::asked::{Asked, Farewell, Sent};
use crate::series::job::{Ending, Failed, Job};
use crate::series::name::{CONTENT, Name};
use crate::series::verdict::{is_too_many, knows_no_bdat, no, no_to_mail};
use crate::wire::command::Command;
use crate::wire::reply::Reply;

/// A transaction under way.
#[derive(Debug)]
pub(crate) struct Transaction {
    job: Job,
    /// Who had moved before it was begun.
    moves: Moves,
    pub(crate) plan: Plan,
    /// When the first command of the message was said.
    pub(crate) began: Instant,
    pub(crate) sent: Sent,
    /// Replies that are due.
    pub(crate) waiting: usize,
    follows: bool,
    size: u64,
    /// The reply to MAIL has come.
    is_begun: bool,
    mail_refusal: Option<Reply>,
    data_reply: Option<Reply>,
    /// The first no to the content or a part of it.
    content_refusal: Option<Reply>,
    fates: Fates,
    /// Recipients whose reply has come.
    answered: usize,
    /// Recipients that LMTP has answered for.
    saved: usize,
    /// Refused because there were too many before them.
    too_many: Vec<(Recipient, Rejected)>,
    /// To be asked for at a new address.
    moved: Vec<Recipient>,
    /// Why somebody who has moved cannot be asked for, where that keeps the message from all.
    unaskable: Option<SmtpError>,
}

impl Transaction {
    /// The transaction of `plan`. With `follows`, recipients that have moved are followed.
    pub(crate) fn new(mut job: Job, plan: Plan, now: Instant, follows: bool) -> Self {
        let began = *job.began.get_or_insert(now);
        Self {
            moves: job.moves.clone(),
            job,
            plan,
            began,
            sent: Sent::None,
            waiting: 0,
            follows,
            size: 0,
            is_begun: false,
            mail_refusal: None,
            data_reply: None,
            content_refusal: None,
            fates: Fates::default(),
            answered: 0,
            saved: 0,
            too_many: Vec::new(),
            moved: Vec::new(),
            unaskable: None,
        }
    }

    /// The content went down to its end, `octets` of them.
    pub(crate) fn sent_whole(&mut self, octets: u64) {
        self.sent = Sent::Whole;
        self.size = octets;
    }

    /// Recipients that were accepted in this transaction.
    pub(crate) fn accepted(&self) -> usize {
        self.fates.accepted.len()
    }

    /// The server refused the sender.
    pub(crate) fn is_refused(&self) -> bool {
        self.mail_refusal.is_some()
    }

    /// Whether the content was taken, for anybody.
    pub(crate) fn is_taken(&self) -> bool {
        !self.fates.replies.is_empty()
    }

    /// Whether a part of the content was refused.
    pub(crate) fn has_refused_content(&self) -> bool {
        self.content_refusal.is_some()
    }

    /// Whether the server said that it waits for the content.
    pub(crate) fn waits_for_content(&self) -> bool {
        self.data_reply.as_ref().is_some_and(Reply::is_intermediate)
    }

    /// A recipient that has moved, to be asked for in this same transaction.
    pub(crate) fn follow(&mut self) -> Option<Recipient> {
        self.moved.pop()
    }

    /// A new address cannot be asked for: a transaction of its own says why, unless it is all or nobody.
    pub(crate) fn cannot_follow(&mut self, new: Recipient, why: SmtpError) {
        if self.plan.strict {
            self.unaskable = Some(why);
        } else {
            self.plan.rest.push(new);
        }
    }

    /// The recipient that this reply to what was asked refuses.
    pub(crate) fn refused(&self, asked: Asked, reply: &Reply) -> Option<&Address> {
        match asked {
            Asked::Rcpt(at) if !reply.is_positive() => {
                self.plan.recipients.get(at).map(|one| &one.recipient.address)
            }
            Asked::ContentFor(at) if !reply.is_positive() => self.fates.accepted.get(at),
            _ => None,
        }
    }

    /// Where the recipient has moved that was asked for and answered last.
    pub(crate) fn relocated_by(&self, asked: Asked) -> Option<&Relocated> {
        let Asked::Rcpt(at) = asked else { return None };
        let old = &self.plan.recipients.get(at)?.recipient.address;
        self.fates.relocated.last().filter(|moved| moved.old == *old)
    }

    /// Takes the reply to what was asked. An error means that nothing makes sense any more.
    pub(crate) fn hear(&mut self, asked: Asked, reply: Reply) -> Result<(), SmtpError> {
        if reply.is_intermediate() && asked != Asked::Data {
            return Err(SmtpError::Unexpected { command: self.name(asked).to_string(), reply });
        }
        let positive = reply.is_positive();
        self.is_begun |= asked == Asked::Mail;
        match asked {
            Asked::Rset if !positive => {
                return Err(SmtpError::Refused { command: Command::Rset.to_string(), reply });
            }
            Asked::Mail if !positive => self.mail_refusal = Some(reply),
            Asked::Chunk | Asked::Content if !positive => {
                self.content_refusal.get_or_insert(reply);
            }
            Asked::Rset | Asked::Mail | Asked::Chunk => {}
            Asked::Rcpt(at) => {
                self.answered += 1;
                self.hear_of_recipient(at, &reply);
            }
            Asked::Data => self.data_reply = Some(reply),
            Asked::Content => self.fates.replies.push(reply),
            Asked::ContentFor(at) if positive => {
                self.fates.accepted.swap(self.saved, at);
                self.saved += 1;
                self.fates.replies.push(reply);
            }
            Asked::ContentFor(at) => {
                let recipient = self.fates.accepted.get(at).cloned();
                self.fates.rejected.extend(recipient.map(|one| Rejected::new(one, &reply)));
            }
        }
        Ok(())
    }

    fn hear_of_recipient(&mut self, at: usize, reply: &Reply) {
        let Some(planned) = self.plan.recipients.get(at) else { return };
        let address = planned.recipient.address.clone();
        if reply.is_positive() {
            if reply.code() == FORWARDED {
                let forwarded = Forwarded { recipient: address.clone(), path: path(reply) };
                self.fates.forwarded.push(forwarded);
            }
            return self.fates.accepted.push(address);
        }
        if reply.code() == MOVED
            && self.follows
            && let Some(new) = self.new_address(at, reply)
        {
            return self.fates.relocated.push(Relocated { old: address, new });
        }
        let refusal = Rejected::new(address, reply);
        match self.plan.recipients.get(at) {
            Some(planned) if self.accepted() > 0 && is_too_many(reply) => {
                self.too_many.push((planned.recipient.clone(), refusal));
            }
            _ => self.fates.rejected.push(refusal),
        }
    }

    /// Where a recipient that has moved is asked for, which this server can be asked.
    fn new_address(&mut self, at: usize, reply: &Reply) -> Option<Address> {
        let plan = &self.plan;
        let everybody = plan.recipients.iter().map(|one| &one.recipient);
        let everybody = everybody.chain(&plan.rest).map(|one| &one.address);
        let earlier = &self.job.fates;
        let everybody = everybody.chain(&earlier.accepted);
        let everybody = everybody.chain(earlier.rejected.iter().map(|one| &one.recipient));
        let old = &plan.recipients.get(at)?.recipient;
        let new = path(reply).filter(|new| plan.international || new.to_ascii().is_some())?;
        match self.job.moves.of(&old.address, new, everybody) {
            Move::Follow(new) => {
                self.moved.push(Recipient { address: new.clone(), ..old.clone() });
                Some(new)
            }
            Move::Known(new) => Some(new),
            Move::Stay => None,
        }
    }

    /// Why no content may be sent, when the replies to all commands are there.
    pub(crate) fn obstacle(&mut self) -> Option<Ending> {
        if let Some(reply) = self.mail_refusal.take() {
            return Some(no_to_mail(&self.plan.mail(), reply));
        }
        if let Some(why) = self.unaskable.take() {
            return Some(Ending::Failed(why.into()));
        }
        if self.accepted() == 0 {
            return Some(self.nobody());
        }
        // Once the content is out it is too late for that: in LMTP some may have it.
        let is_strict = self.plan.strict && self.sent == Sent::None;
        if is_strict && !(self.fates.rejected.is_empty() && self.too_many.is_empty()) {
            let mut rejected = std::mem::take(&mut self.fates.rejected);
            rejected.extend(self.too_many.drain(..).map(|(_, refusal)| refusal));
            return Some(Ending::Failed(SmtpError::Strict { rejected }.into()));
        }
        match self.data_reply.take() {
            Some(reply) if !reply.is_intermediate() => {
                Some(Ending::Failed(no(&Command::Data, reply)))
            }
            _ => None,
        }
    }

    /// Nobody was accepted: those who have moved are asked for in another transaction.
    fn nobody(&mut self) -> Ending {
        let mut again = std::mem::take(&mut self.moved);
        again.append(&mut self.plan.rest);
        Ending::Done(again)
    }

    /// What it comes to when all replies are there, and the content was sent.
    pub(crate) fn conclude(mut self) -> (Job, Ending) {
        let yes = !self.fates.replies.is_empty();
        let part_refused = self.content_refusal.is_some();
        let ending = match self.content_refusal.take() {
            _ if yes && (part_refused || self.is_refused() || self.accepted() == 0) => {
                self.contradiction()
            }
            Some(reply) if self.plan.way != Way::Data && knows_no_bdat(&reply) => {
                Ending::Unchunked(self.content_refused(reply))
            }
            refusal => match (self.obstacle(), refusal) {
                (Some(ending), _) => ending,
                (None, Some(reply)) => Ending::Failed(self.content_refused(reply)),
                (None, None) => self.taken(),
            },
        };
        self.end(ending)
    }

    /// The job with what became of it.
    pub(crate) fn end(mut self, ending: Ending) -> (Job, Ending) {
        match ending {
            Ending::Done(_) => self.job.fates.add(self.fates),
            // All are asked for again.
            Ending::Unchunked(_) => self.job.moves = self.moves,
            // It has its time before it.
            Ending::Unbegun(_) if self.job.fates.replies.is_empty() => self.job.began = None,
            Ending::Failed(_) | Ending::Unbegun(_) => {}
        }
        self.job.size = self.job.size.max(self.size);
        (self.job, ending)
    }

    /// The content was answered; in LMTP for each, so that all may have been refused.
    fn taken(&mut self) -> Ending {
        if self.plan.lmtp {
            self.fates.accepted.truncate(self.saved);
            let accepted = &self.fates.accepted;
            self.fates.forwarded.retain(|one| accepted.contains(&one.recipient));
        }
        let mut again = std::mem::take(&mut self.moved);
        again.extend(self.too_many.drain(..).map(|(recipient, _)| recipient));
        again.append(&mut self.plan.rest);
        Ending::Done(again)
    }

    /// The server says yes to content after it said no to a part of it or to all that leads there.
    fn contradiction(&mut self) -> Ending {
        let reply = self.fates.replies.pop();
        let source = reply.map_or(SmtpError::Over, |reply| SmtpError::Unexpected {
            command: CONTENT.to_owned(),
            reply,
        });
        Ending::Failed(self.unknown(source.into()))
    }

    /// What it comes to when the session is over before all replies are there. `first` tells that
    /// it was this transaction's reply that was waited for.
    pub(crate) fn break_off(mut self, why: Option<(Asked, Farewell)>) -> (Job, Ending) {
        if let Some(reply) = self.mail_refusal.take() {
            // A refusal of the sender counts, whatever came after it.
            let refused = no_to_mail(&self.plan.mail(), reply);
            return self.end(refused);
        }
        if let Some(reply) = self.content_refusal.take() {
            let refused = Ending::Failed(self.content_refused(reply));
            return self.end(refused);
        }
        if let Some(reply) = self.data_reply.take_if(|reply| !reply.is_intermediate())
            && self.accepted() > 0
        {
            return self.end(Ending::Failed(no(&Command::Data, reply)));
        }
        let all_answered = self.answered == self.plan.recipients.len();
        if all_answered && self.accepted() == 0 {
            let nobody = self.nobody();
            return self.end(nobody);
        }
        let may_have_it = self.sent == Sent::Whole;
        let ending = match why {
            // Whoever says 421 does nothing that comes after it.
            Some((_, Farewell::Said(reply))) if !self.is_begun => {
                Ending::Unbegun(Failed::First(no(&self.plan.mail(), reply)))
            }
            Some((asked, Farewell::Said(reply))) => Ending::Failed(no(&self.name(asked), reply)),
            Some((_, Farewell::Lost(error))) if may_have_it => Ending::Failed(self.unknown(error)),
            Some((asked, Farewell::Lost(error)))
                if !self.is_begun
                    && (asked == Asked::Rset || error.class() == ErrorClass::Connection) =>
            {
                Ending::Unbegun(Failed::First(error))
            }
            Some((_, Farewell::Lost(error))) => Ending::Failed(error),
            None if may_have_it => Ending::Failed(self.unknown(SmtpError::Behind.into())),
            None => Ending::Unbegun(Failed::Behind),
        };
        self.end(ending)
    }

    /// It stood behind a transaction to which the server said 421.
    pub(crate) fn never_begun(self) -> (Job, Ending) {
        self.end(Ending::Unbegun(Failed::Behind))
    }

    /// The server refused the content, for all who were accepted.
    pub(crate) fn content_refused(&mut self, reply: Reply) -> Error {
        SmtpError::ContentRefused { reply, rejected: self.take_rejected() }.into()
    }

    /// Nobody knows who has the message.
    fn unknown(&mut self, source: Error) -> Error {
        let rejected = self.take_rejected();
        let mut accepted = std::mem::take(&mut self.fates.accepted);
        if self.plan.lmtp {
            accepted.truncate(self.saved);
        } else {
            // What was asked without an answer may have been accepted.
            let unanswered = self.plan.recipients.drain(..).skip(self.answered);
            accepted.extend(unanswered.map(|one| one.recipient.address));
        }
        SmtpError::Unknown { accepted, rejected, source }.into()
    }

    fn take_rejected(&mut self) -> Vec<Rejected> {
        let mut rejected = std::mem::take(&mut self.fates.rejected);
        if self.job.fates.accepted.is_empty() {
            // Else there is a report, and it has them. The job keeps them: it may be begun again.
            rejected.splice(..0, self.job.fates.rejected.iter().cloned());
        }
        rejected.extend(self.too_many.drain(..).map(|(_, refusal)| refusal));
        rejected
    }

    /// What is waited for, as an error names it.
    pub(crate) fn name(&self, asked: Asked) -> Name<'_> {
        Name::new(&self.plan, asked)
    }
}
