//! The exchange that shows who we are (RFC 4954).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_core::{Below, Error, Level, Payload, Piece, Property, Result, Secret, Severity, Value};
use zeroize::Zeroizing;

use crate::auth::choice::Offer;
use crate::auth::known::{Account, Known, Proof};
use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::scram::client::{Binding, ChannelData};
use crate::channel::{self, Channel};
use crate::dialogue::Dialogue;
use crate::error::SmtpError;
use crate::step::Step;
use crate::wire::command::Command;
use crate::wire::reply::Reply;

impl Dialogue {
    /// Whether there is anybody to authenticate as. An empty name is nobody.
    pub(crate) fn has_account(&self) -> bool {
        let by_channel = self.properties.auth.as_deref().and_then(Known::named);
        let by_channel = by_channel.is_some_and(|known| known.proof() == Proof::Channel);
        by_channel || !self.user().is_empty() || !self.callbacks.mechanisms.is_empty()
    }

    /// Authenticates by the strongest mechanism that both sides have. Where the server says no,
    /// no weaker one is tried.
    pub(crate) fn authenticate(&mut self, below: &mut dyn Below) -> Result<()> {
        self.check_open()?;
        if self.authenticated {
            return Err(SmtpError::Authenticated.into());
        }
        let secure = Channel::of(below) == Channel::Secure;
        if self.tls_was_refused && !secure {
            return Err(SmtpError::ClearAfterRefusal.into());
        }
        if self.unfinished {
            // AUTH is not allowed within a transaction (RFC 4954 4).
            self.rset(below)?;
        }
        let channel = if secure { channel::binding(below) } else { None };
        let mut own = self.callbacks.mechanisms.iter().map(|make| make()).collect::<Vec<_>>();
        let offer = self.offer(secure, channel.is_some(), &own);
        if let Some(own) = own.iter_mut().find(|own| offer.takes(own.name())) {
            return self.exchange(&mut **own, below);
        }
        let known = offer.choose().map_err(|skipped| {
            let allowed = offer.allowed();
            SmtpError::NoMechanism { offered: offer.offered.clone(), allowed, skipped }
        })?;
        let binding = binding(known, &offer, channel);
        match known.proof() {
            Proof::Password => {
                let password = self.properties.password.clone().unwrap_or_default();
                self.prove(known, &password, binding, below)
            }
            Proof::Token => self.prove_by_token(known, below),
            Proof::Channel => self.prove(known, &Secret::default(), binding, below),
        }
    }

    /// The name of the mechanism that would be used now, with a password where neither it nor a token
    /// is known yet; none where nothing that is offered can be used.
    pub(crate) fn mechanism(&self, below: &mut dyn Below) -> Option<String> {
        let secure = Channel::of(below) == Channel::Secure;
        let can_bind = secure && channel::binding(below).is_some();
        let own = self.callbacks.mechanisms.iter().map(|make| make()).collect::<Vec<_>>();
        let mut offer = self.offer(secure, can_bind, &own);
        offer.password |= !offer.token;
        let own = own.iter().map(|own| own.name()).find(|name| offer.takes(name));
        own.map(str::to_owned).or_else(|| Some(offer.choose().ok()?.name().to_owned()))
    }

    fn offer(&self, secure: bool, can_bind: bool, own: &[Box<dyn Mechanism>]) -> Offer {
        let properties = &self.properties;
        let there = |secret: &Option<Secret>| {
            !self.user().is_empty() && secret.as_ref().is_some_and(|it| !it.reveal().is_empty())
        };
        let source = !self.user().is_empty() && self.callbacks.token.is_some();
        Offer {
            offered: self.extensions.mechanisms(),
            forced: properties.auth.clone(),
            password: there(&properties.password),
            token: there(&properties.token) || source,
            authzid: properties.authzid.is_some(),
            may_tell: secure || properties.allow_plaintext_auth,
            can_bind,
            own: own.iter().map(|own| (own.name().to_owned(), own.is_safe_in_clear())).collect(),
        }
    }

    fn user(&self) -> &str {
        self.properties.user.as_deref().unwrap_or_default()
    }

