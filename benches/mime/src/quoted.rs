//! A text with letters beyond ASCII, which a path of seven bits takes as quoted-printable.

use comms_mime::{Message, Transfer};

use crate::Failure;
use crate::round::{Entrant, Null, rounds, table, target, timed};

pub(crate) fn run() -> Result<(), Failure> {
    let text = TEXT.repeat(SIZE / TEXT.len());
    let message = Message::builder().from("ann@x.example".parse()?).text(&text).build()?;
    let mut written = Vec::new();
    message.write(&mut written, Transfer::SevenBit)?;
    let mut entrants = [
        Entrant::new("comms, built and written", || {
            // Like lettre, it takes the text itself; the copy is not counted.
            let text = text.clone();
            timed(|| {
                let builder = Message::builder().from("ann@x.example".parse()?).text(text);
                Ok(builder.build()?.write(&mut Null, Transfer::SevenBit)?)
            })
        }),
        Entrant::new("comms, written", || {
            timed(|| Ok(message.write(&mut Null, Transfer::SevenBit)?))
        }),
        Entrant::new("mail-builder", || {
            timed(|| {
                let message =
                    mail_builder::MessageBuilder::new().from("ann@x.example").text_body(&text);
                Ok(message.write_to(Null)?)
            })
        }),
        Entrant::new("lettre", || {
            let text = text.clone();
            timed(|| {
                let from = "ann@x.example".parse()?;
                let message = lettre::Message::builder()
                    .from(from)
                    .to("bob@y.example".parse()?)
                    .body(text)?;
                Ok(message.formatted())
            })
        }),
    ];
    rounds(ROUNDS, &mut entrants)?;
    table("text of 1 MiB to quoted-printable", text.len(), &entrants, LETTRE);
    let [ours, _, _, theirs] = &entrants;
    let ratio = theirs.ratio(ours);
    target("at least 3 times lettre's rate", ratio >= 3.0, &format!("{ratio:.1}"));
    Ok(())
}

const TEXT: &str = "Größere Mengen kündigt man besser früh an: 100 % = alles.\r\n\
     The next line has nothing that would have to be encoded at all.\r\n";

const SIZE: usize = 1 << 20;

const ROUNDS: usize = 15;

const LETTRE: usize = 3;
