//! What can be said to `comms sendmail`, and to the program where it is called `sendmail`.

use std::sync::LazyLock;

use clap::Args as ClapArgs;
use comms::{Notify, Ret};

use crate::args::server::{SERVER, ServerArgs};

#[derive(Debug, ClapArgs)]
#[command(
    after_help = EXAMPLES,
    disable_help_flag = true,
    mut_arg("url", |arg| arg.default_value(USUAL_SERVER.as_str()).hide_default_value(true)),
    mut_group(SERVER, |group| group.required(false))
)]
pub(crate) struct SendmailArgs {
    /// Send it also to whom its To, Cc and Bcc fields name
    #[arg(short = 't')]
    pub(crate) of_headers: bool,
    /// A line with nothing but a dot is a line of the message, and does not end it; `-oi` is the same
    #[arg(short = 'i')]
    pub(crate) keep_dots: bool,
    /// Sender of the envelope, who is told of what fails; `<>` is nobody. Without it whom the
    /// message's own Sender or From names, else who runs the program
    #[arg(short = 'f', value_name = "ADDRESS", visible_short_alias = 'r')]
    pub(crate) sender: Option<String>,
    /// Full name of the sender, for a message without From
    #[arg(short = 'F', value_name = "NAME")]
    pub(crate) full_name: Option<String>,
    /// When to be told: success, failure, delay (separated by commas), or never
    #[arg(short = 'N', value_name = "WHEN")]
    pub(crate) notify: Option<Notify>,
    /// How much of the message a notification holds: full or hdrs
    #[arg(short = 'R', value_name = "HOW")]
    pub(crate) ret: Option<Ret>,
    /// The name of the message in notifications
    #[arg(short = 'V', value_name = "ID")]
    pub(crate) envid: Option<String>,
    /// Say what became of the message, on standard error
    #[arg(short = 'v')]
    pub(crate) verbose: bool,
    /// `-bm`, to send a message, is what is done anyway; no other mode is known
    #[arg(short = 'b', value_name = "MODE")]
    pub(crate) mode: Option<String>,
    /// Options of other programs of this name (`-oem`, `-odi`), which change nothing here
    #[arg(short = 'o', value_name = "OPTION", allow_hyphen_values = true)]
    pub(crate) options: Vec<String>,
    /// The same in long: `-O DeliveryMode=b`
    #[arg(short = 'O', value_name = "OPTION", hide = true)]
    _long_options: Vec<String>,
    /// 7BIT or 8BITMIME: looked for in the message itself
    #[arg(short = 'B', value_name = "TYPE", hide = true)]
    _body: Option<String>,
    #[arg(short = 'h', value_name = "HOPS", hide = true)]
    _hops: Option<String>,
    #[arg(short = 'L', value_name = "TAG", hide = true)]
    _tag: Option<String>,
    #[arg(short = 'p', value_name = "PROTOCOL", hide = true)]
    _protocol: Option<String>,
    #[arg(short = 'A', value_name = "FILE", hide = true)]
    _submission: Option<String>,
    #[arg(short = 'm', hide = true)]
    _me_too: bool,
    #[arg(short = 'n', hide = true)]
    _no_aliases: bool,
    #[arg(short = 'U', hide = true)]
    _of_user: bool,
    #[arg(short = 'G', hide = true)]
    _gateway: bool,
    /// The queue of other programs of this name
    #[arg(short = 'q', value_name = "TIME", num_args = 0..=1, default_missing_value = "now",
        hide = true)]
    pub(crate) queue: Option<String>,
    /// Print the whole result as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Print help
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// To whom; a name without `@` is one of this host
    #[arg(value_name = "RECIPIENT")]
    pub(crate) recipients: Vec<String>,
}

/// Where mail goes that nobody says more of.
static USUAL_SERVER: LazyLock<String> = LazyLock::new(|| {
    let named = std::env::var("COMMS_URL").ok().filter(|url| !url.is_empty());
    named.unwrap_or_else(|| "smtp://localhost".to_owned())
});

const EXAMPLES: &str = "\
The message is read from standard input. Date, Message-ID and From are added where they are missing.
It goes to --url, to the server that the variable COMMS_URL names, or to smtp://localhost, at once:
there is no queue, and the status says whether it was taken. Called by the name of sendmail, the
program does the same:
  ln -s $(command -v comms) /usr/local/sbin/sendmail

Examples:
  printf 'To: bob@y.example\\nSubject: Hi\\n\\nHello\\n' | comms sendmail -t
  git config sendemail.smtpServer /usr/local/sbin/sendmail
  echo 'set sendmail = \"/usr/local/sbin/sendmail -oem -oi\"' >> ~/.muttrc

Exit statuses: 0 all recipients accepted, 1 some refused, 64 usage, 65 bad input, 67 refused,
69 unreachable, 70 internal, 74 delivery unknown, 75 refused for now, 76 protocol error,
77 authentication or TLS refused.";
