//! From a URL or the name of a service to the stack that it means, not yet built.

use std::path::Path;

use comms::{Blueprint, Config, ConfigError, Error, MailUrl, SetBy, standard_registry};

use crate::args::server::ServerArgs;
use crate::args::service::ServiceArgs;
use crate::failure::Failure;
use crate::output;

/// The stack of the server that the arguments name.
pub(crate) fn of_server(args: &ServerArgs) -> Result<Blueprint, Failure> {
    match &args.url {
        // The usual URL of sendmail is there also beside a service that is named.
        Some(url) if args.service.service.is_none() => of_url(url),
        _ => of_name(&args.service),
    }
}

/// The stack that `--url` means.
pub(crate) fn of_url(url: &str) -> Result<Blueprint, Failure> {
    let url = MailUrl::parse(url).map_err(|error| Failure::Usage(format!("--url: {error}")))?;
    if url.shows_password() {
        output::say("others on this machine can read a password in --url: use --password-file");
    }
    Ok(Blueprint::of_url(&url, &SetBy::Flag("--url")))
}

/// The service that `--service` means.
pub(crate) fn of_name(args: &ServiceArgs) -> Result<Blueprint, Failure> {
    let name = args.service.as_deref().unwrap_or_default();
    let service = file(args.config.as_deref())?.service(name).cloned();
    service.map_err(|error| Failure::Usage(format!("--service: {error}")))
}

/// The file of services, which is the one that is found where none is named.
pub(crate) fn file(named: Option<&Path>) -> Result<Config, Failure> {
    let registry = standard_registry();
    let file = match named {
        Some(path) => Config::read(path, &registry),
        None => Config::find(&registry),
    };
    file.map_err(|error| match error {
        ConfigError::Mistakes { .. } => Failure::Mistakes(Box::new(error)),
        other => Error::from(other).into(),
    })
}
