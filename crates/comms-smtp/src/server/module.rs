//! The module `SmtpServer`.

use std::sync::Arc;

use comms_core::{
    Below, CommsModule, CommsStack, Level, MethodSpec, ModuleSpec, Needs, Payload, Properties,
    Provides, Receipt, Result, Secret, Service, Severity, StackError, Value, wrong_payload,
};

use crate::server::exchange::Shown;
use crate::server::handler::{Decision, Handler, Yes};
use crate::server::keyword::{Keyword, Keywords};
use crate::server::properties::SmtpServerProperties;
use crate::server::shift::Shift;
use crate::server::stage::{Next, Stage};
use crate::server::store::{DiscardStore, Store};
use crate::server::tally::{Presence, ServerTally};
use crate::server::users::Users;
use crate::wire::request::Request;

/// A small server of SMTP (RFC 5321) or LMTP (RFC 2033), for tests, examples and a developer's own
/// mail sink. It takes mail for everybody and puts it into a store, unless a [`Handler`] decides
/// otherwise: [`Faults`](crate::server::faults::Faults), say, which let go wrong what a test needs.
///
/// `connect` greets the client; [`serve`](Self::serve) answers it until it goes. It offers each
/// [`Keyword`], and gives the store what the parameters say; it sends nothing on, so a time to
/// deliver, or a priority, is for the store to heed.
///
/// Directly below it must be a line service (`Util`); any bottom will do. Properties: see
/// [`SmtpServerProperties`]. With a layer `Tls` anywhere below it offers STARTTLS. What users
/// say to show who they are is in no log: where there are users, all that any layer receives is told
/// to watchers by its size alone, until the client has shown who it is. Where there are none, AUTH is
/// not offered; who says it all the same, with a password in the same write, is overheard by the
/// layers below. Method: `serve`, which gives the number of messages taken.
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
    pub(crate) store: Box<dyn Store>,
    pub(crate) handler: Box<dyn Handler>,
    pub(crate) users: Users,
    /// Who the client has shown to be.
    pub(crate) user: Option<String>,
    /// What the client called itself.
    pub(crate) client: Option<String>,
    pub(crate) stage: Stage,
    /// Whether the client is served any longer.
    next: Next,
    /// What it and its [`RunningServer`](crate::RunningServer) tell each other.
    pub(crate) shift: Arc<Shift>,
    pub(crate) tally: ServerTally,
    /// The client is counted while this is there.
    presence: Option<Presence>,
    /// How often it said MAIL.
    pub(crate) mails: u64,
    pub(crate) mistakes: u32,
    pub(crate) line: Vec<u8>,
    /// AUTH was said, and no command since.
    pub(crate) asked_auth: bool,
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

    /// The same server, where `handler` decides on what clients ask for.
    pub fn with_handler(mut self, handler: impl Handler + 'static) -> Self {
        self.handler = Box::new(handler);
        self
    }

    /// The same server, which does not offer these keywords; the property `without`.
    pub fn without(mut self, keywords: Keywords) -> Self {
        self.properties.without = keywords;
        self
    }

    /// The same server, which takes mail of those alone who have shown who they are; the property
    /// `require_auth`.
    pub fn requiring_auth(mut self) -> Self {
        self.properties.require_auth = true;
        self
    }

    /// What it, and the servers that are accepted from it, will have done at any time.
    pub fn tally(&self) -> ServerTally {
        self.tally.clone()
    }

    fn with_store(store: Box<dyn Store>, properties: SmtpServerProperties) -> Self {
        Self {
            properties,
            store,
            handler: Box::new(Yes),
            users: Users::default(),
            user: None,
            client: None,
            stage: Stage::Start,
            next: Next::Stop,
            shift: Arc::default(),
            tally: ServerTally::default(),
            presence: None,
            mails: 0,
            mistakes: 0,
            line: Vec::new(),
            asked_auth: false,
        }
    }

    /// Answers the client until it quits or goes away; gives the number of messages taken.
    pub fn serve(&mut self, below: &mut dyn Below) -> Result<u64> {
        while self.next == Next::Go {
            self.next = match self.converse(below) {
                Ok(next) => next,
                Err(error) => return self.part(error, below),
            };
        }
        below.flush()?;
        if self.next == Next::Stall {
            self.stall(below);
        }
        Ok(self.properties.messages)
    }

    /// Hears a command, and does what it asks for.
    fn converse(&mut self, below: &mut dyn Below) -> Result<Next> {
        self.line.clear();
        self.guard_secrets(below);
        if !matches!(self.stage, Stage::Envelope(_)) {
            self.shift.wait();
            if self.shift.is_over() {
                return self.farewell(below);
            }
        }
        below.limit(self.properties.timeout, "next command");
        let heard = below.receive_until(b"\n", LONGEST_COMMAND, &mut self.line);
        self.shift.work();
        match heard {
            Ok(0) | Err(_) if self.shift.is_over() => return self.farewell(below),
            Ok(0) => return Ok(Next::Stop),
            heard => heard?,
        };
        let request = Request::parse(&self.line);
        self.write_down(&request, below);
        if self.is_early(&request, below) {
            return self.mistake(503, "5.5.0 PIPELINING is not offered here", below);
        }
        self.obey(request, below)
    }

    /// Notes what the client said. What is no command behind an AUTH that came to nothing may be
    /// what AUTH would have asked for.
    fn write_down(&mut self, request: &Request, below: &mut dyn Below) {
        let may_tell = self.asked_auth && matches!(request, Request::Unknown);
        self.asked_auth = may_tell || matches!(request, Request::Auth(..));
        let line = Shown(if may_tell { b"<secret>" } else { &self.line });
        below.note(Severity::Info, Level::Script, format_args!("C: {line}"));
    }

    /// Tells the client that the server stops (RFC 5321 3.8).
    fn farewell(&self, below: &mut dyn Below) -> Result<Next> {
        self.say(421, "4.3.2 the server stops, closing", below)?;
        Ok(Next::Stop)
    }

    /// What ends it from another thread.
    pub(crate) fn shift(&self) -> Arc<Shift> {
        Arc::clone(&self.shift)
    }

    /// Whether the client did not wait for the reply, and should have.
    fn is_early(&self, request: &Request, below: &dyn Below) -> bool {
        let is_chunk = matches!(request, Request::Bdat(_) | Request::BadChunk);
        self.is_without(Keyword::Pipelining) && !is_chunk && below.pending() > 0
    }

    fn obey(&mut self, request: Request, below: &mut dyn Below) -> Result<Next> {
        if let Some(verb) = request.verb() {
            let decision = self.handler.command(verb);
            let decision = self.in_time(decision, below)?;
            if decision != Decision::Go {
                return self.conclude(decision, 250, "", below);
            }
        }
        match request {
            Request::Helo(greeting, name) => self.helo(greeting, &name, below),
            Request::StartTls => self.start_tls(below),
            Request::Auth(mechanism, first) => self.auth(&mechanism, first, below),
            Request::Mail(sender, parameters) => self.mail(sender, &parameters, below),
            Request::Rcpt(address, parameters) => self.rcpt(address, &parameters, below),
            Request::Data => self.data(below),
            Request::Bdat(chunk) => self.bdat(chunk, below),
            Request::BadChunk => {
                self.say(501, "5.5.4 BDAT takes a number of octets, closing", below)?;
                Ok(Next::Stop)
            }
            Request::Rset => {
                if matches!(self.stage, Stage::Envelope(_) | Stage::Refused) {
                    self.stage = Stage::Greeted;
                }
                self.answer(250, "2.0.0 forgotten", below)
            }
            Request::Noop => self.answer(250, "2.0.0 here", below),
            Request::Vrfy(_) => self.answer(252, "2.0.0 everybody gets mail here", below),
            Request::Expn => self.answer(502, "5.5.1 there are no lists here", below),
            Request::Help => self.answer(214, "2.0.0 see RFC 5321", below),
            Request::Quit => {
                self.say(221, "2.0.0 goodbye", below)?;
                Ok(Next::Stop)
            }
            Request::BadArguments(takes) => {
                self.mistake(501, &format!("5.5.4 the command takes {takes}"), below)
            }
            Request::Unknown => self.mistake(500, "5.5.2 no such command", below),
        }
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
        self.client = None;
        self.asked_auth = false;
        self.mistakes = 0;
        self.properties.messages = 0;
        self.mails = 0;
        self.presence = Some(self.tally.session());
        self.next = self.greet(below)?;
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        Err(wrong_payload(&SPEC, payload))
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.presence = None;
        Ok(())
    }

    /// The new server has the same properties and users, and shares the store and the handler.
    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let server = Self::with_store(self.store.share(), self.properties.clone());
        let (handler, users) = (self.handler.share(), self.users.clone());
        Ok(Box::new(Self { handler, users, tally: self.tally(), ..server }))
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
