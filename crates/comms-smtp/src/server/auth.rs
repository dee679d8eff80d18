//! STARTTLS and AUTH, the server's side (RFC 3207, RFC 4954).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_core::{Below, Level, Result, Secret, Severity};
use zeroize::{Zeroize, Zeroizing};

use crate::channel::Channel;
use crate::server::exchange::Exchange;
use crate::server::keyword::Keyword;
use crate::server::module::{LONGEST_COMMAND, SmtpServer};
use crate::server::scram::Answer;
use crate::server::stage::{Next, Stage};

impl SmtpServer {
    /// Whether users can show who they are on this channel.
    pub(crate) fn takes_passwords(&self, below: &dyn Below) -> bool {
        let allowed = self.properties.allow_plaintext_auth;
        !self.users.is_empty() && (allowed || Channel::of(below) == Channel::Secure)
    }

    /// Has nobody see what a client says that may show who it is with its next line. The layers
    /// below receive it first, and cannot know what it is.
    pub(crate) fn guard_secrets(&self, below: &mut dyn Below) {
        let may_tell = !self.users.is_empty() || self.asked_auth;
        if may_tell && self.user.is_none() {
            below.hide_received();
        } else {
            below.show_received();
        }
    }

    /// STARTTLS. After it the client is a stranger again.
    pub(crate) fn start_tls(&mut self, below: &mut dyn Below) -> Result<Next> {
        if !self.offers(Keyword::StartTls, below) {
            return self.mistake(502, "5.5.1 there is no TLS to start", below);
        }
        self.say(220, "2.0.0 start TLS", below)?;
        below.flush()?;
        self.stage = Stage::Start;
        self.user = None;
        below.limit(self.properties.timeout, "start of TLS");
        below.start_tls()?;
        Ok(Next::Go)
    }

    /// AUTH, from the command to the verdict.
    pub(crate) fn auth(
        &mut self,
        mechanism: &str,
        first: Option<Secret>,
        below: &mut dyn Below,
    ) -> Result<Next> {
        self.line.zeroize();
        if !matches!(self.stage, Stage::Greeted) || self.user.is_some() {
            return self.mistake(503, "5.5.1 not now", below);
        }
        if !self.offers(Keyword::Auth, below) {
            return self.mistake(502, "5.5.1 AUTH is not offered here", below);
        }
        let mut nonce = [0; 18];
        if getrandom::fill(&mut nonce).is_err() {
            return self.answer(454, "4.7.0 no randomness", below);
        }
        let Some(mut exchange) = Exchange::named(mechanism, &nonce) else {
            return self.mistake(504, "5.5.4 no such mechanism", below);
        };
        let mut response = match first {
            Some(_) if !exchange.takes_initial_response() => {
                return self.mistake(501, "5.5.4 the mechanism begins with a challenge", below);
            }
            Some(first) if first.reveal() == "=" => Some(Zeroizing::new(Vec::new())),
            Some(first) => decoded(first.reveal().as_bytes()),
            None => match self.ask(exchange.opening(), below)? {
                Heard::Response(response) => response,
                Heard::Cancelled => return self.mistake(501, "5.7.0 as you wish", below),
                Heard::Nothing => return Ok(Next::Stop),
            },
        };
        while let Some(octets) = response {
            match exchange.hear(&octets, &self.users) {
                Answer::Welcome(user) => {
                    self.user = Some(user);
                    return self.answer(235, "2.7.0 welcome", below);
                }
                Answer::Refuse => return self.mistake(535, "5.7.8 that is not right", below),
                Answer::Ask(challenge) => match self.ask(&challenge, below)? {
                    Heard::Response(next) => response = next,
                    Heard::Cancelled => return self.mistake(501, "5.7.0 as you wish", below),
                    Heard::Nothing => return Ok(Next::Stop),
                },
            }
        }
        self.mistake(501, "5.5.2 that is no base64", below)
    }

    /// Gives a challenge, and reads what the client answers.
    fn ask(&mut self, challenge: &str, below: &mut dyn Below) -> Result<Heard> {
        self.say(334, &STANDARD.encode(challenge), below)?;
        below.limit(self.properties.timeout, "response");
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_COMMAND));
        match below.receive_until(b"\n", LONGEST_COMMAND, &mut line) {
            Ok(0) => return Ok(Heard::Nothing),
            Ok(_) => {}
            Err(error) => return self.part(error, below).map(|_| Heard::Nothing),
        }
        let line = line.trim_ascii_end();
        let shown = if line == b"*" { "*" } else { "<secret>" };
        below.note(Severity::Info, Level::Script, format_args!("C: {shown}"));
        Ok(if line == b"*" { Heard::Cancelled } else { Heard::Response(decoded(line)) })
    }
}

/// What a client answers to a challenge.
enum Heard {
    /// A response; `None` if it is no base64.
    Response(Option<Zeroizing<Vec<u8>>>),
    Cancelled,
    /// It is gone.
    Nothing,
}

fn decoded(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(text).ok().map(Zeroizing::new)
}
