//! The module `Tls`.

use std::fmt;
use std::mem;
use std::path::PathBuf;

use comms_core::{
    Below, CommsModule, Level, MethodSpec, ModuleSpec, Payload, Properties, Provides, Receipt,
    Result, Service, Severity, StackError, Value, Width, wrong_payload,
};

use crate::binding;
use crate::error::TlsError;
use crate::handshake::{self, Side};
use crate::options::{Start, TlsOptions, Verify};
use crate::party::{Client, Party, Server};
use crate::session::Session;

/// A secure channel over whatever lies below.
///
/// **Starting.** With [`Start::OnRequest`], the default, octets pass untouched until a layer above
/// asks for [`start_tls`](CommsModule::start_tls), once it has agreed on that with its peer
/// (STARTTLS); the layers above then have to have read all that came in plain text. With
/// [`Start::Immediately`] the handshake is a part of `connect`. After `disconnect` all is as before.
///
/// **Trust.** A client trusts the platform's authorities or, where `ca_file` or
/// [`root`](Self::root) name others, those alone; `verify` set to `none` trusts anybody, and says so
/// in the log at each handshake. A `pin` is asked for in any case: with `verify` set to `none` it is
/// what a server without an authority is trusted by. The certificate must be for `server_name`, or
/// for the `host` of what lies below. Files are read once, and again when a property has changed;
/// so long sessions are resumed, also over several connections.
///
/// **A server** is made by [`server`](Self::server), or by a listener for each peer it accepts, and
/// has a `certificate` and its `key`.
///
/// **Octets.** What is sent in one piece becomes one record, up to 16 KiB, and as many records as
/// there are go down in one send: nothing waits here. What is received comes up record by record.
/// 0 is a proper end, with a `close_notify`; a connection that just ends is an error, since what came
/// may not be all. Below must be a stream of octets, eight bits wide; it provides the same.
///
/// Its properties are [`TlsOptions`]. Method: `channel_binding(kind)` gives the octets of
/// `tls-exporter` (RFC 9266) or `tls-server-end-point` (RFC 5929 4).
///
/// ```
/// use comms_core::{CommsStack, Value};
/// use comms_testkit::Loopback;
/// use comms_tls::Tls;
///
/// // A certificate, as a test makes one.
/// let made = rcgen::generate_simple_self_signed(vec!["mail.example".to_owned()])?;
/// let files = tempfile::tempdir()?;
/// let (certificate, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
/// std::fs::write(&certificate, made.cert.pem())?;
/// std::fs::write(&key, made.signing_key.serialize_pem())?;
/// let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
///
/// let (near, far) = Loopback::pair();
/// let client = Tls::new().immediately().server_name("mail.example").ca_file(&certificate);
/// let server = Tls::server(&certificate, &key).immediately();
/// let mut client = CommsStack::builder().layer(client).layer(near).build()?;
/// let mut server = CommsStack::builder().layer(server).layer(far).build()?;
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| server.connect().and_then(|()| server.send("220 ready\r\n")));
///     client.connect()?;
///     let mut greeting = [0; 64];
///     let octets = client.receive(&mut greeting)?;
///     assert_eq!(&greeting[..octets], b"220 ready\r\n");
///     Ok::<(), comms_core::Error>(())
/// })?;
/// assert_eq!(client.get("version")?.value, Some("TLS 1.3".into()));
/// let chain = client.invoke("peer_certificates", &[])?;
/// assert!(matches!(chain, Value::List(chain) if chain.len() == 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Tls {
    options: TlsOptions,
    party: Party,
    channel: Channel,
}

/// What passes through.
///
/// ```text
///          connect            start_tls
///  Closed ---------> Plain ---------------> Secure
///     |                  (Closed while it      ^
///     |                   is under way)        |
///     +----------------------------------------+
///          connect, with start=immediately
/// ```
#[derive(Default)]
enum Channel {
    #[default]
    Closed,
    Plain,
    Secure(Box<Session>),
}

impl Tls {
    /// A client, with the properties as they are by default.
    pub fn new() -> Self {
        Self {
            options: TlsOptions::default(),
            party: Party::Client(Client::default()),
            channel: Channel::Closed,
        }
    }

    /// A server with the certificate, its chain behind it, and the key of these PEM files: the
    /// properties `certificate` and `key`.
    pub fn server(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let (certificate, key) = (Some(certificate.into()), Some(key.into()));
        let options = TlsOptions { certificate, key, ..TlsOptions::default() };
        Self { options, party: Party::Server(Server::default()), ..Self::new() }
    }

    /// Trusts this authority, a certificate in DER, and those of `ca_file`, in place of the
    /// platform's.
    pub fn root(mut self, der: impl Into<Vec<u8>>) -> Self {
        if let Party::Client(client) = &mut self.party {
            client.trust(der.into());
        }
        self
    }

    /// Trusts these authorities, certificates in DER, as [`root`](Self::root) does one.
    pub fn roots(self, ders: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        ders.into_iter().fold(self, Self::root)
    }

    /// The properties as they are.
    pub fn options(&self) -> &TlsOptions {
        &self.options
    }

    /// The properties, to change. What has to be set before `connect` takes effect at the next.
    pub fn options_mut(&mut self) -> &mut TlsOptions {
        &mut self.options
    }

