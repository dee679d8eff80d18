//! One message of 256 MiB from a file.

use harness::Failure;

use crate::client::Client;
use crate::entrant::{Field, Shape};
use crate::sink::Offer;
use crate::table::{find, spread};
use crate::target::{Bound, hold, verdict};
use crate::{table, text};

pub(crate) fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let content = text::write_plain(folder.path(), "file", OCTETS)?;
    println!("one message of 256 MiB from a file, {ROUNDS} rounds by turns");

    let mut field = Field::new(&content, 1, 0);
    field.enter_found("libcurl, raw", Client::curl(), Offer::pipelining());
    field.enter("ours, raw", Client::Role("ours-send"), Offer::pipelining());
    field.enter("ours, raw, BDAT offered", Client::Role("ours-send"), Offer::chunking());
    field.enter("ours, attachment", Client::Role("ours-attached"), Offer::pipelining()).shape =
        Shape::Attached;

    let outcomes = field.run(ROUNDS, None)?;
    table::sizes(&outcomes);
    let rate = ("rate", harness::Report::rate as _);
    hold(&outcomes, ("ours, raw", "libcurl, raw"), rate, Bound::AtLeast(1.0));
    for name in ["ours, raw", "ours, attachment"] {
        if let Some(outcome) = find(&outcomes, name) {
            let peak = spread(outcome, harness::Report::memory).most / 1024.0;
            verdict(&format!("{name}: MiB at most"), peak, Bound::AtMost(8.0));
        }
    }
    Ok(())
}

const OCTETS: usize = 256 * 1024 * 1024;
const ROUNDS: usize = 5;
