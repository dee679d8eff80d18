//! What an envelope asks by the extensions of SMTP, to servers that offer them and to servers that
//! do not: whole dialogues.

#![cfg(test)]

mod common;
mod secure;

use std::time::Duration;

use comms_core::{Error, ErrorClass};
use comms_mime::{Address, RawMessage};
use comms_smtp::{
    DeliverBy, Envelope, EnvelopeId, Hold, HoldInterval, Limits, Notify, OriginalRecipient,
    Parameter, Priority, Recipient, Ret, ReversePath, Smtp, SmtpError, SmtpMessage, SmtpStack,
    Submitter, UtcTime,
};
use comms_testkit::Script;
use proptest::prelude::*;

use crate::common::{HI, HI_SAID, cause, client, envelope, opening, play_connected, said, send};
use crate::secure::{Tls, Watcher};

/// What a server with `keywords` hears of `envelope` before DATA; the text of the whole dialogue
/// is compared. Gives what was warned of.
fn hears(keywords: &[&str], envelope: Envelope, commands: &[&str]) -> Vec<String> {
    let commands = commands.iter().map(|command| format!("C: {command}\nS: 250 ok\n"));
    let dialogue = opening(keywords)
        + &commands.collect::<String>()
        + "C: DATA\nS: 354 go on\n"
        + HI_SAID
        + "S: 250 ok\n";
    play_connected(&dialogue, |stack| {
        let watcher = Watcher::of(stack);
        send(stack, &SmtpMessage::raw(RawMessage::bytes(HI), envelope)).unwrap();
        warnings(&watcher)
    })
}

/// The error for a server with `keywords`, which hears nothing of `envelope`.
fn refused(keywords: &[&str], envelope: Envelope) -> Error {
    play_connected(&(opening(keywords) + "C: NOOP\nS: 250 ok\n"), |stack| {
        let error = send(stack, &SmtpMessage::raw(RawMessage::bytes(HI), envelope)).unwrap_err();
        stack.noop().unwrap();
        assert!(!error.sentence().chars().any(char::is_control), "{error}");
        error
    })
}

fn warnings(watcher: &Watcher) -> Vec<String> {
    let seen = watcher.seen();
    seen.lines().filter(|line| line.contains("Warn")).map(str::to_owned).collect()
}

/// An envelope from Ann to Bob, changed.
fn to_bob(change: impl FnOnce(&mut Envelope)) -> Envelope {
    let mut envelope = envelope(&["bob@y.example"]);
    change(&mut envelope);
    envelope
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

const MAIL: &str = "MAIL FROM:<ann@x.example>";
const RCPT: &str = "RCPT TO:<bob@y.example>";

// RFC 3461.

fn about_delivery() -> Envelope {
    let mut bob = Recipient::new(address("bob@y.example"));
    bob.notify = Some(Notify::Never);
    bob.orcpt = Some(OriginalRecipient::of(&address("bob+news@y.example")).unwrap());
    let carol = Recipient::new(address("carol@y.example"));
    let mut envelope = Envelope::new(ReversePath::Address(address("ann@x.example")), [bob, carol]);
    envelope.notify = Some(Notify::On { success: true, failure: true, delay: false });
    envelope.ret = Some(Ret::Headers);
    envelope.envid = Some(EnvelopeId::new("order 7").unwrap());
    envelope
}

#[test]
fn each_recipient_is_asked_about_in_its_own_way_or_as_the_others() {
    let warned = hears(
        &["DSN"],
        about_delivery(),
        &[
            "MAIL FROM:<ann@x.example> RET=HDRS ENVID=order+207",
            "RCPT TO:<bob@y.example> NOTIFY=NEVER ORCPT=rfc822;bob+2Bnews@y.example",
            "RCPT TO:<carol@y.example> NOTIFY=SUCCESS,FAILURE",
        ],
    );
    assert!(warned.is_empty(), "{warned:?}");
}

#[test]
fn a_server_without_dsn_is_asked_nothing_about_delivery_and_one_warning_says_so() {
    let warned = hears(&[], about_delivery(), &[MAIL, RCPT, "RCPT TO:<carol@y.example>"]);
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("the server has no DSN"), "{warned:?}");
    let of_one = to_bob(|envelope| envelope.recipients[0].notify = Some(Notify::Never));
    assert_eq!(hears(&[], of_one, &[MAIL, RCPT]).len(), 1);
}

