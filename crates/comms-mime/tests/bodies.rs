//! The contract of bodies that are not in memory: files, readers, generators.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use comms_mime::{
    Attachment, Body, HeaderError, Length, Part, PartError, SourceError, Transfer, WriteError,
};
use mail_parser::MessageParser;
use proptest::prelude::*;

use crate::support::{begun, text_of, written};

const TRANSFERS: [Transfer; 3] = [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary];

fn plain(body: impl Into<Body>) -> Result<Part, PartError> {
    Part::of("text/plain".parse().unwrap(), body)
}

fn generated(text: &str) -> Body {
    let octets: Arc<[u8]> = text.as_bytes().into();
    Body::generator(move || Ok(Cursor::new(Arc::clone(&octets))))
}

#[test]
fn a_text_from_anywhere_is_written_as_one_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    let long = "a long line of text, ".repeat(60);
    let many = "Zeile für Zeile,\r.\n".repeat(10_000);
    let texts = ["", "a", "a\n", ".\r.\n..\r\n", "é\n", "日本", &long, &many, "NUL\0\n", "a \n"];
    for text in texts {
        std::fs::write(&path, text).unwrap();
        let kept = begun().message_id("1@x.example").date(jiff::Timestamp::UNIX_EPOCH);
        for body in [Body::file(&path).unwrap(), generated(text)] {
            let other = kept.clone().body(plain(body).unwrap()).build().unwrap();
            let kept = kept.clone().text(text).build().unwrap();
            for to in TRANSFERS {
                assert!(written(&other, to) == written(&kept, to), "{text:.20?} {to:?}");
            }
        }
    }
}

#[test]
fn a_text_out_of_a_reader_is_quoted_printable() {
    for text in ["", "plain\nlines", "é.\n.\r\n", "日本\0"] {
        let body = Body::reader(Cursor::new(text.to_owned()));
        let message = begun().body(plain(body).unwrap()).build().unwrap();
        assert!(message.is_read_once());
        assert_eq!(message.encoded_len(Transfer::EightBit), None);
        let mut out = Vec::new();
        message.write(&mut out, Transfer::EightBit).unwrap();
        let parsed = MessageParser::new().parse(&out).unwrap();
        let read = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        assert_eq!(read.trim_end_matches('\n'), text.replace("\r\n", "\n").trim_end_matches('\n'));
        let spent = message.write(&mut Length::default(), Transfer::EightBit).unwrap_err();
        assert!(matches!(spent, WriteError::SourceSpent { .. }));
    }
}

#[test]
fn a_text_that_is_not_utf_8_is_no_text() {
    for octets in [&[0xe9_u8, b'\n'][..], &[b'a', 0xc3], &[0xed, 0xa0, 0x80], &[0xff]] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, octets).unwrap();
        for body in [Body::bytes(octets), Body::file(&path).unwrap()] {
            let error = plain(body).unwrap_err();
            assert!(matches!(error, PartError::Source(SourceError::NotUtf8 { .. })), "{error:?}");
        }
        let body = Body::reader(Cursor::new(octets.to_owned()));
        let message = begun().body(plain(body).unwrap()).build().unwrap();
        let error = message.write(&mut Vec::new(), Transfer::SevenBit).unwrap_err();
        assert!(matches!(error, WriteError::NotUtf8 { .. }));
        // In a charset of its own it arrives as it was.
        let latin = "text/plain; charset=iso-8859-1".parse().unwrap();
        let message = begun().body(Part::of(latin, octets).unwrap()).build().unwrap();
        let text = text_of(&message, Transfer::SevenBit);
        assert!(text.contains("Content-Transfer-Encoding: base64\r\n"));
        assert!(text.contains("text/plain; charset=\"iso-8859-1\"\r\n"));
    }
}

#[test]
fn a_part_is_of_any_type_but_a_composite_one() {
    let part = Part::of("application/json".parse().unwrap(), "{}\n").unwrap();
    let message = begun().body(part).build().unwrap();
    let text = text_of(&message, Transfer::SevenBit);
    assert!(text.contains("Content-Type: application/json\r\n") && text.ends_with("e30K\r\n"));
    for composite in ["multipart/mixed", "message/rfc822"] {
        let error = Part::of(composite.parse().unwrap(), "").unwrap_err();
        assert!(matches!(error, PartError::Header(HeaderError::Composite { .. })));
    }
}

#[test]
fn octets_that_are_the_whole_message_go_as_they_are_in_binary() {
    for octets in [&b""[..], b"\n\0\r", b"x\r\n", &[0xff; 3]] {
        let part = Part::attachment(Attachment::bytes("a.bin", octets));
        let message = begun().body(part).build().unwrap();
        let mut out = Vec::new();
        message.write(&mut out, Transfer::Binary).unwrap();
        assert_eq!(message.encoded_len(Transfer::Binary), Some(out.len() as u64));
        let head = b"Content-Transfer-Encoding: binary\r\n\r\n";
        assert!(out.ends_with(&[head, octets].concat()));
    }
}

