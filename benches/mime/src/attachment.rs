//! A message with an attachment of 10 MB, to an output that does nothing.

use std::fs::{self, File};
use std::io::Read;

use comms_mime::{Attachment, Message, MessageBuilder, Transfer};
use lettre::message::{Attachment as TheirAttachment, MultiPart, SinglePart, header::ContentType};

use crate::Failure;
use crate::round::{Entrant, Null, rounds, table, target, timed};

pub(crate) fn run() -> Result<(), Failure> {
    let octets = octets();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("figures.bin");
    fs::write(&path, &octets)?;
    let attached = Attachment::bytes("figures.bin", octets.clone());
    let from_file = Attachment::file(&path)?;
    let mut copy = vec![0; BLOCK];
    let mut block = vec![0; BLOCK];

    let mut entrants = [
        Entrant::new("memcpy", || {
            timed(|| {
                for part in octets.chunks(BLOCK) {
                    let room = copy.get_mut(..part.len()).ok_or("no room")?;
                    std::hint::black_box(room).copy_from_slice(part);
                }
                Ok(())
            })
        }),
        Entrant::new("comms, from memory", || timed(|| write(&attached))),
        Entrant::new("mail-builder, from memory", || {
            timed(|| {
                let message = mail_builder::MessageBuilder::new()
                    .from(("Ann", "ann@x.example"))
                    .to(("Bob", "bob@y.example"))
                    .subject("The figures")
                    .text_body("Here they are.\r\n")
                    .attachment("application/octet-stream", "figures.bin", octets.as_slice());
                Ok(message.write_to(Null)?)
            })
        }),
        Entrant::new("lettre, from memory", || {
            // It takes the octets themselves; the copy is not counted.
            let octets = octets.clone();
            timed(|| lettre(octets))
        }),
        Entrant::new("reading the file once", || {
            timed(|| {
                let mut file = File::open(&path)?;
                while file.read(&mut block)? > 0 {}
                Ok(())
            })
        }),
        Entrant::new("comms, from the file", || timed(|| write(&from_file))),
    ];
    rounds(ROUNDS, &mut entrants)?;
    table("attachment of 10 MB to a null sink", SIZE, &entrants, MAIL_BUILDER);

    let [_, memory, builder, _, reading, file] = &entrants;
    let ratio = builder.ratio(memory);
    target("at least 0.9 of mail-builder's rate", ratio >= 0.9, &format!("{ratio:.2}"));
    let (sum, file) = (memory.median() + reading.median(), file.median());
    target(
        "from a file no more than reading it once and from memory",
        file <= sum,
        &format!("{:.2} of {:.2} ms", file * 1e3, sum * 1e3),
    );
    Ok(())
}

fn builder() -> Result<MessageBuilder, Failure> {
    Ok(Message::builder()
        .from("Ann <ann@x.example>".parse()?)
        .to("Bob <bob@y.example>".parse()?)
        .subject("The figures")
        .text("Here they are.\r\n"))
}

fn write(attachment: &Attachment) -> Result<(), Failure> {
    let message = builder()?.attach(attachment.clone()).build()?;
    Ok(message.write(&mut Null, Transfer::SevenBit)?)
}

fn lettre(octets: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let kind = ContentType::parse("application/octet-stream")?;
    let message = lettre::Message::builder()
        .from("Ann <ann@x.example>".parse()?)
        .to("Bob <bob@y.example>".parse()?)
        .subject("The figures")
        .multipart(
            MultiPart::mixed()
                .singlepart(SinglePart::plain("Here they are.\r\n".to_owned()))
                .singlepart(TheirAttachment::new("figures.bin".to_owned()).body(octets, kind)),
        )?;
    Ok(message.formatted())
}

/// Octets that look drawn.
fn octets() -> Vec<u8> {
    let mut state = 1_u64;
    let draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(draw).take(SIZE).collect()
}

const SIZE: usize = 10_000_000;

const BLOCK: usize = 64 * 1024;

const ROUNDS: usize = 31;

const MAIL_BUILDER: usize = 2;
