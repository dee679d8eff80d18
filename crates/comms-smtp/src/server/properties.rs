//! What an `SmtpServer` can be told by name.

use std::time::Duration;

use crate::dialogue::Protocol;
use crate::server::keyword::Keywords;

comms_core::properties! {
    /// The properties of an [`SmtpServer`].
    #[derive(Debug, Clone)]
    pub struct SmtpServerProperties {
        /// What is spoken: SMTP, or LMTP, where the content is answered for each recipient.
        BeforeConnect protocol: Protocol = Protocol::Smtp,
        /// The name that the server greets with.
        BeforeConnect local_mail_domain: String = String::from("localhost"),
        /// The most octets that a message may have; any number where it is not set.
        Always size_limit: Option<u64> = None,
        /// The most recipients of a message.
        Always recipient_limit: usize = 1000,
        /// The most messages of a connection, counted by MAIL; any number where it is not set.
        Always messages_limit: Option<u64> = None,
        /// The time that a client may be silent.
        Always timeout: Duration = Duration::from_secs(300),
        /// Whether mail is taken from users alone.
        Always require_auth: bool = false,
        /// Whether users may show who they are where everybody on the way can read it.
        Always allow_plaintext_auth: bool = false,
        /// Keywords that are not offered in EHLO, and what belongs to them not accepted:
        /// `CHUNKING,DSN`.
        Always without: Keywords = Keywords::default(),
        /// Lines of the reply to EHLO that are said whether they are true or not, in place of the
        /// server's own with the same keyword: `SIZE 100, X-NOVELTY`. A parameter with such a
        /// keyword that the server does not know is taken as it is.
        Always pretend: String = String::new(),
        /// Messages taken on this connection.
        ReadOnly messages: u64 = 0,
    }
}