#[test]
fn a_promised_length_is_told_and_must_be_kept() {
    let octets = vec![7; 100_000];
    for (promised, kept) in [(100_000, true), (99_999, false), (100_001, false), (0, false)] {
        let again = octets.clone();
        let generator = Body::generator(move || Ok(Cursor::new(again.clone())));
        let reader = Body::reader(Cursor::new(octets.clone()));
        for body in [generator, reader].map(|body| body.with_length(promised)) {
            assert_eq!(body.length(), Some(promised));
            let message = begun().attach(Attachment::new("a.bin", body)).build().unwrap();
            let length = message.encoded_len(Transfer::SevenBit).unwrap();
            let mut out = Length::default();
            match message.write(&mut out, Transfer::SevenBit) {
                Ok(()) => assert!(kept && out.octets() == length),
                Err(error) => {
                    assert!(!kept, "{promised}");
                    assert!(matches!(error, WriteError::SourceChanged { .. }), "{promised}");
                    assert!(out.octets() <= length, "more was written than promised");
                }
            }
        }
        let text = generated(&"x\n".repeat(50_000)).with_length(promised);
        let error = plain(text).err();
        let broken = matches!(error, Some(PartError::Source(SourceError::Length { promised: told, .. })) if told == promised);
        assert_eq!(broken, !kept);
    }
    let kept = Body::bytes("abc").with_length(7);
    assert_eq!(kept.length(), Some(3));
}

#[test]
fn a_text_that_changes_between_its_two_readings_is_an_error() {
    let texts = ["abc\n", "ab\u{e9}", "abcd", "a\ncd"];
    for then in texts.iter().skip(1) {
        let calls = AtomicU64::new(0);
        let (first, then) = (texts[0].to_owned(), (*then).to_owned());
        let body = Body::generator(move || {
            let first_call = calls.fetch_add(1, Ordering::Relaxed) == 0;
            Ok(Cursor::new(if first_call { first.clone() } else { then.clone() }))
        });
        let message = begun().body(plain(body).unwrap()).build().unwrap();
        let error = message.write(&mut Length::default(), Transfer::EightBit).unwrap_err();
        assert!(matches!(error, WriteError::TextChanged { .. }), "{error:?}");
    }
}

/// Gives octets in pieces, and fails at the `n`th read.
struct Failing {
    left: usize,
    reads: u64,
}

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reads = self.reads.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        let octets = self.left.min(into.len()).min(10_000);
        into.iter_mut().take(octets).for_each(|octet| *octet = b'x');
        self.left -= octets;
        Ok(octets)
    }
}

/// Runs with a source that fails at its first read, its second, ... until it does no more; tells
/// how often it failed.
fn swept<E>(mut run: impl FnMut(u64) -> Result<(), E>, mut failed: impl FnMut(E)) -> u64 {
    let ends_well = |reads: &u64| run(*reads).map_err(&mut failed).is_ok();
    (0..30).find(ends_well).unwrap()
}

#[test]
fn a_source_that_fails_at_any_read_is_named() {
    let failing = |reads| Failing { left: 100_000, reads };
    let write = |body: Body| {
        let message = begun().attach(Attachment::new("a", body)).build().unwrap();
        message.write(&mut Length::default(), Transfer::SevenBit)
    };
    let broken = |error, who| match error {
        WriteError::Source { name, source } => {
            assert_eq!((name.as_str(), source.kind()), (who, io::ErrorKind::BrokenPipe));
        }
        other => panic!("{other:?}"),
    };
    let opened = |reads| Body::generator(move || Ok(failing(reads)));
    assert!(swept(|n| write(opened(n)), |error| broken(error, "the generator")) > 10);
    let reader = |n| write(Body::reader(failing(n)));
    assert!(swept(reader, |error| broken(error, "the reader")) > 10);
    let unopened = Body::generator(|| Err::<Failing, _>(io::ErrorKind::BrokenPipe.into()));
    broken(write(unopened).unwrap_err(), "the generator");
    let text = |n| plain(opened(n)).map(drop);
    let failures = swept(text, |error| {
        let PartError::Source(SourceError::Unreadable { name, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!(name, "the generator");
    });
    assert!(failures > 10);
}

#[test]
fn a_description_and_languages_stand_in_the_head_of_a_part() {
    let part = Part::text("Hallo").description("Grüße\r\nBcc: x").language(&["de", "en-GB"]);
    let text = text_of(&begun().body(part.unwrap()).build().unwrap(), Transfer::SevenBit);
    let fields = "Content-Language: de, en-GB\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHallo\r\n";
    assert!(text.ends_with(fields), "{text}");
    let parsed = MessageParser::new().parse(text.as_bytes()).unwrap();
    let said = parsed.header_raw("Content-Description").unwrap();
    assert!(said.trim().starts_with("=?utf-8?") && !text.contains("\r\nBcc"));
    assert!(Part::text("").language(&["de\r\nBcc: x"]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_text_is_that_in_memory_whatever_is_in_it(
        text in "([a-z]{0,20}|x{60,80}|\r|\n|\r\n|é|日|\0| |\\.|=|y{900,1100}){0,30}",
    ) {
        let kept = begun().message_id("1@x.example").date(jiff::Timestamp::UNIX_EPOCH);
        let other = kept.clone().body(plain(generated(&text)).unwrap()).build().unwrap();
        let kept = kept.text(text).build().unwrap();
        for to in TRANSFERS {
            prop_assert_eq!(written(&other, to), written(&kept, to));
        }
    }
}
