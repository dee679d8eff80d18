//! What can be said to `comms sink`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use comms::{FaultRule, Keywords};

use crate::args::inbox::InboxArgs;

#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SinkArgs {
    /// Where to listen, as `HOST:PORT`; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = host_and_port)]
    pub(crate) listen: (String, u16),
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
    /// Write each layer's log to a file, with all octets but secrets, behind what is there
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Print a JSON object for each message
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) inbox: InboxArgs,
}

/// `127.0.0.1:25`, `[::1]:25`, `localhost:0`.
fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let inside = |host: &str| host.strip_prefix('[')?.strip_suffix(']').map(str::to_owned);
    match parts {
        Some((host, port)) if host.starts_with('[') => inside(host).map(|host| (host, port)),
        Some((host, port)) if !host.is_empty() && !host.contains(':') => {
            Some((host.to_owned(), port))
        }
        _ => None,
    }
    .ok_or_else(|| "it takes HOST:PORT, such as localhost:2525; port 0 takes a free one".to_owned())
}

const EXAMPLES: &str = "\
The first line printed is the address; then there is a line for each message. Ctrl-C ends it.

Examples:
  comms sink --listen localhost:2525 --maildir /tmp/mail
  comms sink --listen 127.0.0.1:2525 --fail rcpt:2:450 --json";

const FAIL: &str = "\
Let something go wrong; can be repeated, and the first rule that fits decides. A rule is
COMMAND[:NTH][:ACTION]:
  COMMAND  connect, helo, starttls, auth, mail, rcpt, data, bdat, content (the end of the
           content), rset, noop, vrfy, expn, help or quit; data is the first BDAT too
  NTH      which occurrence, counted from 1 over all connections; without it all
  ACTION   a code from 200 to 599, perhaps with a text; close: hang up without a word;
           close-after: store the message, then hang up without a word;
           delay SECONDS: go on after that time; stall: fall silent. Without it 451
Examples: rcpt:2:450  'rcpt:551 please try <new@x.example>'  content:1:close-after";
