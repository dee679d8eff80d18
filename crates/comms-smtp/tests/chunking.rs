//! Content by BDAT (RFC 3030): with its commands all at once, several messages at a time.

#![cfg(test)]

mod common;

use comms_core::{CommsStack, Error, ErrorClass};
use comms_mime::{Attachment, Message};
use comms_smtp::{DotScanner, SendReport, SmtpMessage, SmtpStack, StrayLineEnd, StrayLineEnds};
use comms_testkit::Script;

use crate::common::{client, envelope, hi, opening, play_connected, raw, refused, said, send};

const BOTH: [&str; 2] = ["PIPELINING", "CHUNKING"];

fn bob() -> SmtpMessage {
    hi(&["bob@y.example"])
}

/// What became of each message, in words.
fn outcomes(stack: &mut CommsStack, messages: &[SmtpMessage]) -> Vec<String> {
    let told = stack.smtp().unwrap().send_all(messages).unwrap();
    let words = |outcome: &Result<SendReport, Error>| match outcome {
        Ok(report) => report.reply.text(),
        Err(error) => error.class().to_string(),
    };
    told.iter().map(words).collect()
}

fn series(count: usize, dialogue: &[&str]) -> Vec<String> {
    let dialogue = opening(&BOTH) + &dialogue.concat();
    let messages = (0..count).map(|_| bob()).collect::<Vec<_>>();
    play_connected(&dialogue, |stack| outcomes(stack, &messages))
}

#[test]
fn commands_and_content_are_one_write() {
    let dialogue = opening(&BOTH) + &[ONE, "S: 250 ok\nS: 250 ok\nS: 250 taken\n"].concat();
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let before = transcript.sends();
    let report = send(&mut stack, &bob()).unwrap();
    assert_eq!(report.reply.text(), "taken");
    assert_eq!((report.size, transcript.sends() - before), (18, 1));
    assert_eq!(transcript.text(), said(&dialogue));
}

#[test]
fn the_first_goes_alone_and_the_others_together_each_behind_a_rset() {
    let yes = "S: 250 ok\nS: 250 ok\n";
    let reset = ["S: 250 ok\n", yes].concat();
    let told = series(
        4,
        &[
            &[ONE, yes, "S: 250 one\n", ONE, "C: RSET\n", ONE, "C: RSET\n", ONE].concat(),
            &[yes, "S: 250 two\n", &reset, "S: 250 three\n", &reset, "S: 250 four\n"].concat(),
        ],
    );
    assert_eq!(told, ["one", "two", "three", "four"]);
}

#[test]
fn a_window_holds_no_more_than_it_is_told() {
    let yes = "S: 250 ok\nS: 250 ok\n";
    let reset = ["S: 250 ok\n", yes].concat();
    let pair = [ONE, "C: RSET\n", ONE].concat();
    let replies = [yes, "S: 250 two\n", &reset, "S: 250 three\n"].concat();
    let dialogue = opening(&BOTH) + &[ONE, yes, "S: 250 one\n", &pair, &replies, ONE].concat();
    let dialogue = dialogue + yes + "S: 250 four\n";
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.set("window", 2).unwrap();
    stack.connect().unwrap();
    let told = outcomes(&mut stack, &[bob(), bob(), bob(), bob()]);
    assert_eq!(told, ["one", "two", "three", "four"], "{}", transcript.text());
}

#[test]
fn refusals_of_one_message_are_not_those_of_another() {
    let yes = "S: 250 ok\nS: 250 ok\n";
    for (no, class) in [
        ("S: 550 no\nS: 503 no\nS: 503 no\n", "permanent"),
        ("S: 450 no\nS: 503 no\nS: 503 no\n", "transient"),
        ("S: 250 ok\nS: 550 no\nS: 554 nobody\n", "permanent"),
        ("S: 250 ok\nS: 450 no\nS: 503 nobody\n", "transient"),
        ("S: 250 ok\nS: 250 ok\nS: 552 no\n", "permanent"),
        ("S: 250 ok\nS: 250 ok\nS: 452 no\n", "transient"),
    ] {
        let flight = [ONE, "C: RSET\n", ONE, no].concat();
        let last = ["S: 250 ok\n", yes, "S: 250 three\n"].concat();
        let told = series(3, &[ONE, yes, "S: 250 one\n", &flight, &last]);
        assert_eq!(told, ["one", class, "three"], "{no}");
    }
}