    /// A source of tokens is asked once more where the server refuses what it gave.
    fn prove_by_token(&mut self, known: Known, below: &mut dyn Below) -> Result<()> {
        let token = self.token()?;
        let outcome = self.prove(known, &token, Binding::Unable, below);
        match outcome {
            Err(error) if self.callbacks.token.is_some() && may_have_expired(&error) => {
                let fresh = self.token()?;
                if fresh == token {
                    return Err(error);
                }
                self.prove(known, &fresh, Binding::Unable, below)
            }
            outcome => outcome,
        }
    }

    fn token(&self) -> Result<Secret> {
        match &self.callbacks.token {
            Some(source) => Ok(source().map_err(|source| SmtpError::NoToken { source })?),
            None => Ok(self.properties.token.clone().unwrap_or_default()),
        }
    }

    fn prove(
        &mut self,
        known: Known,
        secret: &Secret,
        binding: Binding,
        below: &mut dyn Below,
    ) -> Result<()> {
        withhold(secret.reveal().as_bytes(), below);
        let account = Account {
            user: self.user(),
            authzid: self.properties.authzid.as_deref(),
            secret,
            binding,
            server: server(below),
        };
        let mut mechanism = known.start(account).map_err(|source| failed(known.name(), source))?;
        self.exchange(&mut *mechanism, below)
    }

    /// Runs one exchange to its end.
    fn exchange(&mut self, mechanism: &mut dyn Mechanism, below: &mut dyn Below) -> Result<()> {
        let name = mechanism.name().to_owned();
        let command = Command::Auth(&name);
        let first = mechanism.has_initial_response().then(|| mechanism.respond(b"")).transpose();
        let mut held = first.map_err(|source| failed(&name, source))?;
        match held.take_if(|first| fits(&name, first)) {
            Some(first) => self.say_first(&name, &first, below)?,
            None => {
                self.say(&command, below)?;
            }
        }
        let mut asked = 0;
        loop {
            asked += 1;
            let reply = self.hear(Step::Auth, &command, below)?;
            if reply.code() != CHALLENGE {
                return self.verdict(mechanism, reply, below);
            }
            let response = challenge(&reply).and_then(|challenge| match held.take() {
                _ if asked > MOST_CHALLENGES => Err(MechanismError::Said),
                Some(first) => Ok(first),
                None => mechanism.respond(&challenge),
            });
            match response {
                Ok(response) => self.say_response(&command, &response, below)?,
                Err(source) => return self.cancel(&command, failed(&name, source), below),
            }
        }
    }

    /// What the server's last reply comes to.
    fn verdict(
        &mut self,
        mechanism: &mut dyn Mechanism,
        reply: Reply,
        below: &mut dyn Below,
    ) -> Result<()> {
        let name = mechanism.name().to_owned();
        let remark = mechanism.remark().map(|remark| blotted(remark, below));
        if reply.is_transient() || reply.is_permanent() {
            return Err(SmtpError::AuthRefused { mechanism: name, reply, remark }.into());
        }
        if reply.code() != AUTHENTICATED {
            return Err(self.no(reply, &Command::Auth(&name)));
        }
        if let Err(source) = mechanism.finish() {
            self.end();
            return Err(failed(&name, source).into());
        }
        if let Some(remark) = remark {
            below.note(Severity::Warn, Level::Production, format_args!("AUTH {name}: {remark}"));
        }
        self.authenticated = true;
        Ok(())
    }

    /// Breaks an exchange off (RFC 4954 4), and gives `error`, which is why.
    fn cancel(
        &mut self,
        command: &Command<'_>,
        error: SmtpError,
        below: &mut dyn Below,
    ) -> Result<()> {
        let heard = self
            .say_line(command, format_args!("*"), b"*\r\n".into(), below)
            .and_then(|()| self.hear(Step::Auth, command, below));
        let agreed = heard.is_ok_and(|reply| reply.is_permanent() || reply.is_transient());
        let impostor =
            matches!(&error, SmtpError::Mechanism { source: MechanismError::Impostor, .. });
        if !agreed || impostor {
            self.end();
        }
        Err(error.into())
    }

