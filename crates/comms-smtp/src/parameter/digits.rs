//! Numbers as the grammars of SMTP have them: digits alone, and not more than so many.

/// The number that `text` is, if it is one to `most` digits and nothing else.
pub(crate) fn number(text: &str, most: usize) -> Option<u64> {
    let is_number = text.len() <= most && text.bytes().all(|octet| octet.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits_alone_and_not_too_many() {
        assert_eq!(number("007", 9), Some(7));
        assert_eq!(number("18446744073709551615", 20), Some(u64::MAX));
        for wrong in ["", "+5", "-5", " 5", "5 ", "5x", "٣", "1234567890", "1_0"] {
            assert_eq!(number(wrong, 9), None, "{wrong:?}");
        }
        assert_eq!(number("99999999999999999999", 20), None);
    }
}
