//! How much of a received message is looked into.

/// The bounds within which a received message is parsed. What goes beyond one is an error that
/// names it.
///
/// ```
/// use comms_mime::{ParseError, ParseLimits, ParsedMessage};
///
/// let small = ParseLimits::default().octets(10);
/// let parsed = ParsedMessage::within(&b"Subject: hello\r\n\r\n"[..], small);
/// assert!(matches!(parsed, Err(ParseError::Octets { limit: 10 })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseLimits {
    pub(crate) octets: usize,
    pub(crate) parts: usize,
    pub(crate) depth: usize,
    pub(crate) head: usize,
    pub(crate) fields: usize,
}

impl ParseLimits {
    /// Sets how many octets a message has at most; otherwise 64 MiB.
    pub fn octets(mut self, octets: usize) -> Self {
        self.octets = octets;
        self
    }

    /// Sets how many parts there are at most, those of all depths; otherwise 1 000.
    pub fn parts(mut self, parts: usize) -> Self {
        self.parts = parts;
        self
    }

    /// Sets how deep parts are nested at most, embedded messages among them; otherwise 32. More
    /// than 64 is 64.
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth.min(DEEPEST);
        self
    }

    /// Sets how many octets the heads of all parts have together at most; otherwise 1 MiB.
    pub fn head(mut self, octets: usize) -> Self {
        self.head = octets;
        self
    }

    /// Sets how many header fields all parts have together at most; otherwise 10 000.
    pub fn fields(mut self, fields: usize) -> Self {
        self.fields = fields;
        self
    }
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { octets: 64 << 20, parts: 1_000, depth: 32, head: 1 << 20, fields: 10_000 }
    }
}

/// The tree is walked by calls within calls.
const DEEPEST: usize = 64;
