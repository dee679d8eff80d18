//! How long each step of a session may take (RFC 5321 4.5.3.2).

use std::time::Duration;

/// A step that waits for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Connect,
    Greeting,
    Ehlo,
    Helo,
    Lhlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Block,
    End,
    Other,
}

impl Step {
    /// The reason of a time that a message has from its first command to its last reply.
    pub(crate) const WHOLE: &'static str = "whole message";

    /// What the time is for, in the words of an error.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Connect => "connection",
            Self::Greeting => "greeting",
            Self::Ehlo => "reply to EHLO",
            Self::Helo => "reply to HELO",
            Self::Lhlo => "reply to LHLO",
            Self::StartTls => "start of TLS",
            Self::Auth => "reply to AUTH",
            Self::Mail => "reply to MAIL",
            Self::Rcpt => "reply to RCPT",
            Self::Data => "reply to DATA",
            Self::Block => "next block of data",
            Self::End => "reply to the end of data",
            Self::Other => "reply",
        }
    }

    /// The time of the RFC.
    pub(crate) fn budget(self) -> Duration {
        let minutes = match self {
            // 4.5.3.2.1 to 3
            Self::Greeting | Self::Mail | Self::Rcpt
            // They are given what MAIL is.
            | Self::Connect | Self::Ehlo | Self::Helo | Self::Lhlo | Self::StartTls | Self::Auth
            | Self::Other => 5,
            // 4.5.3.2.4
            Self::Data => 2,
            // 4.5.3.2.5
            Self::Block => 3,
            // 4.5.3.2.6
            Self::End => 10,
        };
        Duration::from_secs(60 * minutes)
    }
}
