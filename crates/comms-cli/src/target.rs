//! From a URL to a stack.

use std::fmt::Display;
use std::sync::Arc;

use comms::{
    CommsStack, Facade, FileLog, Levels, Registry, Sink, Value, build_comms_stack,
    standard_registry,
};
use url::{Host, Url};

use crate::args::ServerArgs;
use crate::failure::Failure;

/// Where to connect to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) modules: &'static str,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Target {
    /// Reads a URL. Nothing of a password in it is ever repeated.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let url = Url::parse(text).map_err(|error| wrong(&error))?;
        match url.scheme() {
            "smtp" => {}
            "submission" | "smtps" | "submissions" => {
                return Err(wrong(&"this version has no TLS: use smtp://HOST:PORT?tls=none"));
            }
            other => return Err(wrong(&format!("`{other}` is not known here: use smtp://HOST"))),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(&"this version cannot authenticate: leave out user and password"));
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong(&"nothing but ?options may follow the host and the port"));
        }
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("tls", "none") => {}
                ("tls", "required") => {
                    return Err(wrong(
                        &"this version has no TLS: use ?tls=none, or another client",
                    ));
                }
                ("tls", _) => return Err(wrong(&"tls= takes none or required")),
                _ => {
                    return Err(wrong(&format!(
                        "the option `{}` is not known; known is tls=",
                        key.escape_debug()
                    )));
                }
            }
        }
        Ok(Self { modules: "Smtp,Util,Tcp", host: host(&url)?, port: url.port().unwrap_or(SMTP) })
    }

    /// The stack, not yet connected.
    pub(crate) fn stack(&self, registry: &Registry) -> Result<CommsStack, Failure> {
        let mut stack = build_comms_stack(self.modules, registry)?;
        stack.set("Tcp.host", self.host.as_str())?;
        stack.set("Tcp.port", Value::from(self.port))?;
        Ok(stack)
    }
}

/// The stack that the arguments describe, with its logs, not yet connected.
pub(crate) fn stack_of(args: &ServerArgs) -> Result<CommsStack, Failure> {
    let mut stack = Target::parse(&args.url)?.stack(&standard_registry())?;
    if let Some(timeout) = args.timeout {
        stack.set("Smtp.timeout", timeout)?;
        stack.set("Tcp.connect_timeout", timeout)?;
        stack.set_goodbye(timeout.min(GOODBYE));
    }
    for (name, value) in &args.set {
        stack.set(name, value.as_str())?;
    }
    if let Some(path) = &args.log {
        watch(&mut stack, path)?;
    }
    if std::env::var_os("RUST_LOG").is_some() {
        let facade: Arc<dyn Sink> = Facade::new(Levels::ALL).into();
        stack.watch(&facade);
    }
    Ok(stack)
}

/// Writes what every layer does to a file.
pub(crate) fn watch(stack: &mut CommsStack, path: &std::path::Path) -> Result<(), Failure> {
    let log = FileLog::create(path, Levels::ALL)
        .map_err(|error| Failure::Usage(format!("--log {}: {}", path.display(), chain(&error))))?;
    let log: Arc<dyn Sink> = Arc::new(log);
    stack.watch(&log);
    Ok(())
}

/// An error and its causes, as one sentence.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        sentence = format!("{sentence}: {cause}");
        next = cause.source();
    }
    sentence
}

fn host(url: &Url) -> Result<String, Failure> {
    match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => Ok(name.to_owned()),
        Some(Host::Ipv4(address)) => Ok(address.to_string()),
        Some(Host::Ipv6(address)) => Ok(address.to_string()),
        _ => Err(wrong(&"it has no host: use smtp://HOST")),
    }
}

fn wrong(why: &dyn Display) -> Failure {
    Failure::Usage(format!("--url: {why}"))
}

/// The port of SMTP (RFC 5321 4.5.4.2).
const SMTP: u16 = 25;

/// A goodbye takes no longer than this, whatever the time for other steps.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        Target::parse(url).unwrap_err().to_string()
    }

    #[test]
    fn a_url_names_host_and_port() {
        let target =
            |host: &str, port| Target { modules: "Smtp,Util,Tcp", host: host.into(), port };
        assert_eq!(Target::parse("smtp://mail.example").unwrap(), target("mail.example", 25));
        assert_eq!(Target::parse("smtp://[::1]:2525/?tls=none").unwrap(), target("::1", 2525));
    }

    #[test]
    fn a_url_that_cannot_be_served_says_what_can() {
        assert_eq!(
            refusal("smtps://mail.example"),
            "--url: this version has no TLS: use smtp://HOST:PORT?tls=none"
        );
        assert_eq!(refusal("http://x"), "--url: `http` is not known here: use smtp://HOST");
        assert_eq!(
            refusal("smtp://mail.example?tsl=none"),
            "--url: the option `tsl` is not known; known is tls="
        );
        assert_eq!(refusal("smtp:"), "--url: it has no host: use smtp://HOST");
        assert_eq!(refusal("mail.example"), "--url: relative URL without a base");
    }

    #[test]
    fn a_password_in_a_url_is_never_repeated() {
        for url in
            ["smtp://ann:hunter2@mail.example", "smtp://ann:hunter2@:99999", "x://a:hunter2@b"]
        {
            assert!(!refusal(url).contains("hunter2"), "{url}");
        }
    }
}
