//! The module `SmtpServer`.

use std::io;
use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, Error, ErrorClass, Level, MethodSpec, ModuleSpec, Needs,
    Payload, Properties, Provides, Receipt, Result, Secret, Service, Severity, StackError, Value,
    wrong_payload,
};
use comms_mime::Address;

use crate::envelope::{Envelope, ReversePath};
use crate::server::content::{Content, Outcome, is_too_long};
use crate::server::exchange::Shown;
use crate::server::store::{DiscardStore, Incoming, Store};
use crate::server::users::Users;
use crate::wire::reply::Reply;
use crate::wire::request::{MailRequest, Request};

comms_core::properties! {
    /// The properties of an [`SmtpServer`].
    #[derive(Debug, Clone)]
    pub struct SmtpServerProperties {
        /// The name that the server greets with.
        BeforeConnect local_mail_domain: String = String::from("localhost"),
        /// The most octets that a message may have; any number where it is not set.
        Always size_limit: Option<u64> = None,
        /// The most recipients of a message.
        Always recipient_limit: usize = 1000,
        /// The time that a client may be silent.
        Always timeout: Duration = Duration::from_secs(300),
        /// Whether mail is taken from users alone.
        Always require_auth: bool = false,
        /// Whether users may show who they are where everybody on the way can read it.
        Always allow_plaintext_auth: bool = false,
        /// Messages taken on this connection.
        ReadOnly messages: u64 = 0,
    }
}

/// A small SMTP server (RFC 5321), for tests, examples and a developer's own mail sink. It takes
/// mail for everybody and puts it into a store.
///
/// `connect` greets the client; [`serve`](Self::serve) answers it until it goes.
///
/// Directly below it must be a line service (`Util`); any bottom will do. Properties: see
/// [`SmtpServerProperties`]. With a layer `Tls` anywhere below it offers STARTTLS. What users
/// say to show who they are is not in its own log; but the layers below cannot know which of the
/// octets they receive are secret, so their level `pdus` has it. Method: `serve`, which gives the number of messages taken.
///
/// ```
/// use std::thread;
///
/// use comms_core::CommsStack;
/// use comms_smtp::{MemoryStore, ServerStack, Smtp, SmtpMessage, SmtpServer};
/// use comms_testkit::Loopback;
/// use comms_util::Util;
///
/// let (near, far) = Loopback::pair();
/// let store = MemoryStore::new();
/// let server = SmtpServer::new(store.clone());
/// let mut server = CommsStack::builder().layer(server).layer(Util::new()).layer(far).build()?;
/// let server = thread::spawn(move || {
///     server.connect()?;
///     server.serve()
/// });
///
/// let mut client =
///     CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(near).build()?;
/// client.connect()?;
/// let message = SmtpMessage::builder("ann@x.example".parse()?)
///     .recipient("bob@y.example".parse()?)
///     .text("Hello\n")
///     .build()?;
/// client.send(&message)?;
/// client.disconnect()?;
/// assert_eq!(server.join().expect("the server does not panic")?, 1);
/// assert!(store.messages()[0].content.ends_with(b"\r\n\r\nHello\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SmtpServer {
    pub(crate) properties: SmtpServerProperties,
    store: Box<dyn Store>,
    pub(crate) users: Users,
    /// Who the client has shown to be.
    pub(crate) user: Option<String>,
    pub(crate) stage: Stage,
    mistakes: u32,
    pub(crate) line: Vec<u8>,
}

/// How far a client is.
///
/// ```text
///  Start --EHLO/HELO--> Greeted --MAIL--> Envelope --DATA ... dot--> Greeted
/// ```
#[derive(Debug, Default)]
pub(crate) enum Stage {
    #[default]
    Start,
    Greeted,
    Envelope(Envelope),
}

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    Stop,
}

impl SmtpServer {
    /// A server that puts what it takes into `store`.
    pub fn new(store: impl Store + 'static) -> Self {
        Self::with_store(Box::new(store), SmtpServerProperties::default())
    }

    /// The same server, where these users can show who they are by their passwords.
    pub fn with_users(mut self, users: impl IntoIterator<Item = (String, Secret)>) -> Self {
        self.users = users.into_iter().collect();
        self
    }

    fn with_store(store: Box<dyn Store>, properties: SmtpServerProperties) -> Self {
        let (users, stage, line) = (Users::default(), Stage::Start, Vec::new());
        Self { properties, store, users, user: None, stage, mistakes: 0, line }
    }