#[test]
fn a_failed_transaction_is_reset_before_the_next_message() {
    let no = "S: 250 ok\nS: 550 no\nS: 554 nobody\n";
    let next = ["C: RSET\n", ONE, "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 250 two\n"].concat();
    let dialogue = opening(&BOTH) + &[ONE, no, &next].concat();
    play_connected(&dialogue, |stack| {
        let error = send(stack, &bob()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent);
        assert_eq!(send(stack, &bob()).unwrap().reply.text(), "two");
    });
}

/// RFC 3030 lets a server say 500 to BDAT only if it did not offer it; what it does with the octets
/// behind it cannot be known.
#[test]
fn a_server_that_does_not_know_the_bdat_it_offered_is_asked_anew_without() {
    for code in [500, 502] {
        let no = format!("S: 250 ok\nS: 250 ok\nS: {code} what?\nS: 500 what?\n");
        let anew = "connect\n".to_owned() + &opening(&BOTH);
        let data = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: DATA\n\
                    S: 250 ok\nS: 250 ok\nS: 354 go\n";
        let group = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: DATA\n";
        let dialogue = opening(&BOTH)
            + &[ONE, &no, &anew, data, common::HI_SAID, group].concat()
            + &["S: 250 one\nS: 250 ok\nS: 250 ok\nS: 354 go\n", common::HI_SAID].concat()
            + "S: 250 two\n";
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        assert_eq!(outcomes(&mut stack, &[bob(), bob()]), ["one", "two"], "{code}");
        transcript.finished().unwrap();
    }
}

#[test]
fn a_message_was_begun_in_a_session_that_the_one_before_it_had_ended() {
    let anew = "close\nconnect\n".to_owned() + &opening(&BOTH);
    let yes = "S: 250 ok\nS: 250 ok\n";
    let group = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: DATA\n";
    let go = [yes, "S: 354 go\n", common::HI_SAID].concat();
    // The idle connection was closed; who is there now does not know the BDAT that is offered.
    let dialogue = opening(&BOTH)
        + &[ONE, yes, "S: 250 one\nS: 421 idle\n", &anew, ONE, yes, "S: 500 what?\n", &anew]
            .concat()
        + &[group, &go, group, "S: 250 two\n", &go, "S: 250 three\n"].concat();
    play_connected(&dialogue, |stack| {
        assert_eq!(send(stack, &bob()).unwrap().reply.text(), "one");
        assert_eq!(outcomes(stack, &[bob(), bob()]), ["two", "three"]);
    });
}

#[test]
fn a_yes_to_content_after_a_no_to_all_that_leads_there_is_not_believed() {
    for no in ["S: 550 no\nS: 503 no\nS: 250 taken\n", "S: 250 ok\nS: 550 no\nS: 250 taken\n"] {
        let (mut stack, _, _) = client(Script::parse(&(opening(&BOTH) + ONE + no)).unwrap());
        stack.connect().unwrap();
        let error = send(&mut stack, &bob()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::DeliveryUnknown, "{no}: {error:?}");
        assert!(!stack.is_connected());
    }
}