    /// The command with the first response behind it; one without octets is `=`.
    fn say_first(&mut self, name: &str, first: &Response, below: &mut dyn Below) -> Result<()> {
        let start = format!("AUTH {name} ");
        let encoded = encoded(first);
        withhold(first.reveal(), below);
        let encoded = if encoded.is_empty() { "=" } else { encoded.as_str() };
        let pieces = [
            Piece::Plain(start.as_bytes()),
            Piece::Secret(encoded.as_bytes()),
            Piece::Plain(b"\r\n"),
        ];
        let shown = format_args!("{start}<secret>");
        self.say_line(&Command::Auth(name), shown, Payload::Pieces(&pieces), below)
    }

    fn say_response(
        &mut self,
        command: &Command<'_>,
        response: &Response,
        below: &mut dyn Below,
    ) -> Result<()> {
        let encoded = encoded(response);
        withhold(response.reveal(), below);
        let pieces = [Piece::Secret(encoded.as_bytes()), Piece::Plain(b"\r\n")];
        self.say_line(command, format_args!("<secret>"), Payload::Pieces(&pieces), below)
    }
}

/// What a SCRAM exchange says of the channel.
fn binding(known: Known, offer: &Offer, channel: Option<ChannelData>) -> Binding {
    let offered = |name: &String| Known::named(name).is_some_and(Known::is_bound);
    match channel {
        Some(channel) if known.is_bound() => Binding::To(channel),
        Some(_) if !offer.offered.iter().any(offered) => Binding::NotOffered,
        _ => Binding::Unable,
    }
}

/// Where we are connected to, where some layer below knows it by name.
fn server(below: &dyn Below) -> Option<(String, u16)> {
    let value = |name| below.get(name).ok().and_then(|Property { value, .. }| value);
    match (value("host")?, value("port")?) {
        (Value::Text(host), Value::Integer(port)) => Some((host, u16::try_from(port).ok()?)),
        _ => None,
    }
}

/// Whether the command with this response behind it is short enough (RFC 4954 4).
fn fits(name: &str, first: &Response) -> bool {
    let encoded = first.reveal().len().div_ceil(3) * 4;
    "AUTH  \r\n".len() + name.len() + encoded <= LONGEST_COMMAND
}

/// What a mechanism says, without what the server repeats of our secrets.
fn blotted(text: String, below: &dyn Below) -> String {
    let mut octets = text.into_bytes();
    below.blot(&mut octets);
    String::from_utf8_lossy(&octets).into_owned()
}

/// Keeps what we show from everybody else, also where the server says it again.
fn withhold(secret: &[u8], below: &mut dyn Below) {
    below.withhold(secret);
    below.withhold(Zeroizing::new(STANDARD.encode(secret)).as_bytes());
}

fn encoded(response: &Response) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(response.reveal()))
}

fn challenge(reply: &Reply) -> Result<Vec<u8>, MechanismError> {
    STANDARD.decode(reply.text()).map_err(|_| MechanismError::Challenge("is no base64"))
}

fn may_have_expired(error: &Error) -> bool {
    match error.cause::<SmtpError>() {
        Some(SmtpError::AuthRefused { reply, .. }) => reply.code() == INVALID,
        _ => false,
    }
}

fn failed(mechanism: &str, source: MechanismError) -> SmtpError {
    SmtpError::Mechanism { mechanism: mechanism.to_owned(), source }
}

/// "Authentication succeeded" (RFC 4954 6).
const AUTHENTICATED: u16 = 235;

/// The reply that carries a challenge (RFC 4954 4).
const CHALLENGE: u16 = 334;

/// "Authentication credentials invalid" (RFC 4954 6).
const INVALID: u16 = 535;

/// A command line with its end (RFC 5321 4.5.3.1.4).
const LONGEST_COMMAND: usize = 512;

/// No mechanism asks as often.
const MOST_CHALLENGES: u32 = 16;

#[cfg(test)]
mod tests;
