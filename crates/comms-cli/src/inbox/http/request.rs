//! A request, as its head says it.

use httparse::{EMPTY_HEADER, Status as Parsed};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// What is asked for, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The parts of the path between its slashes, decoded.
    pub(crate) path: Vec<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    /// The same without the content.
    Head,
    Delete,
}

/// Why a request is not one that is served: a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) u16);

impl Request {
    /// Reads a head, to the empty line at its end.
    pub(crate) fn parse(head: &[u8]) -> Result<Self, Refusal> {
        let mut fields = [EMPTY_HEADER; MOST_FIELDS];
        let mut parsed = httparse::Request::new(&mut fields);
        match parsed.parse(head) {
            Ok(Parsed::Complete(octets)) if octets == head.len() => {}
            Err(httparse::Error::TooManyHeaders) => return Err(Refusal(431)),
            _ => return Err(Refusal(400)),
        }
        let method = match parsed.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            Some("DELETE") => Method::Delete,
            _ => return Err(Refusal(405)),
        };
        let target = parsed.path.filter(|path| path.starts_with('/')).ok_or(Refusal(400))?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.split('/').skip(1).map(|part| {
            let part = percent_decode_str(part).decode_utf8().map_err(|_| Refusal(400))?;
            Ok(part.into_owned())
        });
        let headers = parsed.headers.iter().map(|field| {
            let value = str::from_utf8(field.value).map_err(|_| Refusal(400))?;
            Ok((field.name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        let request = Self {
            method,
            path: path.collect::<Result<_, _>>()?,
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: headers.collect::<Result<_, _>>()?,
        };
        request.check_framing()?;
        Ok(request)
    }

    /// The one header field of this name, in lower case; none where there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(one, _)| one == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value.as_str())
    }

    /// A value of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// No request that is served has content, so none is read; one that has it is not half read.
    fn check_framing(&self) -> Result<(), Refusal> {
        let has = |name: &str| self.headers.iter().any(|(one, _)| one == name);
        if has("transfer-encoding") {
            return Err(Refusal(411));
        }
        match self.header("content-length") {
            None if !has("content-length") => Ok(()),
            Some("0") => Ok(()),
            Some(length) if length.bytes().all(|c| c.is_ascii_digit()) => Err(Refusal(413)),
            _ => Err(Refusal(400)),
        }
    }
}

/// A browser sends about fifteen.
const MOST_FIELDS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(head: &str) -> Option<u16> {
        Request::parse(head.as_bytes()).err().map(|Refusal(status)| status)
    }

    #[test]
    fn a_request_is_read_with_its_path_decoded() {
        let head = "GET /api/a%2Fb/..?search=two+words%21&x HTTP/1.1\r\nHoST: localhost \r\n\r\n";
        let request = Request::parse(head.as_bytes()).unwrap();
        assert_eq!(request.path, ["api", "a/b", ".."]);
        assert_eq!((request.query("search"), request.query("y")), (Some("two words!"), None));
        assert_eq!((request.header("host"), request.method), (Some("localhost"), Method::Get));
    }

    #[test]
    fn what_is_no_request_that_is_served_has_a_status() {
        for (head, status) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", None),
            ("DELETE / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", None),
            ("POST / HTTP/1.1\r\n\r\n", Some(405)),
            ("GET http://x/ HTTP/1.1\r\n\r\n", Some(400)),
            ("GET /%ff HTTP/1.1\r\n\r\n", Some(400)),
            ("GET / HTTP/2.0\r\n\r\n", Some(400)),
            ("GET /\r\n\r\n", Some(400)),
            ("nonsense\r\n\r\n", Some(400)),
            ("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", Some(400)),
            ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", Some(411)),
            ("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", Some(413)),
            ("GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", Some(400)),
            ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Some(400)),
        ] {
            assert_eq!(refused(head), status, "{head:?}");
        }
        let many = "A: b\r\n".repeat(MOST_FIELDS + 1);
        assert_eq!(refused(&format!("GET / HTTP/1.1\r\n{many}\r\n")), Some(431));
    }

    #[test]
    fn a_header_field_that_stands_twice_is_none() {
        let head = b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n";
        assert_eq!(Request::parse(head).unwrap().header("host"), None);
    }
}
