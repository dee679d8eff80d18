//! The name that a server gives a message, read from its reply to the content.

use crate::wire::reply::Reply;

/// The queue id in a reply to the content, where the server's form of it is known. An unknown form
/// gives none, never a guess.
///
/// ```
/// use comms_smtp::{Reply, queue_id};
///
/// let reply = Reply::new(250, "2.0.0 Ok: queued as 4XyZ1k2s3tz9");
/// assert_eq!(queue_id(&reply).as_deref(), Some("4XyZ1k2s3tz9"));
/// assert_eq!(queue_id(&Reply::new(250, "thank you")), None);
/// ```
pub fn queue_id(reply: &Reply) -> Option<String> {
    if !reply.is_positive() {
        return None;
    }
    // A reply of one line is looked at where it is.
    let whole = if reply.lines().count() == 1 { None } else { Some(reply.text()) };
    let text = whole.as_deref().or(reply.lines().next()).unwrap_or_default();
    let text = match (reply.enhanced(), text.split_once(' ')) {
        (Some(_), Some((_, words))) => words,
        _ => text,
    };
    FORMS.iter().find_map(|form| form(text)).map(str::to_owned)
}

/// The forms, each with the servers that use it. The text comes without its enhanced code.
const FORMS: [fn(&str) -> Option<&str>; 7] =
    [postfix, exim, sendmail, exchange, gmail, amazon, haraka];

/// Postfix, and many that answer like it: `Ok: queued as 4XyZ1k2s3tz9`; to BDAT it says
/// `Ok: 123 bytes queued as 4XyZ1k2s3tz9`.
fn postfix(text: &str) -> Option<&str> {
    let rest = after(text, "Ok: ")?;
    let (before, id) = rest.split_once("queued as ")?;
    let octets = before.strip_suffix(" bytes ").unwrap_or(before);
    alone(id).filter(|_| octets.bytes().all(|octet| octet.is_ascii_digit()))
}

/// Exim: `OK id=1abCde-000000001Gx-2fKL`; to BDAT behind a line of its own, ` 123 byte chunk, total
/// 456`.
fn exim(text: &str) -> Option<&str> {
    let verdict = match text.split_once(" byte chunk, total ") {
        Some((chunk, rest)) => {
            let (total, verdict) = rest.split_once(' ')?;
            let numbers = [chunk.trim_start(), total].concat();
            numbers.bytes().all(|octet| octet.is_ascii_digit()).then_some(verdict)?
        }
        None => text,
    };
    alone(verdict.strip_prefix("OK id=")?)
}

/// Sendmail and OpenSMTPD: `4A1B2C3d012345 Message accepted for delivery`. Old OpenSMTPD has a colon
/// behind its code.
fn sendmail(text: &str) -> Option<&str> {
    let text = text.strip_prefix("2.0.0: ").unwrap_or(text);
    alone(text.strip_suffix("Message accepted for delivery")?.trim_end_matches([':', ' ']))
}

/// Exchange and Outlook: `<message-id> [InternalId=123, Hostname=...] 8 bytes in ... Queued mail
/// for delivery`. The number is the name of the message in the server's queue.
fn exchange(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("[InternalId=")?;
    let (id, rest) = rest.split_once([',', ']'])?;
    let number = id.bytes().all(|octet| octet.is_ascii_digit());
    (number && rest.contains("Queued mail for delivery")).then(|| plain(id))?
}

/// Gmail: `OK  1700000000 a1-20020a05600c000100b0040b37f1234esi1234567wmb.12 - gsmtp`.
fn gmail(text: &str) -> Option<&str> {
    let words = text.strip_suffix(" - gsmtp")?.strip_prefix("OK ")?;
    let mut words = words.split_ascii_whitespace();
    let time = words.next()?;
    let id = words.next().filter(|_| time.bytes().all(|octet| octet.is_ascii_digit()))?;
    plain(id).filter(|_| words.next().is_none())
}

/// Amazon SES: `Ok 0100018b1c2d3e4f-5a6b7c8d-9e0f-1a2b-3c4d-5e6f7a8b9c0d-000000`.
fn amazon(text: &str) -> Option<&str> {
    let id = alone(text.strip_prefix("Ok ")?)?;
    let hex = |part: &str| part.bytes().all(|octet| octet.is_ascii_hexdigit());
    (id.matches('-').count() == 6 && id.split('-').all(hex)).then_some(id)
}

/// Haraka: `Message Queued (0A1B2C3D-4E5F-6A7B-8C9D-0E1F2A3B4C5D.1)`, with words of a plugin
/// before the parenthesis.
fn haraka(text: &str) -> Option<&str> {
    let (before, rest) = text.rsplit_once(" (")?;
    let id = alone(rest.strip_suffix(')')?)?;
    let (uuid, transaction) = id.split_once('.')?;
    let number = transaction.bytes().all(|octet| octet.is_ascii_digit());
    let known = before.to_ascii_lowercase().contains("queued");
    (known && number && uuid.matches('-').count() == 4).then_some(id)
}

/// What follows `mark`, in any case of its letters, at the beginning of `text`.
fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let (found, rest) = text.split_at_checked(mark.len())?;
    found.eq_ignore_ascii_case(mark).then_some(rest)
}

/// An id that is all that is left.
fn alone(text: &str) -> Option<&str> {
    plain(text.trim_end())
}

