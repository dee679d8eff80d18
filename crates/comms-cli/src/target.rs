//! From a URL to the modules and the properties that it means.

use std::fmt::Display;

use comms::{CommsStack, Registry, Secret, Value, build_comms_stack};
use idna::AsciiDenyList;
use url::{Host, ParseError, Url};

use crate::failure::Failure;

/// Properties with their values: `Tcp.port`, 25.
type Settings = Vec<(&'static str, Value)>;

/// What a URL says: modules, top first, and the properties that it sets on them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) modules: String,
    pub(crate) settings: Settings,
    /// Whether a password stands in the URL, where others on this machine can read it.
    pub(crate) shows_password: bool,
}

/// How a scheme begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// STARTTLS where it is offered.
    Opportunistic,
    /// STARTTLS, or nothing.
    Required,
    /// TLS from the first octet.
    Immediate,
    /// Plain text.
    None,
}

impl Target {
    /// Reads a URL. Nothing of a password in it is ever repeated.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let url = Url::parse(text).map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => wrong(&"a scheme is missing: smtp://HOST:PORT"),
            other => wrong(&other),
        })?;
        if url.scheme() == "lmtp+unix" {
            return Self::unix(&url);
        }
        let (security, port) = match url.scheme() {
            "smtp" => (Security::Opportunistic, Some(25)),
            "submission" => (Security::Required, Some(587)),
            "smtps" | "submissions" => (Security::Immediate, Some(465)),
            "lmtp" => (Security::Opportunistic, None),
            other => {
                return Err(wrong(&format!(
                    "`{other}` is not known here: use smtp, submission, smtps, lmtp or lmtp+unix"
                )));
            }
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong(&"nothing but ?options may follow the host and the port"));
        }
        let options = Options::of(&url, security)?;
        let port = url.port().or(port).ok_or_else(|| wrong(&"lmtp has no usual port: name one"))?;
        let mut target = Self::via(&options, host(&url)?, port)?;
        target.secure(&options);
        target.log_in(&url, &options)?;
        if url.scheme() == "lmtp" {
            target.settings.push(("Smtp.protocol", "lmtp".into()));
        }
        Ok(target)
    }

    /// `lmtp+unix:/path`.
    fn unix(url: &Url) -> Result<Self, Failure> {
        if url.path().is_empty() || url.query().is_some() {
            return Err(wrong(&"a socket is named lmtp+unix:/path, without options"));
        }
        let settings = vec![
            ("Smtp.protocol", "lmtp".into()),
            ("Unix.path", Value::from(decoded(url.path())?)),
        ];
        Ok(Self { modules: "Smtp,Util,Unix".to_owned(), settings, shows_password: false })
    }

    /// The modules, with host and port where they belong.
    fn via(options: &Options, host: String, port: u16) -> Result<Self, Failure> {
        let tls = if options.security == Security::None { "" } else { "Tls," };
        let (proxy, settings) = match &options.proxy {
            None => ("", vec![("Tcp.host", Value::from(host)), ("Tcp.port", port.into())]),
            Some(proxy) => through(proxy, host, port)?,
        };
        let modules = format!("Smtp,Util,{tls}{proxy}Tcp");
        Ok(Self { modules, settings, shows_password: false })
    }

    fn secure(&mut self, options: &Options) {
        let policy = match options.security {
            Security::Opportunistic => "opportunistic",
            Security::Required | Security::Immediate => "required",
            Security::None => "none",
        };
        self.settings.push(("Smtp.tls", policy.into()));
        if options.security == Security::Immediate {
            self.settings.push(("Tls.start", "immediately".into()));
        }
        if options.verify_none {
            self.settings.push(("Tls.verify", "none".into()));
        }
    }

    fn log_in(&mut self, url: &Url, options: &Options) -> Result<(), Failure> {
        if options.security == Security::None {
            // Plain text that is spelled out is the permission to authenticate in it.
            self.settings.push(("Smtp.allow_plaintext_auth", true.into()));
        }
        if !url.username().is_empty() {
            self.settings.push(("Smtp.user", decoded(url.username())?.into()));
        }
        if let Some(password) = url.password() {
            self.settings.push(("Smtp.password", Secret::new(decoded(password)?).into()));
            self.shows_password = true;
        }
        Ok(())
    }

    /// The stack, not yet connected.
    pub(crate) fn stack(&self, registry: &Registry) -> Result<CommsStack, Failure> {
        let mut stack = build_comms_stack(&self.modules, registry)?;
        for (name, value) in &self.settings {
            stack.set(name, value.clone())?;
        }
        Ok(stack)
    }
}

