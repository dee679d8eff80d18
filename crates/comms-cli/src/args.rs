//! What can be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};
use comms::{FaultRule, Keywords, PropertyValue, Value};

use crate::dkim::DkimArgs;
use crate::envelope::EnvelopeArgs;

/// Sends mail, asks servers, shows stacks, and takes mail in a sink.
#[derive(Debug, Parser)]
#[command(name = "comms", version, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send a message, or several
    Send(Box<SendArgs>),
    /// Ask a server whether it is there
    Noop(ServerArgs),
    /// Ask a server after a user
    Vrfy(NamedQueryArgs),
    /// Ask a server for the members of a list
    Expn(NamedQueryArgs),
    /// Ask a server for help, on a topic or in general
    Help(QueryArgs),
    /// Call methods of a stack by name, in one session; without any, list those that there are
    Do(DoArgs),
    /// Show a stack: its modules, top first, with their properties and where each value came from
    Stack(StackArgs),
    /// Take mail from anybody, for tests: prints the address it listens at, then a line a message
    Sink(SinkArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = SEND_EXAMPLES)]
pub(crate) struct SendArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Sender: `addr` or `Name <addr>`; `<>` is the null sender
    #[arg(long, value_name = "ADDRESS", required_unless_present = "recipients_from_headers")]
    pub(crate) from: Option<String>,
    /// Recipient, or several separated by commas; can be repeated
    #[arg(long, value_name = "ADDRESS", required_unless_present = "recipients_from_headers")]
    pub(crate) to: Vec<String>,
    /// Who gets a copy
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) cc: Vec<String>,
    /// Who gets a copy that the others do not know of
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bcc: Vec<String>,
    /// What the message is about
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// The text
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// The text, from a file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) text_file: Option<PathBuf>,
    /// The same text as HTML, from a file
    #[arg(long, value_name = "FILE")]
    pub(crate) html_file: Option<PathBuf>,
    /// A file that goes with the message; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// A file that the HTML shows by `cid:` and the file's name; can be repeated
    #[arg(long, value_name = "FILE", requires = "html_file")]
    pub(crate) inline: Vec<PathBuf>,
    /// Another header field, `Name: value`; can be repeated
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// A message that exists already, sent as it is; `-` is standard input; can be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = COMPOSED)]
    pub(crate) raw: Vec<PathBuf>,
    /// Each message of a folder, sent as it is: an mbox file, a Maildir, or a directory of `.eml`
    /// files; can be repeated
    #[arg(long, value_name = "FOLDER", conflicts_with_all = COMPOSED)]
    pub(crate) each: Vec<PathBuf>,
    /// Send each message to whom its own To, Cc and Bcc name, from its Return-Path, Sender or From
    #[arg(long, conflicts_with_all = ["to", "cc", "bcc"])]
    pub(crate) recipients_from_headers: bool,
    /// Send several messages over so many connections at a time
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=MOST_CONNECTIONS))]
    pub(crate) connections: u16,
    #[command(flatten)]
    pub(crate) dkim: DkimArgs,
    #[command(flatten)]
    pub(crate) envelope: EnvelopeArgs,
    /// Print the whole result as one JSON object, or one for each of several messages
    #[arg(long)]
    pub(crate) json: bool,
    /// Connect to nothing: check everything, and print the message
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServerArgs {
    /// The server: smtp, submission, smtps or lmtp `://host[:port]`, or `lmtp+unix:/path`
    #[arg(long, value_name = "URL", long_help = URLS)]
    pub(crate) url: String,
    /// Who to trust instead of the system's authorities, as PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Our own certificate, as PEM
    #[arg(long, value_name = "PEM", requires = "client_key")]
    pub(crate) client_cert: Option<PathBuf>,
    /// The key of our certificate, as PEM
    #[arg(long, value_name = "PEM", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,
    /// Who to log in as; the password comes from --password-file, `COMMS_PASSWORD` or the terminal
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// The password: the first line of a file
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// The token of OAUTHBEARER or XOAUTH2: the first line of a file
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The one mechanism to log in with, such as SCRAM-SHA-256; the strongest offered without it
    #[arg(long, value_name = "MECH")]
    pub(crate) auth: Option<String>,
    /// Whom to act for, where that is not the user
    #[arg(long, value_name = "ID")]
    pub(crate) authzid: Option<String>,
    /// Time for each step, in seconds; without it that of RFC 5321
    #[arg(long, value_name = "SECS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Write each layer's log to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Write the session to a new file, without its secrets: a tape that a test can play
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Set a property of a layer: `Layer.property=value`; can be repeated
    #[arg(long, value_name = "PROPERTY", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct QueryArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// What about
    pub(crate) argument: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NamedQueryArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Whom, or which list
    pub(crate) argument: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = DO_EXAMPLES)]
pub(crate) struct DoArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// A method, or one of a layer (`Layer.method`), with its arguments; a lone `+` begins the next
    #[arg(value_name = "METHOD")]
    pub(crate) calls: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct StackArgs {
    /// The server whose stack is shown
    #[arg(long, value_name = "URL", required_unless_present = "modules")]
    pub(crate) url: Option<String>,
    /// The modules of the stack, top first: `Smtp,Util,Tcp`
    #[arg(long, value_name = "NAMES", conflicts_with = "url")]
    pub(crate) modules: Option<String>,
    /// Set a property of a layer: `Layer.property=value`; can be repeated
    #[arg(long, value_name = "PROPERTY", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
}

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
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = Duration::from_value(Value::from(text));
    time.filter(|time| !time.is_zero()).ok_or_else(|| "it takes a number of seconds".to_owned())
}

fn setting(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or_else(|| "it takes Layer.property=value".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

/// What makes a message, where it does not exist already.
const COMPOSED: [&str; 7] =
    ["subject", "text", "text_file", "html_file", "attach", "inline", "header"];

/// Few servers take as many from one client.
const MOST_CONNECTIONS: i64 = 64;

const URLS: &str = "\
The server:
  smtp://host[:25]          STARTTLS where it is offered; ?tls=required, ?tls=none
  submission://host[:587]   STARTTLS required
  smtps://host[:465]        TLS from the first octet; submissions:// is the same
  lmtp://host:port, lmtp+unix:/path
with user:password@ before the host, ?verify=none to accept any certificate, and
?proxy=socks5://host:port or ?proxy=http://host:port";

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

const DO_EXAMPLES: &str = "\
What a method gives is printed a line each, `-` where it is nothing. The first that fails is the
last, and its error gives the status. The content of `data` is a text, @FILE, or - for standard
input. Arguments that begin with a hyphen go behind `--`.

Examples:
  comms do --url 'smtp://localhost?tls=none' helo + vrfy ann
  comms do --url 'smtp://localhost?tls=none' mail ann@x.example SIZE=1000 + \\
      rcpt bob@y.example + data @mail.eml + quit";

const SEND_EXAMPLES: &str = "\
Examples:
  comms send --url 'smtp://localhost?tls=none' --from ann@x.example --to bob@y.example \\
      --subject 'The figures' --text 'Here they are.' --attach figures.pdf
  comms send --url submission://mail.example --user ann --password-file secret \\
      --from ann@x.example --to bob@y.example --raw mail.eml
  comms send --url smtp://mail.example --each outbox.mbox --recipients-from-headers \\
      --connections 4

Exit statuses: 0 all recipients accepted, 1 some refused, 64 usage, 65 bad input, 67 refused,
69 unreachable, 70 internal, 74 delivery unknown, 75 refused for now, 76 protocol error,
77 authentication or TLS refused.";
