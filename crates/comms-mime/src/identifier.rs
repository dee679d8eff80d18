//! Names that nobody else has: message ids, content ids, boundaries.

use crate::address::domain;
use crate::encode::word::looks_encoded;
use crate::error::{BuildError, HeaderError};
use crate::header::content_type::excerpt;

/// A message id or content id without its angle brackets, checked (RFC 5322 3.6.4 `msg-id`).
pub(crate) fn message_id(text: &str) -> Result<String, HeaderError> {
    let id = bare(text);
    match id.rsplit_once('@') {
        Some((left, right)) if fits(id) && is_left(left) && is_right(right) => Ok(id.to_owned()),
        _ => Err(HeaderError::Id { value: excerpt(text) }),
    }
}

/// The id of somebody else's message without its angle brackets, which need not keep to the grammar
/// as long as it can be written again.
pub(crate) fn received_id(text: &str) -> Result<String, HeaderError> {
    let id = bare(text.trim());
    let plain = |octet: u8| octet.is_ascii_graphic() && !b"<>".contains(&octet);
    if !id.is_empty() && fits(id) && id.bytes().all(plain) {
        return Ok(id.to_owned());
    }
    Err(HeaderError::Id { value: excerpt(text) })
}

/// What stands behind the `@` of an id: a host name in A-labels, or an address literal.
pub(crate) fn id_domain(text: &str) -> Result<String, HeaderError> {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let checked = match inside {
        Some(inside) => domain::literal(inside).ok(),
        None => domain::to_ascii(text),
    };
    checked.ok_or_else(|| HeaderError::Id { value: excerpt(text) })
}

/// A content id, which may lack the `@`, since `cid:logo.png` is what people write.
pub(crate) fn content_id(text: &str) -> Result<String, HeaderError> {
    let id = bare(text);
    if fits(id) && is_left(id) {
        return Ok(id.to_owned());
    }
    message_id(text)
}

/// The content id that a file name suggests: the name, where `_` stands for what an id cannot
/// hold.
pub(crate) fn content_id_of(file_name: &str) -> String {
    let fits = |c: char| if is_left_character(c) || c == '.' { c } else { '_' };
    let id: String = file_name.chars().take(LONGEST_DERIVED).map(fits).collect();
    let atoms: Vec<&str> = id.split('.').filter(|atom| !atom.is_empty()).collect();
    if atoms.is_empty() { "part".to_owned() } else { atoms.join(".") }
}

/// A new message id of a domain.
pub(crate) fn new_message_id(domain: &str) -> Result<String, BuildError> {
    let mut id = random_token()?;
    id.push('@');
    id.push_str(domain);
    Ok(id)
}

/// A token from which the boundaries of one message are made, and which occurs nowhere in it.
pub(crate) fn boundary_token(
    mut draw: impl FnMut() -> Result<String, BuildError>,
    occurs: impl Fn(&str) -> bool,
) -> Result<String, BuildError> {
    loop {
        let token = draw()?;
        if !occurs(&token) {
            return Ok(token);
        }
    }
}

/// The boundary of the `number`th multipart. Base64 has no `_`, quoted-printable no `=_`; and no
/// boundary is the beginning of another one.
pub(crate) fn boundary(number: usize, token: &str) -> String {
    format!("=_{number}_{token}")
}

/// 128 random bits.
pub(crate) fn random_token() -> Result<String, BuildError> {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets)?;
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    // An `@` and a domain may follow.
    let mut token = String::with_capacity(2 * octets.len() + USUAL_DOMAIN);
    token.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    Ok(token)
}

fn bare(text: &str) -> &str {
    text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text)
}

/// Whether it is short enough, and nothing that a reader would decode.
fn fits(id: &str) -> bool {
    id.len() <= LONGEST_ID && !looks_encoded(id)
}

fn is_left(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_left_character))
}

fn is_right(text: &str) -> bool {
    let literal = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match literal {
        Some(inside) => inside.bytes().all(|c| c.is_ascii_alphanumeric() || b".:-".contains(&c)),
        None => is_left(text),
    }
}

fn is_left_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// An id cannot be folded; this keeps its line far from 998 octets.
const LONGEST_ID: usize = 512;

const USUAL_DOMAIN: usize = 32;

const LONGEST_DERIVED: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_that_occurs_in_the_content_is_drawn_again() {
        let mut draws = ["taken", "taken", "free"].into_iter();
        let token = boundary_token(
            || Ok(draws.next().unwrap().to_owned()),
            |token| "a text with taken in it".contains(token),
        );
        assert_eq!(token.as_deref(), Ok("free"));
    }

    #[test]
    fn ids_hold_nothing_that_ends_a_header_or_an_id() {
        assert_eq!(message_id("<a.b@x.example>").as_deref(), Ok("a.b@x.example"));
        assert_eq!(message_id("1@[192.0.2.1]").as_deref(), Ok("1@[192.0.2.1]"));
        assert_eq!(content_id("logo.png").as_deref(), Ok("logo.png"));
        for bad in ["", "a", "a@", "@b", "a@b\r\nBcc: x", "a b@c", "a@b>", "a>@<b", "ä@b", "a\0@b"]
        {
            assert!(message_id(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "a\n", "a b", "<>", "a\u{85}"] {
            assert!(content_id(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_that_was_received_need_only_be_writable() {
        for id in ["a", "a@b@c", "<a..b@x>", " <1@x> ", "a:b", "\"q\"@x"] {
            assert!(received_id(id).is_ok(), "{id:?}");
        }
        for bad in ["", "<>", "a b", "a>b", "a\r\nb", "ä", "a\0", "=?utf-8?q?x?=@y"] {
            assert!(received_id(bad).is_err(), "{bad:?}");
        }
        assert!(received_id(&"x".repeat(513)).is_err());
    }

    #[test]
    fn the_domain_of_an_id_is_a_host_or_a_literal() {
        assert_eq!(id_domain("bücher.example").as_deref(), Ok("xn--bcher-kva.example"));
        assert_eq!(id_domain("[192.0.2.1]").as_deref(), Ok("[192.0.2.1]"));
        for bad in ["", "a b", "x>\r\nBcc: y", "[x]", "a@b"] {
            assert!(id_domain(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_file_name_becomes_an_id_that_is_valid() {
        assert_eq!(content_id_of("logo.png"), "logo.png");
        assert_eq!(content_id_of("mein Bild (ü).png"), "mein_Bild____.png");
        for name in ["..x", "a b", "ü", "x.", "...", ""] {
            assert!(content_id(&content_id_of(name)).is_ok(), "{name}");
        }
    }

    #[test]
    fn random_tokens_differ() {
        assert_ne!(random_token().unwrap(), random_token().unwrap());
    }
}