/// What stands behind the `?`.
#[derive(Debug)]
struct Options {
    security: Security,
    verify_none: bool,
    proxy: Option<Url>,
}

impl Options {
    fn of(url: &Url, security: Security) -> Result<Self, Failure> {
        let mut options = Self { security, verify_none: false, proxy: None };
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("tls", "none") if security == Security::Immediate => {
                    return Err(wrong(&"smtps begins with TLS: use smtp:// with ?tls=none"));
                }
                ("tls", "none") => options.security = Security::None,
                ("tls", "required") if security == Security::Immediate => {}
                ("tls", "required") => options.security = Security::Required,
                ("tls", _) => return Err(wrong(&"tls= takes none or required")),
                ("verify", "none") => options.verify_none = true,
                ("verify", "full") => options.verify_none = false,
                ("verify", _) => return Err(wrong(&"verify= takes full or none")),
                ("proxy", proxy) => {
                    options.proxy = Some(Url::parse(proxy).map_err(|error| {
                        wrong(&format!(
                            "proxy= takes socks5://HOST:PORT or http://HOST:PORT: {error}"
                        ))
                    })?);
                }
                _ => {
                    return Err(wrong(&format!(
                        "the option `{}` is not known; known are tls=, verify=, proxy=",
                        key.escape_debug()
                    )));
                }
            }
        }
        if options.verify_none && options.security == Security::None {
            return Err(wrong(&"verify= makes no sense with tls=none"));
        }
        Ok(options)
    }
}

/// The proxy's layer, and what is set on it and on `Tcp` below it.
fn through(proxy: &Url, host: String, port: u16) -> Result<(&'static str, Settings), Failure> {
    let names = match proxy.scheme() {
        "socks5" | "socks5h" => {
            ("Socks5,", 1080, ["Socks5.host", "Socks5.port", "Socks5.user", "Socks5.password"])
        }
        "http" => (
            "HttpConnect,",
            8080,
            ["HttpConnect.host", "HttpConnect.port", "HttpConnect.user", "HttpConnect.password"],
        ),
        _ => return Err(wrong(&"proxy= takes socks5://HOST:PORT or http://HOST:PORT")),
    };
    let (layer, usual, [its_host, its_port, its_user, its_password]) = names;
    let mut settings = vec![
        ("Tcp.host", Value::from(self::host(proxy)?)),
        ("Tcp.port", proxy.port_or_known_default().unwrap_or(usual).into()),
        (its_host, host.into()),
        (its_port, port.into()),
    ];
    if !proxy.username().is_empty() {
        settings.push((its_user, decoded(proxy.username())?.into()));
    }
    if let Some(password) = proxy.password() {
        settings.push((its_password, Secret::new(decoded(password)?).into()));
    }
    Ok((layer, settings))
}

fn host(url: &Url) -> Result<String, Failure> {
    match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => domain(&decoded(name)?),
        Some(Host::Ipv4(address)) => Ok(address.to_string()),
        Some(Host::Ipv6(address)) => Ok(address.to_string()),
        _ => Err(wrong(&"it has no host: use smtp://HOST")),
    }
}

/// The name that is looked up (RFC 5891 5): the parser of URLs knows it in web addresses alone.
fn domain(name: &str) -> Result<String, Failure> {
    let ascii = idna::domain_to_ascii_cow(name.as_bytes(), AsciiDenyList::URL).ok();
    let ascii = ascii.filter(|ascii| !ascii.is_empty());
    let none = || wrong(&format!("`{}` is no name of a host", name.escape_debug()));
    ascii.map(Into::into).ok_or_else(none)
}

/// The text without `%XX`.
fn decoded(text: &str) -> Result<String, Failure> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| wrong(&"a %XX in it is not UTF-8"))
}