/// An id holds nothing that could be taken for anything else, and a digit; one in hexadecimal may
/// have none by chance.
fn plain(id: &str) -> Option<&str> {
    let of_id = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
    let is_id = (SHORTEST..=LONGEST).contains(&id.len()) && id.bytes().all(of_id);
    let has_digit = id.bytes().any(|octet| octet.is_ascii_digit());
    let is_hex = id.len() >= HEX && id.bytes().all(|octet| octet.is_ascii_hexdigit());
    (is_id && (has_digit || is_hex)).then_some(id)
}

/// OpenSMTPD's are eight octets long, Postfix's short ones not much longer.
const SHORTEST: usize = 6;

/// OpenSMTPD's are exactly so long, and Postfix's short ones longer.
const HEX: usize = 8;

/// Gmail's and Amazon's are some sixty.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<String> {
        queue_id(&Reply::new(250, text))
    }

    #[test]
    fn the_queue_id_is_found_in_the_form_of_each_known_server() {
        for (server, text, id) in [
            ("Postfix", "2.0.0 Ok: queued as 4XyZ1k2s3tz9", "4XyZ1k2s3tz9"),
            ("Postfix, short ids", "2.0.0 Ok: queued as D2B1A1FE04", "D2B1A1FE04"),
            ("Postfix, to BDAT", "2.0.0 Ok: 1211 bytes queued as 4XyZ1k2s3tz9", "4XyZ1k2s3tz9"),
            ("Exim", "OK id=1abCde-000000001Gx-2fKL", "1abCde-000000001Gx-2fKL"),
            (
                "Exim, to BDAT",
                " 39216 byte chunk, total 39216\nOK id=1xWLOG-0000Ro-2E",
                "1xWLOG-0000Ro-2E",
            ),
            ("Exim, old ids", "OK id=1abCde-0001Gx-2f", "1abCde-0001Gx-2f"),
            ("Sendmail", "2.0.0 4A1B2C3d012345 Message accepted for delivery", "4A1B2C3d012345"),
            ("OpenSMTPD", "2.0.0 1a2b3c4d Message accepted for delivery", "1a2b3c4d"),
            ("OpenSMTPD, old", "2.0.0: 1a2b3c4d Message accepted for delivery", "1a2b3c4d"),
            (
                "Exchange",
                "2.6.0 <1@x.example> [InternalId=1717986918455, Hostname=A.b.example] 8101 bytes in \
                 0.165, 47.721 KB/sec Queued mail for delivery",
                "1717986918455",
            ),
            (
                "Gmail",
                "2.0.0 OK  1700000000 a1-20020a05600c000100b0040b37f1234esi1234567wmb.12 - gsmtp",
                "a1-20020a05600c000100b0040b37f1234esi1234567wmb.12",
            ),
            (
                "Amazon SES",
                "Ok 0100018b1c2d3e4f-5a6b7c8d-9e0f-1a2b-3c4d-5e6f7a8b9c0d-000000",
                "0100018b1c2d3e4f-5a6b7c8d-9e0f-1a2b-3c4d-5e6f7a8b9c0d-000000",
            ),
            (
                "Haraka",
                "Message Queued (0A1B2C3D-4E5F-6A7B-8C9D-0E1F2A3B4C5D.1)",
                "0A1B2C3D-4E5F-6A7B-8C9D-0E1F2A3B4C5D.1",
            ),
        ] {
            assert_eq!(of(text).as_deref(), Some(id), "{server}");
        }
    }

    #[test]
    fn an_id_in_hexadecimal_without_a_digit_was_taken_for_a_word() {
        let all = "2.0.0 deafbeef Message accepted for delivery";
        assert_eq!(of(all).as_deref(), Some("deafbeef"));
        assert_eq!(
            of("2.0.0 ABCDEFABCD Message accepted for delivery").as_deref(),
            Some("ABCDEFABCD")
        );
        assert_eq!(of("2.0.0 facade Message accepted for delivery"), None);
    }

    #[test]
    fn an_unknown_form_gives_no_queue_id_and_never_a_guess() {
        for unknown in [
            "2.0.0 Ok",
            "",
            "thank you",
            "queued as ",
            "your mail was not queued as 123456 others were",
            "Ok: queued as 123456 or so",
            "Ok: not queued as 123456",
            "OK id=<evil>",
            " 39216 byte chunk, total 39216",
            " many byte chunk, total 39216 OK id=1xWLOG-0000Ro-2E",
            "OK id=1abCde\\r\\n",
            "Message accepted for delivery",
            "ab Message accepted for delivery",
            "Message accepted",
            "2.6.0 <1@x.example> [InternalId=x1, Hostname=a] Queued mail for delivery",
            "2.6.0 <[InternalId=17179869@x.example> Queued mail for delivery",
            "2.0.0 OK 1700000000 abc def - gsmtp",
            "Ok 123456",
            "Message Queued (soon)",
            "Message Queued (1-2-3-4-5.x)",
        ] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
        let no = Reply::new(550, "2.0.0 Ok: queued as 4XyZ1k2s3tz9");
        assert_eq!(queue_id(&no), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_an_id_of_plain_letters_or_none(text in "\\PC{0,80}") {
            if let Some(id) = of(&format!("Ok: queued as {text}")) {
                proptest::prop_assert!(plain(&id).is_some());
            }
        }
    }
}
