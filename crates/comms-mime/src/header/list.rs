//! The fields of a mailing list (RFC 2369, RFC 2919, RFC 8058).

use crate::encode::fold::Field;
use crate::encode::word::looks_encoded;
use crate::error::HeaderError;
use crate::header::content_type::excerpt;
use crate::header::mailboxes::put_phrase;

/// What a message says of the mailing list that it comes by.
///
/// Each kind of URI may be given several times, the preferred one first. They are absolute, of
/// ASCII, and hold neither blanks nor angle brackets.
///
/// ```
/// use comms_mime::{MailingList, Message};
///
/// let news = MailingList::default()
///     .id("news.x.example")?
///     .described("News of X")
///     .unsubscribe_by_one_click("https://x.example/leave?reader=7")?
///     .unsubscribe("mailto:leave@x.example?subject=leave")?
///     .closed_to_posts();
/// let message = Message::builder().from("news@x.example".parse()?).list(news).build()?;
///
/// assert!(MailingList::default().unsubscribe("https://x.example/>\r\nBcc: eve@z.example").is_err());
/// assert!(MailingList::default().unsubscribe_by_one_click("mailto:leave@x.example").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct MailingList {
    id: Option<String>,
    description: String,
    help: Vec<String>,
    subscribe: Vec<String>,
    unsubscribe: Vec<String>,
    one_click: bool,
    post: Post,
    owner: Vec<String>,
    archive: Vec<String>,
}

/// Where messages to the list go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
enum Post {
    #[default]
    Unsaid,
    Closed,
    To(Vec<String>),
}

impl MailingList {
    /// Sets the list's id, which stays the same for ever: `news.x.example` (RFC 2919).
    pub fn id(mut self, id: &str) -> Result<Self, HeaderError> {
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let label = |label: &str| !label.is_empty() && label.chars().all(atom);
        let fits = id.len() <= LONGEST_ID && id.contains('.') && !looks_encoded(id);
        if !fits || !id.split('.').all(label) {
            return Err(HeaderError::ListId { value: excerpt(id) });
        }
        self.id = Some(id.to_owned());
        Ok(self)
    }

    /// Sets the name that people know the list by. It is written with the id alone.
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds where help is found.
    pub fn help(mut self, to: &str) -> Result<Self, HeaderError> {
        self.help.push(uri(to)?);
        Ok(self)
    }

    /// Adds how somebody joins.
    pub fn subscribe(mut self, to: &str) -> Result<Self, HeaderError> {
        self.subscribe.push(uri(to)?);
        Ok(self)
    }

    /// Adds how somebody leaves.
    pub fn unsubscribe(mut self, to: &str) -> Result<Self, HeaderError> {
        let to = uri(to)?;
        if self.one_click && is_https(&to) {
            return Err(HeaderError::OneClick { value: excerpt(&to) });
        }
        self.unsubscribe.push(to);
        Ok(self)
    }

    /// Sets how somebody leaves by one click: a POST to this `https` URI, which must name the
    /// reader (RFC 8058). Receivers heed it where a DKIM signature covers both of its headers.
    pub fn unsubscribe_by_one_click(mut self, to: &str) -> Result<Self, HeaderError> {
        let to = uri(to)?;
        if !is_https(&to) || self.unsubscribe.iter().any(|other| is_https(other)) {
            return Err(HeaderError::OneClick { value: excerpt(&to) });
        }
        self.unsubscribe.push(to);
        self.one_click = true;
        Ok(self)
    }

    /// Adds where messages to the list go.
    pub fn post(mut self, to: &str) -> Result<Self, HeaderError> {
        let to = uri(to)?;
        match &mut self.post {
            Post::To(all) => all.push(to),
            Post::Unsaid | Post::Closed => self.post = Post::To(vec![to]),
        }
        Ok(self)
    }

    /// Says that nobody can write to the list.
    pub fn closed_to_posts(mut self) -> Self {
        self.post = Post::Closed;
        self
    }

    /// Adds who answers for the list.
    pub fn owner(mut self, to: &str) -> Result<Self, HeaderError> {
        self.owner.push(uri(to)?);
        Ok(self)
    }

    /// Adds where earlier messages are found.
    pub fn archive(mut self, to: &str) -> Result<Self, HeaderError> {
        self.archive.push(uri(to)?);
        Ok(self)
    }

    /// The fields, each with its name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let id = self.id.as_deref().map(|id| ("List-Id", id_field(id, &self.description)));
        let post = match &self.post {
            Post::Unsaid => None,
            Post::Closed => Some(("List-Post", "List-Post: NO\r\n".to_owned())),
            Post::To(all) => uri_field("List-Post", all),
        };
        let one_click = self.one_click.then(|| {
            (
                "List-Unsubscribe-Post",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".into(),
            )
        });
        let fields = [
            id,
            uri_field("List-Help", &self.help),
            uri_field("List-Subscribe", &self.subscribe),
            uri_field("List-Unsubscribe", &self.unsubscribe),
            one_click,
            post,
            uri_field("List-Owner", &self.owner),
            uri_field("List-Archive", &self.archive),
        ];
        fields.into_iter().flatten()
    }
}

