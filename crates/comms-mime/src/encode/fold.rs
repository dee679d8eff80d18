//! Folding: one header field laid out in lines (RFC 5322 2.1.1, 2.2.3).

/// A header field that grows by tokens, each put on a line where it fits.
#[derive(Debug)]
pub(crate) struct Field {
    text: String,
    column: usize,
    first: bool,
}

impl Field {
    /// Begins the field `name:`.
    pub(crate) fn new(name: &str) -> Self {
        let mut text = String::with_capacity(USUAL);
        text.push_str(name);
        text.push(':');
        Field { text, column: name.len() + 1, first: true }
    }

    /// How many octets fit on this line behind a blank.
    pub(crate) fn room(&self) -> usize {
        WIDTH.saturating_sub(self.column + 1)
    }

    /// Whether anything stands in it behind its name.
    pub(crate) fn is_begun(&self) -> bool {
        !self.first
    }

    /// Puts a token behind a blank, on the next line when this one is full.
    ///
    /// The first token never moves: a line of nothing but the name confuses readers.
    pub(crate) fn token(&mut self, token: &str) {
        self.spaced(" ", token);
    }

    /// Puts a token behind a blank, as one with what encloses it.
    pub(crate) fn enclosed(&mut self, begin: &str, token: &str, end: &str) {
        let length = 1 + begin.len() + token.len() + end.len();
        if !self.first && self.column + length > WIDTH {
            self.fold();
        }
        self.first = false;
        for piece in [" ", begin, token, end] {
            self.glue(piece);
        }
    }

    /// Puts a token behind blanks of the text's own, which stay as they are.
    pub(crate) fn spaced(&mut self, blanks: &str, token: &str) {
        if !self.first && self.column + blanks.len() + token.len() > WIDTH {
            self.fold();
        }
        self.text.push_str(blanks);
        self.text.push_str(token);
        self.column += blanks.len() + token.len();
        self.first = false;
    }

    /// Ends this line; what comes next begins with the blank of a continuation.
    pub(crate) fn fold(&mut self) {
        self.text.push_str("\r\n");
        self.column = 0;
        self.first = false;
    }

    /// Adds to the last token.
    pub(crate) fn glue(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.len();
    }

    /// The whole field with its CRLF.
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("\r\n");
        self.text
    }
}

/// Lines hold 76 octets: RFC 2047 2 allows encoded words no more, and RFC 5322 asks for 78.
const WIDTH: usize = 76;

/// Most fields are shorter.
const USUAL: usize = 128;