fn wrong(why: &dyn Display) -> Failure {
    Failure::Usage(format!("--url: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Status;

    fn shown(url: &str) -> String {
        let target = Target::parse(url).unwrap();
        let settings = target.settings.iter().map(|(name, value)| format!(" {name}={value}"));
        target.modules.clone() + &settings.collect::<String>()
    }

    fn refusal(url: &str) -> String {
        Target::parse(url).unwrap_err().to_string()
    }

    #[test]
    fn one_choice_sets_port_and_tls_together() {
        for (url, expected) in [
            (
                "smtp://mail.example",
                "Smtp,Util,Tls,Tcp Tcp.host=mail.example Tcp.port=25 Smtp.tls=opportunistic",
            ),
            (
                "smtp://[::1]:2525/?tls=none",
                "Smtp,Util,Tcp Tcp.host=::1 Tcp.port=2525 Smtp.tls=none \
                 Smtp.allow_plaintext_auth=true",
            ),
            (
                "submission://mail.example",
                "Smtp,Util,Tls,Tcp Tcp.host=mail.example Tcp.port=587 Smtp.tls=required",
            ),
            (
                "smtps://mail.example?verify=none",
                "Smtp,Util,Tls,Tcp Tcp.host=mail.example Tcp.port=465 Smtp.tls=required \
                 Tls.start=immediately Tls.verify=none",
            ),
            (
                "lmtp://mail.example:2424?tls=none",
                "Smtp,Util,Tcp Tcp.host=mail.example Tcp.port=2424 Smtp.tls=none \
                 Smtp.allow_plaintext_auth=true Smtp.protocol=lmtp",
            ),
            (
                "lmtp+unix:/run/my%20lmtp",
                "Smtp,Util,Unix Smtp.protocol=lmtp Unix.path=/run/my lmtp",
            ),
            (
                "smtp://a%40b:p%3Aw@mail.example",
                "Smtp,Util,Tls,Tcp Tcp.host=mail.example Tcp.port=25 Smtp.tls=opportunistic \
                 Smtp.user=a@b Smtp.password=<secret>",
            ),
            (
                "smtp://mail.example?tls=required&proxy=socks5://u:w@proxy.example:9050",
                "Smtp,Util,Tls,Socks5,Tcp Tcp.host=proxy.example Tcp.port=9050 \
                 Socks5.host=mail.example Socks5.port=25 Socks5.user=u Socks5.password=<secret> \
                 Smtp.tls=required",
            ),
            (
                "smtps://mail.example?proxy=http://proxy.example:3128",
                "Smtp,Util,Tls,HttpConnect,Tcp Tcp.host=proxy.example Tcp.port=3128 \
                 HttpConnect.host=mail.example HttpConnect.port=465 Smtp.tls=required \
                 Tls.start=immediately",
            ),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }

    #[test]
    fn a_url_that_makes_no_sense_says_what_does() {
        for (url, expected) in [
            (
                "http://x",
                "`http` is not known here: use smtp, submission, smtps, lmtp or lmtp+unix",
            ),
            ("smtp://x?tsl=none", "the option `tsl` is not known; known are tls=, verify=, proxy="),
            ("smtp://x?tls=maybe", "tls= takes none or required"),
            ("smtps://x?tls=none", "smtps begins with TLS: use smtp:// with ?tls=none"),
            ("smtp://x?tls=none&verify=none", "verify= makes no sense with tls=none"),
            ("smtp://x?proxy=ftp://y", "proxy= takes socks5://HOST:PORT or http://HOST:PORT"),
            ("smtp:", "it has no host: use smtp://HOST"),
            ("lmtp://x", "lmtp has no usual port: name one"),
            ("smtp://x/inbox", "nothing but ?options may follow the host and the port"),
            ("mail.example", "a scheme is missing: smtp://HOST:PORT"),
        ] {
            assert_eq!(refusal(url), format!("--url: {expected}"), "{url}");
        }
    }

    #[test]
    fn a_host_beyond_ascii_is_looked_up_by_its_idna_name() {
        for (url, host) in [
            ("smtp://bücher.example", "xn--bcher-kva.example"),
            ("smtp://B%C3%9CCHER.example", "xn--bcher-kva.example"),
            ("smtp://mail_1.example", "mail_1.example"),
            ("smtp://127.0.0.1", "127.0.0.1"),
        ] {
            assert!(shown(url).contains(&format!(" Tcp.host={host} ")), "{url}: {}", shown(url));
        }
        let proxied = shown("smtp://bücher.example?proxy=socks5://прокси.example:1");
        assert!(proxied.contains(" Tcp.host=xn--h1adldfi.example "), "{proxied}");
        assert!(proxied.contains(" Socks5.host=xn--bcher-kva.example "), "{proxied}");
        for host in ["xn--a", "a%0d%0ab", "a%20b", "\u{ad}"] {
            assert_eq!(
                Target::parse(&format!("smtp://{host}")).unwrap_err().status(),
                Status::Usage,
                "{host}"
            );
        }
    }

    #[test]
    fn a_password_in_a_url_is_never_repeated() {
        for url in [
            "smtp://ann:hunter2@mail.example:99999",
            "smtp://ann:hunter2@mail.example?tls=maybe",
            "x://a:hunter2@b",
        ] {
            assert!(!refusal(url).contains("hunter2"), "{url}");
        }
        let target = Target::parse("smtp://ann:hunter2@mail.example").unwrap();
        assert!(target.shows_password && !format!("{target:?}").contains("hunter2"));
    }
}
