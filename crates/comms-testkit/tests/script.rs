//! What a scripted peer promises to the tests that use it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers may fail the test")]

use std::time::Duration;

use comms_core::{CommsStack, Error, ErrorClass, Object, Payload, Piece, Registry, Value};
use comms_testkit::{Cut, Delivery, ManualClock, Script, ScriptError, Transcript};

const DIALOGUE: &str = "
    S: 220 mail.example
    C: EHLO client.example
    S: 250-mail.example
    S: 250 SIZE
    C: QUIT
    S: 221 bye
";

fn connected(script: Script) -> (CommsStack, Transcript) {
    let transcript = script.transcript();
    let mut stack = CommsStack::new(script).unwrap();
    stack.connect().unwrap();
    (stack, transcript)
}

/// Receives lines until one is the last of its reply.
fn reply(stack: &mut CommsStack) -> Result<String, Error> {
    let mut text = String::new();
    loop {
        let mut some = [0; 64];
        let octets = stack.receive(&mut some)?;
        text.push_str(std::str::from_utf8(&some[..octets]).unwrap());
        let last = text.lines().last().unwrap_or_default();
        if octets == 0 || (text.ends_with("\r\n") && last.as_bytes().get(3) == Some(&b' ')) {
            return Ok(text);
        }
    }
}

fn talk(script: Script) -> Result<String, Error> {
    let mut stack = CommsStack::new(script)?;
    stack.connect()?;
    let mut heard = reply(&mut stack)?;
    stack.send("EHLO client.example\r\n")?;
    heard += &reply(&mut stack)?;
    stack.send("QUIT\r\n")?;
    heard += &reply(&mut stack)?;
    stack.disconnect()?;
    Ok(heard)
}

#[test]
fn a_dialogue_goes_the_same_in_portions_of_any_size() {
    let script = Script::parse(DIALOGUE).unwrap();
    let seeded = (0..20).map(Delivery::Seeded);
    let deliveries = [Delivery::Whole, Delivery::PerLine, Delivery::PerOctet];
    for delivery in deliveries.into_iter().chain(seeded) {
        let script = script.clone().delivery(delivery);
        let transcript = script.transcript();
        let heard = talk(script).unwrap();
        assert_eq!(heard, "220 mail.example\r\n250-mail.example\r\n250 SIZE\r\n221 bye\r\n");
        assert_eq!(transcript.text(), DIALOGUE.trim_start().replace("\n    ", "\n"), "{delivery}");
        transcript.finished().unwrap();
    }
}

#[test]
fn a_mismatch_shows_both_sides_and_the_place_and_stays() {
    let (mut stack, transcript) = connected(Script::new().expect("EHLO a\r\n").send("250 ok\r\n"));
    stack.send("EHL").unwrap();
    let error = stack.send("O b\r\nNOOP\r\n").unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol);
    let said = "the script expected \"EHLO a\\r\\n\" (step 1), got \"EHLO b\\r\\n\": \
                they differ at octet 5
  expected EHLO a\\r\\n
  got      EHLO b\\r\\n
                ^";
    assert_eq!(error.cause::<ScriptError>().unwrap().to_string(), said);
    assert_eq!(stack.receive(&mut [0; 8]).unwrap_err().to_string(), format!("Script: {said}"));
    assert_eq!(stack.disconnect().unwrap_err().to_string(), format!("Script: {said}"));
    assert_eq!(transcript.finished().unwrap_err().to_string(), said);
}

#[test]
fn a_mismatch_shows_the_lines_before_it_and_nothing_that_came_behind() {
    let dialogue = "S: 220 a\nC: NOOP\nS: 250 b\nC~: MAIL *\nS: 250 c";
    let (mut stack, _) = connected(Script::parse(dialogue).unwrap());
    stack.receive(&mut [0; 64]).unwrap();
    stack.send("NOOP\r\n").unwrap();
    stack.receive(&mut [0; 64]).unwrap();
    let error = stack.send("RCPT x\r\nDATA\r\n").unwrap_err().to_string();
    let (_, diff) = error.split_once('\n').unwrap();
    assert_eq!(
        diff,
        "  S: 220 a\n  C: NOOP\n  S: 250 b\n  expected a line like \"MAIL *\"\n  got      RCPT x\\r\\n"
    );
}

