//! Composing a message and keeping account of what went in.

use comms::{Attachment, Mailbox, Message, MessageBuilder, Part};

use crate::matrix::Case;
use crate::matrix::expected::{Content, Expected, Leaf, Node, Shown};

/// A message in the making, and what will have to be found in it.
pub(crate) struct Draft {
    name: String,
    message: MessageBuilder,
    subject: String,
    texts: Vec<(String, String)>,
    from: Shown,
    co_authors: Vec<Shown>,
    sender: Option<Shown>,
    lists: [(&'static str, Vec<Shown>); 3],
    is_international: bool,
    text: Option<Node>,
    html: Option<Node>,
    body: Option<Node>,
    inline: Vec<Node>,
    attached: Vec<Node>,
}

/// A file that goes into a message, and as what it comes out.
#[derive(Clone)]
pub(crate) struct File {
    /// The name that is given, and the one that is seen.
    pub(crate) names: (String, String),
    /// The type that is given, and else the one that the name must suggest.
    pub(crate) media_type: Type,
    /// The id that is given, if there is one.
    pub(crate) content_id: Option<String>,
    pub(crate) octets: Vec<u8>,
}

/// The type of a file.
#[derive(Clone, Copy)]
pub(crate) enum Type {
    Given(&'static str),
    ByName(&'static str),
}

impl Draft {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        let message = Message::builder().bcc("blind@secret.invalid".parse().unwrap());
        Draft {
            name: name.into(),
            message,
            subject: String::from("The figures"),
            texts: Vec::new(),
            from: shown(None, "ann@x.example"),
            co_authors: Vec::new(),
            sender: None,
            lists: [("Reply-To", Vec::new()), ("To", Vec::new()), ("Cc", Vec::new())],
            is_international: false,
            text: None,
            html: None,
            body: None,
            inline: Vec::new(),
            attached: Vec::new(),
        }
    }

    pub(crate) fn subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.subject);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.message = self.message.header(comms::Header::new(name, value).unwrap());
        self.texts.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The author; `written` is the address in ASCII as far as it can be.
    pub(crate) fn from(mut self, name: Option<&str>, written: &str) -> Self {
        self.from = shown(name, written);
        self
    }

    pub(crate) fn co_author(mut self, name: Option<&str>, written: &str) -> Self {
        self.co_authors.push(shown(name, written));
        self
    }

    pub(crate) fn sender(mut self, name: Option<&str>, written: &str) -> Self {
        self.sender = Some(shown(name, written));
        self
    }

    /// One more mailbox in `Reply-To`, `To` or `Cc`.
    pub(crate) fn listed(mut self, field: &str, name: Option<&str>, written: &str) -> Self {
        let list = self.lists.iter_mut().find(|(known, _)| *known == field);
        list.unwrap().1.push(shown(name, written));
        self
    }

    /// It holds an address that ASCII cannot express.
    pub(crate) fn international(mut self) -> Self {
        self.is_international = true;
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.message = self.message.text(text);
        self.text = Some(text_leaf("text/plain", text));
        self
    }

    pub(crate) fn html(mut self, html: &str) -> Self {
        self.message = self.message.html(html);
        self.html = Some(text_leaf("text/html", html));
        self
    }

    pub(crate) fn attach(mut self, file: &File) -> Self {
        self.message = self.message.attach(file.attachment());
        self.attached.push(file.node("attachment"));
        self
    }

    pub(crate) fn inline(mut self, file: &File) -> Self {
        self.message = self.message.inline(file.attachment());
        self.inline.push(file.node("inline"));
        self
    }

    pub(crate) fn body(mut self, (part, node): (Part, Node)) -> Self {
        self.message = self.message.body(part);
        self.body = Some(node);
        self
    }

    /// The message, the `number`th of all.
    pub(crate) fn done(mut self, number: usize) -> Case {
        let id = format!("case-{number}@matrix.example");
        let date = 1_000_000_000 + i64::try_from(number).unwrap() * 86_399;
        if self.lists.iter().all(|(_, list)| list.is_empty()) {
            self = self.listed("To", None, "bob@y.example");
        }
        let mut message = self.message;
        message = message.message_id(&id).subject(&self.subject);
        message = message.date(instant(date)).from(self.from.mailbox());
        for author in &self.co_authors {
            message = message.co_author(author.mailbox());
        }
        if let Some(sender) = &self.sender {
            message = message.sender(sender.mailbox());
        }
        let [reply_to, to, cc] = &self.lists;
        let add = [MessageBuilder::reply_to, MessageBuilder::to, MessageBuilder::cc];
        for ((_, list), add) in [reply_to, to, cc].into_iter().zip(add) {
            message = list.iter().fold(message, |message, shown| add(message, shown.mailbox()));
        }
        let authors = std::iter::once(self.from).chain(self.co_authors);
        let mut mailboxes = vec![("From", authors.collect())];
        mailboxes.extend(self.sender.map(|sender| ("Sender", vec![sender])));
        mailboxes.extend(self.lists.into_iter().filter(|(_, list)| !list.is_empty()));
        let mut texts = self.texts;
        texts.push((String::from("Subject"), self.subject));
        let root = laid_out(self.text, self.html, self.body, self.inline, self.attached);
        let expected =
            Expected { id, date, texts, mailboxes, is_international: self.is_international, root };
        Case { name: self.name, message: message.build().unwrap(), expected }
    }
}

impl File {
    /// A file with a name that is seen as it is given.
    pub(crate) fn new(name: &str, media_type: Type, octets: impl Into<Vec<u8>>) -> Self {
        let names = (name.to_owned(), name.to_owned());
        File { names, media_type, content_id: None, octets: octets.into() }
    }

    /// The same, shown by an html body by this id.
    pub(crate) fn identified(mut self, id: &str) -> Self {
        self.content_id = Some(id.to_owned());
        self
    }

    pub(crate) fn attachment(&self) -> Attachment {
        let mut attachment = Attachment::bytes(&self.names.0, self.octets.clone());
        if let Type::Given(given) = self.media_type {
            attachment = attachment.content_type(given).unwrap();
        }
        match &self.content_id {
            Some(id) => attachment.content_id(id).unwrap(),
            None => attachment,
        }
    }

    pub(crate) fn node(&self, disposition: &'static str) -> Node {
        let (Type::Given(media_type) | Type::ByName(media_type)) = self.media_type;
        Node::Leaf(Leaf {
            media_type: media_type.to_owned(),
            disposition: Some(disposition),
            file_name: Some(self.names.1.clone()),
            content_id: self.content_id.clone(),
            content: Content::Octets(self.octets.clone()),
        })
    }
}

impl Shown {
    fn mailbox(&self) -> Mailbox {
        let address = self.address.parse().unwrap();
        match &self.name {
            Some(name) => Mailbox::named(name, address).unwrap(),
            None => Mailbox::new(address),
        }
    }
}

/// A text as it comes out: whatever its line ends are, they are line ends.
pub(crate) fn text_leaf(media_type: &str, text: &str) -> Node {
    Node::Leaf(Leaf {
        media_type: media_type.to_owned(),
        disposition: None,
        file_name: None,
        content_id: None,
        content: Content::Text(text.replace("\r\n", "\n").replace('\r', "\n")),
    })
}

/// The tree of mixed, alternative and related, each only where there is something for it.
fn laid_out(
    text: Option<Node>,
    html: Option<Node>,
    body: Option<Node>,
    inline: Vec<Node>,
    attached: Vec<Node>,
) -> Node {
    let html = html.and_then(|html| around("related", std::iter::once(html).chain(inline)));
    let forms = around("alternative", text.into_iter().chain(html).chain(body));
    if attached.is_empty() {
        return forms.unwrap_or_else(|| text_leaf("text/plain", ""));
    }
    Node::Multipart("mixed", forms.into_iter().chain(attached).collect())
}

/// The parts within a multipart, unless there is one or none.
fn around(subtype: &'static str, parts: impl IntoIterator<Item = Node>) -> Option<Node> {
    let mut parts: Vec<Node> = parts.into_iter().collect();
    if parts.len() > 1 { Some(Node::Multipart(subtype, parts)) } else { parts.pop() }
}

fn shown(name: Option<&str>, address: &str) -> Shown {
    Shown { name: name.map(str::to_owned), address: address.to_owned() }
}

fn instant(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap()
}
