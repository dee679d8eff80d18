//! The contract of reading addresses as others have written them.

#![expect(clippy::panic, reason = "what fails here fails the test")]

use comms_mime::{AddressProblem, Entry, Mailbox, Mailboxes};
use proptest::prelude::*;

fn list(text: &str) -> Mailboxes {
    Mailboxes::parse_lenient(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// Each of these says one thing, which is displayed strictly.
const READINGS: [(&str, &str); 55] = [
    ("a@b", "a@b"),
    ("Bob <a@b>", "Bob <a@b>"),
    ("", ""),
    (" , ;; ,", ""),
    (",a@b,,c@d,", "a@b, c@d"),
    ("a@b; c@d;", "a@b, c@d"),
    ("Bob\r\n <a@b>,\r\n\tc@d\r\n", "Bob <a@b>, c@d"),
    ("<a@b>", "a@b"),
    ("< a@b >", "a@b"),
    ("<<a@b>>", "a@b"),
    ("Bob <a@b", "Bob <a@b>"),
    ("Bob <a@b, c@d", "Bob <a@b>, c@d"),
    ("Bob <a@b> Eve <c@d>", "Bob <a@b>, Eve <c@d>"),
    ("<a@b> <c@d>", "a@b, c@d"),
    ("<a@b> Bob S.", r#""Bob S." <a@b>"#),
    ("Bob a@b", "Bob <a@b>"),
    ("John Q. Public a@b", r#""John Q. Public" <a@b>"#),
    ("alice@evil.example <bob@good.example>", r#""alice@evil.example" <bob@good.example>"#),
    (r#""a@b" <c@d>"#, r#""a@b" <c@d>"#),
    ("a@b (Bob Smith)", "Bob Smith <a@b>"),
    ("<a@b> (Bob (the \\)))", r#""Bob (the ))" <a@b>"#),
    ("Bob (x) <a@b> (y)", "Bob <a@b>"),
    ("Smith, Bob <a@b>", r#""Smith, Bob" <a@b>"#),
    ("x@y, Smith, Bob, PhD <a@b>, c@d", r#"x@y, "Smith, Bob, PhD" <a@b>, c@d"#),
    ("\"Bob <a@b>", "Bob <a@b>"),
    ("Bob\" <a@b>", "Bob <a@b>"),
    ("Bob (x <a@b>", "Bob x <a@b>"),
    ("Bob) [x <a@b>", "Bob x <a@b>"),
    ("<@a.example,@b.example:c@d>", "c@d"),
    ("Bob <@a.example:c@d>", "Bob <c@d>"),
    (r#"<"a@b">"#, "a@b"),
    (r#""a@b""#, "a@b"),
    ("<'a@b'>", "a@b"),
    ("'a@b'", "a@b"),
    ("a . b @ c . d", "a.b@c.d"),
    ("a (x) @ (y) b", "y <a@b>"),
    (r#""a"."b c".d@e"#, r#""a.b c.d"@e"#),
    ("a..b@c", r#""a..b"@c"#),
    (".a.@c", r#"".a."@c"#),
    ("a@b.example.", "a@b.example"),
    ("<a@b...>", "a@b"),
    ("a@[192.0.2.1]", "a@[192.0.2.1]"),
    ("=?utf-8?q?B=C3=B8b?= <a@b>", "Bøb <a@b>"),
    ("=?utf-8?q?Smith,_B=C3=B8b?= <a@b>", r#""Smith, Bøb" <a@b>"#),
    ("=?utf-8?q?Smith,?= =?utf-8?q?_B?= <a@b>", r#""Smith, B" <a@b>"#),
    (r#""=?iso-8859-1?q?B=F8b?=" <a@b>"#, "Bøb <a@b>"),
    ("=?utf-8?q?a=0D=0ABcc:_x?= <a@b>", r#""a  Bcc: x" <a@b>"#),
    ("=?utf-8?q?a?= <=?utf-8?q?c?=@d>", r#"a <"=?utf-8?q?c?="@d>"#),
    ("=?none?q?x?= <a@b>", "=?none?q?x?= <a@b>"),
    ("g: a@b, c@d;, e@f", "g: a@b, c@d;, e@f"),
    ("g: a@b", "g: a@b;"),
    ("g:,a@b,;;", "g: a@b;"),
    ("undisclosed-recipients:", "undisclosed-recipients:;"),
    ("=?utf-8?q?G?=: (x);", "G:;"),
    ("ü@bücher．example", "ü@bücher.example"),
];

#[test]
fn what_others_write_has_one_reading() {
    let shown = |text: &&str| {
        Mailboxes::parse_lenient(text)
            .map_or_else(|error| error.to_string(), |read| read.to_string())
    };
    let texts = READINGS.iter().map(|(text, _)| text);
    let found: Vec<_> = texts.map(|text| (*text, shown(text))).collect();
    let expected: Vec<_> = READINGS.map(|(text, display)| (text, display.to_owned())).into();
    assert_eq!(found, expected);
    for (text, display) in READINGS.iter().filter(|(_, display)| !display.is_empty()) {
        assert_eq!(display.parse::<Mailboxes>(), Ok(list(text)), "{text:?}");
    }
}

#[test]
fn one_mailbox_is_one_entry() {
    let bob = Mailbox::parse_lenient(",Bob a@b.,").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(bob.to_string(), "Bob <a@b>");
    for (text, problem) in [
        ("", AddressProblem::Missing),
        (",", AddressProblem::Missing),
        ("a@b, c@d", AddressProblem::Several),
        ("g: a@b;", AddressProblem::Several),
        ("<a@b><c@d>", AddressProblem::Several),
    ] {
        assert_eq!(Mailbox::parse_lenient(text).unwrap_err().problem(), problem, "{text:?}");
    }
}

#[test]
fn what_means_nothing_is_refused_and_said_where() {
    use AddressProblem as Problem;
    let refused = [
        ("Bob", 1, Problem::NoAngle),
        ("a@b, Bob", 6, Problem::NoAngle),
        ("Bob, a@b", 1, Problem::NoAngle),
        ("Bob,", 1, Problem::NoAngle),
        ("a@b c@d", 5, Problem::Several),
        ("a@b@c", 4, Problem::Unexpected('@')),
        ("Bob <a@b> c", 11, Problem::NoAngle),
        ("Bob <>", 7, Problem::Missing),
        ("Bob <x>", 6, Problem::NoDomain),
        ("@b", 1, Problem::Unexpected('@')),
        ("<@a,@b>", 2, Problem::Unexpected('@')),
        ("<a b@c>", 4, Problem::Several),
        ("a@", 1, Problem::NoDomain),
        ("a@b_c", 1, Problem::Domain),
        ("a@[x]", 1, Problem::Literal),
        ("g: h: a@b;;", 5, Problem::NestedGroup),
        ("a@b: c", 4, Problem::Unexpected(':')),
        ("a@b>", 4, Problem::Unexpected('>')),
        ("a@b\r\nBcc: c@d", 5, Problem::Control('\n')),
        ("a\rb@c", 2, Problem::Control('\r')),
        ("\"a\0\" <b@c>", 3, Problem::Control('\0')),
        ("a\u{85} <b@c>", 2, Problem::Control('\u{85}')),
    ];
    for (text, character, problem) in refused {
        let found =
            Mailboxes::parse_lenient(text).map_err(|error| (error.character(), error.problem()));
        assert_eq!(found, Err((character, problem)), "{text:?}");
    }
}

#[test]
fn a_quarter_mebibyte_of_anything_takes_linear_time() {
    let size = 1 << 18;
    let pieces = [
        "(",
        "()",
        "((a)",
        "[aaaa",
        "[a]",
        ",",
        ";",
        "g:",
        "g:;",
        "a ",
        "a.",
        ". ",
        "\"",
        "\\\"",
        "\"a",
        "a@",
        "<",
        "<>",
        "<a@b>",
        "<a@b> c",
        "@a,",
        "a,",
        "=?",
        "=?a?q?",
        "=?a?q?x",
        "=?e",
        "=?utf-8?q?a?=",
        "日",
        "\r\n ",
        "'",
        "a@b (c)",
    ];
    // Work that is not linear is seventy billion steps here, and shows by not ending.
    for piece in pieces {
        for begin in ["", "<", "<@", "\"", "(", "a <", "g:", "a@b", "a@"] {
            let text = begin.to_owned() + &piece.repeat((1 << 14) / piece.len());
            let _ = Mailboxes::parse_lenient(&text);
        }
    }
    for piece in ["((((", "[aaaa", ",,,,", "g:", "\"a", "<@a,", "=?"] {
        let _ = Mailbox::parse_lenient(&piece.repeat(size / piece.len()));
    }
    let routed = format!("<{}@{}", "()".repeat(size / 4), ",".repeat(size / 2));
    assert!(Mailboxes::parse_lenient(&routed).is_err());
    let many = list(&"Smith, Bob <a@b.example>;".repeat(size / 100));
    assert_eq!(many.iter().count(), size / 100);
}

fn any_list() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "a",
        "b\\.c",
        "@",
        "<",
        ">",
        "\"",
        "\\\\",
        ",",
        ";",
        ":",
        " ",
        "\\(",
        "\\)",
        "ü",
        "\\.",
        "'",
        "\\[192\\.0\\.2\\.1\\]",
        "a@b",
        "<c@d>",
        "=\\?",
        "=\\?utf-8\\?q\\?a=20\\?=",
        "\r\n ",
        "[ -~]"
    ];
    proptest::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_leniently_is_displayed_strictly(text in any_list()) {
        if let Ok(read) = Mailboxes::parse_lenient(&text) {
            let shown = read.to_string();
            prop_assert!(read.entries().is_empty() || shown.parse::<Mailboxes>() == Ok(read.clone()),
                "{}", shown);
            if !shown.contains("=?") {
                prop_assert_eq!(Mailboxes::parse_lenient(&shown), Ok(read));
            }
        }
    }

    #[test]
    fn what_is_strict_is_read_the_same(text in any_list()) {
        if let Ok(strict) = text.parse::<Mailboxes>()
            && !text.contains("=?") && !text.contains('(')
        {
            prop_assert_eq!(Mailboxes::parse_lenient(&text), Ok(strict));
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}|[ -~\\t\\r\\nü\u{85}]{0,60}") {
        if let Ok(read) = Mailboxes::parse_lenient(&text) {
            let groups = read.entries().iter().filter(|entry| matches!(entry, Entry::Group(_)));
            prop_assert!(groups.count() <= text.matches(':').count());
        }
    }
}
