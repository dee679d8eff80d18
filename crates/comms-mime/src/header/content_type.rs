//! The type of a part's content (RFC 2045 5.1).

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::encode::fold::Field;
use crate::encode::param::parameter;
use crate::error::HeaderError;

/// `type/subtype` with its parameters.
///
/// ```
/// use comms_mime::ContentType;
///
/// let csv: ContentType = "text/csv; charset=utf-8; header=\"present\"".parse()?;
/// assert_eq!(csv.essence(), "text/csv");
/// assert!("text/csv\r\nBcc: x".parse::<ContentType>().is_err());
/// # Ok::<(), comms_mime::HeaderError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl ContentType {
    /// The type and subtype, in lower case.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a parameter, named in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        parameters.find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether it describes a structure of parts, and not octets.
    pub fn is_composite(&self) -> bool {
        self.essence.starts_with("multipart/") || self.essence.starts_with("message/")
    }

    /// The type that a file name suggests.
    pub(crate) fn of_file_name(name: &str) -> Self {
        let guessed = mime_guess::from_path(Path::new(name)).first_raw();
        guessed
            .and_then(|guessed| guessed.parse::<ContentType>().ok())
            .filter(|guessed| !guessed.is_composite())
            .unwrap_or_else(|| ContentType {
                essence: "application/octet-stream".to_owned(),
                parameters: Vec::new(),
            })
    }

    /// A type that is known to be valid.
    pub(crate) fn fixed(essence: &str, parameters: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        ContentType {
            essence: essence.to_owned(),
            parameters: parameters.iter().map(owned).collect(),
        }
    }

    /// The same with one more parameter, unless it has one of this name.
    pub(crate) fn with_parameter(mut self, name: &str, value: &str) -> Self {
        if self.parameters.iter().all(|(taken, _)| taken != name) {
            self.parameters.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The whole header field.
    pub(crate) fn field(&self) -> String {
        let mut field = Field::new("Content-Type");
        field.token(&self.essence);
        for (name, value) in &self.parameters {
            parameter(&mut field, name, value);
        }
        field.finish()
    }
}

impl FromStr for ContentType {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        parsed(text).ok_or_else(|| HeaderError::ContentType { value: excerpt(text) })
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in &self.parameters {
            write!(f, "; {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))?;
        }
        Ok(())
    }
}

/// A piece of somebody's text for an error: not too long.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(LONGEST_EXCERPT).collect()
}

/// Whether the text is one word that needs no quotes (RFC 2045 5.1 `token`).
pub(crate) fn is_token(text: &str) -> bool {
    let fits = |octet: u8| octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=*'%".contains(&octet);
    !text.is_empty() && text.bytes().all(fits)
}

fn parsed(text: &str) -> Option<ContentType> {
    let (essence, mut rest) = match text.split_once(';') {
        Some((essence, rest)) => (essence, Some(rest)),
        None => (text, None),
    };
    let (kind, subtype) = essence.trim_matches(BLANKS).split_once('/')?;
    if !is_token(kind) || !is_token(subtype) || essence.len() > LONGEST_ESSENCE {
        return None;
    }
    let mut parameters = Vec::new();
    while let Some(text) = rest.filter(|rest| !rest.trim_matches(BLANKS).is_empty()) {
        let (name, behind) = text.split_once('=')?;
        let name = name.trim_matches(BLANKS);
        let (value, next) = value(behind.trim_start_matches(BLANKS))?;
        if !is_token(name) || name.len() > LONGEST_NAME {
            return None;
        }
        parameters.push((name.to_ascii_lowercase(), value));
        rest = next;
    }
    let essence = format!("{kind}/{subtype}").to_ascii_lowercase();
    Some(ContentType { essence, parameters })
}

/// The value at the beginning of the text, and what stands behind the semicolon after it.
fn value(text: &str) -> Option<(String, Option<&str>)> {
    let Some(inside) = text.strip_prefix('"') else {
        let (value, rest) = match text.split_once(';') {
            Some((value, rest)) => (value, Some(rest)),
            None => (text, None),
        };
        let value = value.trim_matches(BLANKS);
        return is_token(value).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => value.push(characters.next()?.1),
            '"' => {
                let behind = inside.get(at + 1..)?.trim_start_matches(BLANKS);
                if behind.is_empty() {
                    return Some((value, None));
                }
                return Some((value, Some(behind.strip_prefix(';')?)));
            }
            c if c.is_control() => return None,
            c => value.push(c),
        }
    }
    None
}

const BLANKS: [char; 2] = [' ', '\t'];

/// RFC 6838 4.2: 127 characters for each of the two names.
const LONGEST_ESSENCE: usize = 256;

const LONGEST_NAME: usize = 127;

const LONGEST_EXCERPT: usize = 100;
