//! Commands as lines (RFC 5321 4.1.1). Their arguments are types in which a line end cannot be
//! expressed, so what is written here is one line whatever it holds.

use std::fmt::{self, Write};

use comms_mime::Address;

use crate::argument::{Argument, HeloName};
use crate::envelope::ReversePath;
use crate::parameter::size::Size;

/// A command of the client.
#[derive(Debug, Clone)]
pub(crate) enum Command<'a> {
    Ehlo(&'a HeloName),
    Helo(&'a HeloName),
    Lhlo(&'a HeloName),
    StartTls,
    /// With a mechanism's name; a response may follow.
    Auth(&'a str),
    /// With the size, and the other parameters as they stand behind it, each with a blank before it.
    Mail(&'a ReversePath, Option<Size>, &'a str),
    /// With the parameters as `Mail` has them.
    Rcpt(&'a Address, &'a str),
    Data,
    /// With the octets of the chunk, and whether it is the last (RFC 3030).
    Bdat(usize, bool),
    Rset,
    Noop,
    Quit,
    Vrfy(&'a Argument),
    Expn(&'a Argument),
    Help(Option<&'a Argument>),
}

impl Command<'_> {
    /// The line as it goes on the wire.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        self.write(&mut line);
        line
    }

    /// Adds the line as it goes on the wire.
    pub(crate) fn write(&self, line: &mut String) {
        // A `String` takes everything.
        let _ = match self {
            Self::Mail(_, Some(size), parameters) => write!(line, "{self} SIZE={size}{parameters}"),
            Self::Mail(_, None, parameters) | Self::Rcpt(_, parameters) => {
                write!(line, "{self}{parameters}")
            }
            _ => write!(line, "{self}"),
        };
        line.push_str("\r\n");
    }
}

/// The command as an error names it: without parameters.
impl fmt::Display for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ehlo(name) => write!(f, "EHLO {name}"),
            Self::Helo(name) => write!(f, "HELO {name}"),
            Self::Lhlo(name) => write!(f, "LHLO {name}"),
            Self::StartTls => f.write_str("STARTTLS"),
            Self::Auth(mechanism) => write!(f, "AUTH {mechanism}"),
            Self::Mail(sender, ..) => write!(f, "MAIL FROM:{sender}"),
            Self::Rcpt(recipient, _) => write!(f, "RCPT TO:<{recipient}>"),
            Self::Data => f.write_str("DATA"),
            Self::Bdat(octets, false) => write!(f, "BDAT {octets}"),
            Self::Bdat(octets, true) => write!(f, "BDAT {octets} LAST"),
            Self::Rset => f.write_str("RSET"),
            Self::Noop => f.write_str("NOOP"),
            Self::Quit => f.write_str("QUIT"),
            Self::Vrfy(who) => write!(f, "VRFY {who}"),
            Self::Expn(list) => write!(f, "EXPN {list}"),
            Self::Help(None) => f.write_str("HELP"),
            Self::Help(Some(topic)) => write!(f, "HELP {topic}"),
        }
    }
}
