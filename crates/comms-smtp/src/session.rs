//! What a program calls beyond `send`: the client's own methods.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use comms_core::{Below, CommsStack, LayerView, Result};

use crate::argument::{Argument, ArgumentError};
use crate::dialogue::Dialogue;
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::message::SmtpMessage;
use crate::module::Smtp;
use crate::report::SendReport;
use crate::series;
use crate::wire::reply::Reply;

/// Gives a stack the methods of its `Smtp` layer.
pub trait SmtpStack {
    /// The session of the stack's `Smtp` layer; an error if it has none.
    ///
    /// ```
    /// use comms_core::CommsStack;
    /// use comms_smtp::{Smtp, SmtpStack};
    /// use comms_testkit::Script;
    /// use comms_util::Util;
    ///
    /// let peer = Script::parse(concat!(
    ///     "S: 220 mail.example\n",
    ///     "C: EHLO client.example\n",
    ///     "S: 250 mail.example\n",
    ///     "C: EXPN staff\n",
    ///     "S: 250-<ann@x.example>\n",
    ///     "S: 250 <bob@x.example>\n",
    /// ))?;
    /// let mut stack =
    ///     CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(peer).build()?;
    /// stack.set("local_mail_domain", "client.example")?;
    /// stack.connect()?;
    /// let staff = stack.smtp()?.expn("staff")?.expect("a list that is not secret");
    /// assert_eq!(staff, ["<ann@x.example>", "<bob@x.example>"]);
    /// # Ok::<(), comms_core::Error>(())
    /// ```
    fn smtp(&mut self) -> Result<Session<'_>>;
}

impl SmtpStack for CommsStack {
    fn smtp(&mut self) -> Result<Session<'_>> {
        Ok(Session { layer: self.layer::<Smtp>()? })
    }
}

/// The session with a server.
#[derive(Debug)]
pub struct Session<'a> {
    layer: LayerView<'a, Smtp>,
}

