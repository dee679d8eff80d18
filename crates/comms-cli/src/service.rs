//! From a URL to the stack that it means, not yet built.

use comms::{Blueprint, MailUrl, SetBy};

use crate::args::server::ServerArgs;
use crate::failure::Failure;
use crate::output;

/// The stack of the server that the arguments name.
pub(crate) fn of_server(args: &ServerArgs) -> Result<Blueprint, Failure> {
    of_url(&args.url)
}

/// The stack that `--url` means.
pub(crate) fn of_url(url: &str) -> Result<Blueprint, Failure> {
    let url = MailUrl::parse(url).map_err(|error| Failure::Usage(format!("--url: {error}")))?;
    if url.shows_password() {
        output::say("others on this machine can read a password in --url: use --password-file");
    }
    Ok(Blueprint::of_url(&url, &SetBy::Flag("--url")))
}
