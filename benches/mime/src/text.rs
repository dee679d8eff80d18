//! A text whose lines end with LF.

use comms_mime::{Message, Transfer};

use crate::Failure;
use crate::round::{Entrant, Null, rounds, table, target, timed};

pub(crate) fn run() -> Result<(), Failure> {
    let short = LINE.repeat(MIB / LINE.len());
    let long = LINE.repeat(8 * MIB / LINE.len());
    let mut entrants = [
        Entrant::new("comms, 1 MiB", || timed(|| write(&short))),
        Entrant::new("comms", || timed(|| write(&long))),
        Entrant::new("mail-builder", || {
            timed(|| {
                let message =
                    mail_builder::MessageBuilder::new().from("ann@x.example").text_body(&long);
                Ok(message.write_to(Null)?)
            })
        }),
    ];
    rounds(ROUNDS, &mut entrants)?;
    // It moves all that is behind, for each line end: with 8 MiB that takes minutes.
    let mut lettre = [Entrant::new("lettre, 256 KiB", || {
        let text = LINE.repeat(LITTLE / LINE.len());
        timed(|| {
            let message = lettre::Message::builder()
                .from("ann@x.example".parse()?)
                .to("bob@y.example".parse()?)
                .body(text)?;
            Ok(message.formatted())
        })
    })];
    rounds(1, &mut lettre)?;
    let (one, eight) = entrants.split_at(1);
    table("text of 8 MiB with LF line ends", long.len(), eight, 1);
    table("", LITTLE, &lettre, 0);
    let ([one], [eight, ..]) = (one, eight) else { return Ok(()) };
    let time = eight.median();
    target("8 MiB in under 0.1 s", time < 0.1, &format!("{time:.4} s"));
    println!("8 MiB take {:.1} times as long as 1 MiB", eight.ratio(one));
    Ok(())
}

fn write(text: &str) -> Result<(), Failure> {
    let message = Message::builder().from("ann@x.example".parse()?).text(text).build()?;
    Ok(message.write(&mut Null, Transfer::SevenBit)?)
}

const LINE: &str = "A line of a text as people write it, with its end as on Unix.\n";

const LITTLE: usize = 256 << 10;

const MIB: usize = 1 << 20;

const ROUNDS: usize = 9;
