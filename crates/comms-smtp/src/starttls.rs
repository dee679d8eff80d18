//! TLS within a session (RFC 3207).

use comms_core::{Below, Level, Result, Severity};

use crate::by_hand::misplaced::Misplaced;
use crate::channel::Channel;
use crate::dialogue::{Dialogue, StartTls};
use crate::error::SmtpError;
use crate::step::Step;
use crate::wire::command::Command;

impl Dialogue {
    /// Makes the channel secure as `tls` says. Where that fails and must not, nothing is said any
    /// more.
    pub(crate) fn secure(&mut self, below: &mut dyn Below) -> Result<()> {
        let required = self.properties.tls == StartTls::Required;
        match Channel::of(below) {
            Channel::Secure => return Ok(()),
            _ if self.properties.tls == StartTls::Never => return Ok(()),
            Channel::WithoutTls if required => return self.stop(SmtpError::NoTlsLayer),
            Channel::WithoutTls => return Ok(()),
            Channel::Plain => {}
        }
        if !self.extensions.offers(STARTTLS) {
            return if required { self.stop(SmtpError::TlsNotOffered) } else { Ok(()) };
        }
        let reply = self.ask(Step::StartTls, &Command::StartTls, below)?;
        if reply.code() == READY {
            return self.start_tls(below);
        }
        if !reply.is_transient() && !reply.is_permanent() {
            return Err(self.no(reply, &Command::StartTls));
        }
        if required {
            return self.stop(SmtpError::TlsRefused { reply });
        }
        self.tls_was_refused = true;
        let text = format_args!("the server refused STARTTLS, going on in clear: {reply}");
        below.note(Severity::Warn, Level::Production, text);
        Ok(())
    }

    /// Makes the channel secure in the middle of a session, whatever `tls` says. Gives the server's
    /// lines to the greeting that follows.
    pub(crate) fn start_tls_now(&mut self, below: &mut dyn Below) -> Result<Vec<String>> {
        self.check_open()?;
        self.stage.check_idle(STARTTLS)?;
        match Channel::of(below) {
            Channel::Secure => {
                let why = Misplaced::Secure;
                return Err(SmtpError::OutOfOrder { command: STARTTLS, why }.into());
            }
            Channel::WithoutTls => return Err(SmtpError::NoTlsLayer.into()),
            Channel::Plain => {}
        }
        if !self.extensions.offers(STARTTLS) {
            return Err(SmtpError::TlsNotOffered.into());
        }
        if self.unfinished {
            self.rset(below)?;
        }
        let reply = self.ask(Step::StartTls, &Command::StartTls, below)?;
        if reply.code() == READY {
            self.authenticated = false;
            self.start_tls(below)?;
            return Ok(self.helo_response.clone());
        }
        if !reply.is_transient() && !reply.is_permanent() {
            return Err(self.no(reply, &Command::StartTls));
        }
        self.tls_was_refused = true;
        Err(SmtpError::TlsRefused { reply }.into())
    }

    /// After the server's 220 there is TLS or nothing. What was said before it counts for nothing
    /// (RFC 3207 4.2).
    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        self.forget();
        self.limit(Step::StartTls, below);
        if let Err(source) = below.start_tls() {
            return self.stop(SmtpError::TlsFailed { source });
        }
        self.helo(below)
    }

    fn stop(&mut self, error: SmtpError) -> Result<()> {
        self.end();
        Err(error.into())
    }
}

const STARTTLS: &str = "STARTTLS";

/// "Ready to start TLS" (RFC 3207 4).
const READY: u16 = 220;