    /// Answers the client until it quits or goes away; gives the number of messages taken.
    pub fn serve(&mut self, below: &mut dyn Below) -> Result<u64> {
        loop {
            self.line.clear();
            below.limit(self.properties.timeout, "next command");
            match below.receive_until(b"\n", LONGEST_COMMAND, &mut self.line) {
                Ok(0) => return Ok(self.properties.messages),
                Ok(_) => {}
                Err(error) => return self.part(error, below),
            }
            below.note(Severity::Info, Level::Script, format_args!("C: {}", Shown(&self.line)));
            match self.answer(Request::parse(&self.line), below) {
                Ok(Next::Go) => {}
                Ok(Next::Stop) => {
                    below.flush()?;
                    return Ok(self.properties.messages);
                }
                Err(error) => return self.part(error, below),
            }
        }
    }

    /// Tells a client that is too slow, or whose line is too long, before it is let go.
    pub(crate) fn part(&mut self, error: Error, below: &mut dyn Below) -> Result<u64> {
        let words = match error.class() {
            ErrorClass::Timeout => "4.4.2 nothing came for too long, closing",
            ErrorClass::Protocol if is_too_long(&error) => {
                "4.5.4 a command line was too long, closing"
            }
            _ => return Err(error),
        };
        below.limit(self.properties.timeout, "goodbye");
        Self::say(421, words, below)?;
        below.flush()?;
        Err(error)
    }

    fn answer(&mut self, request: Request, below: &mut dyn Below) -> Result<Next> {
        match request {
            Request::Ehlo(_) => self.ehlo(below)?,
            Request::Helo(_) => {
                self.stage = Stage::Greeted;
                Self::say(250, &self.properties.local_mail_domain, below)?;
            }
            Request::StartTls => return self.start_tls(below),
            Request::Auth(mechanism, first) => return self.auth(&mechanism, first, below),
            Request::Mail(sender, parameters) => return self.mail(sender, &parameters, below),
            Request::Rcpt(recipient) => return self.rcpt(recipient, below),
            Request::Data => return self.data(below),
            Request::Rset => {
                if matches!(self.stage, Stage::Envelope(_)) {
                    self.stage = Stage::Greeted;
                }
                Self::say(250, "2.0.0 forgotten", below)?;
            }
            Request::Noop => Self::say(250, "2.0.0 here", below)?,
            Request::Vrfy(_) => Self::say(252, "2.0.0 everybody gets mail here", below)?,
            Request::Expn => Self::say(502, "5.5.1 there are no lists here", below)?,
            Request::Help => Self::say(214, "2.0.0 see RFC 5321", below)?,
            Request::Quit => {
                Self::say(221, "2.0.0 goodbye", below)?;
                return Ok(Next::Stop);
            }
            Request::BadArguments(takes) => {
                return self.mistake(501, &format!("5.5.4 the command takes {takes}"), below);
            }
            Request::Unknown => return self.mistake(500, "5.5.2 no such command", below),
        }
        Ok(Next::Go)
    }

    fn ehlo(&mut self, below: &mut dyn Below) -> Result<()> {
        self.stage = Stage::Greeted;
        let size = self.properties.size_limit.unwrap_or(0);
        let name = &self.properties.local_mail_domain;
        let lines = format!(
            "{name}\nPIPELINING\nSIZE {size}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES{}",
            self.secrecy_keywords(below)
        );
        Self::say(250, &lines, below)
    }

    fn mail(
        &mut self,
        sender: ReversePath,
        parameters: &MailRequest,
        below: &mut dyn Below,
    ) -> Result<Next> {
        let limit = self.properties.size_limit.unwrap_or(u64::MAX);
        match self.stage {
            Stage::Start => return self.mistake(503, "5.5.1 greet first", below),
            _ if self.properties.require_auth && self.user.is_none() => {
                return self.mistake(530, "5.7.0 authenticate first", below);
            }
            Stage::Envelope(_) => return self.mistake(503, "5.5.1 a message is under way", below),
            Stage::Greeted if parameters.size.is_some_and(|size| size > limit) => {
                Self::say(552, "5.3.4 the message is too large", below)?;
            }
            Stage::Greeted => {
                self.stage = Stage::Envelope(Envelope::new(sender, [] as [Address; 0]));
                Self::say(250, "2.1.0 go on", below)?;
            }
        }
        Ok(Next::Go)
    }

    fn rcpt(&mut self, recipient: Address, below: &mut dyn Below) -> Result<Next> {
        let limit = self.properties.recipient_limit;
        match &mut self.stage {
            Stage::Envelope(envelope) if envelope.recipients.len() >= limit => {
                Self::say(452, "4.5.3 too many recipients", below)?;
            }
            Stage::Envelope(envelope) => {
                envelope.recipients.push(recipient.into());
                Self::say(250, "2.1.5 go on", below)?;
            }
            _ => return self.mistake(503, "5.5.1 MAIL first", below),
        }
        Ok(Next::Go)
    }