#[test]
fn an_original_recipient_beyond_ascii_goes_in_ascii() {
    let asked = |envelope: &mut Envelope| {
        let wide = OriginalRecipient::of(&address("jörg@y.example")).unwrap();
        envelope.recipients[0].orcpt = Some(wide);
    };
    let rcpt = r"RCPT TO:<bob@y.example> ORCPT=utf-8;j\x{F6}rg@y.example";
    // A script writes one backslash as two.
    hears(&["DSN"], to_bob(asked), &[MAIL, &rcpt.replace('\\', r"\\")]);
}

// RFC 6710.

#[test]
fn the_priority_is_said_where_the_server_knows_priorities() {
    let urgent = || to_bob(|envelope| envelope.priority = Priority::new(-3).ok());
    let mail = "MAIL FROM:<ann@x.example> MT-PRIORITY=-3";
    for keyword in ["MT-PRIORITY", "MT-PRIORITY MIXER"] {
        assert!(hears(&[keyword], urgent(), &[mail, RCPT]).is_empty());
    }
    let warned = hears(&[], urgent(), &[MAIL, RCPT]);
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("the server has no MT-PRIORITY"), "{warned:?}");
}

// RFC 8689.

/// A dialogue over a channel that is secure from the first octet, with `properties` of its layer.
fn over_tls(keywords: &[&str], properties: &[(&str, &str)], rest: &str) -> Result<(), Error> {
    let dialogue = opening(keywords).replace("client.example", "c") + rest;
    let script = Script::parse(&dialogue).unwrap();
    let (mut stack, transcript) = secure::client(Smtp::new(), Tls::implicit(), script);
    for (name, value) in properties {
        stack.set(name, *value).unwrap();
    }
    stack.connect().unwrap();
    let envelope = to_bob(|envelope| envelope.require_tls = true);
    let sent = send(&mut stack, &SmtpMessage::raw(RawMessage::bytes(HI), envelope));
    if sent.is_err() {
        stack.noop().unwrap();
    }
    assert_eq!(transcript.text(), said(&dialogue));
    transcript.finished().unwrap();
    sent.map(drop)
}

const GOES: &str = "C: MAIL FROM:<ann@x.example> REQUIRETLS\nS: 250 ok\n\
    C: RCPT TO:<bob@y.example>\nS: 250 ok\nC: DATA\nS: 354 go on\n\
    C: Subject: x\nC:\nC: Hi\nC: .\nS: 250 ok\n";

const GOES_NOT: &str = "C: NOOP\nS: 250 ok\n";

#[test]
fn tls_on_the_whole_way_is_required_of_a_server_that_offers_it_over_tls() {
    over_tls(&["REQUIRETLS"], &[], GOES).unwrap();
    over_tls(&["REQUIRETLS"], &[("Tls.verify", "full")], GOES).unwrap();
    let pinned = [("Tls.verify", "none"), ("Tls.pin", "a2V5")];
    over_tls(&["REQUIRETLS"], &pinned, GOES).unwrap();
}

#[test]
fn where_tls_on_the_whole_way_cannot_be_had_nothing_is_said_of_the_message() {
    let clear = refused(&["REQUIRETLS"], to_bob(|envelope| envelope.require_tls = true));
    let lacking = over_tls(&["DSN"], &[], GOES_NOT).unwrap_err();
    let unverified = over_tls(&["REQUIRETLS"], &[("Tls.verify", "none")], GOES_NOT).unwrap_err();
    for (error, words) in [
        (clear, "the channel to the server is not secure"),
        (lacking, "the server does not offer REQUIRETLS"),
        (unverified, "the server's certificate is not verified"),
    ] {
        assert_eq!(error.class(), ErrorClass::Authentication);
        assert_eq!(
            cause(&error).to_string(),
            format!("the message requires TLS on its whole way, and {words}")
        );
    }
}

// RFC 2852.

fn within(by: DeliverBy) -> Envelope {
    to_bob(|envelope| envelope.deliver_by = Some(by))
}

fn minute() -> DeliverBy {
    DeliverBy::or_return(Duration::from_secs(60)).unwrap()
}

fn minute_or_word() -> DeliverBy {
    DeliverBy::or_notify(Duration::from_secs(60)).unwrap()
}

