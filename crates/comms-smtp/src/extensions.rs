//! What a server says it can do (RFC 5321 4.1.1.1).

use std::time::Duration;

use crate::parameter::digits::number;
use crate::parameter::hold::HoldLimits;
use crate::parameter::limits::Limits;
use crate::parameter::size::Size;
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
        let mut lines = reply.lines();
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
        // One that names none is no mistake, and asked for with every message.
        let limit = self.parameters("SIZE").filter(|limit| !limit.is_empty())?;
        limit.parse::<Size>().ok().map(|limit| limit.0).filter(|limit| *limit > 0)
    }

    /// How much the server takes in one session (RFC 9422); nothing where it did not say.
    pub fn limits(&self) -> Limits {
        self.parameters("LIMITS").map(Limits::of).unwrap_or_default()
    }

    /// The name of the profile by which the server reads priorities (RFC 6710 3); `None` if it
    /// named none, or knows no priorities.
    pub fn priority_profile(&self) -> Option<&str> {
        self.parameters("MT-PRIORITY").filter(|profile| !profile.is_empty())
    }

    /// The shortest time within which the server can be asked to deliver or to return (RFC 2852 4);
    /// `None` if it did not say.
    pub fn minimum_delivery_time(&self) -> Option<Duration> {
        let parameters = self.parameters("DELIVERBY")?;
        let minimum = parameters.split(',').next().unwrap_or_default();
        number(minimum.trim(), MOST_DIGITS).filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }

    /// How long the server holds messages (RFC 4865 3); nothing where it did not say.
    pub fn hold_limits(&self) -> HoldLimits {
        self.parameters("FUTURERELEASE").map(HoldLimits::of).unwrap_or_default()
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

/// Of a time to deliver (RFC 2852 4).
const MOST_DIGITS: usize = 9;

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
    fn what_a_server_says_of_its_extensions_is_read_with_them() {
        let reply = Reply::new(
            250,
            "a\nLIMITS RCPTMAX=5\nmt-priority MIXER\nDELIVERBY 60,later\n\
             FUTURERELEASE 3600 2027-01-01T00:00:00Z",
        );
        let said = Extensions::of_ehlo(&reply);
        assert_eq!(said.limits().rcpt_max, Some(5));
        assert_eq!(said.priority_profile(), Some("MIXER"));
        assert_eq!(said.minimum_delivery_time(), Some(Duration::from_secs(60)));
        assert_eq!(said.hold_limits().interval, "3600".parse().ok());
        assert_eq!(said.hold_limits().until, "2027-01-01T00:00:00Z".parse().ok());
    }

    #[test]
    fn extensions_without_parameters_say_nothing_more() {
        let bare = Reply::new(250, "a\nLIMITS\nMT-PRIORITY\nDELIVERBY\nFUTURERELEASE");
        let odd = Reply::new(250, "a\nLIMITS x\nDELIVERBY -5\nFUTURERELEASE soon");
        for reply in [bare, odd, Reply::new(250, "a")] {
            let said = Extensions::of_ehlo(&reply);
            assert_eq!(said.limits(), Limits::default());
            assert_eq!(said.priority_profile(), None);
            assert_eq!(said.minimum_delivery_time(), None);
            assert_eq!(said.hold_limits(), HoldLimits::default());
        }
    }

    #[test]
    fn a_size_without_a_number_is_no_limit() {
        for line in ["SIZE", "SIZE 0", "SIZE x", "SIZE -1", "SIZE 99999999999999999999999"] {
            let extensions = Extensions::of_ehlo(&Reply::new(250, &format!("a\n{line}")));
            assert_eq!(extensions.size_limit(), None, "{line}");
        }
    }
}
