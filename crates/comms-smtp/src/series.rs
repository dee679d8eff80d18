//! Messages one after another over one connection, and over a new one where that is needed.

pub(crate) mod asked;
pub(crate) mod job;
pub(crate) mod name;
pub(crate) mod pipeline;
pub(crate) mod transaction;
pub(crate) mod verdict;
pub(crate) mod ways;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use comms_core::{Below, Error, ErrorClass, Result};

use crate::dialogue::Dialogue;
use crate::envelope::Recipient;
use crate::error::SmtpError;
use crate::message::SmtpMessage;
use crate::queue_id::queue_id;
use crate::report::{Fates, SendReport, Unfinished};
use crate::series::job::{Ending, Failed, Job};
use crate::series::pipeline::Pipeline;

/// Sends one message.
pub(crate) fn send_one(
    dialogue: &mut Dialogue,
    message: &SmtpMessage,
    below: &mut dyn Below,
) -> Result<SendReport> {
    let mut outcome = Err(SmtpError::Over.into());
    send(dialogue, below, std::iter::once(message), |_, told| outcome = told);
    outcome
}

/// Sends messages, and tells what became of each, with its place in the series. They are taken as
/// they are needed, and their results come as the server gives them.
pub(crate) fn send<M: Borrow<SmtpMessage>>(
    dialogue: &mut Dialogue,
    below: &mut dyn Below,
    messages: impl Iterator<Item = M>,
    tell: impl FnMut(usize, Result<SendReport>),
) {
    let mut series = Series {
        messages: messages.fuse().enumerate(),
        held: VecDeque::new(),
        spare: Vec::new(),
        waiting: BTreeMap::new(),
        is_first: true,
        reconnects: dialogue.properties.reconnect,
        tell,
    };
    series.run(&mut Pipeline::new(dialogue, below));
}

/// A series under way.
struct Series<I, M, F> {
    messages: I,
    /// The messages that may still be needed: few, oldest first.
    held: VecDeque<(usize, M)>,
    /// What is to be done (again) before another message is taken.
    waiting: BTreeMap<usize, Job>,
    /// Nothing was said yet.
    is_first: bool,
    /// Whether the connection may be made anew: each time, something has to come of it first.
    reconnects: bool,
    /// Memory for what has ended.
    spare: Vec<(Job, Ending)>,
    tell: F,
}

