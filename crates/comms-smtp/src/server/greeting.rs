//! Greetings, and what is offered in the reply to EHLO (RFC 5321 4.1.1.1).

use comms_core::{Below, Result};

use crate::channel::Channel;
use crate::server::exchange::Exchange;
use crate::server::keyword::Keyword;
use crate::server::module::SmtpServer;
use crate::server::stage::{Next, Stage};

impl SmtpServer {
    pub(crate) fn ehlo(&mut self, below: &mut dyn Below) -> Result<Next> {
        self.stage = Stage::Greeted;
        let mut lines = vec![self.properties.local_mail_domain.clone()];
        let pretended = self.pretended();
        let offered = Keyword::ALL.iter().filter(|keyword| {
            let is_pretended = pretended.iter().any(|line| is_of(keyword.as_str(), line));
            !is_pretended && self.offers(**keyword, below)
        });
        lines.extend(offered.map(|keyword| self.line(*keyword)));
        lines.extend(pretended.into_iter().map(str::to_owned));
        self.answer(250, &lines.join("\n"), below)
    }

    /// Whether `keyword` is offered, and what belongs to it accepted.
    pub(crate) fn offers(&self, keyword: Keyword, below: &dyn Below) -> bool {
        !self.is_without(keyword)
            && match keyword {
                Keyword::BinaryMime => !self.is_without(Keyword::Chunking),
                Keyword::StartTls => Channel::of(below) == Channel::Plain,
                Keyword::Auth => self.takes_passwords(below),
                Keyword::RequireTls
                | Keyword::Dsn
                | Keyword::MtPriority
                | Keyword::DeliverBy
                | Keyword::FutureRelease => false,
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
            Keyword::Limits => format!("{keyword} RCPTMAX={}", self.properties.recipient_limit),
            _ => keyword.to_string(),
        }
    }

    /// The lines that are said and not meant.
    fn pretended(&self) -> Vec<&str> {
        let lines = self.properties.pretend.split(',').map(str::trim);
        lines.filter(|line| !line.is_empty()).collect()
    }
}

/// Whether `line` of a reply to EHLO begins with `keyword`.
fn is_of(keyword: &str, line: &str) -> bool {
    line.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case(keyword))
}
