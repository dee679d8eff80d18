//! Why a URL names no mail server.

use thiserror::Error;

/// Why a URL names no mail server. Nothing of a password is in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It begins with no scheme.
    #[error("a scheme is missing: smtp://HOST:PORT")]
    NoScheme,
    /// It is no URL.
    #[error("{why}: write smtp://HOST:PORT")]
    Malformed {
        /// What the parser of URLs says.
        why: String,
    },
    /// Its scheme is none of ours.
    #[error(
        "`{found}` is not known here: use smtp, submission, smtps, lmtp or lmtp+unix{}",
        hint(nearest.as_deref())
    )]
    Scheme {
        /// The scheme.
        found: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// It has a path or a fragment.
    #[error("nothing but ?options may follow the host and the port")]
    Path,
    /// LMTP without a port.
    #[error("lmtp has no usual port: name one, as in lmtp://HOST:24")]
    NoPort,
    /// The path of a socket is missing, or has options behind it.
    #[error("a socket is named lmtp+unix:/path, without options")]
    Socket,
    /// `?tls=none` where TLS comes first.
    #[error("smtps begins with TLS: use smtp:// with ?tls=none")]
    TlsFromTheFirst,
    /// `?tls=` with another word.
    #[error("tls= takes none or required")]
    Tls,
    /// `?verify=` with another word.
    #[error("verify= takes full or none")]
    Verify,
    /// `?verify=` beside `?tls=none`.
    #[error("verify= makes no sense with tls=none: leave one of them away")]
    VerifyWithoutTls,
    /// `?proxy=` with something that is no proxy.
    #[error("proxy= takes socks5://HOST:PORT or http://HOST:PORT{why}")]
    Proxy {
        /// What the parser of URLs says, if it is that.
        why: String,
    },
    /// An option that is none of ours.
    #[error(
        "the option `{}` is not known; known are tls=, verify=, proxy={}",
        found.escape_debug(),
        hint(nearest.as_deref())
    )]
    Option {
        /// Its name.
        found: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// A `?` stands before an `@`, and is no beginning of options.
    #[error("a `?` in a name or a password is written %3F")]
    QuestionMark,
    /// The host is missing.
    #[error("it has no host: use smtp://HOST")]
    NoHost,
    /// The host cannot be looked up.
    #[error("`{}` is no name of a host: use a domain or an IP address", found.escape_debug())]
    Host {
        /// What stands there.
        found: String,
    },
    /// What `%XX` stands for is no text.
    #[error("a %XX in it is not UTF-8: write %C3%BC for \u{fc}")]
    Escape,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(": did you mean `{name}`?")).unwrap_or_default()
}