impl<I, M, F> Series<I, M, F>
where
    I: Iterator<Item = (usize, M)>,
    M: Borrow<SmtpMessage>,
    F: FnMut(usize, Result<SendReport>),
{
    fn run(&mut self, pipeline: &mut Pipeline<'_>) {
        loop {
            let Some(job) = self.next(pipeline) else {
                if pipeline.is_idle() {
                    return;
                }
                let _ = pipeline.hear_all();
                self.take(pipeline);
                continue;
            };
            let is_full = self.is_full(&job, pipeline);
            if is_full && !pipeline.is_idle() {
                // What becomes of those under way may be to do before it.
                let _ = pipeline.hear_all();
                self.waiting.insert(job.number, job);
                self.take(pipeline);
                continue;
            }
            let ready = self.make_ready(is_full, pipeline);
            match (ready, self.message(job.number)) {
                (Ok(()), Some(message)) => pipeline.begin(job, message),
                (Err(error), _) => self.fail(job, error, pipeline),
                (Ok(()), None) => {}
            }
            self.take(pipeline);
        }
    }

    /// The next thing to do.
    fn next(&mut self, pipeline: &mut Pipeline<'_>) -> Option<Job> {
        if self.waiting.is_empty() && !self.has_next() && pipeline.flush_end().is_err() {
            self.take(pipeline);
        }
        if let Some((_, job)) = self.waiting.pop_first() {
            return Some(job);
        }
        let (number, message) = self.messages.next()?;
        self.held.push_back((number, message));
        Some(Job::new(number))
    }

    /// Whether another message is known to be there. Where it is not it may take its time, and what
    /// was sent must not wait for it.
    fn has_next(&self) -> bool {
        self.messages.size_hint().0 > 0
    }

    fn message(&self, number: usize) -> Option<&SmtpMessage> {
        self.held.iter().find(|(known, _)| *known == number).map(|(_, message)| message.borrow())
    }

    /// Forgets a message, and gives its id.
    fn let_go(&mut self, number: usize) -> String {
        let at = self.held.iter().position(|(known, _)| *known == number);
        let message = at.and_then(|at| self.held.remove(at));
        message.map_or_else(String::new, |(_, message)| message.borrow().id().to_owned())
    }

    /// Whether this session has taken as much as the server allows (RFC 9422), or said so.
    fn is_full(&self, job: &Job, pipeline: &Pipeline<'_>) -> bool {
        let dialogue = &pipeline.dialogue;
        let limits = dialogue.extensions.limits();
        if dialogue.full || limits.mail_max.is_some_and(|most| dialogue.begun >= most.into()) {
            return true;
        }
        let Some(domains) = limits.rcpt_domain_max else { return false };
        let recipients = match (&job.recipients, self.message(job.number)) {
            (Some(recipients), _) => recipients.as_slice(),
            (None, Some(message)) => &message.envelope().recipients,
            (None, None) => &[],
        };
        // Whoever does not fit goes in a further transaction, but for all or nothing.
        let together = if dialogue.properties.strict { recipients.len() } else { 1 };
        let domain = |one: &Recipient| one.address.domain().to_ascii_lowercase();
        let mut all = recipients.iter().take(together).map(domain).collect::<BTreeSet<_>>();
        all.retain(|domain| !dialogue.domains.contains(domain));
        let is_beyond = (dialogue.domains.len() + all.len()) as u64 > domains.into();
        is_beyond && !all.is_empty() && !dialogue.domains.is_empty()
    }

    /// Sees to it that there is a session to send in.
    fn make_ready(&mut self, is_full: bool, pipeline: &mut Pipeline<'_>) -> Result<()> {
        let over = if std::mem::take(&mut self.is_first) {
            pipeline.dialogue.check_open()?;
            let served = pipeline.dialogue.served > 0;
            match pipeline.dialogue.check_nothing_unasked(pipeline.below) {
                // A connection that had been idle was closed in good order.
                Err(error) if served && error.class() == ErrorClass::Transient => error,
                Ok(()) if is_full => SmtpError::Over.into(),
                heard => return heard,
            }
        } else if pipeline.dialogue.is_over() || is_full {
            SmtpError::Over.into()
        } else {
            return Ok(());
        };
        if !std::mem::take(&mut self.reconnects) {
            return Err(over);
        }
        pipeline.dialogue.reopen(pipeline.below)
    }

    /// Takes what has ended, and tells it or sees to what is left to do.
    fn take(&mut self, pipeline: &mut Pipeline<'_>) {
        let may_try = self.reconnects && pipeline.dialogue.served > 0;
        let mut ended = std::mem::replace(&mut pipeline.ended, std::mem::take(&mut self.spare));
        for (job, ending) in ended.drain(..) {
            match ending {
                Ending::Done(again) => {
                    self.allow_reconnect(pipeline);
                    if again.is_empty() {
                        self.finish(job, None, pipeline);
                    } else {
                        let job = Job { recipients: Some(again), begun_again: false, ..job };
                        self.waiting.insert(job.number, job);
                    }
                }
                Ending::Unchunked(_) if self.may_go_without_chunks(pipeline) => {
                    self.waiting.insert(job.number, job);
                }
                Ending::Unbegun(Failed::Behind) => {
                    self.waiting.insert(job.number, job);
                }
                // Each session has answered something before, so this comes to an end.
                Ending::Unbegun(Failed::Full(_))
                    if self.reconnects && pipeline.dialogue.served > 0 =>
                {
                    pipeline.dialogue.full = true;
                    self.waiting.insert(job.number, job);
                }
                Ending::Unbegun(Failed::First(_)) if may_try && !job.begun_again => {
                    self.waiting.insert(job.number, Job { begun_again: true, ..job });
                }
                Ending::Failed(error) => {
                    let something_came = match error.class() {
                        ErrorClass::Transient | ErrorClass::Permanent => true,
                        // The server was waiting for it, and we are who hung up.
                        ErrorClass::Content => pipeline.dialogue.is_over(),
                        _ => false,
                    };
                    if something_came {
                        self.allow_reconnect(pipeline);
                    }
                    self.fail(job, error, pipeline);
                }
                Ending::Unchunked(error)
                | Ending::Unbegun(Failed::First(error) | Failed::Full(error)) => {
                    self.fail(job, error, pipeline);
                }
            }
        }
        self.spare = ended;
    }

    /// Something came of the connection: another may be made when it is over.
    fn allow_reconnect(&mut self, pipeline: &Pipeline<'_>) {
        self.reconnects = pipeline.dialogue.properties.reconnect;
    }

    /// A server that does not know what it offered is asked without it, over a connection of which
    /// it has not read content as commands.
    fn may_go_without_chunks(&mut self, pipeline: &mut Pipeline<'_>) -> bool {
        pipeline.dialogue.refuses_bdat = true;
        self.allow_reconnect(pipeline);
        self.reconnects
    }

    fn fail(&mut self, mut job: Job, error: Error, pipeline: &Pipeline<'_>) {
        let error = pipeline.below.named(error);
        if job.fates.accepted.is_empty() {
            self.let_go(job.number);
            return (self.tell)(job.number, Err(error));
        }
        // For some it was taken already.
        let left = job.recipients.take().unwrap_or_default();
        let recipients = left.into_iter().map(|one| one.address).collect();
        self.finish(job, Some(Unfinished { recipients, error }), pipeline);
    }

    fn finish(&mut self, job: Job, unfinished: Option<Unfinished>, pipeline: &Pipeline<'_>) {
        let message_id = self.let_go(job.number);
        let Fates { accepted, forwarded, rejected, relocated, replies } = job.fates;
        let mut replies = replies.into_iter();
        let outcome = match (replies.next(), accepted.is_empty()) {
            (Some(reply), false) => Ok(SendReport {
                message_id,
                queue_id: queue_id(&reply),
                reply,
                further_replies: replies.collect(),
                accepted,
                forwarded,
                rejected,
                relocated,
                unfinished,
                extensions: Arc::clone(&pipeline.dialogue.extensions),
                size: job.size,
                time: job.began.map_or(Duration::ZERO, |began| {
                    pipeline.below.clock().now().saturating_duration_since(began)
                }),
            }),
            _ => Err(pipeline.below.named(SmtpError::NoRecipient { rejected }.into())),
        };
        (self.tell)(job.number, outcome);
    }
}