#[test]
fn a_wait_takes_its_time_on_the_clock_and_a_deadline_in_it_loses_nothing() {
    let dialogue = "S: 220 a\nC: b\nwait 20ms\nS: 250 c\nwait 1s\nclose";
    let (mut stack, _) = connected(Script::parse(dialogue).unwrap());
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    stack.receive(&mut [0; 64]).unwrap();
    stack.send("b\r\n").unwrap();
    assert!(!stack.unread().unwrap());
    stack.limit(Duration::from_millis(15), "reply");
    assert_eq!(stack.receive(&mut [0; 64]).unwrap_err().class(), ErrorClass::Timeout);
    stack.unlimit();
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 7);
    assert_eq!(clock.slept(), Duration::from_millis(20));
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 0);
    assert_eq!(clock.slept(), Duration::from_millis(1020));
    stack.disconnect().unwrap();
}

#[test]
fn a_client_may_say_how_many_octets_follow() {
    let dialogue = "C~: BDAT *\ntake *\nS: 250 a\nC~: BDAT * LAST\ntake *\nS: 250 b\n";
    for delivery in [Delivery::Whole, Delivery::PerOctet] {
        let script = Script::parse(dialogue).unwrap().delivery(delivery);
        let (mut stack, transcript) = connected(script);
        stack.send("BDAT 12\r\n250 no reply").unwrap();
        stack.send("BDAT 0 LAST\r\n").unwrap();
        let mut some = [0; 64];
        let mut left = 14;
        while left > 0 {
            left -= stack.receive(&mut some).unwrap();
        }
        assert_eq!(transcript.contents(), [b"250 no reply"]);
        stack.disconnect().unwrap();
    }
}

