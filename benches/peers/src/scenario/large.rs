//! Messages of 1 MiB over one connection.

use harness::Failure;

use crate::client::Client;
use crate::entrant::Field;
use crate::ours::SERIES;
use crate::scenario::{QUICK, RATE};
use crate::sink::Offer;
use crate::target::{Bound, hold};
use crate::{table, text};

pub(crate) fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let content = text::write(folder.path(), "large", OCTETS)?;
    println!("{MESSAGES} messages of 1 MiB, so that msg/s is MiB/s; {ROUNDS} rounds by turns");

    let (pipelining, chunking) = (Offer::pipelining, Offer::chunking);
    let ours = format!("ours, {SERIES}, DATA");
    let chunked = format!("ours, {SERIES}, BDAT");
    let mut field = Field::new(&content, MESSAGES, WARM_UP);
    field.enter_found("smtp-source", Client::smtp_source(), pipelining());
    field.enter_found("lettre, connection *", Client::lettre_connection(), pipelining().quick());
    field.enter_found("mail-send *", Client::mail_send(), pipelining().quick());
    field.enter_found("libcurl", Client::curl(), pipelining());
    field.enter("write_all, DATA", Client::Role("floor-pipelined"), pipelining());
    field.enter("write_all, BDAT", Client::Role("floor-chunked"), chunking()).window = 1;
    field.enter("ours, send", Client::Role("ours-send"), pipelining());
    field.enter(&ours, Client::Role("ours-series"), pipelining());
    field.enter(&chunked, Client::Role("ours-series"), chunking());

    let outcomes = field.run(ROUNDS, None)?;
    table::rates(&outcomes, Some("write_all, DATA"));
    println!("{QUICK}");
    hold(&outcomes, (&ours, "lettre, connection *"), RATE, Bound::AtLeast(5.0));
    hold(&outcomes, (&ours, "libcurl"), RATE, Bound::AtLeast(2.0));
    hold(&outcomes, (&ours, "write_all, DATA"), RATE, Bound::AtLeast(1.0 / 1.3));
    Ok(())
}

const OCTETS: usize = 1024 * 1024;
const MESSAGES: usize = 400;
const WARM_UP: usize = 10;
const ROUNDS: usize = 5;
