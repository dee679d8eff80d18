//! What the tests of TLS and AUTH have in common: a layer that stands for TLS, and a watcher that
//! writes everything down.

#![allow(dead_code, reason = "each file of tests uses what it needs")]

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use comms_core::{
    Below, CommsModule, CommsStack, Error, ErrorClass, Event, MethodSpec, ModuleSpec, Properties,
    Result, Sink, Value,
};
use comms_smtp::Smtp;
use comms_testkit::{ManualClock, Script, Transcript};
use comms_util::Util;

comms_core::properties! {
    /// As those of the real one.
    #[derive(Debug, Clone)]
    pub(crate) struct TlsProperties {
        /// Whether the channel is secure.
        ReadOnly active: bool = false,
        /// How the server's certificate is verified.
        Always verify: Option<String> = None,
        /// The key that the server must have.
        Always pin: Option<String> = None,
    }
}

/// A layer that stands for TLS: its handshake is a word each way, and after it all is secure.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tls {
    properties: TlsProperties,
    from_the_first_octet: bool,
    binding: Vec<u8>,
    refusal: Option<ErrorClass>,
}

impl Tls {
    /// It is secure from the first octet.
    pub(crate) fn implicit() -> Self {
        Self { from_the_first_octet: true, ..Self::default() }
    }

    /// Exchanges can be bound to these octets.
    pub(crate) fn with_binding(mut self, octets: &[u8]) -> Self {
        self.binding = octets.to_vec();
        self
    }

    /// It fails to start, with an error of this class.
    pub(crate) fn failing(class: ErrorClass) -> Self {
        Self { refusal: Some(class), ..Self::default() }
    }
}

impl CommsModule for Tls {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.active = self.from_the_first_octet;
        Ok(())
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        if let Some(class) = self.refusal {
            return Err(Error::new(class, "the certificate is for other.example"));
        }
        below.send(CLIENT_HELLO.into())?;
        below.flush()?;
        let mut heard = Vec::new();
        while heard.len() < SERVER_HELLO.len() {
            let mut octets = [0; 16];
            let count = below.receive(&mut octets[..SERVER_HELLO.len() - heard.len()])?;
            if count == 0
                || !SERVER_HELLO.as_bytes().starts_with(&[&heard[..], &octets[..count]].concat())
            {
                return Err(Error::new(ErrorClass::Protocol, "that is not TLS"));
            }
            heard.extend_from_slice(&octets[..count]);
        }
        self.properties.active = true;
        Ok(())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.active = false;
        Ok(())
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(self.clone()))
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        match (method, args) {
            ("channel_binding", [Value::Text(kind)]) if kind == "tls-exporter" => {
                Ok(Value::Octets(self.binding.clone()))
            }
            _ => below.invoke(method, args),
        }
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: TlsProperties::TABLE,
    methods: &[MethodSpec { name: "channel_binding", doc: "channel_binding(kind): its octets" }],
    ..ModuleSpec::filter("Tls", "stands for TLS")
};

/// The handshake as scripts have it: `C=: ` and `S=: ` before these.
pub(crate) const CLIENT_HELLO: &str = "\x16hello";
pub(crate) const SERVER_HELLO: &str = "\x16olleh";
pub(crate) const HANDSHAKE: &str = "C=: \\x16hello\nS=: \\x16olleh\n";

/// A client above a layer for TLS above `script`, not yet connected.
pub(crate) fn client(smtp: Smtp, tls: Tls, script: Script) -> (CommsStack, Transcript) {
    let transcript = script.transcript();
    let builder = CommsStack::builder().layer(smtp).layer(Util::new()).layer(tls).layer(script);
    let mut stack = builder.build().unwrap();
    stack.set("local_mail_domain", "c").unwrap();
    stack.set_clock(ManualClock::new());
    (stack, transcript)
}

/// Writes down everything that a watcher of all layers is told.
#[derive(Default)]
pub(crate) struct Watcher {
    seen: Mutex<String>,
}

impl Watcher {
    /// One that watches all layers of `stack`.
    pub(crate) fn of(stack: &mut CommsStack) -> Arc<Self> {
        let watcher = Arc::new(Self::default());
        let sink: Arc<dyn Sink> = watcher.clone();
        stack.watch(&sink);
        watcher
    }

    pub(crate) fn seen(&self) -> String {
        self.seen.lock().unwrap().clone()
    }
}

/// A stack shows its watchers, too.
impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

impl Sink for Watcher {
    fn note(&self, event: &Event<'_>) {
        writeln!(self.seen.lock().unwrap(), "{event:?}").unwrap();
    }

    fn name(&self) -> String {
        "watcher".to_owned()
    }
}
