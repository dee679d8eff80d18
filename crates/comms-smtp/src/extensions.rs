//! What a server says it can do (RFC 5321 4.1.1.1).

use crate::wire::reply::Reply;

/// The keywords of an EHLO reply. What was learned before TLS is never kept after it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions {
    server: Option<String>,
    keywords: Vec<(String, String)>,
}

impl Extensions {
    /// What the reply to EHLO says: the server's name, then a keyword a line.
    pub(crate) fn of_ehlo(reply: &Reply) -> Self {
        let mut lines = reply.lines().iter();
        let server = lines.next().and_then(|line| line.split(' ').next()).map(str::to_owned);
        let keywords = lines.map(|line| match line.split_once(' ') {
            Some((keyword, parameters)) => {
                (keyword.to_ascii_uppercase(), parameters.trim().to_owned())
            }
            None => (line.to_ascii_uppercase(), String::new()),
        });
        Self { server: server.filter(|name| !name.is_empty()), keywords: keywords.collect() }
    }

    /// What the reply to HELO says: the server's name.
    pub(crate) fn of_helo(reply: &Reply) -> Self {
        Self { keywords: Vec::new(), ..Self::of_ehlo(reply) }
    }

    /// The server's own name.
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// The parameters of `keyword`, which may be empty; `None` if it was not offered.
    pub fn parameters(&self, keyword: &str) -> Option<&str> {
        let mut found = self.keywords.iter().filter(|(known, _)| known == keyword);
        found.next().map(|(_, parameters)| parameters.as_str())
    }

    /// Whether `keyword` was offered.
    pub fn offers(&self, keyword: &str) -> bool {
        self.parameters(keyword).is_some()
    }

    /// The largest message that the server takes; `None` if it did not say (RFC 1870).
    pub fn size_limit(&self) -> Option<u64> {
        self.parameters("SIZE")?.parse().ok().filter(|limit| *limit > 0)
    }

    /// The most messages that the server takes on a connection (MAILMAX of RFC 9422).
    pub fn mail_limit(&self) -> Option<u64> {
        self.limit("MAILMAX")
    }

    /// The most recipients that the server takes in a transaction (RCPTMAX of RFC 9422).
    pub fn recipient_limit(&self) -> Option<u64> {
        self.limit("RCPTMAX")
    }

    /// The most domains that the recipients of a transaction may have (RCPTDOMAINMAX of RFC 9422).
    pub fn domain_limit(&self) -> Option<u64> {
        self.limit("RCPTDOMAINMAX")
    }

    fn limit(&self, name: &str) -> Option<u64> {
        let words = self.parameters("LIMITS")?.split_ascii_whitespace();
        let mut pairs = words.filter_map(|word| word.split_once('='));
        let (_, number) = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        number.parse().ok().filter(|limit| *limit > 0)
    }

    /// The mechanisms that AUTH was offered with (RFC 4954 3); `AUTH=` is how drafts of it had it.
    pub fn mechanisms(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (keyword, parameters) in &self.keywords {
            let first = keyword.strip_prefix("AUTH=");
            if first.is_none() && keyword != "AUTH" {
                continue;
            }
            for word in first.into_iter().chain(parameters.split_ascii_whitespace()) {
                let word = word.to_ascii_uppercase();
                if !found.contains(&word) {
                    found.push(word);
                }
            }
        }
        found
    }

    /// All keywords with their parameters, as offered.
    pub fn keywords(&self) -> impl Iterator<Item = String> {
        self.keywords.iter().map(|(keyword, parameters)| {
            if parameters.is_empty() { keyword.clone() } else { format!("{keyword} {parameters}") }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_found_in_any_case_with_their_parameters() {
        let reply =
            Reply::new(250, "mail.example greets you\nsize 1000\nPIPELINING\nAuth PLAIN LOGIN");
        let extensions = Extensions::of_ehlo(&reply);
        assert_eq!(extensions.server(), Some("mail.example"));
        assert_eq!(extensions.size_limit(), Some(1000));
        assert!(extensions.offers("PIPELINING"));
        assert_eq!(extensions.parameters("AUTH"), Some("PLAIN LOGIN"));
        assert!(!extensions.offers("CHUNKING"));
    }

    #[test]
    fn mechanisms_are_gathered_from_both_forms_of_auth() {
        let reply = Reply::new(250, "a\nAUTH=LOGIN plain\nAUTH PLAIN CRAM-MD5\nAUTHOR x\nauth");
        let extensions = Extensions::of_ehlo(&reply);
        assert_eq!(extensions.mechanisms(), ["LOGIN", "PLAIN", "CRAM-MD5"]);
    }

    #[test]
    fn a_size_without_a_number_is_no_limit() {
        for line in ["SIZE", "SIZE 0", "SIZE x", "SIZE -1", "SIZE 99999999999999999999999"] {
            let extensions = Extensions::of_ehlo(&Reply::new(250, &format!("a\n{line}")));
            assert_eq!(extensions.size_limit(), None, "{line}");
        }
    }
}