#[test]
fn messages_behind_a_421_were_not_begun_and_go_over_a_new_connection() {
    let yes = "S: 250 ok\nS: 250 ok\n";
    let flight = [ONE, "C: RSET\n", ONE, "C: RSET\n", ONE].concat();
    let anew = "connect\n".to_owned() + &opening(&BOTH);
    for (end, second) in [
        // To its MAIL: it is sent again. To its recipient or content: that is its answer.
        ("S: 421 enough\nclose\n", "two"),
        ("S: 250 ok\nS: 421 enough\nclose\n", "transient"),
        ("S: 250 ok\nS: 250 ok\nS: 421 enough\nclose\n", "transient"),
    ] {
        let first = [ONE, yes, "S: 250 one\n", &flight, end, &anew].concat();
        let two =
            if second == "two" { vec!["two", "three", "four"] } else { vec!["three", "four"] };
        let mut rest = [ONE, yes, "S: 250 ", two[0], "\n"].concat();
        for (at, _) in two.iter().enumerate().skip(1) {
            rest += if at == 1 { ONE } else { "C: RSET\n" };
            rest += if at == 1 { "" } else { ONE };
        }
        for (at, text) in two.iter().enumerate().skip(1) {
            rest += if at == 1 { "" } else { "S: 250 ok\n" };
            rest += &[yes, "S: 250 ", text, "\n"].concat();
        }
        let told = series(4, &[&first, &rest]);
        assert_eq!(told, ["one", second, "three", "four"], "{end}");
    }
}

#[test]
fn messages_that_were_sent_whole_are_unknown_when_the_connection_is_lost() {
    let yes = "S: 250 ok\nS: 250 ok\n";
    let flight = [ONE, "C: RSET\n", ONE].concat();
    let anew = "connect\n".to_owned() + &opening(&BOTH);
    for end in ["close\n", "reset\n", "S: 250 ok\nclose\n", "S: 250 ok\nS: 250 ok\nclose\n"] {
        let first = [ONE, yes, "S: 250 one\n", &flight, end].concat();
        let dialogue = opening(&BOTH) + &first + &anew + ONE + yes + "S: 250 four\n";
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        stack.set("window", 2).unwrap();
        let told = outcomes(&mut stack, &[bob(), bob(), bob(), bob()]);
        assert_eq!(told, ["one", "delivery_unknown", "delivery_unknown", "four"], "{end}");
        transcript.finished().unwrap();
    }
}

#[test]
fn a_sender_or_all_recipients_refused_before_the_loss_is_no_unknown() {
    for end in
        ["S: 550 no\nclose\n", "S: 550 no\nS: 503 no\nclose\n", "S: 250 ok\nS: 550 no\nclose\n"]
    {
        let (mut stack, _, _) = client(Script::parse(&(opening(&BOTH) + ONE + end)).unwrap());
        stack.connect().unwrap();
        let error = send(&mut stack, &bob()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent, "{end}: {error:?}");
    }
}

#[test]
fn an_idle_connection_is_looked_at_before_all_is_sent_at_once() {
    for end in ["S: 421 idle\nclose\n", "close\n", "reset\n"] {
        let anew = "connect\n".to_owned() + &opening(&BOTH);
        let yes = "S: 250 ok\nS: 250 ok\n";
        let dialogue = opening(&BOTH)
            + &[ONE, yes, "S: 250 one\n", end, &anew, ONE, yes, "S: 250 two\n"].concat();
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        assert_eq!(send(&mut stack, &bob()).unwrap().reply.text(), "one");
        assert_eq!(send(&mut stack, &bob()).unwrap().reply.text(), "two", "{end}");
        transcript.finished().unwrap();
    }
}

#[test]
fn without_pipelining_the_envelope_is_asked_first_and_354_saved() {
    let one = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n";
    let dialogue = opening(&["CHUNKING"]) + &[one, CHUNK, "S: 250 taken\n"].concat();
    play_connected(&dialogue, |stack| {
        assert_eq!(send(stack, &bob()).unwrap().reply.text(), "taken");
    });
}

#[test]
fn with_strict_nothing_is_sent_before_all_recipients_are_accepted() {
    let asked = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n\
                 C: RCPT TO:<eve@y.example>\nS: 250 ok\nS: 250 ok\nS: 550 no\n";
    play_connected(&(opening(&BOTH) + asked), |stack| {
        stack.set("strict", true).unwrap();
        let error = send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent);
    });
}

#[test]
fn the_property_turns_chunking_off() {
    let data = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: DATA\n\
                S: 250 ok\nS: 250 ok\nS: 354 go\n";
    let dialogue = opening(&BOTH) + data + common::HI_SAID + "S: 250 taken\n";
    play_connected(&dialogue, |stack| {
        stack.set("chunking", false).unwrap();
        send(stack, &bob()).unwrap();
    });
}

