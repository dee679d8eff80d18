//! What can be said of a server, wherever one is asked.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgGroup, Args as ClapArgs, Command};
use comms::{LayerLevels, PropertyValue, Value};

use crate::args::service::{SERVED, ServiceArgs};
use crate::trace;

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new(SERVER).args(["url", "service"]).required(true)))]
pub(crate) struct ServerArgs {
    /// The server: smtp, submission, smtps or lmtp `://host[:port]`, or `lmtp+unix:/path`
    #[arg(long, value_name = "URL", long_help = URLS, help_heading = SERVED)]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
    /// Who to trust instead of the system's authorities, as PEM
    #[arg(long, value_name = "PEM", help_heading = SERVED)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Our own certificate, as PEM
    #[arg(long, value_name = "PEM", requires = "client_key", help_heading = SERVED)]
    pub(crate) client_cert: Option<PathBuf>,
    /// The key of our certificate, as PEM
    #[arg(long, value_name = "PEM", requires = "client_cert", help_heading = SERVED)]
    pub(crate) client_key: Option<PathBuf>,
    /// Who to log in as; the password comes from --password-file, `COMMS_PASSWORD` or the terminal
    #[arg(long, help_heading = LOGIN)]
    pub(crate) user: Option<String>,
    /// The password: the first line of a file
    #[arg(long, value_name = "FILE", help_heading = LOGIN)]
    pub(crate) password_file: Option<PathBuf>,
    /// The token of OAUTHBEARER or XOAUTH2: the first line of a file
    #[arg(long, value_name = "FILE", help_heading = LOGIN)]
    pub(crate) token_file: Option<PathBuf>,
    /// The one mechanism to log in with, such as SCRAM-SHA-256; the strongest offered without it
    #[arg(long, value_name = "MECH", help_heading = LOGIN)]
    pub(crate) auth: Option<String>,
    /// Whom to act for, where that is not the user
    #[arg(long, value_name = "ID", help_heading = LOGIN)]
    pub(crate) authzid: Option<String>,
    /// Time for each step, in seconds; without it that of RFC 5321
    #[arg(long, value_name = "SECS", value_parser = seconds, help_heading = SERVED)]
    pub(crate) timeout: Option<Duration>,
    /// Write each layer's log to a file, with all octets but secrets, behind what is there
    #[arg(long, value_name = "FILE", help_heading = INSIDE)]
    pub(crate) log: Option<PathBuf>,
    /// What goes into the log: `pdus`, `script`, `production`, `trace`, `debug`, or all;
    /// `Smtp=script` is of one layer; several between commas
    #[arg(long, value_name = "LEVELS", requires = "log", help_heading = INSIDE)]
    pub(crate) log_level: Option<LayerLevels>,
    /// Write what happened to a file, without secrets: .html is a page, .txt a transcript, .jsonl
    /// an object for each event, .pcapng a capture for Wireshark (`LAYER=FILE` of another layer); can
    /// be repeated
    #[arg(long, value_name = "FILE", value_parser = trace::wish, help_heading = INSIDE)]
    pub(crate) trace: Vec<trace::Wish>,
    /// Write the session to a new file, without its secrets: a tape that a test can play
    #[arg(long, value_name = "FILE", help_heading = INSIDE)]
    pub(crate) record: Option<PathBuf>,
    /// Set a property of a layer: `Layer.property=value`; can be repeated
    #[arg(long, value_name = "PROPERTY", value_parser = Setting, help_heading = SERVED)]
    pub(crate) set: Vec<(String, String)>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = Duration::from_value(Value::from(text));
    time.filter(|time| !time.is_zero()).ok_or_else(|| "it takes a number of seconds".to_owned())
}

/// Reads `Layer.property=value`. What is none of that is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting;

impl TypedValueParser for Setting {
    type Value = (String, String);

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<(String, String), clap::Error> {
        let parts = value.to_str().and_then(|text| text.split_once('='));
        match parts.filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(clap::Error::raw(
                ErrorKind::ValueValidation,
                "a value of --set is none: it takes Layer.property=value",
            )
            .with_cmd(command)),
        }
    }
}

const LOGIN: &str = "Login";

const INSIDE: &str = "Seeing inside";

/// What names a server.
pub(crate) const SERVER: &str = "server";

const URLS: &str = "\
The server:
  smtp://host[:25]          STARTTLS where it is offered; ?tls=required, ?tls=none
  submission://host[:587]   STARTTLS required
  smtps://host[:465]        TLS from the first octet; submissions:// is the same
  lmtp://host:port, lmtp+unix:/path
with user:password@ before the host, ?verify=none to accept any certificate, and
?proxy=socks5://host:port or ?proxy=http://host:port";
