//! From the URL of a mail server to the modules and the properties that it means.

use comms_core::{Secret, Value, nearest};
use idna::AsciiDenyList;
use url::{Host, ParseError, Url};

use crate::url_error::UrlError;

/// Properties with their values: `Tcp.port`, 25.
type Settings = Vec<(&'static str, Value)>;

/// What the URL of a mail server says: modules, top first, and the properties that it sets on them.
///
/// `smtp://host[:25]` has STARTTLS where it is offered, `submission://host[:587]` insists on it, and
/// `smtps://host[:465]` has TLS from the first octet; `lmtp://host:port` and `lmtp+unix:/path` are
/// LMTP. `user:password@` may stand before the host, and `?tls=`, `?verify=` and `?proxy=` behind.
///
/// ```
/// use comms_config::MailUrl;
///
/// let url = MailUrl::parse("submission://ann@mail.example")?;
/// assert_eq!(url.modules(), "Smtp,Util,Tls,Tcp");
/// assert!(url.settings().contains(&("Smtp.tls", "required".into())));
///
/// let error = MailUrl::parse("submision://mail.example").unwrap_err();
/// assert!(error.to_string().ends_with("did you mean `submission`?"));
/// # Ok::<(), comms_config::UrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailUrl {
    modules: String,
    settings: Settings,
    shows_password: bool,
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

impl MailUrl {
    /// Reads a URL. Nothing of a password in it is ever repeated.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text).map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => UrlError::NoScheme,
            ParseError::EmptyHost => UrlError::NoHost,
            other => UrlError::Malformed { why: other.to_string() },
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
                let nearest = nearest(other, SCHEMES);
                return Err(UrlError::Scheme { found: other.to_owned(), nearest });
            }
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(UrlError::Path);
        }
        let options = Options::of(&url, security)?;
        let port = url.port().or(port).ok_or(UrlError::NoPort)?;
        let mut target = Self::via(&options, host(&url)?, port)?;
        target.secure(&options);
        target.log_in(&url, &options)?;
        if url.scheme() == "lmtp" {
            target.settings.push(("Smtp.protocol", "lmtp".into()));
        }
        Ok(target)
    }

    /// The modules, top first: `Smtp,Util,Tls,Tcp`.
    pub fn modules(&self) -> &str {
        &self.modules
    }

    /// The properties that it sets, each by its layer: `Tcp.port`.
    pub fn settings(&self) -> &[(&'static str, Value)] {
        &self.settings
    }

    /// Whether a password stands in it, where others can read it.
    pub fn shows_password(&self) -> bool {
        self.shows_password
    }

    /// `lmtp+unix:/path`.
    fn unix(url: &Url) -> Result<Self, UrlError> {
        if url.path().is_empty() || url.query().is_some() {
            return Err(UrlError::Socket);
        }
        let settings = vec![
            ("Smtp.protocol", "lmtp".into()),
            ("Unix.path", Value::from(decoded(url.path())?)),
        ];
        Ok(Self { modules: "Smtp,Util,Unix".to_owned(), settings, shows_password: false })
    }

    /// The modules, with host and port where they belong.
    fn via(options: &Options, host: String, port: u16) -> Result<Self, UrlError> {
        let tls = if options.security == Security::None { "" } else { "Tls," };
        let (proxy, settings) = match &options.proxy {
            None => ("", vec![("Tcp.host", Value::from(host)), ("Tcp.port", port.into())]),
            Some(proxy) => through(proxy, host, port)?,
        };
        let modules = format!("Smtp,Util,{tls}{proxy}Tcp");
        let shows_password = options.proxy.as_ref().is_some_and(|proxy| proxy.password().is_some());
        Ok(Self { modules, settings, shows_password })
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

    fn log_in(&mut self, url: &Url, options: &Options) -> Result<(), UrlError> {
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
}

/// What stands behind the `?`.
#[derive(Debug)]
struct Options {
    security: Security,
    verify_none: bool,
    proxy: Option<Url>,
}

impl Options {
    fn of(url: &Url, security: Security) -> Result<Self, UrlError> {
        let mut options = Self { security, verify_none: false, proxy: None };
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("tls", "none") if security == Security::Immediate => {
                    return Err(UrlError::TlsFromTheFirst);
                }
                ("tls", "none") => options.security = Security::None,
                ("tls", "required") if security == Security::Immediate => {}
                ("tls", "required") => options.security = Security::Required,
                ("tls", _) => return Err(UrlError::Tls),
                ("verify", "none") => options.verify_none = true,
                ("verify", "full") => options.verify_none = false,
                ("verify", _) => return Err(UrlError::Verify),
                ("proxy", proxy) => {
                    let url = Url::parse(proxy);
                    let url = url.map_err(|error| UrlError::Proxy { why: format!(": {error}") })?;
                    options.proxy = Some(url);
                }
                _ => {
                    let nearest = nearest(&key, ["tls", "verify", "proxy"]);
                    // It may be a piece of a password, which is not repeated.
                    let has_at = |text: &str| text.contains('@');
                    if has_at(&key) || nearest.is_none() && url.query().is_some_and(has_at) {
                        return Err(UrlError::QuestionMark);
                    }
                    return Err(UrlError::Option { found: key.into_owned(), nearest });
                }
            }
        }
        if options.verify_none && options.security == Security::None {
            return Err(UrlError::VerifyWithoutTls);
        }
        Ok(options)
    }
}

/// The proxy's layer, and what is set on it and on `Tcp` below it.
fn through(proxy: &Url, host: String, port: u16) -> Result<(&'static str, Settings), UrlError> {
    let names = match proxy.scheme() {
        "socks5" | "socks5h" => {
            ("Socks5,", 1080, ["Socks5.host", "Socks5.port", "Socks5.user", "Socks5.password"])
        }
        "http" => (
            "HttpConnect,",
            8080,
            ["HttpConnect.host", "HttpConnect.port", "HttpConnect.user", "HttpConnect.password"],
        ),
        _ => return Err(UrlError::Proxy { why: String::new() }),
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

fn host(url: &Url) -> Result<String, UrlError> {
    match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => domain(&decoded(name)?),
        Some(Host::Ipv4(address)) => Ok(address.to_string()),
        Some(Host::Ipv6(address)) => Ok(address.to_string()),
        _ => Err(UrlError::NoHost),
    }
}

/// The name that is looked up (RFC 5891 5): the parser of URLs knows it in web addresses alone.
fn domain(name: &str) -> Result<String, UrlError> {
    let ascii = idna::domain_to_ascii_cow(name.as_bytes(), AsciiDenyList::URL).ok();
    let ascii = ascii.filter(|ascii| !ascii.is_empty());
    ascii.map(Into::into).ok_or_else(|| UrlError::Host { found: name.to_owned() })
}

/// The text without `%XX`.
fn decoded(text: &str) -> Result<String, UrlError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| UrlError::Escape)
}

const SCHEMES: [&str; 6] = ["smtp", "submission", "smtps", "submissions", "lmtp", "lmtp+unix"];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        let target = MailUrl::parse(url).unwrap();
        let settings = target.settings.iter().map(|(name, value)| format!(" {name}={value}"));
        target.modules.clone() + &settings.collect::<String>()
    }

    fn refusal(url: &str) -> String {
        MailUrl::parse(url).unwrap_err().to_string()
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
            assert!(MailUrl::parse(&format!("smtp://{host}")).is_err(), "{host}");
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
        let target = MailUrl::parse("smtp://ann:hunter2@mail.example").unwrap();
        assert!(target.shows_password && !format!("{target:?}").contains("hunter2"));
    }
}