#[test]
fn dots_are_not_stuffed_and_line_ends_are_mended() {
    for (content, wire) in [
        ("A: b\r\n\r\n.\r\n..\r\n.x", "A: b\\r\\n\\r\\n.\\r\\n..\\r\\n.x\\r\\n"),
        ("A: b\n\n.\n", "A: b\\r\\n\\r\\n.\\r\\n"),
        ("A: b\r\rend\r", "A: b\\r\\n\\r\\nend\\r\\n"),
        ("", ""),
    ] {
        let octets = wire.replace("\\r", "\r").replace("\\n", "\n").len();
        let bdat = format!("C: BDAT {octets} LAST\nC=: {wire}\n");
        let commands = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n";
        let yes = "S: 250 ok\nS: 250 ok\nS: 250 taken\n";
        let bdat = if wire.is_empty() { "C: BDAT 0 LAST\n".to_owned() } else { bdat };
        let dialogue = opening(&BOTH) + commands + &bdat + yes;
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        let report = send(&mut stack, &raw(content, &["bob@y.example"])).unwrap();
        assert_eq!(report.size, octets as u64);
        transcript.finished().unwrap();
    }
}

#[test]
fn the_size_that_is_announced_is_the_one_that_is_sent() {
    let opening = opening(&["PIPELINING", "SIZE 1000", "CHUNKING"]);
    let dialogue = opening
        + "C: MAIL FROM:<ann@x.example> SIZE=8\nC: RCPT TO:<bob@y.example>\n"
        + "C: BDAT 8 LAST\nC=: A: b\\r\\n\\r\\n\nS: 250 ok\nS: 250 ok\nS: 250 taken\n";
    play_connected_sent(&dialogue, |stack| {
        send(stack, &raw("A: b\n\n", &["bob@y.example"])).unwrap();
    });
}

/// As `play_connected`, for content whose lines are no lines of the transcript.
fn play_connected_sent<T>(dialogue: &str, talk: impl FnOnce(&mut CommsStack) -> T) -> T {
    let (mut stack, transcript, _) = client(Script::parse(dialogue).unwrap());
    stack.connect().unwrap();
    let outcome = talk(&mut stack);
    transcript.finished().unwrap();
    outcome
}

fn with_attachment(octets: usize) -> SmtpMessage {
    let message = Message::builder()
        .from("ann@x.example".parse().unwrap())
        .text("hi")
        .attach(Attachment::bytes("x.bin", vec![0_u8; octets]))
        .build()
        .unwrap();
    SmtpMessage::new(message, envelope(&["bob@y.example"]))
}

/// A script that takes the envelope and then chunks of these sizes.
fn binary(chunks: &[usize]) -> Script {
    let keywords = ["PIPELINING", "CHUNKING", "BINARYMIME", "8BITMIME"];
    let mut script = Script::parse(&opening(&keywords)).unwrap();
    script = script.expect("MAIL FROM:<ann@x.example> BODY=BINARYMIME\r\n");
    script = script.expect("RCPT TO:<bob@y.example>\r\n").reply("250 ok\r\n250 ok\r\n");
    for (at, octets) in chunks.iter().enumerate() {
        let last = if at + 1 == chunks.len() { " LAST" } else { "" };
        script = script.expect(format!("BDAT {octets}{last}\r\n"));
        script = script.expect_octets(*octets).reply("250 ok\r\n");
    }
    script
}

#[test]
fn large_attachments_go_as_they_are_in_chunks_where_that_is_asked_for() {
    let message = with_attachment(600_000);
    let size = usize::try_from(message.encoded_len(comms_mime::Transfer::Binary).unwrap()).unwrap();
    // The writer hands over blocks; a chunk is sent when the next one would not fit.
    let sizes = chunk_sizes(&message);
    assert_eq!(sizes.iter().sum::<usize>(), size);
    let (mut stack, transcript, _) = client(binary(&sizes));
    stack.set("binary", true).unwrap();
    stack.connect().unwrap();
    let report = send(&mut stack, &message).unwrap();
    assert_eq!(report.size, size as u64);
    transcript.finished().unwrap();
}