#[test]
fn a_time_to_deliver_within_is_said_where_the_server_takes_it() {
    for keyword in ["DELIVERBY", "DELIVERBY 60", "DELIVERBY 60,x", "DELIVERBY soon"] {
        hears(&[keyword], within(minute()), &["MAIL FROM:<ann@x.example> BY=60;R", RCPT]);
    }
    let traced = within(minute_or_word().traced());
    hears(&["DELIVERBY"], traced, &["MAIL FROM:<ann@x.example> BY=60;NT", RCPT]);
    // The minimum is for messages that would be returned (RFC 2852 4).
    let mail = "MAIL FROM:<ann@x.example> BY=60;N";
    assert!(hears(&["DELIVERBY 61"], within(minute_or_word()), &[mail, RCPT]).is_empty());
}

#[test]
fn without_deliverby_a_message_goes_late_with_a_warning_or_not_at_all() {
    let warned = hears(&[], within(minute_or_word()), &[MAIL, RCPT]);
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("the server has no DELIVERBY"), "{warned:?}");
    let error = refused(&["DSN"], within(minute()));
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert_eq!(
        cause(&error).to_string(),
        "the message asks for `BY=60;R`, and the server does not offer DELIVERBY"
    );
}

#[test]
fn a_shorter_time_than_the_server_s_minimum_is_refused_unsent() {
    let error = refused(&["DELIVERBY 61"], within(minute().traced()));
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert_eq!(
        cause(&error).to_string(),
        "the message asks for `BY=60;RT`, and the server takes at least 61 seconds"
    );
}

// RFC 4865.

fn held(hold: &str) -> Envelope {
    to_bob(|envelope| envelope.hold = Some(hold.parse().unwrap()))
}

#[test]
fn a_hold_is_said_where_the_server_holds_messages_so_long() {
    let most = "FUTURERELEASE 3600 2027-01-01T00:00:00Z";
    for keyword in [most, "FUTURERELEASE", "FUTURERELEASE x y"] {
        for hold in ["HOLDFOR=3600", "HOLDUNTIL=2027-01-01T00:00:00Z"] {
            hears(&[keyword], held(hold), &[&format!("MAIL FROM:<ann@x.example> {hold}"), RCPT]);
        }
    }
}

#[test]
fn a_hold_that_cannot_be_had_is_refused_unsent() {
    let most = "FUTURERELEASE 3600 2027-01-01T00:00:00Z";
    let missing = "the server does not offer FUTURERELEASE";
    for (keyword, hold, words) in [
        ("DSN", "HOLDFOR=1", missing),
        ("DSN", "HOLDUNTIL=2027-01-01T00:00:00Z", missing),
        (most, "HOLDFOR=3601", "the server takes at most HOLDFOR=3600"),
        (
            most,
            "HOLDUNTIL=2027-01-01T00:00:01Z",
            "the server takes at most HOLDUNTIL=2027-01-01T00:00:00Z",
        ),
    ] {
        let error = refused(&[keyword], held(hold));
        assert_eq!(error.class(), ErrorClass::Permanent);
        let words = format!("the message asks for `{hold}`, and {words}");
        assert_eq!(cause(&error).to_string(), words);
    }
}

// RFC 4954 5.

#[test]
fn the_submitter_is_told_to_a_server_that_authenticates() {
    let told = |submitter: Submitter| to_bob(|envelope| envelope.auth = Some(submitter));
    let ann = || Submitter::new(address("ann+1@x.example")).unwrap();
    let mail = "MAIL FROM:<ann@x.example> AUTH=ann+2B1@x.example";
    assert!(hears(&["AUTH PLAIN"], told(ann()), &[mail, RCPT]).is_empty());
    let unknown = told(Submitter::UNKNOWN);
    hears(&["AUTH PLAIN"], unknown, &["MAIL FROM:<ann@x.example> AUTH=<>", RCPT]);
    let warned = hears(&[], told(ann()), &[MAIL, RCPT]);
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("the server has no AUTH"), "{warned:?}");
}

// RFC 5321 4.1.2.

fn with_free(of_mail: &[&str], of_rcpt: &[&str]) -> Envelope {
    let parsed = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    to_bob(|envelope| {
        envelope.parameters = parsed(of_mail);
        envelope.recipients[0].parameters = parsed(of_rcpt);
    })
}

