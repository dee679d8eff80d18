//! The languages of a part's content.

use crate::encode::fold::Field;
use crate::error::HeaderError;
use crate::header::content_type::excerpt;

/// The field of these tags (RFC 3282 2).
pub(crate) fn language_field(tags: &[&str]) -> Result<String, HeaderError> {
    let mut field = Field::new("Content-Language");
    for (n, tag) in tags.iter().enumerate() {
        if !is_tag(tag) {
            return Err(HeaderError::Language { value: excerpt(tag) });
        }
        if n > 0 {
            field.glue(",");
        }
        field.token(tag);
    }
    if tags.is_empty() {
        return Err(HeaderError::Language { value: String::new() });
    }
    Ok(field.finish())
}

/// RFC 5646 2.1, as far as it goes without the registry: subtags of up to eight letters and digits.
fn is_tag(tag: &str) -> bool {
    let fits = |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.is_ascii();
    tag.starts_with(|c: char| c.is_ascii_alphabetic())
        && tag.split('-').all(|subtag| fits(subtag) && subtag.chars().all(char::is_alphanumeric))
        && tag.len() <= LONGEST_TAG
}

/// RFC 5646 4.4.1 asks for room for 35.
const LONGEST_TAG: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags_and_nothing_else() {
        let field = language_field(&["de", "pt-BR", "zh-Hans-CN"]).unwrap();
        assert_eq!(field, "Content-Language: de, pt-BR, zh-Hans-CN\r\n");
        let wrong: [&[&str]; 9] = [
            &[],
            &[""],
            &["de\r\nBcc: x"],
            &["de", "ü"],
            &["-"],
            &["de-"],
            &["1a"],
            &["abcdefghi"],
            &["d e"],
        ];
        for tags in wrong {
            assert!(language_field(tags).is_err(), "{tags:?}");
        }
    }
}
