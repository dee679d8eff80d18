//! The connection breaks at every octet of a series, in every way; what is told of each message is
//! held against what the server has.

#![cfg(test)]

mod common;

use std::sync::{Arc, Mutex};

use comms_core::{CommsStack, ErrorClass};
use comms_smtp::{Smtp, SmtpMessage, SmtpStack};
use comms_testkit::ManualClock;
use comms_util::Util;

use crate::common::model::{Break, Model, Record};
use crate::common::raw;

/// Messages of all kinds: taken, refused for all or for some, refused for their content.
fn messages() -> Vec<SmtpMessage> {
    vec![
        raw("Message-ID: <1@x>\r\n\r\none\r\n", &["bob@y.example"]),
        raw("Message-ID: <2@x>\r\n\r\n.\r\ntwo\r\n", &["bob@y.example", "no@y.example"]),
        raw("Message-ID: <3@x>\r\n\r\nthree\r\n", &["no@y.example"]),
        raw("Message-ID: <4@x>\r\n\r\nspam\r\n", &["bob@y.example"]),
        raw("Message-ID: <5@x>\r\n\r\nfive\r\n", &["bob@y.example"]),
        raw("Message-ID: <6@x>\r\n\r\nsix\r\n", &["bob@y.example", "carol@y.example"]),
    ]
}

/// What was told of each message, and what the server has.
struct Told {
    classes: Vec<Option<ErrorClass>>,
    record: Arc<Mutex<Record>>,
}

impl Told {
    fn copies(&self, number: usize) -> usize {
        let id = format!("<{}@x>", number + 1);
        self.record.lock().unwrap().taken.iter().filter(|one| one.contains(&id)).count()
    }
}

fn tell(keywords: &'static str, broken: Break, reconnect: bool) -> Told {
    let (model, record) = Model::new(keywords, broken);
    told_by(model, record, reconnect)
}

fn told_by(model: Model, record: Arc<Mutex<Record>>, reconnect: bool) -> Told {
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(model);
    let mut stack = stack.build().unwrap();
    stack.set_clock(ManualClock::new());
    stack.set("local_mail_domain", "client.example").unwrap();
    stack.set("reconnect", reconnect).unwrap();
    let mut classes = Vec::new();
    if stack.connect().is_ok() {
        let told = stack.smtp().unwrap().send_all(messages()).unwrap();
        classes.extend(told.iter().map(|one| one.as_ref().err().map(comms_core::Error::class)));
    }
    Told { classes, record }
}

/// Checks each message; gives how many were delivered, refused for good, unknown, and others.
fn check(told: &Told, case: &str) -> [usize; 4] {
    let mut counts = [0; 4];
    for (number, class) in told.classes.iter().enumerate() {
        let copies = told.copies(number);
        let case = format!("{case}, message {}: told {class:?}, {copies} copies", number + 1);
        match class {
            None => {
                counts[0] += 1;
                assert_eq!(copies, 1, "{case}");
            }
            Some(ErrorClass::DeliveryUnknown) => {
                counts[2] += 1;
                assert!(copies <= 1, "{case}");
            }
            Some(class) => {
                counts[if *class == ErrorClass::Permanent { 1 } else { 3 }] += 1;
                assert_eq!(copies, 0, "{case}");
            }
        }
    }
    counts
}

const OFFERS: [(&str, &str); 4] = [
    ("lockstep", ""),
    ("pipelined", "250-PIPELINING\r\n"),
    ("chunks", "250-CHUNKING\r\n"),
    ("at once", "250-PIPELINING\r\n250-CHUNKING\r\n"),
];

#[test]
fn where_nothing_breaks_four_are_taken_and_two_refused() {
    for (name, keywords) in OFFERS {
        let told = tell(keywords, Break::Nowhere, true);
        assert_eq!(check(&told, name), [4, 2, 0, 0], "{name}");
        let record = told.record.lock().unwrap();
        assert_eq!((record.taken.len(), record.connections), (4, 1));
    }
}

/// Breaks the first connection at every octet of both directions, in every way.
fn sweep(name: &str, reconnect: bool) {
    let (_, keywords) = OFFERS.into_iter().find(|(known, _)| *known == name).unwrap();
    let whole = tell(keywords, Break::Nowhere, true);
    let (heard, answered) = {
        let record = whole.record.lock().unwrap();
        (record.heard, record.answered)
    };
    let sends = (0..=heard).flat_map(|at| [Break::Sending(at), Break::Hearing(at)]);
    let replies = (0..=answered).flat_map(|at| [Break::Answering(at), Break::Falling(at)]);
    let mut unknown = 0;
    for broken in sends.chain(replies) {
        let case = format!("{name}, {broken:?}");
        let told = tell(keywords, broken, reconnect);
        let counts = check(&told, &case);
        unknown += counts[2];
        if reconnect && !told.classes.is_empty() {
            // Nobody else is hurt: the message under way is told of the break, or those in flight.
            let in_flight = if keywords.contains("CHUNKING") { 5 } else { 1 };
            assert_eq!(told.classes.len(), 6, "{case}");
            assert!(counts[2] + counts[3] <= in_flight, "{case}: {counts:?}");
            assert!(counts[3] <= 1, "{case}: {counts:?}");
        }
    }
    assert!(unknown > 0, "{name}: some break leaves it unknown");
}

#[test]
fn what_is_told_is_true_wherever_a_lockstep_series_breaks() {
    sweep("lockstep", true);
}

#[test]
fn what_is_told_is_true_wherever_a_pipelined_series_breaks() {
    sweep("pipelined", true);
}

#[test]
fn what_is_told_is_true_wherever_a_series_in_chunks_breaks() {
    sweep("chunks", true);
}

#[test]
fn what_is_told_is_true_wherever_a_series_in_flight_breaks() {
    sweep("at once", true);
}

#[test]
fn what_is_told_is_true_where_no_connection_is_made_anew() {
    sweep("at once", false);
}

#[test]
fn what_is_told_is_true_whatever_the_server_says_in_place_of_an_answer() {
    const LINES: [&str; 6] =
        ["421 closing", "451 later", "500 what?", "503 not now", "554 no", "354 go on"];
    for (name, keywords) in OFFERS {
        for (at, line) in (1..40).flat_map(|at| LINES.map(|line| (at, line))) {
            let case = format!("{name}, {line} to {at}");
            let (model, record) = Model::new(keywords, Break::Nowhere);
            let told = told_by(model.with_fault(at, line), record, true);
            check(&told, &case);
        }
    }
}
