//! A small text mail, built and written.

use allocation_counter::measure;
use comms_mime::{Mailbox, Message, Transfer};

use crate::Failure;
use crate::round::{Entrant, Null, rounds, target, timed};

pub(crate) fn run() -> Result<(), Failure> {
    let (from, to) = ("Ann <ann@x.example>".parse()?, "Bob <bob@y.example>".parse()?);
    let mut entrants = [
        Entrant::new("comms", || timed(|| (0..COUNT).try_for_each(|_| comms(&from, &to)))),
        Entrant::new("comms, addresses parsed", || {
            timed(|| {
                (0..COUNT).try_for_each(|_| {
                    comms(&"Ann <ann@x.example>".parse()?, &"Bob <bob@y.example>".parse()?)
                })
            })
        }),
        Entrant::new("mail-builder", || timed(|| (0..COUNT).try_for_each(|_| mail_builder()))),
        Entrant::new("lettre", || timed(|| (0..COUNT).try_for_each(|_| lettre().map(drop)))),
    ];
    rounds(ROUNDS, &mut entrants)?;
    let [ours, parsed, builder, lettre_times] = &entrants;

    let mut outcome = Ok(());
    let mut count = |job: &dyn Fn() -> Result<(), Failure>| {
        let counted = measure(|| outcome = job());
        counted.count_total
    };
    let allocations = [
        count(&|| comms(&from, &to)),
        count(&|| comms(&"Ann <ann@x.example>".parse()?, &"Bob <bob@y.example>".parse()?)),
        count(&mail_builder),
        count(&|| lettre().map(drop)),
    ];
    outcome?;

    println!("\nsmall text mail, built and written\n{:<34} {:>9} {:>12}", "", "us", "allocations");
    let names = ["comms", "comms, addresses parsed", "mail-builder", "lettre"];
    let times = [ours, parsed, builder, lettre_times].map(Entrant::median);
    for ((name, time), count) in names.iter().zip(times).zip(allocations) {
        println!("{name:<34} {:>9.2} {count:>12}", time * 1e6 / f64::from(COUNT));
    }
    let ratio = ours.ratio(builder);
    target("at most mail-builder's time", ratio <= 1.0, &format!("{ratio:.2}"));
    let [own, _, theirs, _] = allocations;
    target("at most 4 allocations more", own <= theirs + 4, &format!("{own} and {theirs}"));
    Ok(())
}

fn comms(from: &Mailbox, to: &Mailbox) -> Result<(), Failure> {
    let message = Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject("The figures of the spring")
        .text(TEXT)
        .build()?;
    Ok(message.write(&mut Null, Transfer::SevenBit)?)
}

fn mail_builder() -> Result<(), Failure> {
    let message = mail_builder::MessageBuilder::new()
        .from(("Ann", "ann@x.example"))
        .to(("Bob", "bob@y.example"))
        .subject("The figures of the spring")
        .text_body(TEXT);
    Ok(message.write_to(Null)?)
}

fn lettre() -> Result<Vec<u8>, Failure> {
    let message = lettre::Message::builder()
        .from("Ann <ann@x.example>".parse()?)
        .to("Bob <bob@y.example>".parse()?)
        .subject("The figures of the spring")
        .body(TEXT.to_owned())?;
    Ok(message.formatted())
}

const TEXT: &str = "Dear Bob,\r\n\r\nthe figures are ready, and better than we thought.\r\n\
     I shall bring them along tomorrow.\r\n\r\nYours,\r\nAnn\r\n";

const COUNT: u32 = 20_000;

const ROUNDS: usize = 15;
