//! What is answered.

use std::fmt::Write;

use serde::Serialize;

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    status: u16,
    fields: Vec<(&'static str, String)>,
    pub(crate) content: Content,
}

/// What stands behind the head.
#[derive(Debug)]
pub(crate) enum Content {
    Octets(Vec<u8>),
    /// News, as long as both ends are there (server-sent events).
    Events,
}

impl Response {
    /// An answer with content of this type.
    pub(crate) fn new(content_type: &str, content: impl Into<Vec<u8>>) -> Self {
        let fields = vec![("Content-Type", content_type.to_owned())];
        Self { status: 200, fields, content: Content::Octets(content.into()) }
    }

    /// An object of JSON.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(text) => Self::new("application/json", text),
            Err(_) => Self::status(500),
        }
    }

    /// A status, in words.
    pub(crate) fn status(status: u16) -> Self {
        Self::refusal(status, reason(status))
    }

    /// A status, and why.
    pub(crate) fn refusal(status: u16, why: &str) -> Self {
        let mut response = Self::json(&Trouble { error: why });
        response.status = status;
        if status == 405 {
            response = response.with("Allow", "GET, HEAD, DELETE");
        }
        response
    }

    /// Done, and there is nothing to say.
    pub(crate) fn done() -> Self {
        Self { status: 204, fields: Vec::new(), content: Content::Octets(Vec::new()) }
    }

    /// News.
    pub(crate) fn events() -> Self {
        let fields = vec![("Content-Type", "text/event-stream".to_owned())];
        Self { status: 200, fields, content: Content::Events }
    }

    /// The same with a header field. Control characters, which none may have, become spaces.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.replace(char::is_control, " ")));
        self
    }

    /// What a page may do that is made of it; by itself nothing.
    pub(crate) fn with_policy(self, policy: &str) -> Self {
        self.with("Content-Security-Policy", policy)
    }

    /// The head, to the empty line at its end.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        let mut field = |name: &str, value: &str| {
            // Text grows without fail.
            let _ = write!(head, "{name}: {value}\r\n");
        };
        for (name, value) in &self.fields {
            field(name, value);
        }
        if !self.fields.iter().any(|(name, _)| *name == "Content-Security-Policy") {
            field("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
        }
        for (name, value) in ALWAYS {
            field(name, value);
        }
        match &self.content {
            Content::Octets(_) if self.status == 204 => {}
            Content::Octets(octets) => field("Content-Length", &octets.len().to_string()),
            Content::Events => {}
        }
        head + "\r\n"
    }
}

#[derive(Serialize)]
struct Trouble<'a> {
    error: &'a str,
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// Nothing is kept by browsers, taken for what it is not, told to others, or shown within others; and
/// no name is looked up because a link leads there.
const ALWAYS: [(&str, &str); 7] = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-DNS-Prefetch-Control", "off"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Connection", "close"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_no_line_of_the_head() {
        let response = Response::done().with("X-Name", "a\r\nSet-Cookie: b\0");
        let head = response.head();
        assert!(head.contains("X-Name: a  Set-Cookie: b \r\n"), "{head}");
        assert!(head.starts_with("HTTP/1.1 204 No Content\r\n") && head.ends_with("\r\n\r\n"));
    }

    #[test]
    fn what_has_no_policy_of_its_own_may_do_nothing() {
        let head = Response::status(404).head();
        assert!(head.contains("Content-Security-Policy: default-src 'none';"), "{head}");
        let head = Response::done().with_policy("default-src 'self'").head();
        assert_eq!(head.matches("Content-Security-Policy").count(), 1, "{head}");
    }
}
