//! The subjects of answers (RFC 5322 3.6.5).

/// `Re: ` and the subject, however often and in whatever case it begins with that. What other
/// languages say for it is a part of the subject.
pub(crate) fn replied(subject: Option<&str>) -> String {
    format!("Re: {}", without(subject, &["re"])).trim_end().to_owned()
}

/// `Fwd: ` and the subject, once.
pub(crate) fn forwarded(subject: Option<&str>) -> String {
    format!("Fwd: {}", without(subject, &["fwd", "fw"])).trim_end().to_owned()
}

/// The subject behind these words and their colons; `Re[2]:` counts as `Re:`.
fn without<'a>(subject: Option<&'a str>, words: &[&str]) -> &'a str {
    let mut rest = subject.unwrap_or_default().trim();
    while let Some((word, behind)) = rest.split_once(':') {
        let word = match word.trim_end().split_once('[') {
            Some((word, count)) if is_count(count) => word,
            _ => word,
        };
        if !words.iter().any(|known| word.trim_end().eq_ignore_ascii_case(known)) {
            break;
        }
        rest = behind.trim_start();
    }
    rest
}

fn is_count(text: &str) -> bool {
    let digits = text.strip_suffix(']').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn re_stands_once_whatever_the_case() {
        let subjects = [
            ("a", "Re: a"),
            ("Re: a", "Re: a"),
            ("RE:a", "Re: a"),
            ("re : Re[2]: rE: a", "Re: a"),
            ("AW: a", "Re: AW: a"),
            ("Re[x]: a", "Re: Re[x]: a"),
            ("Regards: a", "Re: Regards: a"),
            ("Fwd: a", "Re: Fwd: a"),
            (" Re: ", "Re:"),
            ("", "Re:"),
        ];
        for (subject, expected) in subjects {
            assert_eq!(replied(Some(subject)), expected, "{subject:?}");
        }
        assert_eq!(replied(None), "Re:");
    }

    #[test]
    fn fwd_stands_once_whatever_the_case() {
        let subjects =
            [("a", "Fwd: a"), ("FW: fwd: a", "Fwd: a"), ("Re: a", "Fwd: Re: a"), ("", "Fwd:")];
        for (subject, expected) in subjects {
            assert_eq!(forwarded(Some(subject)), expected, "{subject:?}");
        }
    }

    #[test]
    fn a_subject_of_a_mebibyte_of_re_takes_linear_time() {
        assert_eq!(replied(Some(&"Re: ".repeat(1 << 18))), "Re:");
        assert_eq!(replied(Some(&"Re[".repeat(1 << 18))).len(), 4 + (3 << 18));
    }
}
