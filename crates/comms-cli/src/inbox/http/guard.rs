//! Who may ask: whoever means this machine, and no page of another site.

use std::net::{IpAddr, Ipv6Addr};

use crate::inbox::http::request::{Method, Request};

/// What requests have to show before they are served.
///
/// A page of another site may have its own name lead to this machine (DNS rebinding), and then its
/// scripts ask for what they like: the name gives it away. Or it may ask across sites, as any page
/// may: browsers say so.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    names: Vec<String>,
}

/// Why a request is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suspicion {
    /// It is for somebody else.
    Misdirected,
    /// A page of another site has made it.
    CrossSite,
}

impl Guard {
    /// A guard that knows these names of the machine beside `localhost` and its addresses.
    pub(crate) fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    pub(crate) fn check(&self, request: &Request) -> Result<(), Suspicion> {
        let host = request.header("host").ok_or(Suspicion::Misdirected)?;
        if !self.is_ours(host) {
            return Err(Suspicion::Misdirected);
        }
        if let Some(origin) = request.header("origin")
            && !origin.strip_prefix("http://").is_some_and(|of| of.eq_ignore_ascii_case(host))
        {
            return Err(Suspicion::CrossSite);
        }
        match request.header("sec-fetch-site") {
            None | Some("same-origin" | "none") => Ok(()),
            // A link on another page leads here, which shows nothing to that page.
            Some(_) if is_visit(request) => Ok(()),
            Some(_) => Err(Suspicion::CrossSite),
        }
    }

    /// Whether a `Host` names this machine. An address cannot be made to lead elsewhere.
    fn is_ours(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        let is_address = name.parse::<IpAddr>().is_ok()
            || name
                .strip_prefix('[')
                .and_then(|name| name.strip_suffix(']'))
                .is_some_and(|name| name.parse::<Ipv6Addr>().is_ok());
        is_address || name == "localhost" || self.names.contains(&name)
    }
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether the inbox itself is opened in a window of its own.
fn is_visit(request: &Request) -> bool {
    request.method == Method::Get
        && request.path == [""]
        && request.header("sec-fetch-mode") == Some("navigate")
        && request.header("sec-fetch-dest") == Some("document")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, fields: &[&str]) -> Result<(), Suspicion> {
        let head = format!("{line} HTTP/1.1\r\n{}\r\n\r\n", fields.join("\r\n"));
        Guard::new(["Box.example".to_owned()]).check(&Request::parse(head.as_bytes()).unwrap())
    }

    #[test]
    fn a_name_that_is_not_ours_is_misdirected_whatever_address_it_leads_to() {
        for (host, outcome) in [
            ("Host: localhost:8025", Ok(())),
            ("Host: 127.0.0.1:8025", Ok(())),
            ("Host: [::1]:8025", Ok(())),
            ("Host: box.EXAMPLE", Ok(())),
            ("Host: evil.example:8025", Err(Suspicion::Misdirected)),
            ("Host: 127.0.0.1.evil.example", Err(Suspicion::Misdirected)),
            ("Host: localhost.evil.example", Err(Suspicion::Misdirected)),
            ("Host: [::1].evil.example", Err(Suspicion::Misdirected)),
            ("Host:", Err(Suspicion::Misdirected)),
            ("X: y", Err(Suspicion::Misdirected)),
        ] {
            assert_eq!(check("GET /", &[host]), outcome, "{host}");
        }
    }

    #[test]
    fn a_page_of_another_site_can_open_the_inbox_and_do_nothing_else() {
        let host = "Host: localhost:1";
        for site in ["cross-site", "same-site"] {
            let site = format!("Sec-Fetch-Site: {site}");
            let navigate = "Sec-Fetch-Mode: navigate";
            let opened = [host, &site, navigate, "Sec-Fetch-Dest: document"];
            assert_eq!(check("GET /", &opened), Ok(()));
            let framed = [host, &site, navigate, "Sec-Fetch-Dest: iframe"];
            for (line, fields) in [
                ("GET /", &framed[..]),
                ("GET /", &[host, &site]),
                ("GET /api/messages", &opened),
                ("DELETE /", &opened),
                ("DELETE /api/messages", &[host, &site]),
            ] {
                assert_eq!(check(line, fields), Err(Suspicion::CrossSite), "{line} {fields:?}");
            }
        }
        let ours = [host, "Sec-Fetch-Site: same-origin", "Origin: http://localhost:1"];
        assert_eq!(check("DELETE /api/messages", &ours), Ok(()));
        for origin in ["Origin: null", "Origin: http://localhost:2", "Origin: https://localhost:1"]
        {
            let check = check("DELETE /api/messages", &[host, origin]);
            assert_eq!(check, Err(Suspicion::CrossSite), "{origin}");
        }
    }
}