#[test]
fn free_parameters_are_said_whatever_is_offered() {
    let envelope = with_free(&["XOOF", "transid=<1@x>"], &["RRVS=2014-04-03T23:01:00Z;C"]);
    hears(
        &[],
        envelope,
        &[
            "MAIL FROM:<ann@x.example> XOOF TRANSID=<1@x>",
            "RCPT TO:<bob@y.example> RRVS=2014-04-03T23:01:00Z;C",
        ],
    );
}

#[test]
fn a_free_parameter_cannot_say_what_is_settled_or_was_said() {
    let settled = [
        "SIZE=1",
        "body=8BITMIME",
        "SMTPUTF8",
        "RET=FULL",
        "ENVID=x",
        "REQUIRETLS",
        "BY=1;R",
        "MT-PRIORITY=1",
        "HOLDFOR=1",
        "HOLDUNTIL=x",
        "AUTH=<>",
        "NOTIFY=NEVER",
        "ORCPT=rfc822;a",
    ];
    for parameter in settled {
        let keyword = parameter.split('=').next().unwrap().to_ascii_uppercase();
        for envelope in [with_free(&[parameter], &[]), with_free(&[], &[parameter])] {
            let error = refused(&["DSN", "SIZE"], envelope);
            assert_eq!(error.class(), ErrorClass::Usage);
            assert!(error.sentence().contains(&format!("{keyword} is settled")), "{error}");
        }
    }
    for envelope in [with_free(&["A=1", "a"], &[]), with_free(&[], &["A", "A"])] {
        let error = refused(&[], envelope);
        assert_eq!(error.class(), ErrorClass::Usage);
        assert!(error.sentence().ends_with("A is there twice"), "{}", error.sentence());
    }
}

#[test]
fn a_line_that_free_parameters_make_too_long_is_refused_unsent() {
    let value = |octets: usize| format!("X={}", "v".repeat(octets));
    let fits = 512 - MAIL.len() - " X=\r\n".len();
    let mail = format!("{MAIL} {}", value(fits));
    assert_eq!(mail.len() + 2, 512);
    hears(&[], with_free(&[&value(fits)], &[]), &[&mail, RCPT]);
    let fits_rcpt = 512 - RCPT.len() - " X=\r\n".len();
    for envelope in [
        with_free(&[&value(fits + 1)], &[]),
        with_free(&[], &[&value(fits_rcpt + 1)]),
        with_free(&[&value(fits / 2), &value(fits / 2).replace('X', "Y")], &[]),
    ] {
        let error = refused(&[], envelope);
        assert_eq!(error.class(), ErrorClass::Usage);
        assert!(error.sentence().contains("longer than 512 octets"), "{}", error.sentence());
    }
}

#[test]
fn a_parameter_beyond_ascii_goes_with_smtputf8_or_not_at_all() {
    // A script writes octets beyond ASCII by their numbers.
    let mail = r"MAIL FROM:<ann@x.example> SMTPUTF8 X=\xc3\xa9";
    hears(&["SMTPUTF8"], with_free(&["X=é"], &[]), &[mail, RCPT]);
    let rcpt = r"RCPT TO:<bob@y.example> X=\xc3\xa9";
    let mail = "MAIL FROM:<ann@x.example> SMTPUTF8";
    hears(&["SMTPUTF8"], with_free(&[], &["X=é"]), &[mail, rcpt]);
    for envelope in [with_free(&["X=é"], &[]), with_free(&[], &["X=é"])] {
        let error = refused(&["8BITMIME"], envelope);
        assert!(matches!(cause(&error), SmtpError::NotOffered { keyword: "SMTPUTF8", .. }));
    }
}

// All of them.

/// Everything that can be asked at once.
fn everything() -> Envelope {
    let mut envelope = about_delivery();
    envelope.priority = Priority::new(9).ok();
    envelope.deliver_by = Some(minute().traced());
    envelope.hold = Some(Hold::For(HoldInterval::new(Duration::from_secs(10)).unwrap()));
    envelope.auth = Some(Submitter::UNKNOWN);
    envelope.parameters = vec!["X-Y=z".parse().unwrap()];
    envelope
}

