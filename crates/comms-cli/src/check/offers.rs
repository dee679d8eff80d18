//! What keywords of EHLO mean, in a few words.

/// The line of a keyword: its meaning, and its parameters behind that, so that all lines keep their
/// columns.
pub(crate) fn explained(offer: &str) -> String {
    let (keyword, parameters) = offer.split_once([' ', '=']).unwrap_or((offer, ""));
    let known = MEANINGS.iter().find(|(name, _)| name.eq_ignore_ascii_case(keyword));
    let meaning = known.map_or("not known to comms", |(_, meaning)| meaning);
    match parameters {
        "" => format!("{keyword:<19} {meaning}"),
        "0" if keyword.eq_ignore_ascii_case("SIZE") => {
            format!("{keyword:<19} messages of any size are taken (RFC 1870)")
        }
        _ => format!("{keyword:<19} {meaning}: {parameters}"),
    }
}

const MEANINGS: [(&str, &str); 27] = [
    ("8BITMIME", "text goes as it is, and is not encoded (RFC 6152)"),
    ("ATRN", "mail can be fetched by the turned connection (RFC 2645)"),
    ("AUTH", "clients can log in, by these mechanisms (RFC 4954)"),
    ("BINARYMIME", "attachments go without base64 (RFC 3030)"),
    ("BURL", "content can be taken from an IMAP server (RFC 4468)"),
    ("CHECKPOINT", "a message that was cut off can be gone on with (RFC 1845)"),
    ("CHUNKING", "content goes in chunks of known length (RFC 3030)"),
    ("DELIVERBY", "a time for the delivery can be set (RFC 2852)"),
    ("DSN", "notifications of delivery can be asked for (RFC 3461)"),
    ("ENHANCEDSTATUSCODES", "replies have codes that say more (RFC 2034)"),
    ("ETRN", "waiting mail can be asked for (RFC 1985)"),
    ("EXPN", "members of a list can be asked for (RFC 5321)"),
    ("FUTURERELEASE", "a message can be held back for a time (RFC 4865)"),
    ("HELP", "the server answers questions (RFC 5321)"),
    ("LIMITS", "how much goes into one session (RFC 9422)"),
    ("MT-PRIORITY", "messages can be urgent or not (RFC 6710)"),
    ("PIPELINING", "commands need not wait for replies: fewer round trips (RFC 2920)"),
    ("REQUIRETLS", "a message can ask for TLS on its whole way (RFC 8689)"),
    ("SIZE", "the most octets that a message may have (RFC 1870)"),
    ("SMTPUTF8", "addresses beyond ASCII (RFC 6531)"),
    ("STARTTLS", "the channel can be made secure (RFC 3207)"),
    ("SUBMITTER", "who submitted a message can be told (RFC 4405)"),
    ("VRFY", "users can be asked for (RFC 5321)"),
    ("X-EXPS", "an old form of AUTH, of Exchange"),
    ("XCLIENT", "a proxy can tell whom it stands for; for Postfix alone"),
    ("XFORWARD", "a filter can tell whom a message came from; for Postfix alone"),
    ("XRDST", "routing within Exchange"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_explained_with_its_parameters() {
        assert_eq!(
            explained("SIZE 1000"),
            "SIZE                the most octets that a message may have (RFC 1870): 1000"
        );
        assert!(explained("SIZE 0").ends_with("any size are taken (RFC 1870)"));
        assert!(explained("auth=PLAIN").ends_with("(RFC 4954): PLAIN"));
        assert_eq!(explained("XFOO"), "XFOO                not known to comms");
        let longest = MEANINGS.iter().map(|(name, _)| name.len()).max();
        assert_eq!(longest, Some("ENHANCEDSTATUSCODES".len()), "the column is as wide");
    }
}
