//! The module `Socks5`.

use std::time::Duration;

use comms_core::{
    Below, CommsModule, Level, ModuleSpec, Payload, Properties, Provides, Result, Secret, Service,
    Severity, StackError,
};

use crate::error::ProxyError;
use crate::proxy::credentials::Credentials;
use crate::proxy::early::Early;
use crate::proxy::options::ProxyOptions;
use crate::proxy::socks5_wire::{self, Socks5Method, Socks5Parsed, Socks5Reply, Socks5Verdict};

/// Connects through a SOCKS5 proxy (RFC 1928), to which the layer below connects.
///
/// Below it must be a stream of octets to the proxy: `Smtp, Util, Tls, Socks5, Tcp`, where `Tcp`
/// has the proxy's address and `Socks5` the mail server's. Once it is connected it changes nothing.
///
/// A name is looked up by the proxy, never here. With a `user`, user and password are offered (RFC
/// 1929) and travel in clear, as the protocol has it; without one only "no authentication" is. All
/// of it happens under the budget `timeout`, called "proxy". A proxy that cannot connect is an error
/// of class `Connection`, one that refuses who asks of `Authentication`, and one that speaks
/// something else of `Protocol`.
///
/// What the target says right behind the proxy's reply is kept, and received first. The method
/// `end_sending` of a bottom reaches the proxy, and some proxies end both directions then.
///
/// Its properties are [`ProxyOptions`].
///
/// ```
/// use comms_core::CommsStack;
/// use comms_tcp::Socks5;
/// use comms_testkit::Script;
///
/// let proxy = Script::new()
///     .expect(b"\x05\x01\x00")
///     .reply(b"\x05\x00")
///     .expect(b"\x05\x01\x00\x03\x0cmail.example\x00\x19")
///     .reply(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
///     .send("220 mail.example\r\n");
/// let mut stack =
///     CommsStack::builder().layer(Socks5::new("mail.example", 25)).layer(proxy).build()?;
/// stack.connect()?;
///
/// let mut greeting = [0; 64];
/// let octets = stack.receive(&mut greeting)?;
/// assert_eq!(&greeting[..octets], b"220 mail.example\r\n");
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Socks5 {
    options: ProxyOptions,
    early: Early,
}

impl Socks5 {
    /// Has the proxy connect to `host`, a name or an IP address, at `port`.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let options = ProxyOptions { host: host.into(), port, ..ProxyOptions::default() };
        Self { options, ..Self::default() }
    }

    /// Tells the proxy who asks: the properties `user` and `password`.
    pub fn credentials(mut self, user: impl Into<String>, password: Secret) -> Self {
        self.options.user = Some(user.into());
        self.options.password = Some(password);
        self
    }

    /// Gives the proxy this time: the property `timeout`.
    pub fn timeout(mut self, budget: Duration) -> Self {
        self.options.timeout = budget;
        self
    }

    /// The properties as they are.
    pub fn options(&self) -> &ProxyOptions {
        &self.options
    }
}

impl CommsModule for Socks5 {
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
        self.early.forget();
        below.limit(self.options.timeout, "proxy");
        let target = self.options.target()?;
        let credentials = self.options.credentials()?.map(Encoded::new).transpose()?;
        introduce(&mut self.early, credentials, below)?;
        below.send(Payload::Bytes(&socks5_wire::connect_to(&target)))?;
        match answer(&mut self.early, Socks5Reply::parse, below)? {
            Socks5Reply::Connected { from } => {
                let text = format_args!("the proxy connected to {target}, as it says from {from}");
                below.note(Severity::Info, Level::Production, text);
                Ok(())
            }
            Socks5Reply::Refused(code) => Err(ProxyError::Refused {
                target: target.to_string(),
                code: code.into(),
                words: Socks5Reply::words(code).to_owned(),
            }
            .into()),
        }
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        match self.early.hand_up(into) {
            Some(octets) => Ok(octets),
            None => below.receive(into),
        }
    }

    fn receive_until(
        &mut self,
        _: &[u8],
        _: usize,
        _: &mut Vec<u8>,
        _: &mut dyn Below,
    ) -> Result<usize> {
        // A line service below must not be asked past what is kept here.
        Err(StackError::Unsupported { module: SPEC.name, operation: "receive lines" }.into())
    }

    fn pending(&self) -> usize {
        self.early.octets().len()
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.early.forget();
        Ok(())
    }
}

/// User and password as they are sent. It has no `Debug`: there is nothing to show.
struct Encoded(Vec<u8>);

impl Encoded {
    fn new(Credentials { user, password }: Credentials<'_>) -> Result<Self, ProxyError> {
        let encoded = socks5_wire::user_and_password(user, password);
        let property = if user.len() > usize::from(u8::MAX) { "user" } else { "password" };
        let problem = "is longer than the 255 octets that SOCKS5 can carry";
        encoded.map(Self).ok_or(ProxyError::Credentials { property, problem })
    }
}

/// Agrees with the proxy on how to say who asks, and says it.
fn introduce(early: &mut Early, credentials: Option<Encoded>, below: &mut dyn Below) -> Result<()> {
    let offered: &[_] = match credentials {
        None => &[Socks5Method::Nothing],
        Some(_) => &[Socks5Method::Nothing, Socks5Method::UserAndPassword],
    };
    below.send(Payload::Bytes(&socks5_wire::greeting(offered)))?;
    let chosen = answer(early, Socks5Method::parse, below)?;
    match (chosen, credentials) {
        (Socks5Method::Nothing, _) => Ok(()),
        (Socks5Method::UserAndPassword, Some(Encoded(octets))) => {
            below.send(Payload::Secret(&octets))?;
            match answer(early, Socks5Verdict::parse, below)? {
                Socks5Verdict::Accepted => Ok(()),
                Socks5Verdict::Refused => Err(ProxyError::CredentialsRefused.into()),
            }
        }
        (Socks5Method::NoneOfThese, None) => Err(ProxyError::CredentialsWanted.into()),
        (Socks5Method::NoneOfThese, Some(_)) => {
            Err(ProxyError::OtherCredentialsWanted { takes: None }.into())
        }
        (method, _) => {
            let found = method.code();
            Err(ProxyError::from(socks5_wire::Socks5Nonsense::Method { found }).into())
        }
    }
}

/// Waits for the next answer of the proxy.
fn answer<T>(
    early: &mut Early,
    parse: fn(&[u8]) -> Socks5Parsed<T>,
    below: &mut dyn Below,
) -> Result<T> {
    loop {
        if let Some((answer, octets)) = parse(early.octets()).map_err(ProxyError::from)? {
            early.used(octets);
            return Ok(answer);
        }
        early.more(below)?;
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS]),
    properties: ProxyOptions::TABLE,
    ..ModuleSpec::filter("Socks5", "connects through a SOCKS5 proxy")
};