/// The chunks that a message makes: whole blocks of the writer, at most 256 KiB together.
fn chunk_sizes(message: &SmtpMessage) -> Vec<usize> {
    struct Blocks(Vec<usize>);
    impl std::io::Write for Blocks {
        fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
            match self.0.last_mut() {
                Some(last) if *last + octets.len() <= 256 * 1024 => *last += octets.len(),
                _ => self.0.push(octets.len()),
            }
            Ok(octets.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut blocks = Blocks(vec![0]);
    message.write_to(&mut blocks, comms_mime::Transfer::Binary).unwrap();
    blocks.0
}

#[test]
fn nothing_more_is_sent_of_content_of_which_a_chunk_was_refused() {
    let message = with_attachment(600_000);
    let sizes = chunk_sizes(&message);
    let keywords = ["PIPELINING", "CHUNKING", "BINARYMIME", "8BITMIME"];
    let script = Script::parse(&opening(&keywords)).unwrap();
    let script = script
        .expect("MAIL FROM:<ann@x.example> BODY=BINARYMIME\r\n")
        .expect("RCPT TO:<bob@y.example>\r\n")
        .reply("250 ok\r\n250 ok\r\n")
        .expect(format!("BDAT {}\r\n", sizes[0]))
        .expect_octets(sizes[0])
        .reply("552 5.3.4 too large\r\n")
        .expect("RSET\r\n")
        .reply("250 ok\r\n");
    let (mut stack, transcript, _) = client(script);
    stack.set("binary", true).unwrap();
    stack.connect().unwrap();
    let error = send(&mut stack, &message).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert!(error.to_string().contains("552 5.3.4 too large"), "{error}");
    stack.reset().unwrap();
    transcript.finished().unwrap();
}

#[test]
fn a_yes_to_the_last_chunk_after_a_no_to_one_before_it_was_told_as_a_plain_no() {
    let message = with_attachment(300_000);
    let sizes = chunk_sizes(&message);
    assert_eq!(sizes.len(), 2);
    let mut script = binary(&[]);
    for (size, last) in sizes.into_iter().zip(["", " LAST"]) {
        script = script.expect(format!("BDAT {size}{last}\r\n")).expect_octets(size);
    }
    let (mut stack, transcript, _) = client(script.reply("452 not now\r\n250 taken\r\n"));
    stack.set("binary", true).unwrap();
    stack.connect().unwrap();
    let error = send(&mut stack, &message).unwrap_err();
    assert_eq!(error.class(), ErrorClass::DeliveryUnknown, "{error:?}");
    transcript.finished().unwrap();
}

#[test]
fn in_lmtp_each_recipient_is_answered_for_behind_the_last_chunk() {
    let opening = opening(&BOTH).replace("EHLO", "LHLO");
    let dialogue = opening
        + "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: RCPT TO:<eve@y.example>\n"
        + "S: 250 ok\nS: 250 ok\nS: 250 ok\n"
        + CHUNK
        + "S: 250 saved\nS: 452 4.2.2 full\n";
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.set("protocol", "lmtp").unwrap();
    stack.connect().unwrap();
    let report = send(&mut stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
    assert_eq!(report.accepted, ["bob@y.example".parse().unwrap()]);
    assert_eq!(refused(&report.rejected), [("eve@y.example".to_owned(), 452)]);
    assert_eq!(transcript.text(), said(&dialogue));
}

/// The small message as it goes by BDAT.
const CHUNK: &str = "C: BDAT 18 LAST\nC: Subject: x\nC:\nC: Hi\n";
#[test]
fn a_transaction_that_nobody_got_was_left_open_and_the_next_message_went_in_its_envelope() {
    // The second transaction of one message; the server is still in it when the next begins.
    let carol = ONE.replace("bob@y.example", "carol@y.example");
    let two = ONE.replace("C: BDAT", "C: RCPT TO:<carol@y.example>\nC: BDAT");
    let dialogue = opening(&BOTH)
        + &[&two, "S: 250 ok\nS: 250 ok\nS: 452 4.5.3 not so many\nS: 250 one\n"].concat()
        + &[&carol, "S: 250 ok\nS: 550 no\nS: 503 nobody\n"].concat()
        + &["C: RSET\n", ONE, "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 250 two\n"].concat();
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&["bob@y.example", "carol@y.example"])).unwrap();
        assert_eq!(refused(&report.rejected), [("carol@y.example".to_owned(), 550)]);
        assert_eq!(send(stack, &bob()).unwrap().reply.text(), "two");
    });
}