    /// Makes the channel secure from here on. A mistake in the properties leaves it as it was;
    /// anything else closes it.
    fn secure(&mut self, below: &mut dyn Below) -> Result<()> {
        let (mut session, side) = self.party.session(&self.options, below)?;
        self.channel = Channel::Closed;
        if side == Side::Client && self.options.verify == Verify::None {
            below.note(Severity::Warn, Level::Production, format_args!("{}", self.warning()));
        }
        below.limit(self.options.handshake_timeout, "TLS handshake");
        handshake::shake(&mut session, (side, self.options.start), below)?;
        self.options.agree(session.connection());
        let with = format_args!("secured with {}: {}", session.peer(), self.options.agreement());
        below.note(Severity::Info, Level::Production, with);
        self.channel = Channel::Secure(Box::new(session));
        Ok(())
    }

    fn warning(&self) -> &'static str {
        match self.options.pin {
            Some(_) => "verify is none: the server's certificate is not verified, its key alone is",
            None => "verify is none: the server's certificate is not verified, anybody can be it",
        }
    }

    /// The chain that the peer showed, verified or not; nothing while the channel is not secure.
    fn peer_certificates(&self) -> Vec<Value> {
        let Channel::Secure(session) = &self.channel else { return Vec::new() };
        let chain = session.connection().peer_certificates().unwrap_or_default();
        chain.iter().map(|certificate| Value::Octets(certificate.to_vec())).collect()
    }

    fn binding(&self, kind: &str) -> Result<Vec<u8>, TlsError> {
        let Channel::Secure(session) = &self.channel else {
            let why = "the channel is not secure";
            return Err(TlsError::NoBinding { kind: kind.escape_debug().to_string(), why });
        };
        let connection = session.connection();
        binding::channel(kind, connection, self.party.server_certificate(connection))
    }
}

impl CommsModule for Tls {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.options)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.options)
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.channel = Channel::Closed;
        self.options.forget();
        match self.options.start {
            Start::Immediately => self.secure(below),
            Start::OnRequest => {
                self.channel = Channel::Plain;
                Ok(())
            }
        }
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        match self.channel {
            Channel::Closed => Err(StackError::NotConnected.into()),
            Channel::Plain => self.secure(below),
            Channel::Secure(_) => Err(TlsError::AlreadySecure.into()),
        }
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if matches!(payload, Payload::Object(_)) {
            return Err(wrong_payload(&SPEC, payload));
        }
        match &mut self.channel {
            Channel::Closed => Err(StackError::NotConnected.into()),
            Channel::Plain => below.send(payload),
            Channel::Secure(session) => session.send(payload, below).map(|()| Receipt::TAKEN),
        }
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        match &mut self.channel {
            Channel::Closed => Err(StackError::NotConnected.into()),
            Channel::Plain => below.receive(into),
            Channel::Secure(session) => session.receive(into, below),
        }
    }

    /// Lines below would be of what is sealed; a line service above reads what was opened.
    fn receive_until(
        &mut self,
        _: &[u8],
        _: usize,
        _: &mut Vec<u8>,
        _: &mut dyn Below,
    ) -> Result<usize> {
        Err(StackError::Unsupported { module: SPEC.name, operation: "receive_until" }.into())
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        if let Channel::Secure(session) = &mut self.channel {
            session.write_out(below)?;
        }
        below.flush()
    }

    fn pending(&self) -> usize {
        match &self.channel {
            Channel::Closed | Channel::Plain => 0,
            Channel::Secure(session) => session.pending(),
        }
    }

    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.options.forget();
        match mem::take(&mut self.channel) {
            Channel::Closed | Channel::Plain => Ok(()),
            Channel::Secure(mut session) => session.close(below),
        }
    }

    /// A server whose certificate and key cannot be used does not begin to listen.
    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        self.party.serve(&self.options)?;
        Ok(())
    }

    /// The new layer is a server, has the same properties, and shares the sessions.
    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let party = Party::Server(self.party.serve(&self.options)?);
        Ok(Box::new(Self { options: self.options.clone(), party, ..Self::new() }))
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        match (method, args) {
            ("channel_binding", [Value::Text(kind)]) => Ok(Value::Octets(self.binding(kind)?)),
            ("channel_binding", _) => Err(StackError::WrongArguments {
                method: "channel_binding",
                takes: "tls-exporter or tls-server-end-point",
            }
            .into()),
            ("peer_certificates", []) => Ok(Value::List(self.peer_certificates())),
            ("peer_certificates", _) => {
                Err(StackError::WrongArguments { method: "peer_certificates", takes: "nothing" }
                    .into())
            }
            _ => below.invoke(method, args),
        }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows the properties, which have no secrets among them, and no keys.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = match self.channel {
            Channel::Closed => "closed",
            Channel::Plain => "plain",
            Channel::Secure(_) => "secure",
        };
        f.debug_struct("Tls")
            .field("party", &self.party)
            .field("channel", &channel)
            .field("options", &self.options)
            .finish()
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS]),
    sends: Width::EightBit,
    properties: TlsOptions::TABLE,
    methods: &[
        MethodSpec {
            name: "channel_binding",
            doc: "channel_binding(kind): the octets of tls-exporter or tls-server-end-point",
        },
        MethodSpec {
            name: "peer_certificates",
            doc: "peer_certificates(): the peer's chain in DER, its own certificate first",
        },
    ],
    ..ModuleSpec::filter("Tls", "makes the channel secure")
};
