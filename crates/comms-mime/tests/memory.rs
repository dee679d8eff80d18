//! How much memory writing takes above the sources, and that the work grows as the content does.
#![cfg(test)]

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};

use allocation_counter::{AllocationInfo, measure};
use comms_mime::{Attachment, Body, Message, MessageBuilder, Output, Transfer};

#[test]
fn the_most_memory_is_the_same_for_an_attachment_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    for size in [1 << 10, 10_000_000, 256_000_000] {
        let path = folder.path().join("file.bin");
        File::create(&path).unwrap().set_len(size).unwrap();
        let made = Body::generator(move || Ok(io::repeat(b'x').take(size)));
        let made = Attachment::new("file.bin", made);
        for attachment in [Attachment::file(&path).unwrap(), made] {
            let message = builder().attach(attachment).build().unwrap();
            let (counted, written) = write(&message, Transfer::SevenBit);
            assert!(written.octets > size, "{size} octets");
            assert!(counted.bytes_max < MOST, "{size} octets: {counted:?}");
        }
        let message = builder().attach(Attachment::file(&path).unwrap()).build().unwrap();
        let (counted, _) = write(&message, Transfer::Binary);
        assert!(counted.bytes_max < MOST, "{size} octets as they are: {counted:?}");
    }
}

#[test]
fn the_most_memory_is_the_same_for_a_text_of_any_size_in_any_encoding() {
    let texts = ["plain\n", "Größere Mengen\n", "日本語のテキスト\n", ".\n", "x"];
    for text in texts {
        for times in [1, 1 << 20] {
            let message = builder().text(text.repeat(times)).build().unwrap();
            for transfer in [Transfer::SevenBit, Transfer::EightBit] {
                let (counted, _) = write(&message, transfer);
                assert!(counted.bytes_max < MOST, "{text:?} {times} times: {counted:?}");
                let measured = measure(|| assert!(message.encoded_len(transfer).is_some()));
                assert!(measured.bytes_max < MOST, "{text:?} {times} times: {measured:?}");
            }
        }
    }
}

#[test]
fn a_text_of_eight_times_the_size_takes_eight_times_the_work() {
    let texts = ["A line with its end as on Unix.\n", "Grüße.\r\n", "one paragraph of many words "];
    for text in texts {
        let [small, large] = [1, 8].map(|mebibytes| {
            let text = text.repeat((mebibytes << 20) / text.len());
            let mut written = Counted::default();
            let counted = measure(|| {
                let message = builder().text(text).build().unwrap();
                message.write(&mut written, Transfer::SevenBit).unwrap();
            });
            (counted, written)
        });
        assert!(large.0.bytes_total < 9 * small.0.bytes_total, "{text:?}: {small:?} {large:?}");
        assert!(large.0.count_total < 9 * small.0.count_total, "{text:?}: {small:?} {large:?}");
        assert!(large.1.calls < 9 * small.1.calls, "{text:?}: {small:?} {large:?}");
    }
}

/// An output that keeps nothing.
#[derive(Debug, Default)]
struct Counted {
    octets: u64,
    calls: u64,
}

impl Output for Counted {
    type Error = Infallible;

    fn write(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        self.octets += octets.len() as u64;
        self.calls += 1;
        Ok(())
    }
}

fn builder() -> MessageBuilder {
    Message::builder().from("ann@x.example".parse().unwrap())
}

fn write(message: &Message, transfer: Transfer) -> (AllocationInfo, Counted) {
    let mut written = Counted::default();
    let counted = measure(|| message.write(&mut written, transfer).unwrap());
    (counted, written)
}

/// Far more than two blocks, and far less than the content.
const MOST: u64 = 256 << 10;