#[test]
fn everything_is_said_in_one_line_in_a_settled_order() {
    hears(
        &["SIZE", "DSN", "MT-PRIORITY", "DELIVERBY", "FUTURERELEASE 10", "AUTH PLAIN", "LIMITS"],
        everything(),
        &[
            "MAIL FROM:<ann@x.example> SIZE=18 RET=HDRS ENVID=order+207 MT-PRIORITY=9 BY=60;RT \
             HOLDFOR=10 AUTH=<> X-Y=z",
            "RCPT TO:<bob@y.example> NOTIFY=NEVER ORCPT=rfc822;bob+2Bnews@y.example",
            "RCPT TO:<carol@y.example> NOTIFY=SUCCESS,FAILURE",
        ],
    );
}

#[test]
fn two_forms_of_one_recipient_are_asked_for_once_with_what_the_first_asks() {
    let recipient = |text: &str, notify| {
        let mut recipient = Recipient::new(address(text));
        recipient.notify = Some(notify);
        recipient
    };
    let on_delay = Notify::On { success: false, failure: false, delay: true };
    let recipients = [
        recipient("info@bücher.example", Notify::Never),
        recipient("info@xn--bcher-kva.example", on_delay),
    ];
    let envelope = Envelope::new(ReversePath::Address(address("ann@x.example")), recipients);
    hears(&["DSN"], envelope, &[MAIL, "RCPT TO:<info@xn--bcher-kva.example> NOTIFY=NEVER"]);
}

#[test]
fn the_limits_of_a_server_are_known_after_its_greeting() {
    let keywords = ["LIMITS RCPTMAX=20 MAILMAX=0 FOO=1", "DELIVERBY 30", "MT-PRIORITY NSEP"];
    play_connected(&opening(&keywords), |stack| {
        let extensions = stack.smtp().unwrap().extensions();
        assert_eq!(extensions.limits(), Limits::of("RCPTMAX=20"));
        assert_eq!(extensions.minimum_delivery_time(), Some(Duration::from_secs(30)));
        assert_eq!(extensions.priority_profile(), Some("NSEP"));
        assert_eq!(extensions.hold_limits().interval, None);
    });
}

// Attacks 1 and 2.

#[test]
fn a_line_end_or_control_can_stand_in_no_parameter() {
    for evil in ["\r\nRSET", "\r", "\n", "\0", "\x7f", "\u{85}", "\u{9b}", " X=1", "\t"] {
        let behind = |text: &str| format!("{text}{evil}");
        assert!(behind("X=1").parse::<Parameter>().is_err(), "{evil:?}");
        assert!(Parameter::new("X").unwrap().with_value(&behind("1")).is_err(), "{evil:?}");
        assert!(behind("NEVER").parse::<Notify>().is_err(), "{evil:?}");
        assert!(behind("FULL").parse::<Ret>().is_err(), "{evil:?}");
        assert!(behind("id").parse::<EnvelopeId>().is_err(), "{evil:?}");
        assert!(behind("rfc822;a@b").parse::<OriginalRecipient>().is_err(), "{evil:?}");
        assert!(behind("utf-8;a@b").parse::<OriginalRecipient>().is_err(), "{evil:?}");
        assert!(OriginalRecipient::new(&behind("rfc822"), "a@b").is_err(), "{evil:?}");
        assert!(behind("1").parse::<Priority>().is_err(), "{evil:?}");
        assert!(behind("1;R").parse::<DeliverBy>().is_err(), "{evil:?}");
        assert!(behind("HOLDFOR=1").parse::<Hold>().is_err(), "{evil:?}");
        assert!(behind("2027-01-01T00:00:00Z").parse::<UtcTime>().is_err(), "{evil:?}");
        assert!(behind("a@b").parse::<Submitter>().is_err(), "{evil:?}");
        // A blank alone is encoded where an address or a name may hold it.
        if evil != " X=1" {
            assert!(EnvelopeId::new(behind("id")).is_err(), "{evil:?}");
            assert!(OriginalRecipient::new("rfc822", &behind("a@b")).is_err(), "{evil:?}");
            assert!(OriginalRecipient::new("utf-8", &behind("a@b")).is_err(), "{evil:?}");
        }
    }
}

