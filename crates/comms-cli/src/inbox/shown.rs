//! A message as the tabs show it.

use std::io;

use comms::{ParsedMessage, ParsedPart};
use serde::Serialize;

use crate::inbox::kept::{Kept, Summary, cut};
use crate::inbox::page;

/// All that is told of one message.
#[derive(Serialize)]
pub(crate) struct Shown<'m> {
    #[serde(flatten)]
    summary: &'m Summary,
    headers: Vec<Field>,
    /// The plain text, where there is one.
    text: Option<String>,
    /// Whether that is its beginning alone.
    text_is_cut: bool,
    /// Whether there is HTML.
    html: bool,
    /// How often the HTML asks for what is not in the message.
    remote: usize,
    parts: Vec<Part>,
    /// Why it could not be read whole, where that is so.
    unread: Option<String>,
}

#[derive(Serialize)]
struct Field {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Part {
    /// Its number, by which it is asked for; 0 is the message itself.
    number: usize,
    content_type: String,
    charset: Option<String>,
    encoding: String,
    disposition: Option<String>,
    name: Option<String>,
    content_id: Option<String>,
    octets: usize,
    /// Whether it is neither made of parts nor shown as the text or the HTML.
    attachment: bool,
    multipart: bool,
}

impl<'m> Shown<'m> {
    /// Reads a message for its tabs.
    pub(crate) fn read(message: &'m Kept) -> io::Result<Self> {
        let octets = message.body.read(u64::MAX)?;
        let mut shown = Self {
            summary: &message.summary,
            headers: Vec::new(),
            text: None,
            text_is_cut: false,
            html: false,
            remote: 0,
            parts: Vec::new(),
            unread: None,
        };
        match ParsedMessage::new(octets) {
            Ok(parsed) => shown.look_into(&parsed),
            Err(why) => shown.unread = Some(why.to_string()),
        }
        Ok(shown)
    }

    fn look_into(&mut self, message: &ParsedMessage<'_>) {
        let fields = message.headers();
        let field = fields.map(|one| Field { name: one.name().to_owned(), value: one.value() });
        self.headers = field.collect();
        self.text = message.text();
        if let Some(text) = &mut self.text
            && text.len() > LONGEST_TEXT
        {
            *text = cut(text, LONGEST_TEXT);
            self.text_is_cut = true;
        }
        let html = message.html();
        self.html = html.is_some();
        self.remote = html.as_deref().map_or(0, page::remote);
        let files = message.attachments();
        let is_file = |part: &ParsedPart<'_>| {
            files.iter().any(|file| std::ptr::eq(file.raw(), part.raw()) && !part.is_multipart())
        };
        let parts = message.parts().into_iter().enumerate();
        self.parts = parts.map(|(at, part)| Part::of(at, &part, is_file(&part))).collect();
    }
}

impl Part {
    fn of(number: usize, part: &ParsedPart<'_>, attachment: bool) -> Self {
        let multipart = part.is_multipart();
        Self {
            number,
            content_type: part.essence().to_owned(),
            charset: part.parameter("charset").map(str::to_owned),
            encoding: part.transfer_encoding(),
            disposition: part.disposition(),
            name: part.file_name(),
            content_id: part.content_id(),
            octets: if multipart { part.raw().len() } else { part.octets().len() },
            attachment,
            multipart,
        }
    }
}

/// More text than this is for the source.
const LONGEST_TEXT: usize = 1 << 20;