    fn data(&mut self, below: &mut dyn Below) -> Result<Next> {
        let envelope = match std::mem::replace(&mut self.stage, Stage::Greeted) {
            Stage::Envelope(envelope) if !envelope.recipients.is_empty() => envelope,
            stage @ Stage::Envelope(_) => {
                self.stage = stage;
                return self.mistake(554, "5.5.1 no recipients", below);
            }
            stage => {
                self.stage = stage;
                return self.mistake(503, "5.5.1 MAIL first", below);
            }
        };
        let mut message = match self.store.begin(&envelope) {
            Ok(message) => message,
            Err(failure) => {
                not_stored(&failure, below)?;
                return Ok(Next::Go);
            }
        };
        Self::say(354, "go on, end with a dot", below)?;
        let content = Content::new(self.properties.size_limit, self.properties.timeout);
        match content.receive(&mut *message, below)? {
            Outcome::Ended => return Ok(Next::Stop),
            Outcome::TooLarge => Self::say(552, "5.3.4 the message is too large", below)?,
            Outcome::Failed(failure) => not_stored(&failure, below)?,
            Outcome::Taken => self.keep(message, below)?,
        }
        Ok(Next::Go)
    }

    /// Says yes once the store has said it.
    fn keep(&mut self, message: Box<dyn Incoming>, below: &mut dyn Below) -> Result<()> {
        if let Err(failure) = message.keep() {
            return not_stored(&failure, below);
        }
        self.properties.messages += 1;
        Self::say(250, &format!("2.0.0 Ok: queued as {}", queue_id()), below)
    }

    /// Answers a mistake; a client that makes nothing else is let go.
    pub(crate) fn mistake(&mut self, code: u16, text: &str, below: &mut dyn Below) -> Result<Next> {
        self.mistakes += 1;
        if self.mistakes < MOST_MISTAKES {
            Self::say(code, text, below)?;
            return Ok(Next::Go);
        }
        Self::say(421, "4.7.0 too many mistakes, closing", below)?;
        Ok(Next::Stop)
    }

    pub(crate) fn say(code: u16, text: &str, below: &mut dyn Below) -> Result<()> {
        let reply = Reply::new(code, text);
        below.note(Severity::Info, Level::Script, format_args!("S: {reply}"));
        below.send(reply.wire().as_str().into()).map(|_| ())
    }
}

impl CommsModule for SmtpServer {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    /// Greets the client.
    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.stage = Stage::Start;
        self.user = None;
        self.mistakes = 0;
        self.properties.messages = 0;
        let greeting = format!("{} ESMTP comms", self.properties.local_mail_domain);
        Self::say(220, &greeting, below)
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        Err(wrong_payload(&SPEC, payload))
    }

    /// The new server has the same properties and users, and shares the store.
    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let server = Self::with_store(self.store.share(), self.properties.clone());
        Ok(Box::new(Self { users: self.users.clone(), ..server }))
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        match (method, args) {
            ("serve", []) => {
                Ok(Value::Integer(i64::try_from(self.serve(below)?).unwrap_or(i64::MAX)))
            }
            ("serve", _) => {
                Err(StackError::WrongArguments { method: "serve", takes: "nothing" }.into())
            }
            _ => below.invoke(method, args),
        }
    }
}

/// A server that keeps nothing, for stacks built by name.
impl Default for SmtpServer {
    fn default() -> Self {
        Self::new(DiscardStore)
    }
}

/// Gives a stack the method of its `SmtpServer` layer.
pub trait ServerStack {
    /// Answers the client until it quits or goes away; gives the number of messages taken.
    fn serve(&mut self) -> Result<u64>;
}

impl ServerStack for CommsStack {
    fn serve(&mut self) -> Result<u64> {
        self.layer::<SmtpServer>()?.run(SmtpServer::serve)
    }
}

fn not_stored(failure: &io::Error, below: &mut dyn Below) -> Result<()> {
    below.note(Severity::Error, Level::Production, format_args!("not stored: {failure}"));
    SmtpServer::say(451, "4.3.0 the message could not be stored", below)
}

/// A name for a message in the server's replies.
fn queue_id() -> String {
    let mut random = [0; 8];
    // A queue id only has to tell messages of a session apart; without randomness it is zero.
    let _ = getrandom::fill(&mut random);
    format!("{:016X}", u64::from_le_bytes(random))
}

static SPEC: ModuleSpec = ModuleSpec {
    needs: Needs::Service(Service::LINES),
    provides: Provides::Nothing,
    takes: &["nothing"],
    properties: SmtpServerProperties::TABLE,
    methods: &[MethodSpec { name: "serve", doc: "serve(): answers the client until it goes" }],
    ..ModuleSpec::filter("SmtpServer", "takes mail")
};

/// The longest command line that is read (RFC 5321 4.5.3.1.4 has 512, extensions more).
pub(crate) const LONGEST_COMMAND: usize = 4096;

/// After so many mistakes a client is no mail client.
const MOST_MISTAKES: u32 = 20;
