//! DATA and the content, as one call (RFC 5321 3.3).

use std::io;
use std::time::Instant;

use comms_core::{Below, Error, ErrorClass, Result};
use comms_mime::Address;

use crate::by_hand::acceptance::Verdict;
use crate::content;
use crate::dialogue::{Dialogue, Protocol};
use crate::error::SmtpError;
use crate::report::Rejected;
use crate::step::Step;
use crate::wire::command::Command;
use crate::wire::reply::Reply;

impl Dialogue {
    /// DATA, and the content to its end. Gives what the server says of it: in LMTP once for each
    /// recipient, in the order in which they were accepted.
    pub(crate) fn data(
        &mut self,
        content: &mut dyn io::Read,
        below: &mut dyn Below,
    ) -> Result<Vec<Reply>> {
        self.check_open()?;
        self.stage.check_recipients()?;
        let began = below.clock().now();
        self.check_nothing_unasked(below)?;
        self.say(&Command::Data, below)?;
        self.limit_message(Step::Data, began, below);
        let reply = self.take(&Command::Data, below)?;
        if !reply.is_intermediate() {
            return Err(self.no(reply, &Command::Data));
        }
        let accepted = self.stage.end();
        if below.pending() > 0 {
            return Err(self.early(below));
        }
        if let Err(error) = self.send_content(content, began, below) {
            return Err(self.cut_off(error, below));
        }
        self.forget_transaction();
        self.verdicts(accepted, began, below)
    }

    /// As `data`; gives the reply for each recipient that was accepted.
    pub(crate) fn data_for_each(
        &mut self,
        content: &mut dyn io::Read,
        below: &mut dyn Below,
    ) -> Result<Vec<Verdict>> {
        let recipients = self.stage.accepted().to_vec();
        let replies = self.data(content, below)?;
        // In SMTP the one reply is for all.
        let replies = replies.iter().cycle();
        let verdict =
            |(recipient, reply): (Address, &Reply)| Verdict { recipient, reply: reply.clone() };
        Ok(recipients.into_iter().zip(replies).map(verdict).collect())
    }

    /// The server answers content that was not sent: there is no telling what it would make of it.
    fn early(&mut self, below: &mut dyn Below) -> Error {
        self.end();
        let refused = |reply| SmtpError::ContentRefused { reply, rejected: Vec::new() };
        self.hear_no(below).map_or(SmtpError::BeforeContent, refused).into()
    }

    /// Sends the content with the mark of its end, and lets nothing of it wait.
    fn send_content(
        &mut self,
        content: &mut dyn io::Read,
        began: Instant,
        below: &mut dyn Below,
    ) -> Result<(), SmtpError> {
        let sent = content::send_read(self, content, began, below)?;
        let unsent = |source| SmtpError::Unsent { what: "the end of data".to_owned(), source };
        self.limit(Step::Block, below);
        below.send(sent.end.into()).map_err(unsent)?;
        self.limit(Step::Block, below);
        below.flush().map_err(unsent)
    }

    /// The content did not go out to its end, so the server has no message, and waits for the rest.
    /// It may have said why before it hung up.
    fn cut_off(&mut self, error: SmtpError, below: &mut dyn Below) -> Error {
        self.end();
        let last_words = match error.class() {
            ErrorClass::Connection => self.hear_no(below),
            _ => None,
        };
        let refused = |reply| SmtpError::ContentRefused { reply, rejected: Vec::new() };
        last_words.map_or(error, refused).into()
    }

    /// Waits for what the server says to the content, which it has whole.
    fn verdicts(
        &mut self,
        accepted: Vec<Address>,
        began: Instant,
        below: &mut dyn Below,
    ) -> Result<Vec<Reply>> {
        let is_lmtp = self.properties.protocol == Protocol::Lmtp;
        let due = if is_lmtp { accepted.len() } else { 1 };
        let mut replies = Vec::new();
        while replies.len() < due {
            match self.hear_verdict(began, below) {
                Ok(reply) => replies.push(reply),
                Err(source) => {
                    self.end();
                    return Err(unknown(accepted, &replies, is_lmtp, source).into());
                }
            }
        }
        self.served += 1;
        if replies.iter().any(Reply::is_positive) {
            return Ok(replies);
        }
        Err(match replies.pop() {
            Some(reply) if !is_lmtp => SmtpError::ContentRefused { reply, rejected: Vec::new() },
            last => {
                let replies = replies.iter().chain(&last);
                let rejected = accepted.into_iter().zip(replies);
                let rejected = rejected.map(|(one, reply)| Rejected::new(one, reply)).collect();
                SmtpError::NoRecipient { rejected }
            }
        }
        .into())
    }

    fn hear_verdict(&mut self, began: Instant, below: &mut dyn Below) -> Result<Reply> {
        self.check_open()?;
        self.limit_message(Step::End, began, below);
        let reply = self.take(&CONTENT, below)?;
        if reply.is_intermediate() {
            return Err(SmtpError::Unexpected { command: CONTENT.to_owned(), reply }.into());
        }
        Ok(reply)
    }
}

/// Nobody knows who has the message; in LMTP, nobody knows for the rest.
fn unknown(
    mut accepted: Vec<Address>,
    replies: &[Reply],
    is_lmtp: bool,
    source: Error,
) -> SmtpError {
    let mut rejected = Vec::new();
    if is_lmtp {
        let answered = accepted.drain(..).zip(replies).collect::<Vec<_>>();
        for (recipient, reply) in answered {
            if reply.is_positive() {
                accepted.push(recipient);
            } else {
                rejected.push(Rejected::new(recipient, reply));
            }
        }
    }
    SmtpError::Unknown { accepted, rejected, source }
}

/// The content, as an error names it.
const CONTENT: &str = "the content";
