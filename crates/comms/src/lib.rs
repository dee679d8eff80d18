//! Stackable communication modules, and mail built on them.
//!
//! A channel is a stack of modules: the bottom does the real communication, those above translate
//! or speak a protocol. Swap the bottom and nothing above notices; each layer keeps its own log.
//!
//! ```
//! use comms::{CommsStack, Latency, Loopback, MemoryStore, ServerStack, Smtp, SmtpMessage};
//! use comms::{SmtpServer, Util};
//!
//! let (near, far) = Loopback::pair();
//! let mailbox = MemoryStore::new();
//! let server = SmtpServer::new(mailbox.clone());
//! let mut server = CommsStack::builder().layer(server).layer(Util::new()).layer(far).build()?;
//! let server = std::thread::spawn(move || {
//!     server.connect()?;
//!     server.serve()
//! });
//!
//! let mut stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(near).build()?;
//! stack.connect()?;
//! assert_eq!(stack.to_string(), "Smtp > Util > Loopback");
//! let message = SmtpMessage::builder("Ann <ann@x.example>".parse()?)
//!     .recipient("bob@y.example".parse()?)
//!     .subject("Hello")
//!     .text("Hello Bob\n")
//!     .build()?;
//! stack.send(&message)?;
//! stack.disconnect()?;
//! assert_eq!(server.join().expect("no panic")?, 1);
//! assert_eq!(mailbox.messages().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | Module | Kind | Needs below |
//! |---|---|---|
//! | [`Smtp`] | top | a line service ([`Util`]) |
//! | [`SmtpServer`] | top, server side | a line service ([`Util`]) |
//! | [`Util`] | line service, coalescing buffer | a stream of octets |
//! | [`Tls`] | filter | a stream of octets |
//! | [`Socks5`], [`HttpConnect`] | proxies, as filters | a stream of octets |
//! | [`Latency`], [`Throttle`], [`Fault`], [`Check`], [`Record`] | filters for tests | a stream of octets |
//! | [`Tcp`], `Unix` | bottoms | nothing |
//! | [`Loopback`], [`Script`], [`Replay`] | bottoms for tests | nothing |

mod registry;
mod test_server;

pub use comms_config::*;
pub use comms_core::*;
pub use comms_log::*;
pub use comms_mime::{
    Action, Address, AddressError, Attachment, AutoSubmitted, Body, BuildError, Calendar,
    CalendarError, ContentType, Correspondent, Date, DelSp, DeliveryStatus, Disposition,
    DispositionNotification, Entry, Flowed, Group, Header, HeaderError, Mailbox, Mailboxes,
    MailingList, Mbox, Message, MessageBuilder, Mime, MimeError, Original, ParseError, ParseLimits,
    ParsedHeader, ParsedMessage, ParsedPart, Part, PartError, RawMessage, RecipientStatus, Report,
    SourceError, Transfer,
};
#[cfg(feature = "dkim")]
pub use comms_mime::{DkimError, DkimKey, DkimSigner};
pub use comms_smtp::*;
pub use comms_tcp::*;
pub use comms_testkit::*;
pub use comms_tls::*;
pub use comms_util::*;

pub use crate::registry::{build_comms_stack, log_folder, standard_registry};
pub use crate::test_server::TestServer;

/// The README's programs are compiled, and run where they can be.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// And so are the guide's.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/sending.md")]
struct Sending;

/// The chapter on testing.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/testing.md")]
struct Testing;

/// The chapter on faults.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/testing_faults.md")]
struct TestingFaults;

/// The chapter on modules.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/testing_modules.md")]
struct TestingModules;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/composing.md")]
struct Composing;

/// The chapter on configuration.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/configuration.md")]
struct Configuration;

/// The chapter on logs and traces.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/seeing_inside.md")]
struct SeeingInside;
