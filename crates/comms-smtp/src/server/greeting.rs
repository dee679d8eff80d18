//! Greetings, and what is offered in the reply to EHLO (RFC 5321 4.1.1.1).

use comms_core::{Below, Result};

use crate::channel::Channel;
use crate::dialogue::Protocol;
use crate::parameter::limits::Limits;
use crate::server::exchange::Exchange;
use crate::server::keyword::Keyword;
use crate::server::module::SmtpServer;
use crate::server::stage::{Next, Stage};
use crate::wire::request::Greeting;

impl SmtpServer {
    /// Greets a client, or does not.
    pub(crate) fn greet(&mut self, below: &mut dyn Below) -> Result<Next> {
        let kind = match self.properties.protocol {
            Protocol::Smtp => "ESMTP",
            Protocol::Lmtp => "LMTP",
        };
        let decision = self.handler.connect();
        let decision = self.in_time(decision, below)?;
        let is_served = decision.does_it();
        let greeting = format!("{} {kind} comms", self.properties.local_mail_domain);
        let next = self.conclude(decision, 220, &greeting, below)?;
        Ok(if is_served || next == Next::Stall { next } else { Next::Stop })
    }

    /// EHLO, HELO or LHLO.
    pub(crate) fn helo(
        &mut self,
        greeting: Greeting,
        name: &str,
        below: &mut dyn Below,
    ) -> Result<Next> {
        let speaks_lmtp = self.properties.protocol == Protocol::Lmtp;
        if speaks_lmtp != (greeting == Greeting::Lhlo) {
            return self.mistake(500, "5.5.1 that greeting is not of this protocol", below);
        }
        let decision = self.handler.helo(name);
        let decision = self.in_time(decision, below)?;
        if decision.does_it() {
            self.stage = Stage::Greeted;
            self.client = Some(name.to_owned());
        }
        let lines = match greeting {
            Greeting::Helo => self.properties.local_mail_domain.clone(),
            Greeting::Ehlo | Greeting::Lhlo => self.offer(below),
        };
        self.conclude(decision, 250, &lines, below)
    }

    /// The reply to EHLO.
    fn offer(&self, below: &dyn Below) -> String {
        let mut lines = vec![self.properties.local_mail_domain.clone()];
        let own = Keyword::ALL.iter().copied();
        let own = own.filter(|own| !self.pretends(own.as_str()) && self.offers(*own, below));
        lines.extend(own.map(|keyword| self.line(keyword)));
        lines.extend(self.pretended().map(str::to_owned));
        lines.join("\n")
    }

    /// Whether `keyword` is offered, and what belongs to it accepted.
    pub(crate) fn offers(&self, keyword: Keyword, below: &dyn Below) -> bool {
        !self.is_without(keyword)
            && match keyword {
                Keyword::BinaryMime => !self.is_without(Keyword::Chunking),
                // RFC 6531 3.1 (8): who offers it offers 8BITMIME, and clients count on that.
                Keyword::SmtpUtf8 => !self.is_without(Keyword::EightBitMime),
                Keyword::StartTls => Channel::of(below) == Channel::Plain,
                Keyword::Auth => self.takes_passwords(below),
                Keyword::RequireTls => Channel::of(below) == Channel::Secure,
                _ => true,
            }
    }

    /// Whether the server is told to do without `keyword`.
    pub(crate) fn is_without(&self, keyword: Keyword) -> bool {
        self.properties.without.has(keyword)
    }

    /// The keyword with its parameters.
    fn line(&self, keyword: Keyword) -> String {
        match keyword {
            Keyword::Size => format!("{keyword} {}", self.properties.size_limit.unwrap_or(0)),
            Keyword::Auth => format!("{keyword} {}", Exchange::NAMES.join(" ")),
            Keyword::FutureRelease => format!("{keyword} {LONGEST_HOLD}"),
            Keyword::Limits => format!("{keyword} {}", self.limits()),
            _ => keyword.to_string(),
        }
    }

    fn limits(&self) -> Limits {
        let number = |limit: u64| u32::try_from(limit).unwrap_or(MOST_LIMIT).min(MOST_LIMIT);
        Limits {
            mail_max: self.properties.messages_limit.map(number),
            rcpt_max: Some(number(self.properties.recipient_limit as u64)),
            ..Limits::default()
        }
    }

    /// Whether a line with this keyword is pretended.
    pub(crate) fn pretends(&self, keyword: &str) -> bool {
        let mut words = self.pretended().filter_map(|line| line.split(' ').next());
        words.any(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// The lines that are said beside the server's own, or in place of them.
    fn pretended(&self) -> impl Iterator<Item = &str> {
        let lines = self.properties.pretend.split(',').map(str::trim);
        lines.filter(|line| !line.is_empty())
    }
}

/// RFC 4865 4: the longest time to hold a message for, and the last moment to hold one until. A
/// server that sends nothing on holds everything.
const LONGEST_HOLD: &str = "999999999 9999-12-31T23:59:59Z";

/// RFC 9422 3: a limit has at most six digits.
const MOST_LIMIT: u32 = 999_999;