#[test]
fn a_script_in_a_file_is_named_with_what_is_wrong_with_it() {
    let folder = std::env::temp_dir().join(format!("comms-script-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("dialogue.txt");
    std::fs::write(&file, "S: 220 a\n").unwrap();
    let mut stack = Registry::new().with::<Script>().build("Script").unwrap();
    stack.set("file", file.to_str().unwrap()).unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 7);
    std::fs::write(&file, "S: 220 a\nX: 1\n").unwrap();
    let wrong = Error::from(Script::file(&file).unwrap_err()).sentence();
    assert!(wrong.contains("dialogue.txt is no script: line 2 of the script: `X: 1`"), "{wrong}");
    std::fs::remove_dir_all(&folder).unwrap();
    let missing = Script::file(&file).unwrap_err().to_string();
    assert!(missing.ends_with("dialogue.txt cannot be read"), "{missing}");
}

#[test]
fn a_mismatch_far_inside_is_shown_with_its_surroundings() {
    let mut content = vec![b'a'; 5000];
    let script = Script::new().expect(&content);
    content[4000] = b'X';
    let (mut stack, _) = connected(script);
    let text = stack.send(&content).unwrap_err().to_string();
    assert!(text.contains('X') && text.contains("they differ at octet 4000"), "{text}");
    assert!(text.len() < 800, "{text}");
}

#[test]
fn a_secret_is_shown_in_no_error_no_text_and_no_debug() {
    let script = Script::new().expect("AUTH PLAIN AGEAYg==\r\n").expect_like("a*");
    let wrong = [
        [Piece::Plain(b"AUTH PLAIN "), Piece::Secret(b"AGEAYx=="), Piece::Plain(b"\r\n")],
        [Piece::Plain(b"AUTH PLAIN "), Piece::Secret(b"AGEAYg=="), Piece::Plain(b"!\r\n")],
        [Piece::Secret(b"AUTH "), Piece::Secret(b"AGEAYg=="), Piece::Secret(b"\r\n")],
    ];
    for pieces in wrong {
        let (mut stack, transcript) = connected(script.clone());
        let error = stack.send(Payload::Pieces(&pieces)).unwrap_err();
        let all = format!("{error} {error:?} {stack:?} {transcript:?} {}", transcript.text());
        assert!(all.contains("secret octets>"), "{all}");
        assert!(!all.contains("AGEAY"), "{all}");
    }
    let (mut stack, transcript) = connected(script.clone());
    stack.send("AUTH PLAIN ").unwrap();
    stack.send(Payload::Secret(b"AGEAYg==")).unwrap();
    let waits = stack.receive(&mut [0; 8]).unwrap_err().to_string();
    let left = stack.disconnect().unwrap_err().to_string();
    assert!(!format!("{waits} {left} {transcript:?}").contains("AGEAY"), "{waits} {left}");

    let (mut stack, transcript) = connected(script);
    stack.send("AUTH PLAIN ").unwrap();
    stack.send(Payload::Secret(b"AGEAYg==\r\nhun")).unwrap();
    stack.send(Payload::Secret(b"ter2")).unwrap();
    let waits = stack.receive(&mut [0; 8]).unwrap_err().to_string();
    assert!(waits.ends_with("so far it has <3 secret octets> <4 secret octets>"), "{waits}");
    let unlike = stack.send("\r\n").unwrap_err().to_string();
    assert!(!format!("{waits} {unlike} {}", transcript.text()).contains("hunter2"), "{unlike}");
    assert_eq!(transcript.sent(), b"AUTH PLAIN AGEAYg==\r\nhunter2\r\n");
}

#[test]
fn a_client_that_sends_ahead_is_answered_in_order() {
    let (mut stack, transcript) =
        connected(Script::parse("C: a\nS: 250 1\nC: b\nS: 250 2\nC: c\nS: 250 3").unwrap());
    stack.send("a\r\nb\r\n").unwrap();
    stack.send("c\r\n").unwrap();
    let mut all = [0; 64];
    assert_eq!(stack.receive(&mut all).unwrap(), 21);
    assert_eq!(transcript.sends(), 2);
    stack.disconnect().unwrap();
}

#[test]
fn a_client_must_not_speak_before_it_has_read_where_the_script_says_so() {
    let script = Script::parse("S: 220 go\nread\nC: hello").unwrap();
    let (mut stack, _) = connected(script.clone());
    let error = stack.send("hello\r\n").unwrap_err().to_string();
    assert!(error.contains("before it had read 8 octets of the peer (step 2)"), "{error}");
    let (mut stack, _) = connected(script);
    stack.receive(&mut [0; 64]).unwrap();
    stack.send("hello\r\n").unwrap();
    stack.disconnect().unwrap();
}

#[test]
fn two_that_wait_for_each_other_are_an_error_and_not_a_hang() {
    let (mut stack, _) = connected(Script::parse("C: NOOP\nS: 250 ok").unwrap());
    stack.send("NO").unwrap();
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Script: both wait: the client receives, and the script expects \"NOOP\\r\\n\" (step 1), \
         so far it has \"NO\""
    );
    assert_eq!(error.class(), ErrorClass::Protocol);
    stack.send("OP\r\n").unwrap();
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 8);
}

#[test]
fn what_is_not_done_at_the_end_is_an_error_with_its_step() {
    let (mut stack, transcript) = connected(Script::parse(DIALOGUE).unwrap());
    reply(&mut stack).unwrap();
    let error = stack.disconnect().unwrap_err().to_string();
    let said = "the script was not finished: step 2 of 6 (C: \"EHLO client.example\\r\\n\") is not \
                done";
    assert_eq!(error, format!("Script: {said}"));
    assert_eq!(transcript.left().len(), 5);
    assert_eq!(transcript.finished().unwrap_err().to_string(), said);
}

#[test]
fn what_the_peer_said_and_nobody_read_is_not_done() {
    let (mut stack, _) = connected(Script::parse("S: one\nC: x\nS: two\nS: three").unwrap());
    stack.send("x\r\n").unwrap();
    stack.receive(&mut [0; 7]).unwrap();
    let error = stack.disconnect().unwrap_err().to_string();
    assert!(error.contains("step 3 of 4 (S: \"two\\r\\n\") is not done"), "{error}");
}

