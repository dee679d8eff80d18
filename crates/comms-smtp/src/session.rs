//! What a program calls beyond `send`: the client's own methods.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use comms_core::{Below, CommsStack, LayerView, Result};
use comms_mime::Address;

use crate::argument::{Argument, ArgumentError};
use crate::by_hand::acceptance::{Acceptance, Verdict};
use crate::by_hand::misplaced::Misplaced;
use crate::dialogue::{Dialogue, Protocol};
use crate::envelope::ReversePath;
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::message::SmtpMessage;
use crate::module::Smtp;
use crate::parameter::free::Parameter;
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

/// The session with a server: every verb of SMTP as a method. They may be mixed with `send`, which
/// gives up a transaction that is open.
///
/// A verb that has no place where it is said is an error of class `Usage` that says what to do, and
/// nothing is sent. A no of the server is an error; the session goes on after it, unless it was 421.
///
/// ```
/// use comms_core::{CommsStack, ErrorClass};
/// use comms_smtp::{Acceptance, ReversePath, Smtp, SmtpStack};
/// use comms_testkit::Script;
/// use comms_util::Util;
///
/// let peer = Script::parse(concat!(
///     "S: 220 mail.example\n",
///     "C: EHLO client.example\n",
///     "S: 250-mail.example\n",
///     "S: 250 SIZE 1000000\n",
///     "C: MAIL FROM:<ann@x.example> SIZE=17\n",
///     "S: 250 ok\n",
///     "C: RCPT TO:<bob@y.example>\n",
///     "S: 251 will forward to <bob@z.example>\n",
///     "C: RCPT TO:<eve@y.example>\n",
///     "S: 550 no such user\n",
///     "C: DATA\n",
///     "S: 354 go on\n",
///     "C: Subject: hi\n",
///     "C:\n",
///     "C: ho\n",
///     "C: .\n",
///     "S: 250 taken\n",
///     "C: QUIT\n",
///     "S: 221 bye\n",
/// ))?;
/// let mut stack =
///     CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(peer).build()?;
/// stack.set("local_mail_domain", "client.example")?;
/// stack.connect()?;
///
/// let mut session = stack.smtp()?;
/// session.mail_with("<ann@x.example>".parse::<ReversePath>()?, &["SIZE=17".parse()?])?;
/// let bob = session.rcpt(&"bob@y.example".parse()?)?;
/// assert!(matches!(bob, Acceptance::Forwarded { path: Some(_), .. }));
/// let error = session.rcpt(&"eve@y.example".parse()?).unwrap_err();
/// assert_eq!(error.class(), ErrorClass::Permanent);
/// let content = "Subject: hi\n\nho\n";
/// assert_eq!(session.data(content.as_bytes())?.text(), "taken");
/// assert_eq!(session.quit()?.code(), 221);
/// stack.disconnect()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
        self.run(Dialogue::greet_again)
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
    /// and what became of each is told as soon as it is known, with its place in the series.
    ///
    /// What is read of the server is read between messages: while `messages` makes the next one,
    /// nothing is told. Nothing waits to be sent then either, unless the iterator's `size_hint` says
    /// that another message is there: the end of the one before goes with its commands.
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
            smtp.dialogue.stage.end();
            series::send(&mut smtp.dialogue, below, messages.into_iter(), told);
            smtp.dialogue.properties.error_class = class;
            Ok(())
        })
    }

    /// Asks whether the server is there; gives its reply.
    pub fn noop(&mut self) -> Result<Reply> {
        self.run(|dialogue, below| dialogue.noop(below))
    }

    /// Shows the server who we are, by what the properties hold now. Once a session, and not within
    /// a transaction (RFC 4954 4).
    pub fn auth(&mut self) -> Result<()> {
        self.run(Dialogue::auth)
    }

    /// The mechanism that [`auth`](Self::auth) would use now, taking a password for granted where
    /// neither one nor a token is set; none where nothing that is offered can be used.
    pub fn mechanism(&mut self) -> Result<Option<String>> {
        self.run(|dialogue, below| Ok(dialogue.mechanism(below)))
    }

    /// Makes the channel secure in the middle of a session (RFC 3207), whatever the property `tls`
    /// says; not within a transaction. What was said before counts for nothing: greets again, and
    /// gives the server's lines.
    ///
    /// Where the server declines, the session goes on in clear; a handshake that fails ends it.
    pub fn starttls(&mut self) -> Result<Vec<String>> {
        self.run(Dialogue::start_tls_now)
    }

    /// Begins a transaction, which [`rcpt`](Self::rcpt) and [`data`](Self::data) go on with.
    pub fn mail(&mut self, sender: impl Into<ReversePath>) -> Result<Reply> {
        self.mail_with(sender, &[])
    }

    /// As [`mail`](Self::mail), with parameters, said whatever the server offers. What the content
    /// needs is among them: `SIZE`, `BODY=8BITMIME`, and `SMTPUTF8` for addresses beyond ASCII.
    pub fn mail_with(
        &mut self,
        sender: impl Into<ReversePath>,
        parameters: &[Parameter],
    ) -> Result<Reply> {
        let sender = sender.into();
        self.run(|dialogue, below| dialogue.mail(&sender, parameters, below))
    }

    /// Names a recipient of the transaction. One that is refused is an error, and the transaction
    /// goes on.
    ///
    /// One that has moved (551) is asked for at the one address that the server names, once, as the
    /// property `follow_relocation` says.
    pub fn rcpt(&mut self, recipient: &Address) -> Result<Acceptance> {
        self.rcpt_with(recipient, &[])
    }

    /// As [`rcpt`](Self::rcpt), with parameters, said whatever the server offers.
    pub fn rcpt_with(
        &mut self,
        recipient: &Address,
        parameters: &[Parameter],
    ) -> Result<Acceptance> {
        self.run(|dialogue, below| dialogue.rcpt(recipient, parameters, below))
    }

    /// Sends the content of the transaction, as it is read, in constant memory; gives the server's
    /// reply. Octets go as they are, but for line ends, dots and `Bcc`. With its reply, or without,
    /// the transaction is over.
    ///
    /// A reader that fails ends the session, since the server waits for the rest, and the class of
    /// the error is `Content`. Classes are otherwise those of a message that is sent: once the
    /// content has gone out to its end, a reply that does not come is `DeliveryUnknown`. The
    /// property `message_timeout` counts from here.
    ///
    /// LMTP answers for each recipient: where several were accepted, use
    /// [`data_for_each`](Self::data_for_each).
    pub fn data(&mut self, mut content: impl io::Read) -> Result<Reply> {
        self.run(|dialogue, below| {
            let recipients = dialogue.stage.accepted().len();
            if recipients > 1 && dialogue.properties.protocol == Protocol::Lmtp {
                let why = Misplaced::ForSeveral;
                return Err(SmtpError::OutOfOrder { command: "DATA", why }.into());
            }
            let mut replies = dialogue.data(&mut content, below)?;
            Ok(replies.pop().ok_or(SmtpError::Over)?)
        })
    }

    /// As [`data`](Self::data); gives what the server said for each recipient that was accepted,
    /// in their order. In SMTP that is the same for all; in LMTP a no may stand beside a yes, and
    /// where there is no yes it is an error.
    pub fn data_for_each(&mut self, mut content: impl io::Read) -> Result<Vec<Verdict>> {
        self.run(|dialogue, below| dialogue.data_for_each(&mut content, below))
    }

    /// Says goodbye, and gives the server's reply. The session is over then: nothing more is said,
    /// not even by `disconnect`, which lets go of the layers below.
    pub fn quit(&mut self) -> Result<Reply> {
        self.run(Dialogue::part)
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
