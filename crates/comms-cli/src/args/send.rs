//! What can be said to `comms send`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::args::server::ServerArgs;
use crate::dkim::DkimArgs;
use crate::envelope::EnvelopeArgs;

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Message", after_help = SEND_EXAMPLES)]
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
    /// An invitation in a file (iCalendar, `.ics`), which names its METHOD
    #[arg(long, value_name = "FILE")]
    pub(crate) calendar: Option<PathBuf>,
    /// Another header field, `Name: value`; can be repeated
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// A message that exists already, sent as it is; `-` is standard input; can be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = COMPOSED, help_heading = THERE)]
    pub(crate) raw: Vec<PathBuf>,
    /// Each message of a folder, sent as it is: an mbox file, a Maildir, or a directory of `.eml`
    /// files; can be repeated
    #[arg(long, value_name = "FOLDER", conflicts_with_all = COMPOSED, help_heading = THERE)]
    pub(crate) each: Vec<PathBuf>,
    /// Send each message to whom its own To, Cc and Bcc name, from its Return-Path, Sender or From
    #[arg(long, conflicts_with_all = ["to", "cc", "bcc"], help_heading = THERE)]
    pub(crate) recipients_from_headers: bool,
    /// Send several messages over so many connections at a time
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = THERE,
        value_parser = clap::value_parser!(u16).range(1..=MOST_CONNECTIONS))]
    pub(crate) connections: u16,
    #[command(flatten)]
    pub(crate) dkim: DkimArgs,
    #[command(flatten)]
    pub(crate) envelope: EnvelopeArgs,
    /// Print the whole result as one JSON object, or one for each of several messages
    #[arg(long, help_heading = None)]
    pub(crate) json: bool,
    /// Connect to nothing: check everything, and print the message
    #[arg(long, help_heading = None)]
    pub(crate) dry_run: bool,
}

const THERE: &str = "Messages that exist already";

/// What makes a message, where it does not exist already.
const COMPOSED: [&str; 8] =
    ["subject", "text", "text_file", "html_file", "attach", "inline", "calendar", "header"];

/// Few servers take as many from one client.
const MOST_CONNECTIONS: i64 = 64;

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