#[test]
fn what_is_said_after_the_last_step_is_an_error_and_a_receive_finds_the_end() {
    let (mut stack, _) = connected(Script::new().expect("QUIT\r\n"));
    stack.send("QUIT\r\n").unwrap();
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 0);
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 0);
    let error = stack.send("NOOP\r\n").unwrap_err().to_string();
    assert_eq!(error, "Script: the script was over after step 1, got \"NOOP\\r\\n\"");
}

#[test]
fn content_is_kept_up_to_its_end_or_by_its_count() {
    let text = "until \\r\\n.\\r\\n\nC~: BDAT *\ntake 4\nC: QUIT";
    let (mut stack, transcript) = connected(Script::parse(text).unwrap());
    for octet in b"a\r\n.b\r\n.\r\nBDAT 4\r\n.\r\n.QUIT\r\n" {
        stack.send(&[*octet]).unwrap();
    }
    assert_eq!(transcript.contents(), [b"a\r\n.b\r\n.\r\n".as_slice(), b".\r\n."]);
    stack.disconnect().unwrap();
}

#[test]
fn a_stall_ends_at_the_deadline_and_takes_no_time() {
    let (mut stack, transcript) = connected(Script::parse("S: 22\nstall\nC: never").unwrap());
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    stack.limit(Duration::from_secs(300), "greeting");
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 4);
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert!(error.to_string().contains("the time for the greeting (300 s) ran out"), "{error}");
    assert_eq!(clock.slept(), Duration::from_secs(300));
    stack.unlimit();
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.to_string(), "Script: the script stalls and the call has no deadline");
    stack.send("into the void").unwrap();
    stack.disconnect().unwrap();
    transcript.finished().unwrap();
}

#[test]
fn a_peer_that_closed_or_reset_takes_nothing_more() {
    for (command, read, sentence) in [
        ("close", Some(0), "Script: the peer closed the connection"),
        ("reset", None, "Script: the connection was reset by the peer"),
    ] {
        let (mut stack, _) =
            connected(Script::parse(&format!("C: a\nS: 421 bye\n{command}")).unwrap());
        // The second command was on its way when the end came.
        stack.send("a\r\nb\r\n").unwrap();
        assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 9);
        assert_eq!(stack.receive(&mut [0; 64]).ok(), read, "{command}");
        let error = stack.send("c\r\n").unwrap_err();
        assert_eq!((error.to_string().as_str(), error.class()), (sentence, ErrorClass::Connection));
        assert_eq!(stack.noop().unwrap_err().to_string(), sentence);
        stack.disconnect().unwrap();
    }
}

#[test]
fn what_the_script_has_said_is_unread_until_it_is_received() {
    let (mut stack, _) = connected(Script::parse("S: 220 a\nC: b\nS: 250 c\nC: d\nclose").unwrap());
    assert!(stack.unread().unwrap());
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 7);
    assert!(!stack.unread().unwrap());
    stack.send("b\r\n").unwrap();
    assert!(stack.unread().unwrap());
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 7);
    stack.send("d\r\n").unwrap();
    assert_eq!(stack.unread().unwrap_err().class(), ErrorClass::Connection);
}

#[test]
fn a_refused_connection_can_be_followed_by_others() {
    let script = Script::parse("refuse\nconnect\nS: 220 a\nconnect\nC: b").unwrap();
    let transcript = script.transcript();
    let mut stack = CommsStack::new(script).unwrap();
    let error = stack.connect().unwrap_err();
    assert_eq!(error.to_string(), "Script: the peer refused the connection");
    assert_eq!(error.class(), ErrorClass::Connection);
    assert!(!stack.is_connected());
    stack.connect().unwrap();
    stack.receive(&mut [0; 64]).unwrap();
    stack.disconnect().unwrap();
    assert!(transcript.finished().unwrap_err().to_string().contains("step 4 of 5 (connect)"));
    stack.connect().unwrap();
    stack.send("b\r\n").unwrap();
    stack.disconnect().unwrap();
    transcript.finished().unwrap();
    assert_eq!(transcript.sent_on_each(), [b"".as_slice(), b"", b"b\r\n"]);
    let error = stack.connect().unwrap_err().to_string();
    assert_eq!(error, "Script: the script has no connection number 4");
}

