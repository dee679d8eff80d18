//! The field of a signature, laid out in lines (RFC 6376 3.5).

/// What the field says, in its order.
#[derive(Debug)]
pub(crate) struct Tags<'t> {
    /// Each with its value and `;`, without the three at the end.
    pub(crate) first: Vec<String>,
    /// The names of the signed fields.
    pub(crate) fields: Vec<&'t str>,
    pub(crate) body_hash: &'t str,
    pub(crate) signature: &'t str,
}

impl Tags<'_> {
    /// The whole field with its CRLF.
    pub(crate) fn field(&self) -> String {
        let mut lines = Lines::new("DKIM-Signature:");
        self.first.iter().for_each(|tag| lines.word(tag));
        lines.fold();
        lines.piece("h=");
        for (n, name) in self.fields.iter().enumerate() {
            let end = if n + 1 == self.fields.len() { ";" } else { ":" };
            lines.piece(&format!("{name}{end}"));
        }
        lines.fold();
        lines.piece(&format!("bh={};", self.body_hash));
        // The value begins on the line of its name: not every verifier blanks it out otherwise.
        lines.fold();
        lines.piece("b=");
        let mut rest = self.signature;
        while let Some((piece, behind)) = rest.split_at_checked(PIECE.min(rest.len()))
            && !piece.is_empty()
        {
            lines.piece(piece);
            rest = behind;
        }
        lines.text + "\r\n"
    }
}

struct Lines {
    text: String,
    column: usize,
}

impl Lines {
    fn new(name: &str) -> Self {
        Self { text: name.to_owned(), column: name.len() }
    }

    /// Puts a word behind a blank, on the next line where this one is full.
    fn word(&mut self, word: &str) {
        if self.column + 1 + word.len() > WIDTH {
            self.fold();
        } else {
            self.piece(" ");
        }
        self.piece(word);
    }

    /// Puts what may stand right behind the last, on the next line where this one is full.
    fn piece(&mut self, piece: &str) {
        if self.column + piece.len() > WIDTH && self.column > 1 {
            self.fold();
        }
        self.text.push_str(piece);
        self.column += piece.len();
    }

    fn fold(&mut self) {
        self.text.push_str("\r\n ");
        self.column = 1;
    }
}

/// RFC 5322 2.1.1 asks for 78.
const WIDTH: usize = 76;

/// What fits on a line behind ` b=`.
const PIECE: usize = 72;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_folded_between_names_and_within_the_signature() {
        let tags = Tags {
            first: ["v=1;", "a=rsa-sha256;", "c=relaxed/relaxed;", "d=x.example;", "s=s;", "t=1;"]
                .map(str::to_owned)
                .to_vec(),
            fields: vec![
                "From",
                "From",
                "Content-Transfer-Encoding",
                "Subject",
                "Message-ID",
                "To",
            ],
            body_hash: "MEIx",
            signature: &"x".repeat(150),
        };
        let x = "x".repeat(72);
        let expected = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=x.example; s=s; t=1;\r\n \
             h=From:From:Content-Transfer-Encoding:Subject:Message-ID:To;\r\n \
             bh=MEIx;\r\n b={x}\r\n {x}\r\n xxxxxx\r\n"
        );
        assert_eq!(tags.field(), expected);
    }
}
