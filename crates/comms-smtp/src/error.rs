//! What can go wrong between us and a server, with the words that it used.

mod words;

use std::error::Error as StdError;

use comms_core::{Error, ErrorClass};
use comms_mime::{Address, AddressError};
use thiserror::Error as ThisError;

use crate::argument::ArgumentError;
use crate::auth::choice::Skipped;
use crate::auth::mechanism::MechanismError;
use crate::by_hand::misplaced::Misplaced;
use crate::dot::StrayLineEnd;
use crate::error::words::{in_its_words, list, no_mechanism};
use crate::report::Rejected;
use crate::wire::reply::{Reply, ReplyError};

/// What went wrong in an SMTP session. `Error::cause::<SmtpError>()` gives it.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum SmtpError {
    /// The server said no.
    #[error("{command} was refused: {reply}")]
    Refused {
        /// What was asked.
        command: String,
        /// The server's words.
        reply: Reply,
    },
    /// The server said no to every recipient.
    #[error("every recipient was refused: {}", list(.rejected))]
    NoRecipient {
        /// Each with the server's words.
        rejected: Vec<Rejected>,
    },
    /// Some recipients were refused, and `strict` asks for all or nothing: nothing was sent.
    #[error("nothing was sent, because `strict` is set and recipients were refused: {}", list(.rejected))]
    Strict {
        /// Each with the server's words.
        rejected: Vec<Rejected>,
    },
    /// A command or the content could not be sent.
    #[error("{what} could not be sent")]
    Unsent {
        /// Which.
        what: String,
        /// Why.
        source: Error,
    },
    /// The reply did not come.
    #[error("no reply to {command}")]
    Unanswered {
        /// What was asked.
        command: String,
        /// Why.
        source: Error,
    },
    /// The server said no to the content.
    #[error("the content was refused: {reply}")]
    ContentRefused {
        /// The server's words.
        reply: Reply,
        /// Recipients that had been refused before.
        rejected: Vec<Rejected>,
    },
    /// The server spoke without being asked.
    #[error("the server said {reply} without being asked")]
    Unasked {
        /// Its words.
        reply: Reply,
    },
    /// The server answered the content before it was sent.
    #[error("the server answered the content before it was sent")]
    BeforeContent,
    /// The channel passes seven bits, and the message has eight. Nothing was sent.
    #[error(
        "the message may hold octets of eight bits, and a layer below changes parity: \
         set its parity to preserve"
    )]
    SevenBit,
    /// The content had been sent to its end, and the reply did not come.
    #[error("no reply to the content, which had been sent whole: it may have been delivered")]
    Unknown {
        /// In LMTP, the recipients that have it for sure; else those that may have it.
        accepted: Vec<Address>,
        /// Recipients that were refused.
        rejected: Vec<Rejected>,
        /// Why.
        source: Error,
    },
    /// The reply is not one.
    #[error("the reply to {command} is none")]
    BadReply {
        /// What was asked.
        command: String,
        /// What is wrong with it.
        source: ReplyError,
    },
    /// The reply is one that does not fit.
    #[error("the server answered {command} with {reply}, which makes no sense there")]
    Unexpected {
        /// What was asked.
        command: String,
        /// The server's words.
        reply: Reply,
    },
    /// The message is larger than the server takes. Nothing was sent.
    #[error("the message has {size} octets, and the server takes at most {limit}")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The server's limit.
        limit: u64,
    },
    /// An address needs SMTPUTF8 (RFC 6531), and the server has none. Nothing was sent.
    #[error(
        "`{address}` needs a server that offers SMTPUTF8, and this one does not: \
         use an address in ASCII"
    )]
    NeedsSmtpUtf8 {
        /// The address.
        address: Address,
    },
    /// There is nobody to send it to. Nothing was sent.
    #[error("the message has no recipient")]
    NoRecipients,
    /// The content could not be read or encoded.
    #[error("the content of the message cannot be sent")]
    Content {
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// An argument cannot stand in a command.
    #[error("{what} cannot stand in a command")]
    Argument {
        /// Which.
        what: &'static str,
        /// Why.
        source: ArgumentError,
    },
    /// A text that should be an address is none.
    #[error("{what} is no address")]
    Address {
        /// Which.
        what: &'static str,
        /// What is wrong with it.
        source: AddressError,
    },
    /// MAIL did not ask for what an address or a parameter needs.
    #[error("`{what}` needs MAIL with the parameter {parameter}: say RSET, and MAIL with it")]
    NeedsParameter {
        /// The address or parameter.
        what: String,
        /// What MAIL has to ask for.
        parameter: &'static str,
    },
    /// The command has no place here. Nothing was sent.
    #[error("{command} cannot be said {why}")]
    OutOfOrder {
        /// The command.
        command: &'static str,
        /// Why not, and what to say first.
        why: Misplaced,
    },
    /// Nothing is left to authenticate with. Nothing secret was sent.
    #[error("cannot authenticate: {}", no_mechanism(.offered, .allowed, .skipped))]
    NoMechanism {
        /// What the server offers.
        offered: Vec<String>,
        /// What we could use here if it were offered.
        allowed: Vec<String>,
        /// Why each that was offered is not used.
        skipped: Vec<Skipped>,
    },
    /// The server does not let us in.
    #[error("AUTH {mechanism} was refused: {reply}{}", in_its_words(.remark.as_deref()))]
    AuthRefused {
        /// The mechanism.
        mechanism: String,
        /// The server's words.
        reply: Reply,
        /// What the server said within the mechanism.
        remark: Option<String>,
    },
    /// The exchange cannot go on, or its end is not to be believed.
    #[error("cannot authenticate by {mechanism}")]
    Mechanism {
        /// The mechanism.
        mechanism: String,
        /// Why.
        source: MechanismError,
    },
    /// The source of tokens gave none.
    #[error("the token source gave no token")]
    NoToken {
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The session is authenticated, and RFC 4954 4 allows that once.
    #[error("the session is authenticated already")]
    Authenticated,
    /// STARTTLS was refused; whoever refused it might want the secret.
    #[error(
        "the server refused STARTTLS, and nothing is authenticated in clear after that: \
         use its port for TLS from the first octet"
    )]
    ClearAfterRefusal,
    /// `tls` is `required`, or TLS was asked for by hand, and the server does not offer it.
    #[error(
        "TLS is required, and the server does not offer STARTTLS: \
         use its port for TLS from the first octet"
    )]
    TlsNotOffered,
    /// `tls` is `required`, or TLS was asked for by hand, and the server refused it.
    #[error("TLS is required, and the server refused STARTTLS: {reply}")]
    TlsRefused {
        /// The server's words.
        reply: Reply,
    },
    /// `tls` is `required`, or TLS was asked for by hand, and no layer knows it.
    #[error("TLS is required, and no layer below knows it: put Tls between Util and Tcp")]
    NoTlsLayer,
    /// Both sides had agreed to start TLS, and it failed: the session ended there.
    #[error("TLS could not be started")]
    TlsFailed {
        /// Why.
        source: Error,
    },
    /// `strict` asks for all or nothing, and the server takes so many recipients at a time alone.
    /// Nothing was sent.
    #[error(
        "the server takes {limit} recipients at a time, and `strict` asks for all or nothing: \
         send to fewer, or without `strict`"
    )]
    TooManyRecipients {
        /// How many it takes.
        limit: usize,
    },
    /// The connection was lost while a message before this one was under way.
    #[error("the connection was lost with a message before it")]
    Behind,
    /// QUIT was said, or an earlier error left the session in no known state.
    #[error("QUIT or an earlier error ended the session: disconnect, then connect again")]
    Over,
    /// The message requires TLS on its whole way (RFC 8689), and cannot have it. Nothing was sent.
    #[error("the message requires TLS on its whole way, and {lack}")]
    NoRequiredTls {
        /// What is missing.
        lack: &'static str,
    },
    /// The message must not go without what the server does not offer. Nothing was sent.
    #[error("the message asks for `{asked}`, and the server does not offer {keyword}")]
    NotOffered {
        /// The parameter.
        asked: String,
        /// The extension.
        keyword: &'static str,
    },
    /// The message asks for more than the server says that it takes. Nothing was sent.
    #[error("the message asks for `{asked}`, and the server takes {limit}")]
    BeyondLimit {
        /// The parameter.
        asked: String,
        /// The server's limit.
        limit: String,
    },
}