#[test]
fn a_cut_after_any_octet_is_what_it_says_and_not_a_hang() {
    let script = Script::parse(DIALOGUE).unwrap();
    for n in 0..=script.octets() {
        let reset = talk(script.clone().cut_at(n, Cut::Reset));
        // The last octet is delivered whole, and nothing is asked of the peer after it.
        assert_eq!(reset.is_ok(), n == script.octets(), "{n}");
        let classes = reset.map_err(|error| error.class());
        assert!(matches!(classes, Ok(_) | Err(ErrorClass::Connection)), "{n}: {classes:?}");

        let script = script.clone().cut_at(n, Cut::Close);
        let transcript = script.transcript();
        let _ = talk(script);
        assert_eq!(transcript.received().len(), n);

        let script = Script::parse(DIALOGUE).unwrap().cut_at(n, Cut::Stall);
        let stalled = talk(script).map_err(|error| error.class());
        assert!(matches!(stalled, Ok(_) | Err(ErrorClass::Usage)), "{n}: {stalled:?}");
    }
}

#[test]
fn a_cut_at_what_is_sent_loses_the_answer_to_the_last_octet() {
    let script = Script::new().expect("a\r\n").send("250 a\r\n").expect("b\r\n").send("250 b\r\n");
    for (n, cut, first, second, read) in [
        (6, Cut::Close, true, true, Some(7)),
        (6, Cut::Reset, true, true, None),
        (5, Cut::Close, true, false, Some(7)),
        (3, Cut::Close, true, false, Some(0)),
        (2, Cut::Reset, false, false, None),
        (2, Cut::Stall, true, true, None),
    ] {
        let (mut stack, _) = connected(script.clone().cut_sent_at(n, cut));
        assert_eq!(stack.send("a\r\n").is_ok(), first, "{n} {cut:?}");
        assert_eq!(stack.send("b\r\n").is_ok(), second, "{n} {cut:?}");
        assert_eq!(stack.receive(&mut [0; 64]).ok(), read, "{n} {cut:?}");
        stack.disconnect().unwrap();
    }
}

#[test]
fn a_clone_plays_from_the_beginning_and_is_heard_apart() {
    let script = Script::parse(DIALOGUE).unwrap();
    talk(script.clone()).unwrap();
    let first = script.transcript();
    assert_eq!(first.connections(), 0);
    talk(script).unwrap();
    assert_eq!(first.connections(), 1);
}

#[test]
fn a_script_can_be_built_by_name_and_given_as_text() {
    let mut stack = Registry::new().with::<Script>().build("Script").unwrap();
    stack.set("dialogue", "S: 220 ok").unwrap();
    stack.set("delivery", "seeded:x").unwrap_err();
    stack.set("delivery", "per_octet").unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 1);
    assert_eq!(stack.get("delivery").unwrap().value, Some(Value::from("per_octet")));

    let mut stack = Registry::new().with::<Script>().build("script").unwrap();
    stack.set("dialogue", "S: 220\nQ: what").unwrap();
    let error = stack.connect().unwrap_err();
    assert!(error.to_string().starts_with("Script: line 2 of the script: `Q: what`"), "{error}");
    assert_eq!(error.class(), ErrorClass::Usage);
}

#[test]
fn an_object_is_refused_and_nothing_is_harmless() {
    #[derive(Debug)]
    struct Parcel;
    impl Object for Parcel {
        fn kind(&self) -> &'static str {
            "Parcel"
        }
    }
    let (mut stack, transcript) = connected(Script::new().send("x"));
    assert_eq!(
        stack.send(&Parcel).unwrap_err().to_string(),
        "Script: Script takes octets, not Parcel"
    );
    stack.send("").unwrap();
    assert_eq!(stack.receive(&mut []).unwrap(), 0);
    assert_eq!(stack.receive(&mut [0; 4]).unwrap(), 1);
    assert_eq!(transcript.sends(), 0);
}

#[test]
fn everything_can_go_to_another_thread() {
    fn is_send<T: Send + 'static>() {}
    is_send::<Script>();
    is_send::<Transcript>();
    is_send::<comms_testkit::Loopback>();
    is_send::<comms_testkit::LoopbackHandle>();
    is_send::<comms_testkit::Latency>();
}
