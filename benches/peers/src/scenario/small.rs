//! Messages of 1 KiB over one connection.

use harness::Failure;

use crate::client::Client;
use crate::entrant::Field;
use crate::ours::SERIES;
use crate::scenario::{COST, QUICK, RATE};
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
    let mut field = Field::new(&content, MESSAGES, WARM_UP);
    field.enter_found("smtp-source", Client::smtp_source(), pipelining());
    field.enter_found("lettre, pool of one *", Client::lettre(), pipelining().quick());
    field.enter_found("lettre, connection *", Client::lettre_connection(), pipelining().quick());
    if let Some(slow) =
        field.enter_found("lettre, connection", Client::lettre_connection(), pipelining())
    {
        (slow.messages, slow.warm_up) = (FEW, FEW / 10);
    }
    field.enter_found("mail-send *", Client::mail_send(), pipelining().quick());
    field.enter_found("libcurl", Client::curl(), pipelining());
    field.enter("floor, lockstep", Client::Role("floor-lockstep"), pipelining());
    field.enter("floor, pipelined", Client::Role("floor-pipelined"), pipelining());
    field.enter("floor, BDAT, 1 in flight", Client::Role("floor-chunked"), chunking()).window = 1;
    field.enter("floor, BDAT, 16 in flight", Client::Role("floor-chunked"), chunking());
    field.enter("ours, send", Client::Role("ours-send"), pipelining());
    field.enter(&ours, Client::Role("ours-series"), pipelining());
    field.enter(&chunked, Client::Role("ours-series"), chunking());

    let outcomes = field.run(ROUNDS, None)?;
    table::rates(&outcomes, Some("smtp-source"));
    println!("{QUICK}");
    hold(&outcomes, (&ours, "smtp-source"), RATE, Bound::AtLeast(2.5));
    hold(&outcomes, (&ours, "smtp-source"), COST, Bound::AtMost(0.5));
    hold(&outcomes, (&chunked, "smtp-source"), RATE, Bound::AtLeast(5.0));
    hold(&outcomes, (&ours, "floor, pipelined"), RATE, Bound::AtLeast(0.7));
    hold(&outcomes, (&chunked, "floor, BDAT, 16 in flight"), RATE, Bound::AtLeast(0.7));
    Ok(())
}

const OCTETS: usize = 1024;
const MESSAGES: usize = 20_000;
/// For those who take 44 ms each.
const FEW: usize = 50;
const WARM_UP: usize = 500;
const ROUNDS: usize = 5;