fn id_field(id: &str, description: &str) -> String {
    let mut field = Field::new("List-Id");
    if !description.is_empty() {
        put_phrase(&mut field, description);
    }
    field.token(&format!("<{id}>"));
    field.finish()
}

fn uri_field(name: &'static str, uris: &[String]) -> Option<(&'static str, String)> {
    if uris.is_empty() {
        return None;
    }
    let mut field = Field::new(name);
    for (n, uri) in uris.iter().enumerate() {
        if n > 0 {
            field.glue(",");
        }
        field.token(&format!("<{uri}>"));
    }
    Some((name, field.finish()))
}

/// Checks an absolute URI (RFC 3986 3): a scheme, and characters that RFC 2369 2 takes between
/// angle brackets.
fn uri(text: &str) -> Result<String, HeaderError> {
    let refused = || HeaderError::Uri { value: excerpt(text) };
    let (scheme, behind) = text.split_once(':').ok_or_else(refused)?;
    let letter = |octet: u8| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet);
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(letter);
    let plain = |octet: u8| octet.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&octet);
    let whole = !behind.is_empty() && behind.bytes().all(plain) && percent_is_hex(behind);
    if named && whole && text.len() <= LONGEST_URI && !looks_encoded(text) {
        return Ok(text.to_owned());
    }
    Err(refused())
}

/// Whether two digits follow each percent sign.
fn percent_is_hex(text: &str) -> bool {
    text.split('%').skip(1).all(|behind| {
        behind.get(..2).is_some_and(|two| two.bytes().all(|octet| octet.is_ascii_hexdigit()))
    })
}

fn is_https(uri: &str) -> bool {
    uri.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("https://")) && uri.len() > 8
}

/// RFC 2919 3: 255 octets.
const LONGEST_ID: usize = 255;

/// It cannot be folded; with brackets and a name this is below the 998 octets of a line.
const LONGEST_URI: usize = 900;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_written_like_this() {
        let list = MailingList::default()
            .id("news.x.example")
            .unwrap()
            .described("News, of \"X\"")
            .help("https://x.example/help")
            .unwrap()
            .subscribe("mailto:join@x.example")
            .unwrap()
            .unsubscribe("mailto:leave@x.example?subject=a%20b")
            .unwrap()
            .unsubscribe_by_one_click("https://x.example/leave?reader=7&and=a-long-token-behind-it")
            .unwrap()
            .post("mailto:all@x.example")
            .unwrap()
            .owner("mailto:owner@x.example")
            .unwrap()
            .archive("https://x.example/old/")
            .unwrap();
        let fields: String = list.fields().map(|(_, field)| field).collect();
        assert_eq!(
            fields,
            "List-Id: \"News, of \\\"X\\\"\" <news.x.example>\r\n\
             List-Help: <https://x.example/help>\r\n\
             List-Subscribe: <mailto:join@x.example>\r\n\
             List-Unsubscribe: <mailto:leave@x.example?subject=a%20b>,\r\n \
             <https://x.example/leave?reader=7&and=a-long-token-behind-it>\r\n\
             List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
             List-Post: <mailto:all@x.example>\r\n\
             List-Owner: <mailto:owner@x.example>\r\n\
             List-Archive: <https://x.example/old/>\r\n"
        );
        let closed = MailingList::default().closed_to_posts();
        assert_eq!(
            closed.fields().map(|(_, field)| field).collect::<String>(),
            "List-Post: NO\r\n"
        );
    }

    #[test]
    fn a_uri_holds_nothing_that_ends_it() {
        let bad = [
            "",
            "x",
            "x.example/a",
            ":a",
            "1x:a",
            "https:",
            "https://x/ a",
            "https://x/>",
            "a:<",
            "https://x/\r\nBcc: a@b",
            "https://x/\0",
            "https://x/ü",
            "https://x/%",
            "https://x/%4",
            "https://x/%zz",
            "https://x/%é",
            "a:\u{7f}",
            "a:=?utf-8?q?x?=",
            "a:\"",
            "a:\t",
        ];
        for uri in bad {
            assert!(MailingList::default().help(uri).is_err(), "{uri:?}");
        }
        assert!(MailingList::default().help(&format!("a:{}", "x".repeat(899))).is_err());
        for id in ["", "x", ".x", "a..b", "a b.c", "a.b>", "a.b\r\n", "ü.x", &"a.".repeat(200)] {
            assert!(MailingList::default().id(id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn one_click_has_one_https_uri() {
        let list = || MailingList::default().unsubscribe_by_one_click("https://x.example/1");
        assert!(list().unwrap().unsubscribe("https://x.example/2").is_err());
        assert!(list().unwrap().unsubscribe_by_one_click("https://x.example/2").is_err());
        assert!(list().unwrap().unsubscribe("mailto:a@x.example").is_ok());
        for uri in ["http://x.example/1", "https://", "https:x", "mailto:a@x.example"] {
            assert!(MailingList::default().unsubscribe_by_one_click(uri).is_err(), "{uri}");
        }
    }
}
