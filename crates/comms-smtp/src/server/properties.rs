//! What an `SmtpServer` can be told by name.

use std::time::Duration;

use crate::server::keyword::Keywords;

comms_core::properties! {
    /// The properties of an [`SmtpServer`].
    #[derive(Debug, Clone)]
    pub struct SmtpServerProperties {
        /// The name that the server greets with.
        BeforeConnect local_mail_domain: String = String::from("localhost"),
        /// The most octets that a message may have; any number where it is not set.
        Always size_limit: Option<u64> = None,
        /// The most recipients of a message.
        Always recipient_limit: usize = 1000,
        /// The time that a client may be silent.
        Always timeout: Duration = Duration::from_secs(300),
        /// Whether mail is taken from users alone.
        Always require_auth: bool = false,
        /// Whether users may show who they are where everybody on the way can read it.
        Always allow_plaintext_auth: bool = false,
        /// Keywords that are not offered in EHLO, and what belongs to them not accepted:
        /// `CHUNKING,DSN`.
        Always without: Keywords = Keywords::default(),
        /// Lines of the reply to EHLO that are said and not meant, in place of the server's own
        /// with the same keyword: `SIZE 100, X-NOVELTY`.
        Always pretend: String = String::new(),
        /// Messages taken on this connection.
        ReadOnly messages: u64 = 0,
    }
}
