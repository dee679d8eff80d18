//! What can be said to `comms sink`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use comms::{FaultRule, Keywords};

use crate::args::inbox::InboxArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct SinkArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Where to put the messages; without it they are read and thrown away
    #[arg(long, value_name = "FOLDER")]
    pub(crate) maildir: Option<PathBuf>,
    /// The certificate to be known by, as PEM: TLS where a client asks for it
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate, as PEM
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// TLS from the first octet, for smtps://
    #[arg(long, requires = "tls_cert")]
    pub(crate) tls_immediately: bool,
    /// Who may send, and only who logs in: `name:password` a line; over TLS alone
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) auth_file: Option<PathBuf>,
    /// The most octets that a message may have
    #[arg(long, value_name = "OCTETS")]
    pub(crate) size_limit: Option<u64>,
    /// The most messages of a connection; the MAIL after them is answered with 421
    #[arg(long, value_name = "N")]
    pub(crate) messages_limit: Option<u64>,
    /// Speak LMTP, with a reply for each recipient
    #[arg(long)]
    pub(crate) lmtp: bool,
    /// Keywords of EHLO that are not offered: `CHUNKING,DSN`
    #[arg(long, value_name = "KEYWORDS")]
    pub(crate) without: Option<Keywords>,
    /// Let something go wrong, such as `rcpt:2:450`; can be repeated
    #[arg(long, value_name = "RULE", long_help = FAIL)]
    pub(crate) fail: Vec<FaultRule>,
    /// Write each layer's log to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Print a JSON object for each message
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) inbox: InboxArgs,
}

const FAIL: &str = "\
Let something go wrong; can be repeated, and the first rule that fits decides. A rule is
COMMAND[:NTH][:ACTION]:
  COMMAND  connect, helo, starttls, auth, mail, rcpt, data, bdat, content (the end of the
           content), rset, noop, vrfy, expn, help or quit; data is the first BDAT too
  NTH      which occurrence, counted from 1 over all connections; without it all
  ACTION   a code from 200 to 599, perhaps with a text; close: hang up without a word;
           close-after: store the message, then hang up without a word; delay SECONDS: go on
           after that time; stall: fall silent. Without it 451
Examples: rcpt:2:450  'rcpt:551 please try <new@x.example>'  content:1:close-after  quit:close";
