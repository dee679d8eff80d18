//! Messages of 1 KiB over one connection.

use harness::{Failure, Report};

use crate::client::Client;
use crate::entrant::Field;
use crate::ours::SERIES;
use crate::sink::Offer;
use crate::target::{Bound, hold};
use crate::{table, text};

pub(crate) fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let content = text::write(folder.path(), "small", OCTETS)?;
    println!("{MESSAGES} messages of {OCTETS} octets, one connection, {ROUNDS} rounds by turns");

    let (pipelining, chunking) = (Offer::pipelining, Offer::chunking);
    let ours = format!("ours, {SERIES}, DATA");
    let chunked = format!("ours, {SERIES}, BDAT");
    let mut field = Field::new(&content, MESSAGES);
    field.enter_found("smtp-source", Client::smtp_source(), pipelining());
    field.enter("floor, lockstep", Client::Role("floor-lockstep"), pipelining());
    field.enter("floor, pipelined", Client::Role("floor-pipelined"), pipelining());
    field.enter("floor, BDAT, 1 in flight", Client::Role("floor-chunked"), chunking()).window = 1;
    field.enter("floor, BDAT, 16 in flight", Client::Role("floor-chunked"), chunking());
    field.enter("ours, send", Client::Role("ours-send"), pipelining());
    field.enter(&ours, Client::Role("ours-series"), pipelining());
    field.enter(&chunked, Client::Role("ours-series"), chunking());

    let outcomes = field.run(ROUNDS, WARM_UP, None)?;
    table::rates(&outcomes, Some("smtp-source"));
    let (rate, cost) = (("rate", Report::rate as fn(&Report) -> f64), ("CPU", Report::cost as _));
    hold(&outcomes, (&ours, "smtp-source"), rate, Bound::AtLeast(2.5));
    hold(&outcomes, (&ours, "smtp-source"), cost, Bound::AtMost(0.5));
    hold(&outcomes, (&chunked, "smtp-source"), rate, Bound::AtLeast(5.0));
    hold(&outcomes, (&ours, "floor, pipelined"), rate, Bound::AtLeast(0.7));
    hold(&outcomes, (&chunked, "floor, BDAT, 16 in flight"), rate, Bound::AtLeast(0.7));
    Ok(())
}

const OCTETS: usize = 1024;
const MESSAGES: usize = 20_000;
const WARM_UP: usize = 500;
const ROUNDS: usize = 5;
