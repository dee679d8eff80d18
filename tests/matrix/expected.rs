//! What a reader has to find in a message.

/// A message as its reader has to see it.
pub(crate) struct Expected {
    /// The message id, without brackets.
    pub(crate) id: String,
    /// Seconds since 1970.
    pub(crate) date: i64,
    /// Names and values of fields of free text, the values decoded.
    pub(crate) texts: Vec<(String, String)>,
    /// The mailboxes of each field that has some.
    pub(crate) mailboxes: Vec<(&'static str, Vec<Shown>)>,
    /// Whether it cannot be written without octets above 127 in its head.
    pub(crate) is_international: bool,
    pub(crate) root: Node,
}

/// A mailbox as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) name: Option<String>,
    /// The address with its domain in ASCII.
    pub(crate) address: String,
}

/// A part.
#[derive(Clone)]
pub(crate) enum Node {
    Leaf(Leaf),
    /// A multipart of this subtype.
    Multipart(&'static str, Vec<Node>),
}

/// A part without parts.
#[derive(Clone)]
pub(crate) struct Leaf {
    /// `type/subtype`.
    pub(crate) media_type: String,
    /// `attachment`, `inline`, or none.
    pub(crate) disposition: Option<&'static str>,
    pub(crate) file_name: Option<String>,
    pub(crate) content_id: Option<String>,
    pub(crate) content: Content,
}

/// What is in a part.
#[derive(Clone)]
pub(crate) enum Content {
    /// A text with LF line ends. At the end of a whole message a line end may have been added.
    Text(String),
    /// Exactly these octets.
    Octets(Vec<u8>),
}
