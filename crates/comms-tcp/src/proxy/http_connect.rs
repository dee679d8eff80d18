//! The module `HttpConnect`.

use std::time::Duration;

use comms_core::{
    Below, CommsModule, Level, ModuleSpec, Payload, Piece, Properties, Provides, Result, Secret,
    Service, Severity, StackError,
};

use crate::error::ProxyError;
use crate::proxy::credentials::Credentials;
use crate::proxy::early::Early;
use crate::proxy::http_wire::{self, ConnectHead};
use crate::proxy::options::ProxyOptions;
use crate::proxy::target::Target;

/// Connects through an HTTP proxy (CONNECT, RFC 9110 9.3.6), to which the layer below connects.
///
/// Below it must be a stream of octets to the proxy: `Smtp, Util, Tls, HttpConnect, Tcp`, where
/// `Tcp` has the proxy's address and `HttpConnect` the mail server's. With another `Tls` between
/// the two it speaks to a proxy over HTTPS. Once it is connected it changes nothing.
///
/// A name is looked up by the proxy, never here. With a `user`, user and password are sent with the
/// request (`Basic`, RFC 7617), in clear unless a layer below hides them; without one nothing is. All
/// of it happens under the budget `timeout`, called "proxy". A proxy that cannot connect is an error
/// of class `Connection`, one that refuses who asks of `Authentication`, and one that speaks
/// something else of `Protocol`.
///
/// What the target says right behind the proxy's response is kept, and received first. The method
/// `end_sending` of a bottom reaches the proxy, and some proxies end both directions then.
///
/// Its properties are [`ProxyOptions`].
///
/// ```
/// use comms_core::CommsStack;
/// use comms_tcp::HttpConnect;
/// use comms_testkit::Script;
///
/// let proxy = Script::parse(
///     "C: CONNECT mail.example:25 HTTP/1.1
///      C: Host: mail.example:25
///      C=: \\r\\n
///      S: HTTP/1.1 200 Connection established
///      S=: \\r\\n
///      S: 220 mail.example",
/// )?;
/// let mut stack =
///     CommsStack::builder().layer(HttpConnect::new("mail.example", 25)).layer(proxy).build()?;
/// stack.connect()?;
///
/// let mut greeting = [0; 64];
/// let octets = stack.receive(&mut greeting)?;
/// assert_eq!(&greeting[..octets], b"220 mail.example\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct HttpConnect {
    options: ProxyOptions,
    early: Early,
}

impl HttpConnect {
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

impl CommsModule for HttpConnect {
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
        let token = self.options.credentials()?.map(Token::new).transpose()?;
        ask(&target, token.as_ref(), below)?;
        let head = answer(&mut self.early, below)?;
        judge(&head, &target, token.as_ref())?;
        let text = format_args!("the proxy connected to {target}: {}", head.status_line());
        below.note(Severity::Info, Level::Production, text);
        Ok(())
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

/// Who asks, as it is sent. It has no `Debug`: there is nothing to show.
struct Token(String);

impl Token {
    fn new(Credentials { user, password }: Credentials<'_>) -> Result<Self, ProxyError> {
        if user.contains(':') {
            // RFC 7617 2: the first colon ends the user.
            let problem = "contains a colon, which HTTP's Basic authentication cannot carry";
            return Err(ProxyError::Credentials { property: "user", problem });
        }
        Ok(Self(http_wire::basic(user, password)))
    }
}

/// Sends the request.
fn ask(target: &Target, token: Option<&Token>, below: &mut dyn Below) -> Result<()> {
    let request = http_wire::connect_to(target);
    let sent = match token {
        None => below.send(Payload::Bytes(format!("{request}\r\n").as_bytes())),
        Some(Token(token)) => below.send(Payload::Pieces(&[
            Piece::Plain(request.as_bytes()),
            Piece::Plain(b"Proxy-Authorization: Basic "),
            Piece::Secret(token.as_bytes()),
            Piece::Plain(b"\r\n\r\n"),
        ])),
    };
    sent.map(drop)
}

/// Waits for the head of the response.
fn answer(early: &mut Early, below: &mut dyn Below) -> Result<ConnectHead> {
    let mut head = ConnectHead::default();
    loop {
        early.more(below)?;
        let octets = early.octets().len();
        match head.take(early.octets()).map_err(ProxyError::from)? {
            Some(taken) => {
                early.used(taken);
                return Ok(head);
            }
            None => early.used(octets),
        }
    }
}

/// Whether the response is a yes.
fn judge(head: &ConnectHead, target: &Target, token: Option<&Token>) -> Result<(), ProxyError> {
    let code = head.status().unwrap_or_default();
    if (200..300).contains(&code) {
        return Ok(());
    }
    if !UNAUTHENTICATED.contains(&code) {
        let words = format!("it said \"{}\"", head.status_line());
        return Err(ProxyError::Refused { target: target.to_string(), code, words });
    }
    let basic = |scheme: &String| scheme.eq_ignore_ascii_case("Basic");
    if !head.schemes().is_empty() && !head.schemes().iter().any(basic) {
        let takes = Some(head.schemes().join(", "));
        return Err(ProxyError::OtherCredentialsWanted { takes });
    }
    Err(match token {
        None => ProxyError::CredentialsWanted,
        Some(_) => ProxyError::CredentialsRefused,
    })
}

static SPEC: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS]),
    properties: ProxyOptions::TABLE,
    ..ModuleSpec::filter("HttpConnect", "connects through an HTTP proxy")
};

/// RFC 9110 15.5.8, "Proxy Authentication Required"; and 15.5.2, which tinyproxy says to a password
/// that is wrong. The target cannot be asking: it has not been spoken to.
const UNAUTHENTICATED: [u16; 2] = [407, 401];