const ONE: &str = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n\
                   C: BDAT 18 LAST\nC: Subject: x\nC:\nC: Hi\n";

/// Contents that are hard to get through, with what arrives by BDAT.
const HARD: [(&[u8], &[u8]); 12] = [
    (b"", b""),
    (b".", b".\r\n"),
    (b"..", b"..\r\n"),
    (b".\r\n", b".\r\n"),
    (b"hi\r\r\n.\r\n", b"hi\r\n\r\n.\r\n"),
    (b"\n.\n", b"\r\n.\r\n"),
    (b"\n.\r\n", b"\r\n.\r\n"),
    (b"\r.\r\n", b"\r\n.\r\n"),
    (b"\r\n.\r", b"\r\n.\r\n"),
    (b"\r\n.\n", b"\r\n.\r\n"),
    (b"no end", b"no end\r\n"),
    (b"a\0b", b"a\0b\r\n"),
];

#[test]
fn hard_contents_arrive_by_bdat_at_every_split() {
    for (content, expected) in HARD {
        for first in 0..=content.len() {
            for second in first..=content.len() {
                let mut scanner = DotScanner::without_dots(StrayLineEnds::Repair);
                let mut sent = Vec::new();
                for part in [&content[..first], &content[first..second], &content[second..]] {
                    let keep = |octets: &[u8]| {
                        sent.extend_from_slice(octets);
                        Ok::<_, StrayLineEnd>(())
                    };
                    scanner.scan(part, keep).unwrap();
                }
                sent.extend_from_slice(scanner.finish().unwrap());
                assert_eq!(sent, expected, "{content:?} cut at {first}, {second}");
                let added = u64::try_from(expected.len() - content.len()).unwrap();
                assert_eq!(scanner.added(), added, "{content:?}");
            }
        }
    }
}

#[test]
fn a_strict_policy_refuses_stray_line_ends_before_a_word_is_said() {
    let (mut stack, transcript, _) = client(Script::parse(&opening(&BOTH)).unwrap());
    stack.set("stray_line_ends", "refuse").unwrap();
    stack.connect().unwrap();
    let error = send(&mut stack, &raw("A: b\r\n\r\nc\nd", &["bob@y.example"])).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Content);
    assert!(error.sentence().contains('9'), "{error:?}");
    assert!(stack.is_connected());
    transcript.finished().unwrap();
}

#[test]
fn a_crowd_went_all_at_once_and_more_was_unanswered_than_any_buffer_holds() {
    let crowd = (0..200).map(|number| format!("bob{number}@y.example")).collect::<Vec<_>>();
    let mut script =
        Script::parse(&opening(&BOTH)).unwrap().expect("MAIL FROM:<ann@x.example>\r\n");
    // Replies are read when more than 4 KiB are without one, and before any content.
    let each = |one: &String| format!("RCPT TO:<{one}>\r\n");
    let mut octets = "MAIL FROM:<ann@x.example>\r\n".len();
    let mut replies = 1;
    for one in &crowd {
        if octets > 4096 {
            script = script.reply("250 ok\r\n".repeat(replies));
            (octets, replies) = (0, 0);
        }
        script = script.expect(each(one));
        octets += each(one).len();
        replies += 1;
    }
    script = script.reply("250 ok\r\n".repeat(replies));
    script = script.expect("BDAT 18 LAST\r\n").expect(common::HI).reply("250 taken\r\n");
    let (mut stack, transcript, _) = client(script);
    stack.connect().unwrap();
    let crowd = crowd.iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(send(&mut stack, &hi(&crowd)).unwrap().accepted.len(), 200);
    transcript.finished().unwrap();
}
