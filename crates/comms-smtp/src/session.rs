//! What a program calls beyond `send`: the client's own methods.

use comms_core::{Below, CommsStack, LayerView, Result};

use crate::argument::{Argument, ArgumentError};
use crate::dialogue::Dialogue;
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::module::Smtp;
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
    pub fn extensions(&self) -> Extensions {
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
