//! The contract of the address parsers.

#![expect(clippy::panic, reason = "what fails here fails the test")]

use std::collections::HashSet;

use comms_mime::{Address, AddressProblem, Entry, Group, Mailbox, Mailboxes};
use proptest::prelude::*;

fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn addresses_round_trip_in_their_wire_form() {
    let forms = [
        ("bob@x.example", "bob", "x.example"),
        ("Bob.Smith+tag@X.Example", "Bob.Smith+tag", "X.Example"),
        (r#""a b"@x.example"#, "a b", "x.example"),
        (r#""a\"b\\c"@x.example"#, r#"a"b\c"#, "x.example"),
        (r#""a..b"@x.example"#, "a..b", "x.example"),
        (r#"""@x.example"#, "", "x.example"),
        ("用户@例え.jp", "用户", "例え.jp"),
        ("a@[192.0.2.1]", "a", "[192.0.2.1]"),
        ("a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]"),
        (r#""=?utf-8?q?a=40b?="@x.example"#, "=?utf-8?q?a=40b?=", "x.example"),
    ];
    for (text, local, domain) in forms {
        let parsed = address(text);
        assert_eq!((parsed.local_part(), parsed.domain()), (local, domain));
        assert_eq!(parsed.to_string(), text);
    }
}

#[test]
fn quotes_that_are_not_needed_are_left_out() {
    assert_eq!(address(r#""bob"@x.example"#).to_string(), "bob@x.example");
    assert_eq!(address(r#""b\ob"@x.example"#), address("bob@x.example"));
}

#[test]
fn no_control_character_can_be_expressed() {
    let controls = (0..=0x1f).chain(0x7f..=0x9f).chain([0x2028, 0x2029]);
    for c in controls.filter_map(char::from_u32) {
        let texts = [
            format!("d@e.f>{c}VRFY x"),
            format!("d@e.f{c}"),
            format!("{c}d@e.f"),
            format!("d{c}@e.f"),
            format!("\"d{c}\"@e.f"),
            format!("\"d\\{c}\"@e.f"),
            format!("d@e{c}.f"),
            format!("d@[{c}192.0.2.1]"),
        ];
        for text in texts {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.chars().all(|c| !c.is_control()), "{error:?}");
            assert!(text.parse::<Mailboxes>().is_err() || c == '\t', "{text:?}");
        }
        let named = Mailbox::named(format!("a{c}b"), address("d@e.f"));
        assert_eq!(named.unwrap_err().problem(), AddressProblem::Control(c));
        assert!(Group::new(format!("a{c}b"), []).is_err());
        assert!(format!("\"a{c}b\" <d@e.f>").parse::<Mailbox>().is_err(), "{c:?}");
        assert!(format!("\"a{c}b\":;").parse::<Mailboxes>().is_err(), "{c:?}");
    }
}

#[test]
fn wide_characters_never_narrow_to_line_ends() {
    let parsed = address("a\u{760d}\u{760a}b@x.example");
    assert_eq!(parsed.to_string().into_bytes(), "a\u{760d}\u{760a}b@x.example".as_bytes());
    assert!(!parsed.to_string().as_bytes().iter().any(|octet| matches!(octet, b'\r' | b'\n')));
}

#[test]
fn what_looks_like_a_parameter_stays_in_its_quotes() {
    let odd = address(r#""a> ORCPT=x"@example.com"#);
    assert_eq!((odd.local_part(), odd.domain()), ("a> ORCPT=x", "example.com"));
    assert_eq!(odd.to_string(), r#""a> ORCPT=x"@example.com"#);
    let two = address(r#""x@gmail.com y"@internal.example"#);
    assert_eq!(two.domain(), "internal.example");
    assert_eq!(two.to_string(), r#""x@gmail.com y"@internal.example"#);
    assert!("a> ORCPT=x@example.com".parse::<Address>().is_err());
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let errors = [
        ("", "at character 1: an address is missing"),
        ("bob", "at character 4: '@' and a domain are missing"),
        ("bob@", "at character 5: '@' and a domain are missing"),
        ("@x.example", "at character 1: '@' cannot stand here"),
        ("böb b@x", "at character 4: ' ' cannot stand here"),
        ("a..b@x", "at character 3: a dot may not begin or end a local part nor follow another"),
        (".a@x", "at character 1: a dot may not begin or end a local part nor follow another"),
        ("a.@x", "at character 3: a dot may not begin or end a local part nor follow another"),
        ("a@b@c", "at character 4: '@' cannot stand here"),
        ("a@b_c", "at character 3: the domain is not valid"),
        ("a@b\r\nDATA", "at character 4: the control character '\\r' cannot stand in an address"),
        ("\"a", "at character 1: the quotation mark is not closed"),
        ("a@[x", "at character 3: the address literal is neither [IPv4] nor [IPv6:...]"),
        ("a@b (c)", "at character 4: ' ' cannot stand here"),
        ("<a@b>", "at character 1: '<' cannot stand here"),
    ];
    for (text, expected) in errors {
        assert_eq!(text.parse::<Address>().unwrap_err().to_string(), expected);
    }
    let long = format!("{}@{}.example", "a".repeat(200), "b".repeat(50));
    assert_eq!(long.parse::<Address>().unwrap_err().problem(), AddressProblem::Length);
    // A local part above the 64 octets of RFC 5321 is the receiver's to refuse.
    assert!(format!("{}@x.example", "a".repeat(100)).parse::<Address>().is_ok());
}

#[test]
fn domains_are_mapped_by_uts_46_and_written_as_a_labels() {
    let mapped = address("info@BÜCHER．example");
    assert_eq!(mapped.domain(), "bücher.example");
    assert!(!mapped.is_ascii());
    let ascii = mapped.to_ascii().unwrap();
    assert_eq!(ascii.to_string(), "info@xn--bcher-kva.example");
    assert_eq!(ascii.to_ascii(), Some(ascii));
    assert_eq!(address("ü@x.example").to_ascii(), None);
    assert!("a@x\u{200d}y.example".parse::<Address>().is_err());
}

#[test]
fn addresses_are_equal_up_to_the_case_of_the_domain() {
    let same: HashSet<Address> =
        ["a@x.example", "a@X.EXAMPLE", "\"a\"@x.Example"].map(address).into();
    assert_eq!(same.len(), 1);
    assert_ne!(address("A@x.example"), address("a@x.example"));
    assert_eq!(address("a@X.b").cmp(&address("a@x.B")), std::cmp::Ordering::Equal);
}

#[test]
fn a_mailbox_has_one_reading() {
    let readings = [
        ("a@b", None, "a@b"),
        ("<a@b>", None, "a@b"),
        (" a@b ", None, "a@b"),
        ("Bob <a@b>", Some("Bob"), "Bob <a@b>"),
        ("Bob   Smith<a@b>", Some("Bob Smith"), "Bob Smith <a@b>"),
        (r#""a@b" <c@d>"#, Some("a@b"), r#""a@b" <c@d>"#),
        (r#""Bob" Smith <a@b>"#, Some("Bob Smith"), "Bob Smith <a@b>"),
        ("John Q. Public <a@b>", Some("John Q. Public"), r#""John Q. Public" <a@b>"#),
        ("Ünal 日本 <a@b>", Some("Ünal 日本"), "Ünal 日本 <a@b>"),
        (r#""" <a@b>"#, None, "a@b"),
        (r#""a \"b\" \\c" <a@b>"#, Some(r#"a "b" \c"#), r#""a \"b\" \\c" <a@b>"#),
        ("=?utf-8?q?x?= <a@b>", Some("=?utf-8?q?x?="), "=?utf-8?q?x?= <a@b>"),
        ("=?utf-8?q?a?=@b.c", None, r#""=?utf-8?q?a?="@b.c"#),
        ("(hi) Bob (x(y)) <a@b> (z)", Some("Bob"), "Bob <a@b>"),
        ("(hi) a@b (c\\))", None, "a@b"),
        (r#""x <c@d>" <a@b>"#, Some("x <c@d>"), r#""x <c@d>" <a@b>"#),
    ];
    for (text, name, display) in readings {
        let parsed = mailbox(text);
        assert_eq!(parsed.name(), name, "{text:?}");
        assert_eq!(parsed.to_string(), display, "{text:?}");
        assert_eq!(mailbox(display), parsed, "{text:?}");
    }
}

#[test]
fn what_has_two_readings_is_no_mailbox() {
    use AddressProblem as Problem;
    let refused = [
        ("alice@evil.example <bob@good.example>", 6, Problem::AtInName),
        ("alice smith@evil.example", 12, Problem::AtInName),
        ("a@b, c@d", 4, Problem::Several),
        ("a@b;", 4, Problem::Several),
        ("<a@b> c", 7, Problem::Unexpected('c')),
        ("Bob <a@b", 5, Problem::OpenAngle),
        ("Bob <a@b c>", 9, Problem::Unexpected(' ')),
        ("Bob Smith", 10, Problem::NoAngle),
        ("Bob", 4, Problem::NoDomain),
        ("Bob <>", 6, Problem::Unexpected('>')),
        ("group: a@b;", 6, Problem::Unexpected(':')),
        ("<a@b><c@d>", 6, Problem::Unexpected('<')),
        ("(((", 1, Problem::OpenComment),
        ("Bob <a@b>\r\nBcc: c@d", 10, Problem::Control('\r')),
        ("", 1, Problem::Missing),
    ];
    for (text, character, problem) in refused {
        let error = text.parse::<Mailbox>().unwrap_err();
        assert_eq!((error.character(), error.problem()), (character, problem), "{text:?}");
    }
}

#[test]
fn a_list_holds_mailboxes_and_groups() {
    let text = r#"a@b, "x, y" <c@d>, "my group": e@f, G <g@h>;, none:;, i@j"#;
    let list: Mailboxes = text.parse().unwrap();
    let flat: Vec<String> = list.iter().map(ToString::to_string).collect();
    assert_eq!(flat, ["a@b", r#""x, y" <c@d>"#, "e@f", "G <g@h>", "i@j"]);
    assert!(matches!(&list.entries()[2], Entry::Group(group)
        if group.name() == "my group" && group.members().len() == 2));
    let shown = list.to_string();
    assert_eq!(shown, r#"a@b, "x, y" <c@d>, my group: e@f, G <g@h>;, none:;, i@j"#);
    assert_eq!(shown.parse::<Mailboxes>().unwrap(), list);
    assert_eq!(list.into_mailboxes().len(), 5);

    let refused = [
        ("", AddressProblem::Missing),
        ("a@b,", AddressProblem::Missing),
        (",a@b", AddressProblem::Missing),
        ("a@b,,c@d", AddressProblem::Missing),
        ("g: a@b", AddressProblem::OpenGroup),
        ("g: h: a@b;;", AddressProblem::NestedGroup),
        ("a@b;", AddressProblem::Unexpected(';')),
        ("a@b c@d", AddressProblem::Unexpected('c')),
    ];
    for (text, problem) in refused {
        assert_eq!(text.parse::<Mailboxes>().unwrap_err().problem(), problem, "{text:?}");
    }
}

#[test]
fn a_mebibyte_of_what_nests_takes_linear_time() {
    let size = 1 << 20;
    for piece in ["(", "[aaaa", ",", "g:"] {
        let text = piece.repeat(size / piece.len());
        assert!(text.parse::<Mailboxes>().is_err(), "{piece}");
    }
}

#[test]
fn a_quarter_mebibyte_of_anything_takes_linear_time() {
    let size = 1 << 18;
    let texts = [
        "(".repeat(size),
        "()".repeat(size / 2),
        format!("{}a@b", "(()) ".repeat(size / 5)),
        "[aaaa".repeat(size / 5),
        format!("a@[{}", "a".repeat(size)),
        ",".repeat(size),
        "g:".repeat(size / 2),
        "a ".repeat(size / 2),
        "a.".repeat(size / 2),
        "\"".repeat(size),
        "\\\"".repeat(size / 2),
        "a@".repeat(size / 2),
        "<".repeat(size),
        format!("a@{}", "ü.".repeat(size / 3)),
        format!("{}@b", "日".repeat(size / 3)),
    ];
    // Work that is not linear is seventy billion steps here, and shows by not ending.
    for text in &texts {
        let _ = text.parse::<Mailboxes>();
        let _ = text.parse::<Mailbox>();
        let _ = text.parse::<Address>();
    }
    let many = "\"a b\" <a@b.example>, ".repeat(size / 21) + "c@d";
    assert_eq!(many.parse::<Mailboxes>().unwrap().iter().count(), size / 21 + 1);
    let group = format!("g: {}c@d;", "a@b.example,".repeat(size / 12));
    assert_eq!(group.parse::<Mailboxes>().unwrap().iter().count(), size / 12 + 1);
}

#[test]
fn comments_nest_to_a_limit() {
    let nested = |depth: usize| format!("{}{} a@b", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(mailbox(&nested(16)), mailbox("a@b"));
    let error = nested(17).parse::<Mailbox>().unwrap_err();
    assert_eq!(error.problem(), AddressProblem::Depth);
}

#[test]
fn addresses_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Address>();
    crosses::<Mailbox>();
    crosses::<Mailboxes>();
    crosses::<comms_mime::AddressError>();
}

fn any_name() -> impl Strategy<Value = String> {
    "[ -~äöü日😀\u{a0}]{0,30}"
}

fn any_address() -> impl Strategy<Value = String> {
    let local = prop_oneof!["[a-zA-Z0-9!#$%&'*+/=?^_`{|}~ü日-]{1,20}", "[ -~ü日]{0,20}"];
    let domain = prop_oneof![
        "[a-zA-Z0-9]{1,10}(\\.[a-z0-9]{1,10}){0,3}",
        "[a-zäöüßé日]{1,8}\\.example",
        Just("[192.0.2.7]".to_owned()),
        Just("[IPv6:2001:db8::7]".to_owned()),
    ];
    (local, domain).prop_map(|(local, domain)| {
        format!("\"{}\"@{domain}", local.replace('\\', "\\\\").replace('"', "\\\""))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_address_round_trips(text in any_address()) {
        let parsed = address(&text);
        let shown = parsed.to_string();
        prop_assert_eq!(address(&shown).to_string(), shown.clone());
        prop_assert_eq!(address(&shown), parsed);
    }

    #[test]
    fn every_mailbox_round_trips(name in any_name(), text in any_address()) {
        let made = Mailbox::named(name, address(&text)).unwrap();
        prop_assert_eq!(mailbox(&made.to_string()), made.clone());
        let list: Mailboxes = format!("{made}, g: {made};").parse().unwrap();
        prop_assert!(list.iter().all(|mailbox| *mailbox == made));
    }

    #[test]
    fn no_text_panics_and_what_parses_round_trips(text in "[ -~\\t\\r\\nü\u{85}]{0,60}|\\PC{0,40}") {
        if let Ok(parsed) = text.parse::<Mailboxes>() {
            prop_assert_eq!(parsed.to_string().parse::<Mailboxes>(), Ok(parsed));
        }
        if let Ok(parsed) = text.parse::<Mailbox>() {
            prop_assert_eq!(parsed.to_string().parse::<Mailbox>(), Ok(parsed));
        }
        if let Ok(parsed) = text.parse::<Address>() {
            prop_assert_eq!(parsed.to_string().parse::<Address>(), Ok(parsed));
        }
    }

    #[test]
    fn what_is_made_of_the_grammar_round_trips(
        pieces in proptest::collection::vec(
            prop_oneof!["a", "b\\.c", "@", "<", ">", "\"", "\\\\", ",", ";", ":", " ", "\\(", "\\)",
                        "ü", "\\[192\\.0\\.2\\.1\\]", "a@b", "<c@d>", "=\\?"],
            0..14,
        ),
    ) {
        let text = pieces.concat();
        if let Ok(parsed) = text.parse::<Mailboxes>() {
            prop_assert_eq!(parsed.to_string().parse::<Mailboxes>(), Ok(parsed));
        }
    }
}
