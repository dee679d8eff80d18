//! Mail messages as values and as a stream of octets.
//!
//! [`Address`], [`Mailbox`] and [`Mailboxes`] are parsed once and safe to use from then on.
//! A [`Message`] is composed by its [`MessageBuilder`]; a [`RawMessage`] exists already, perhaps with
//! others in an [`Mbox`]. Both are written to an [`Output`] in constant memory, whatever is
//! attached, and tell the exact length before where that can be known. A [`ParsedMessage`] is the
//! view of one that was received.
//!
//! ```
//! use comms_mime::{Attachment, Message, Transfer};
//!
//! let message = Message::builder()
//!     .from("Ann <ann@x.example>".parse()?)
//!     .to("bob@y.example".parse()?)
//!     .subject("The figures")
//!     .text("Dear Bob,\n\nhere they are.\n")
//!     .attach(Attachment::bytes("figures.csv", "1;2;3\n"))
//!     .build()?;
//!
//! let mut octets = Vec::new();
//! message.write(&mut octets, Transfer::SevenBit)?;
//! assert_eq!(message.encoded_len(Transfer::SevenBit), Some(octets.len() as u64));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod attachment;
mod bcc;
mod body;
mod builder;
mod calendar;
#[cfg(feature = "dkim")]
mod dkim;
mod encode;
mod encoded;
mod error;
mod flowed;
mod head;
mod header;
mod identifier;
mod length;
mod mbox;
mod message;
mod mime;
mod original;
mod parsed;
mod part;
mod raw;
mod report;
mod signatures;
mod source;
mod stream;
mod text;
mod write;

pub use crate::address::Address;
pub use crate::address::error::{AddressError, AddressProblem};
pub use crate::address::group::{Entry, Group, Mailboxes};
pub use crate::address::mailbox::Mailbox;
pub use crate::attachment::Attachment;
pub use crate::bcc::BccFilter;
pub use crate::body::Body;
pub use crate::builder::MessageBuilder;
pub use crate::calendar::Calendar;
#[cfg(feature = "dkim")]
pub use crate::dkim::{
    body::RelaxedBody, error::DkimError, head::relaxed_field, key::DkimKey, signer::DkimSigner,
};
pub use crate::error::reading::{MimeError, ParseError};
pub use crate::error::{
    BuildError, CalendarError, HeaderError, PartError, SourceError, WriteError,
};
pub use crate::flowed::{DelSp, Flowed};
pub use crate::header::Header;
pub use crate::header::auto_submitted::AutoSubmitted;
pub use crate::header::content_type::ContentType;
pub use crate::header::date::Date;
pub use crate::header::list::MailingList;
pub use crate::length::Length;
pub use crate::mbox::Mbox;
pub use crate::message::Message;
pub use crate::mime::Mime;
pub use crate::original::Original;
pub use crate::parsed::ParsedMessage;
pub use crate::parsed::correspondent::Correspondent;
pub use crate::parsed::field::ParsedHeader;
pub use crate::parsed::limits::ParseLimits;
pub use crate::parsed::part::ParsedPart;
pub use crate::part::Part;
pub use crate::raw::RawMessage;
pub use crate::report::Report;
pub use crate::report::delivery::{Action, DeliveryStatus, RecipientStatus};
pub use crate::report::disposition::{Disposition, DispositionNotification};
pub use crate::write::{Output, Transfer, Writer};