impl Session<'_> {
    /// What the server offered.
    pub fn extensions(&self) -> Arc<Extensions> {
        self.layer.module().map(|smtp| smtp.dialogue.extensions.clone()).unwrap_or_default()
    }

    /// The server's lines to EHLO or HELO.
    pub fn helo_response(&self) -> Vec<String> {
        self.layer.module().map(|smtp| smtp.dialogue.helo_response.clone()).unwrap_or_default()
    }

    /// Greets again (RFC 5321 4.1.4): any transaction is forgotten. Gives the server's lines.
    pub fn helo(&mut self) -> Result<Vec<String>> {
        self.run(|dialogue, below| {
            dialogue.helo(below)?;
            dialogue.unfinished = false;
            Ok(dialogue.helo_response.clone())
        })
    }

    /// Sends messages one after another, and gives what became of each: in the order of the messages,
    /// with PIPELINING in one round trip a message, with CHUNKING several of them in one.
    ///
    /// What is wrong with one message is no error of the others. A connection that is lost on the
    /// way, or that the server ends, is made anew, each time after something has come of the one
    /// before. The error of the whole is that there is no session at all.
    ///
    /// ```
    /// use comms_core::CommsStack;
    /// use comms_smtp::{Smtp, SmtpMessage, SmtpStack};
    /// use comms_testkit::Script;
    /// use comms_util::Util;
    ///
    /// let peer = Script::parse(concat!(
    ///     "S: 220 mail.example\n",
    ///     "C: EHLO client.example\n",
    ///     "S: 250-mail.example\n",
    ///     "S: 250 PIPELINING\n",
    ///     "C: MAIL FROM:<ann@x.example>\n",
    ///     "C: RCPT TO:<bob@y.example>\n",
    ///     "C: DATA\n",
    ///     "S: 250 ok\n",
    ///     "S: 250 ok\n",
    ///     "S: 354 go on\n",
    ///     "until \\r\\n.\\r\\n\n",
    ///     // The next message's commands go with the end of this one.
    ///     "C: MAIL FROM:<ann@x.example>\n",
    ///     "C: RCPT TO:<bob@y.example>\n",
    ///     "C: DATA\n",
    ///     "S: 250 taken\n",
    ///     "S: 250 ok\n",
    ///     "S: 550 no such user\n",
    ///     "S: 554 nobody left\n",
    /// ))?;
    /// let mut stack =
    ///     CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(peer).build()?;
    /// stack.set("local_mail_domain", "client.example")?;
    /// stack.connect()?;
    /// let message = SmtpMessage::builder("ann@x.example".parse()?)
    ///     .recipient("bob@y.example".parse()?)
    ///     .text("Hello\n")
    ///     .build()?;
    /// let outcomes = stack.smtp()?.send_all([&message, &message])?;
    /// assert_eq!(outcomes[0].as_ref().unwrap().reply.text(), "taken");
    /// assert!(outcomes[1].as_ref().unwrap_err().to_string().contains("no such user"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_all<M: Borrow<SmtpMessage>>(
        &mut self,
        messages: impl IntoIterator<Item = M>,
    ) -> Result<Vec<Result<SendReport>>> {
        let mut outcomes = BTreeMap::new();
        self.send_each(messages, |number, outcome| {
            outcomes.insert(number, outcome);
        })?;
        Ok(outcomes.into_values().collect())
    }

    /// As [`send_all`](Self::send_all), in constant memory: messages are taken as they are needed,
    /// and what became of each is told as soon as it is known, with its place in the series. While
    /// the next message is awaited, the end of the one before may wait too.
    pub fn send_each<M: Borrow<SmtpMessage>>(
        &mut self,
        messages: impl IntoIterator<Item = M>,
        mut tell: impl FnMut(usize, Result<SendReport>),
    ) -> Result<()> {
        self.layer.run(|smtp, below| {
            let mut class = None;
            let told = |number, outcome: Result<SendReport>| {
                class = outcome.as_ref().err().map(|error| error.class().to_string());
                tell(number, outcome);
            };
            series::send(&mut smtp.dialogue, below, messages.into_iter(), told);
            smtp.dialogue.properties.error_class = class;
            Ok(())
        })
    }

    /// Asks whether the server is there; gives its reply.
    pub fn noop(&mut self) -> Result<Reply> {
        self.run(|dialogue, below| dialogue.noop(below))
    }

    /// Shows the server who we are, by what the properties hold now. Once a session (RFC 4954 4).
    pub fn auth(&mut self) -> Result<()> {
        self.run(Dialogue::authenticate)
    }

    /// Has the server forget any transaction.
    pub fn rset(&mut self) -> Result<Reply> {
        self.run(|dialogue, below| dialogue.rset(below))
    }

    /// Asks after a user; 252 says that the server will not tell.
    pub fn vrfy(&mut self, who: &str) -> Result<Reply> {
        let who = argument("the user", who)?;
        self.run(|dialogue, below| dialogue.vrfy(&who, below))
    }

    /// Asks for the members of a list; `None` where the server will not tell.
    pub fn expn(&mut self, list: &str) -> Result<Option<Vec<String>>> {
        let list = argument("the list", list)?;
        self.run(|dialogue, below| dialogue.expn(&list, below))
    }

    /// The server's help, on `topic` or in general.
    pub fn help(&mut self, topic: Option<&str>) -> Result<Vec<String>> {
        let topic = topic.map(|topic| argument("the topic", topic)).transpose()?;
        self.run(|dialogue, below| dialogue.help(topic.as_ref(), below))
    }

    fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Dialogue, &mut dyn Below) -> Result<T>,
    ) -> Result<T> {
        self.layer.run(|smtp, below| {
            let outcome = work(&mut smtp.dialogue, below);
            smtp.noting(outcome)
        })
    }
}

fn argument(what: &'static str, text: &str) -> Result<Argument> {
    let wrong = |source: ArgumentError| SmtpError::Argument { what, source };
    Ok(Argument::new(text).map_err(wrong)?)
}