#[test]
fn what_is_encoded_never_makes_a_parameter_of_its_own() {
    let envelope = to_bob(|envelope| {
        envelope.envid = Some(EnvelopeId::new("a SIZE=1").unwrap());
        let odd = OriginalRecipient::new("rfc822", r#""b NOTIFY=NEVER"@y.example"#).unwrap();
        envelope.recipients[0].orcpt = Some(odd);
        let odd = Submitter::new(address(r#""c> BODY=x"@x.example"#)).unwrap();
        envelope.auth = Some(odd);
    });
    hears(
        &["DSN", "AUTH PLAIN"],
        envelope,
        &[
            "MAIL FROM:<ann@x.example> ENVID=a+20SIZE+3D1 AUTH=\"c>+20BODY+3Dx\"@x.example",
            "RCPT TO:<bob@y.example> ORCPT=rfc822;\"b+20NOTIFY+3DNEVER\"@y.example",
        ],
    );
}

#[test]
fn wide_characters_in_a_parameter_never_narrow_to_a_line_end() {
    let wide = OriginalRecipient::new("utf-8", "a\u{760d}\u{760a}RSET@y.example").unwrap();
    let envelope = to_bob(|envelope| envelope.recipients[0].orcpt = Some(wide));
    let rcpt = r"RCPT TO:<bob@y.example> ORCPT=utf-8;a\\x{760D}\\x{760A}RSET@y.example";
    hears(&["DSN"], envelope, &[MAIL, rcpt]);
}

/// The words behind the path of the command that begins with `verb`, as a server finds them.
fn found(said: &str, verb: &str) -> Vec<Parameter> {
    let line = said.lines().find(|line| line.starts_with(verb)).unwrap();
    assert!(!line.chars().any(char::is_control), "{line:?}");
    let (_, words) = line.split_once("> ").unwrap();
    words.split(' ').map(|word| word.parse().unwrap()).collect()
}

/// The value of `keyword`, read as its type.
fn read<T: std::str::FromStr>(found: &[Parameter], keyword: &str) -> Option<T> {
    let parameter = found.iter().find(|one| one.keyword() == keyword)?;
    parameter.value().unwrap().parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_asked_is_what_a_server_reads(
        id in "[ -~]{1,33}",
        original in "\\PC{1,40}",
        level in -9..=9_i8,
        seconds in 1..1_000_000_u64,
        (keyword, value) in ("X[A-Z0-9-]{0,20}", "[!-<>-~]{1,60}"),
    ) {
        let mut envelope = everything();
        envelope.envid = Some(EnvelopeId::new(id).unwrap());
        envelope.priority = Priority::new(level).ok();
        envelope.deliver_by = DeliverBy::or_notify(Duration::from_secs(seconds)).ok();
        envelope.parameters = vec![Parameter::new(&keyword).unwrap().with_value(&value).unwrap()];
        envelope.recipients[0].orcpt = OriginalRecipient::new("utf-8", &original).ok();
        let asked = envelope.clone();
        let offers = ["DSN", "MT-PRIORITY", "DELIVERBY", "FUTURERELEASE", "AUTH PLAIN"];
        let script = Script::parse(&opening(&offers)).unwrap();
        let script = script.expect_like("MAIL *").reply("250 ok\r\n");
        let script = script.expect_like("RCPT *").reply("421 4.0.0 enough\r\n");
        let (mut stack, transcript, _) = client(script);
        stack.connect().unwrap();
        send(&mut stack, &SmtpMessage::raw(RawMessage::bytes(HI), envelope)).unwrap_err();
        let said = String::from_utf8(transcript.sent()).unwrap();
        let mail = found(&said, "MAIL");
        assert_eq!(read(&mail, "ENVID"), asked.envid);
        assert_eq!(read(&mail, "RET"), asked.ret);
        assert_eq!(read(&mail, "MT-PRIORITY"), asked.priority);
        assert_eq!(read(&mail, "BY"), asked.deliver_by);
        assert_eq!(read(&mail, "AUTH"), asked.auth);
        assert_eq!(mail.iter().find_map(|one| one.to_string().parse().ok()), asked.hold);
        assert_eq!(mail.last(), asked.parameters.last());
        assert_eq!(mail.len(), 7);
        let rcpt = found(&said, "RCPT");
        assert_eq!(read(&rcpt, "NOTIFY"), asked.recipients[0].notify);
        assert_eq!(read(&rcpt, "ORCPT"), asked.recipients[0].orcpt);
    }
}
