//! The text of a message within its answer.

use crate::address::mailbox::Mailbox;
use crate::address::scanner::is_control;
use crate::flowed::{DelSp, Flowed};
use crate::header::date::Date;

/// The line in front of a quote: when, and who.
pub(crate) fn attribution(from: &[Mailbox], date: Option<&Date>) -> String {
    let shown = |mailbox: &Mailbox| {
        mailbox.name().map_or_else(|| mailbox.address().to_string(), ToOwned::to_owned)
    };
    let names = from.iter().map(shown).collect::<Vec<_>>().join(", ");
    match (date, names.as_str()) {
        (None, "") => String::new(),
        (None, names) => format!("{names} wrote:\n"),
        (Some(date), "") => format!("On {}:\n", date.shown()),
        (Some(date), names) => format!("On {}, {names} wrote:\n", date.shown()),
    }
}

/// The text behind `>`, without its signature.
pub(crate) fn cited(text: &str, flowed: Option<DelSp>) -> String {
    let unwrapped = flowed.map(|delsp| Flowed::received(text, delsp).to_string());
    let unified = unwrapped.as_deref().unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let said = match unified.split_once("\n-- \n") {
        Some((said, _)) => said,
        None if unified.starts_with("-- \n") => "",
        None => unified.strip_suffix("\n-- ").unwrap_or(&unified),
    };
    let mut out = String::with_capacity(said.len() + said.len() / 16);
    for line in said.trim_end_matches('\n').lines() {
        out.push_str(if line.is_empty() || line.starts_with('>') { ">" } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// What a forwarded message was, line by line, with an empty line behind.
pub(crate) fn summary(
    lists: [(&str, &Vec<Mailbox>); 3],
    subject: Option<&str>,
    date: Option<&Date>,
) -> String {
    let list = |name: &str, mailboxes: &Vec<Mailbox>| {
        let shown = mailboxes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if shown.is_empty() { String::new() } else { format!("{name}: {shown}\n") }
    };
    let [from, to, cc] = lists.map(|(name, mailboxes)| list(name, mailboxes));
    let date = date.map(|date| format!("Date: {}\n", date.shown())).unwrap_or_default();
    let subject = subject.map(|text| format!("Subject: {}\n", one_line(text))).unwrap_or_default();
    format!("---------- Forwarded message ----------\n{from}{date}{subject}{to}{cc}\n")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_nest_and_signatures_stay_behind() {
        let quotes = [
            ("a\nb", "> a\n> b\n"),
            ("> a\r\n\r\nb\r\n-- \r\nBob", ">> a\n>\n> b\n"),
            ("a\n--\nb", "> a\n> --\n> b\n"),
            ("-- \nBob", ""),
            ("a\n-- ", "> a\n"),
            ("", ""),
        ];
        for (text, expected) in quotes {
            assert_eq!(cited(text, None), expected, "{text:?}");
        }
        assert_eq!(cited("a \nb\n> c \n> d\n-- \nx", Some(DelSp::No)), "> a b\n>> c d\n");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let bob: Mailbox = "bob@y.example".parse().unwrap();
        assert_eq!(attribution(&[], None), "");
        assert_eq!(attribution(std::slice::from_ref(&bob), None), "bob@y.example wrote:\n");
        let lists = [("From", &vec![bob]), ("To", &Vec::new()), ("Cc", &Vec::new())];
        assert_eq!(
            summary(lists, Some("a\r\nb"), None),
            "---------- Forwarded message ----------\nFrom: bob@y.example\nSubject: a  b\n\n"
        );
    }
}