impl SmtpError {
    /// Its class, which goes with the server's words where there are any.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            Self::Refused { reply, .. } | Self::ContentRefused { reply, .. } => class_of(reply),
            Self::NoRecipient { rejected } | Self::Strict { rejected } => {
                let later = rejected.iter().any(|one| one.reply.is_transient());
                if later { ErrorClass::Transient } else { ErrorClass::Permanent }
            }
            Self::Unsent { source, .. } | Self::Unanswered { source, .. } => source.class(),
            Self::Unknown { .. } => ErrorClass::DeliveryUnknown,
            Self::BadReply { .. }
            | Self::Unexpected { .. }
            | Self::Unasked { .. }
            | Self::BeforeContent => ErrorClass::Protocol,
            // The server has said what it would answer: the same will be refused again.
            Self::TooLarge { .. }
            | Self::TooManyRecipients { .. }
            | Self::NotOffered { .. }
            | Self::BeyondLimit { .. } => ErrorClass::Permanent,
            Self::NeedsSmtpUtf8 { .. }
            | Self::Content { .. }
            | Self::SevenBit
            | Self::Address { .. } => ErrorClass::Content,
            Self::NoRecipients
            | Self::Argument { .. }
            | Self::NeedsParameter { .. }
            | Self::OutOfOrder { .. }
            | Self::Authenticated
            | Self::NoTlsLayer => ErrorClass::Usage,
            Self::AuthRefused { reply, .. } if reply.is_transient() => ErrorClass::Transient,
            Self::Mechanism { source, .. } => class_of_mechanism(source),
            Self::NoMechanism { .. }
            | Self::AuthRefused { .. }
            | Self::NoToken { .. }
            | Self::ClearAfterRefusal
            | Self::TlsNotOffered
            | Self::TlsRefused { .. }
            | Self::NoRequiredTls { .. } => ErrorClass::Authentication,
            // Whatever it was, it is too late for a plain "no".
            Self::TlsFailed { source } => match source.class() {
                ErrorClass::Usage | ErrorClass::Transient | ErrorClass::Permanent => {
                    ErrorClass::Authentication
                }
                class => class,
            },
            Self::Over | Self::Behind => ErrorClass::Connection,
        }
    }

    /// The server's reply, where it is one reply that says no.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Refused { reply, .. }
            | Self::ContentRefused { reply, .. }
            | Self::Unasked { reply }
            | Self::Unexpected { reply, .. }
            | Self::AuthRefused { reply, .. }
            | Self::TlsRefused { reply } => Some(reply),
            _ => None,
        }
    }

    /// The recipients that were refused, where that is what went wrong.
    pub fn rejected(&self) -> &[Rejected] {
        match self {
            Self::NoRecipient { rejected }
            | Self::Strict { rejected }
            | Self::ContentRefused { rejected, .. }
            | Self::Unknown { rejected, .. } => rejected,
            _ => &[],
        }
    }
}

impl From<SmtpError> for Error {
    fn from(error: SmtpError) -> Self {
        Self::new(error.class(), error)
    }
}

impl From<StrayLineEnd> for SmtpError {
    fn from(stray: StrayLineEnd) -> Self {
        Self::Content { source: Box::new(stray) }
    }
}

fn class_of(reply: &Reply) -> ErrorClass {
    if reply.is_transient() { ErrorClass::Transient } else { ErrorClass::Permanent }
}

fn class_of_mechanism(error: &MechanismError) -> ErrorClass {
    match error {
        MechanismError::Control { .. } | MechanismError::Unprepared { .. } => ErrorClass::Usage,
        MechanismError::Challenge(_) | MechanismError::Said => ErrorClass::Protocol,
        _ => ErrorClass::Authentication,
    }
}
