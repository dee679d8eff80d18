//! BDAT, as the embedded server takes it (RFC 3030).

#![cfg(test)]

mod common;
mod serving;

use std::fs;

use comms_core::{CommsStack, ErrorClass};
use comms_smtp::{Maildir, ServerStack, SmtpServer};
use comms_testkit::{Cut, Delivery, Script};
use comms_util::Util;
use proptest::prelude::{any, prop, proptest};

use crate::serving::{BYE, MAIL, RCPT, greeted, hello, play, serve, server};

/// Octets in which every kind of line end, dot and zero stands.
const HARD: &[u8] =
    b"A: b\r\n\r\n.\r\n..\r\n\0\r\x00\n\n.\n\r\r\n.\r\nBDAT 5 LAST\r\nQUIT\r\n\xff\xfe.";

/// `octets` as chunks of these sizes, the rest in the last; an empty last one if nothing is left.
fn chunked(octets: &[u8], sizes: &[usize]) -> Vec<u8> {
    let (mut wire, mut rest) = (Vec::new(), octets);
    for size in sizes {
        let (chunk, behind) = rest.split_at((*size).min(rest.len()));
        wire.extend_from_slice(format!("BDAT {}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        rest = behind;
    }
    wire.extend_from_slice(format!("BDAT {} LAST\r\n", rest.len()).as_bytes());
    wire.extend_from_slice(rest);
    wire
}

/// A client that says everything at once and then goes; what it hears is of no interest.
fn client(body: &str, wire: &[u8], replies: usize) -> Script {
    let mail = format!("HELO a\r\nMAIL FROM:<ann@x.example>{body}\r\nRCPT TO:<bob@y.example>\r\n");
    let script = Script::new().expect_any_line().send(mail).send(wire).send("QUIT\r\n");
    let script = (0..3 + replies).fold(script, |script, _| script.expect_like("250 *"));
    script.expect_like("221 *")
}

/// The contents that are stored of `octets` in chunks of these sizes.
fn stored(octets: &[u8], sizes: &[usize], delivery: Delivery) -> Vec<Vec<u8>> {
    let wire = chunked(octets, sizes);
    let script = client(" BODY=BINARYMIME", &wire, sizes.len() + 1).delivery(delivery);
    let (outcome, messages) = serve(script);
    assert_eq!(outcome.unwrap(), 1);
    messages.into_iter().map(|message| message.content).collect()
}

#[test]
fn chunks_are_kept_to_the_octet_and_each_is_answered() {
    let chunks = r"S: BDAT 6
S=: A: b\r\n
C: 250 2.0.0 6 octets, go on
S: BDAT 0
C: 250 2.0.0 0 octets, go on
S: bdat 7 last
S=: .\r\n\r\x00\n.
";
    let body = "S: MAIL FROM:<ann@x.example> BODY=BINARYMIME\nC: 250 2.1.0 go on\n";
    let script = [&hello(), body, RCPT, chunks, "C~: 250 2.0.0 Ok: queued as *\n", BYE].concat();
    let (outcome, messages) = serve(Script::parse(&script).unwrap());
    assert_eq!(outcome.unwrap(), 1);
    assert_eq!(messages[0].content.escape_ascii().to_string(), r"A: b\r\n.\r\n\r\x00\n.");
}

#[test]
fn an_empty_message_is_one_too() {
    assert_eq!(stored(b"", &[], Delivery::Whole), [b""]);
    assert_eq!(stored(b"", &[0, 0], Delivery::PerOctet), [b""]);
}

#[test]
fn a_chunk_cut_at_any_octet_is_whole_and_so_is_what_stands_behind_it() {
    for at in 0..=HARD.len() {
        for delivery in [Delivery::Whole, Delivery::PerOctet, Delivery::Seeded(at as u64)] {
            assert_eq!(stored(HARD, &[at], delivery), [HARD], "{at} {delivery}");
        }
    }
}

#[test]
fn a_chunk_larger_than_every_buffer_is_whole() {
    let octets = (0..300_000_u32).map(|n| (n % 251) as u8).collect::<Vec<_>>();
    for sizes in [&[][..], &[65_536], &[65_535, 65_537, 1, 8192, 8191], &[299_999]] {
        for delivery in [Delivery::Whole, Delivery::Seeded(7)] {
            assert!(stored(&octets, sizes, delivery) == [&octets[..]], "{sizes:?} {delivery}");
        }
    }
}

proptest! {
    #[test]
    fn any_sequence_of_chunks_gives_the_octets_that_it_is_made_of(
        octets in prop::collection::vec(any::<u8>(), 0..2000),
        sizes in prop::collection::vec(0..400_usize, 0..12),
        seed: u64,
    ) {
        assert_eq!(stored(&octets, &sizes, Delivery::Seeded(seed)), [octets]);
    }
}

#[test]
fn a_client_that_goes_before_the_last_octet_leaves_nothing_at_any_octet() {
    let wire = [
        b"HELO a\r\nMAIL FROM:<ann@x.example>\r\nRCPT TO:<bob@y.example>\r\n".to_vec(),
        chunked(b"A: b\r\n\r\n.\r\n..\r\n", &[3, 0, 5]),
    ];
    let said = wire.concat();
    let script = Script::new().expect_any_line().send(&said);
    let script = (0..7).fold(script, |script, _| script.expect_any_line());
    for cut in [Cut::Close, Cut::Reset, Cut::Stall] {
        for n in 0..said.len() {
            let (_, messages) = serve(script.clone().cut_at(n, cut));
            assert!(messages.is_empty(), "{cut:?} at {n}");
        }
    }
    let (outcome, messages) = serve(script);
    assert_eq!((outcome.unwrap(), messages.len()), (1, 1));
}

#[test]
fn the_octets_of_a_refused_chunk_are_no_commands() {
    let hello = hello();
    let dialogue = [
        "C: 220 mail.example ESMTP comms\n\
         S: BDAT 6\nS: QUIT\nC: 503 5.5.1 MAIL first\n",
        hello.split_once('\n').unwrap().1,
        "S: BDAT 6 LAST\nS: QUIT\nC: 503 5.5.1 MAIL first\n",
        MAIL,
        "S: BDAT 6\nS: QUIT\nS: BDAT 6 LAST\nS: RSET\n\
         C: 554 5.5.1 no recipients\nC: 554 5.5.1 no recipients\n\
         S: MAIL FROM:<ann@x.example>\nC: 503 5.5.1 a message is under way\n",
        RCPT,
        BYE,
    ];
    assert!(play(&dialogue.concat(), &[]).is_empty());
}

#[test]
fn content_comes_in_one_way_and_after_the_recipients() {
    let dialogue = [
        &hello(),
        MAIL,
        RCPT,
        "S: BDAT 2\nS=: ab\nC: 250 2.0.0 2 octets, go on\n\
         S: DATA\nC: 503 5.5.1 the content comes in chunks\n\
         S: RCPT TO:<carol@y.example>\nC: 503 5.5.1 the content has begun\n\
         S: MAIL FROM:<eve@x.example>\nC: 503 5.5.1 a message is under way\n\
         S: RSET\nC: 250 2.0.0 forgotten\n\
         S: BDAT 0 LAST\nC: 503 5.5.1 MAIL first\n\
         S: MAIL FROM:<ann@x.example> BODY=BINARYMIME\nC: 250 2.1.0 go on\n",
        RCPT,
        "S: DATA\nC: 503 5.5.1 BINARYMIME takes BDAT\n",
        BYE,
    ];
    assert!(play(&dialogue.concat(), &[]).is_empty());
}

#[test]
fn the_size_counts_over_all_chunks_and_is_refused_once() {
    let dialogue = [
        &greeted(10, 1000),
        MAIL,
        RCPT,
        "S: BDAT 10\nS=: 0123456789\nC: 250 2.0.0 10 octets, go on\n\
         S: BDAT 3\nS: a\nS: BDAT 4\nS: bc\nS: BDAT 6 LAST\nS: QUIT\n\
         C: 552 5.3.4 the message is too large\n\
         C: 503 5.5.1 the message has failed already\n\
         C: 503 5.5.1 the message has failed already\n",
        MAIL,
        RCPT,
        "S: BDAT 11 LAST\nS=: 0123456789a\nC: 552 5.3.4 the message is too large\n",
        MAIL,
        BYE,
    ];
    assert!(play(&dialogue.concat(), &[("size_limit", "10")]).is_empty());
}

#[test]
fn chunks_behind_a_refusal_are_no_mistakes_however_many_they_are() {
    let refused = "S: MAIL FROM:<ann@x.example> SIZE=11\nC: 552 5.3.4 the message is too large\n";
    let recipient = "S: RCPT TO:<bob@y.example>\nC: 503 5.5.1 MAIL was refused\n".repeat(30);
    let data = "S: DATA\nC: 503 5.5.1 MAIL was refused\n";
    let chunk = "S: BDAT 4\nS: ab\nC: 503 5.5.1 MAIL was refused\n".repeat(30);
    let nobody = "S: BDAT 4\nS: ab\nC: 554 5.5.1 no recipients\n".repeat(30);
    let dialogue =
        [&greeted(10, 1000), refused, &recipient, data, &chunk, MAIL, &nobody, RCPT, BYE];
    assert!(play(&dialogue.concat(), &[("size_limit", "10")]).is_empty());
}

#[test]
fn after_a_size_that_cannot_be_read_nothing_is_believed() {
    for wrong in ["", " LAST", " -1", " 1 2", " 18446744073709551616", " 1e3", " 5\\x00", "5"] {
        let rest = "C: 501 5.5.4 BDAT takes a number of octets, closing\n";
        let dialogue = [&hello(), MAIL, RCPT, &format!("S: BDAT{wrong}\n"), rest];
        assert!(play(&dialogue.concat(), &[]).is_empty(), "{wrong}");
    }
}

#[test]
fn an_absurd_size_is_read_for_as_long_as_the_client_likes_in_bounded_memory() {
    for (limit, kept) in [("1000", 1000), ("", 0)] {
        let huge = format!("BDAT {} LAST\r\n", u64::MAX);
        let script = client("", &[huge.as_bytes(), &vec![b'x'; 500_000]].concat(), 1);
        let (mut stack, _, store) = server(script);
        if kept > 0 {
            stack.set("size_limit", limit).unwrap();
        }
        stack.connect().unwrap();
        let _ = stack.serve();
        assert!(store.messages().is_empty());
        assert!(stack.modules().map(comms_core::CommsModule::pending).sum::<usize>() < 64 * 1024);
    }
}

#[test]
fn a_client_that_is_silent_in_a_chunk_is_told_and_let_go() {
    let chunk = "S: BDAT 10\nS=: half\nstall\n";
    let script = Script::parse(&[&hello(), MAIL, RCPT, chunk].concat()).unwrap();
    let (mut stack, transcript, store) = server(script);
    stack.connect().unwrap();
    let error = stack.serve().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert!(error.to_string().contains("the next part of the content"), "{error}");
    assert!(transcript.text().ends_with("C: 421 4.4.2 nothing came for too long, closing\n"));
    assert!(store.messages().is_empty());
}

#[test]
fn without_chunking_a_chunk_is_refused_and_still_read() {
    let offer = hello().replace("C: 250-CHUNKING\nC: 250-BINARYMIME\n", "");
    let refused = "S: BDAT 6 LAST\nS: QUIT\nC: 502 5.5.1 CHUNKING is not offered here\n";
    assert!(
        play(&[&offer, MAIL, RCPT, refused, BYE].concat(), &[("without", "CHUNKING")]).is_empty()
    );
}

#[test]
fn a_maildir_has_binary_content_as_it_came_and_lines_with_their_own_ends() {
    let head = "Return-Path: <ann@x.example>\nDelivered-To: bob@y.example\n";
    for (body, wanted) in [("", "a\nb\r\nc"), (" BODY=BINARYMIME", "a\r\nb\r\r\nc")] {
        let folder = tempfile::tempdir().unwrap();
        let server = SmtpServer::new(Maildir::create(folder.path()).unwrap());
        let script = client(body, &chunked(b"a\r\nb\r\r\nc", &[2, 4]), 3);
        let builder = CommsStack::builder().layer(server).layer(Util::new()).layer(script);
        let mut stack = builder.build().unwrap();
        stack.connect().unwrap();
        stack.serve().unwrap();
        let mut files = fs::read_dir(folder.path().join("new")).unwrap();
        let found = fs::read_to_string(files.next().unwrap().unwrap().path()).unwrap();
        assert_eq!(found, format!("{head}{wanted}"), "{body}");
    }
}
