//! The modules that come with this crate, and stacks of them, by name.

use comms_config::{Blueprint, Config, ConfigError, MailUrl, SetBy};
use comms_core::{CommsStack, Error, ErrorClass, Registry, Result};
use comms_log::{LogFolder, LogOptions};
use comms_smtp::{Smtp, SmtpServer};
use comms_tcp::{HttpConnect, Socks5, Tcp};
use comms_testkit::{Check, Fault, Latency, Loopback, Record, Replay, Script, Throttle};
use comms_tls::Tls;
use comms_util::{TrafficGroups, Util};

/// The modules that come with this crate. Add your own with [`Registry::with`]; they have equal
/// rights. The `Util` layers of one registry share their traffic groups.
pub fn standard_registry() -> Registry {
    let groups = TrafficGroups::new();
    let registry = Registry::new()
        .with::<Smtp>()
        .with::<SmtpServer>()
        .with_factory(move || Util::in_groups(&groups))
        .with::<Tls>()
        .with::<Socks5>()
        .with::<HttpConnect>()
        .with::<Latency>()
        .with::<Throttle>()
        .with::<Fault>()
        .with::<Check>()
        .with::<Record>()
        .with::<Tcp>()
        .with::<Loopback>()
        .with::<Script>()
        .with::<Replay>();
    #[cfg(unix)]
    let registry = registry.with::<comms_tcp::Unix>();
    registry
}

/// The stack of a service, not yet connected: the one-line way to a stack.
///
/// `what` is the name of a service of `comms.toml`, which [`Config::find`] finds; or a URL,
/// `submission://ann@mail.example`; or modules, top first, `Smtp,Util,Tcp`. It is made of the
/// modules of the [`standard_registry`]; with others, say [`Registry::build`], or
/// [`Config::find`] and [`Config::build`].
///
/// ```no_run
/// let mut stack = comms::build_comms_stack("mailhub")?;
/// stack.connect()?;
/// # Ok::<(), comms::Error>(())
/// ```
///
/// ```
/// let stack = comms::build_comms_stack("smtps://ann@mail.example")?;
/// assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tls) > (Tcp)");
/// let stack = comms::build_comms_stack("Smtp,Util,Tcp")?;
/// assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tcp)");
///
/// let error = comms::build_comms_stack("Smtp,Tcp").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "Smtp needs a line service (Util) directly below, found Tcp:  Smtp > [Util?] > Tcp"
/// );
/// # Ok::<(), comms::Error>(())
/// ```
pub fn build_comms_stack(what: &str) -> Result<CommsStack> {
    let registry = standard_registry();
    if what.contains(':') {
        let url = MailUrl::parse(what).map_err(|error| Error::new(ErrorClass::Usage, error))?;
        return Blueprint::of_url(&url, &SetBy::Default).build(&registry);
    }
    if what.contains(',') {
        return registry.build(what);
    }
    let found = Config::find(&registry).and_then(|config| config.service(what).cloned());
    match found {
        Ok(service) => {
            let mut stack = service.build(&registry)?;
            if let Some(logs) = log_folder(&service)? {
                let failed = |error| Error::new(ErrorClass::Content, error);
                logs.attach(&mut stack).map_err(failed)?;
            }
            Ok(stack)
        }
        // A stack of one module is named as a service is.
        Err(ConfigError::NotFound { .. } | ConfigError::NoService { .. })
            if registry.module(what).is_ok() =>
        {
            registry.build(what)
        }
        Err(error) => Err(error.into()),
    }
}

/// The logs that the file of a service asks for, if it does. Stacks that have the same logs are
/// given one and the same folder by [`LogFolder::attach`].
pub fn log_folder(service: &Blueprint) -> Result<Option<LogFolder>> {
    let Some(settings) = service.log() else { return Ok(None) };
    let mut options = LogOptions::new(&settings.directory);
    if let Some(levels) = &settings.levels {
        let levels = levels.parse();
        options.levels = levels.map_err(|error| Error::new(ErrorClass::Content, error))?;
    }
    options.max_size = settings.max_size.unwrap_or(options.max_size);
    Ok(Some(LogFolder::new(options)))
}
