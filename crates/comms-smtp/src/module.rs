//! The module `Smtp`.

use comms_core::{
    Below, CommsModule, ModuleSpec, Needs, Payload, Properties, Provides, Receipt, Result, Service,
    Value, wrong_payload,
};

use crate::credentials::Credentials;
use crate::dialogue::{Dialogue, SmtpProperties};
use crate::invoke::{self, METHODS};
use crate::message::SmtpMessage;
use crate::series;

/// The SMTP client (RFC 5321).
///
/// It sends [`SmtpMessage`]s; the receipt of one carries the message's id and, typed, the whole
/// [`SendReport`](crate::SendReport). Its own methods are on [`Session`](crate::Session).
///
/// Directly below it must be a line service (`Util`); any bottom will do. Properties: see
/// [`SmtpProperties`]. Methods, by `invoke`: `helo()`, `helo_response()`, `starttls()`, `auth()`,
/// `mail(sender[, parameter...])`, `rcpt(address[, parameter...])`, `data(content)`, `rset()`,
/// `vrfy(who)`, `expn(list)`, `help([topic])`, `noop()`, `quit()`.
///
/// A layer `Tls` anywhere below is asked to start TLS as `tls` says, before anybody authenticates.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_smtp::{SendReport, Smtp, SmtpMessage};
/// use comms_testkit::Script;
/// use comms_util::Util;
///
/// let peer = Script::parse(concat!(
///     "S: 220 mail.example\n",
///     "C: EHLO client.example\n",
///     "S: 250 mail.example\n",
///     "C: MAIL FROM:<ann@x.example>\n",
///     "S: 250 ok\n",
///     "C: RCPT TO:<bob@y.example>\n",
///     "S: 250 ok\n",
///     "C: DATA\n",
///     "S: 354 go on\n",
///     "until \\r\\n.\\r\\n\n",
///     "S: 250 2.0.0 Ok: queued as 4XyZ1k2s3tz9\n",
/// ))?;
/// let mut stack =
///     CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(peer).build()?;
/// stack.set("local_mail_domain", "client.example")?;
/// stack.connect()?;
/// let message = SmtpMessage::builder("ann@x.example".parse()?)
///     .recipient("bob@y.example".parse()?)
///     .text("Hello\n")
///     .build()?;
/// let receipt = stack.send(&message)?;
/// assert_eq!(receipt.id(), Some(message.id()));
/// let report = receipt.into_report::<SendReport>().expect("a message has a report");
/// assert_eq!(report.queue_id.as_deref(), Some("4XyZ1k2s3tz9"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Smtp {
    pub(crate) dialogue: Dialogue,
}

impl Smtp {
    /// A client with the default properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same client, which shows the server who we are once it is connected.
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        let Credentials { user, password, token, authzid, auth, callbacks } = credentials;
        let properties = &mut self.dialogue.properties;
        (properties.user, properties.password, properties.token) = (user, password, token);
        (properties.authzid, properties.auth) = (authzid, auth);
        self.dialogue.callbacks = callbacks;
        self
    }

    /// Remembers the class of an error for the property of that name.
    pub(crate) fn noting<T>(&mut self, outcome: Result<T>) -> Result<T> {
        self.dialogue.properties.error_class =
            outcome.as_ref().err().map(|error| error.class().to_string());
        outcome
    }
}

impl CommsModule for Smtp {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.dialogue.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.dialogue.properties)
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.dialogue.refuses_bdat = false;
        let outcome = self.dialogue.open(below);
        self.noting(outcome)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        let Some(message) = payload.object::<SmtpMessage>() else {
            return Err(wrong_payload(&SPEC, payload));
        };
        // One that was made by hand is given up: RSET goes before the message.
        self.dialogue.stage.end();
        let outcome = series::send_one(&mut self.dialogue, message, below);
        let report = self.noting(outcome)?;
        Ok(Receipt::new(message.id(), report))
    }

    /// There is nothing to send any more once the session is over.
    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        if self.dialogue.is_over() { Ok(()) } else { below.flush() }
    }

    fn is_over(&self) -> bool {
        self.dialogue.is_over()
    }

    fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
        let outcome = self.dialogue.noop(below);
        Ok(self.noting(outcome)?.text())
    }

    fn reset(&mut self, below: &mut dyn Below) -> Result<()> {
        let outcome = self.dialogue.rset(below);
        self.noting(outcome).map(|_| ())
    }

    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.dialogue.quit(below);
        self.dialogue.clear();
        Ok(())
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        let outcome = invoke::run(&mut self.dialogue, method, args, below);
        self.noting(outcome)
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    needs: Needs::Service(Service::LINES),
    provides: Provides::Nothing,
    takes: &["SmtpMessage"],
    properties: SmtpProperties::TABLE,
    methods: METHODS,
    ..ModuleSpec::filter("Smtp", "sends mail")
};
