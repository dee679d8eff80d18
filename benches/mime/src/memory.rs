//! The most memory that writing takes, above the sources.

use std::fs::File;
use std::io::{self, Read};

use allocation_counter::measure;
use comms_mime::{Attachment, Message, Transfer};

use crate::Failure;
use crate::round::{Null, target};

pub(crate) fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    println!("\nmost memory while a message is written\n{:<34} {:>9}", "", "KiB");
    let mut most = 0;
    for (size, name) in [(1 << 10, "1 KiB"), (10_000_000, "10 MB"), (256_000_000, "256 MB")] {
        let path = folder.path().join("file.bin");
        File::create(&path)?.set_len(size)?;
        let reader = io::repeat(b'x').take(size);
        let sources = [
            ("file", Attachment::file(&path)?),
            ("reader", Attachment::reader("file.bin", reader)),
        ];
        for (source, attachment) in sources {
            let message = Message::builder().from("ann@x.example".parse()?).attach(attachment);
            let peak = peak(&message.build()?)?;
            println!("{:<34} {:>9.1}", format!("attachment of {name}, {source}"), kib(peak));
            most = most.max(peak);
        }
    }
    let text = "Größere Mengen\r\n".repeat(1 << 19);
    let message = Message::builder().from("ann@x.example".parse()?).text(text).build()?;
    let text = peak(&message)?;
    println!("{:<34} {:>9.1}", "quoted-printable of 9 MB", kib(text));
    most = most.max(text);
    target("under 256 KiB", most < 256 << 10, &format!("{:.1} KiB", kib(most)));
    Ok(())
}

fn peak(message: &Message) -> Result<u64, Failure> {
    let mut outcome = Ok(());
    let counted = measure(|| outcome = message.write(&mut Null, Transfer::SevenBit));
    outcome?;
    Ok(counted.bytes_max)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn kib(octets: u64) -> f64 {
    octets as f64 / 1024.0
}
