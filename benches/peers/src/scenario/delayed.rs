//! A sink that is 20 ms away: how many round trips a message takes.

use std::time::Duration;

use harness::Failure;

use crate::client::Client;
use crate::entrant::Field;
use crate::ours::SERIES;
use crate::scenario::QUICK;
use crate::sink::Offer;
use crate::table::{find, spread};
use crate::target::{Bound, verdict};
use crate::text;

pub(crate) fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let content = text::write(folder.path(), "small", 1024)?;
    println!(
        "{MESSAGES} messages of 1 KiB, each arrival answered 20 ms later; least of {ROUNDS} rounds"
    );

    let pipelining = || Offer::pipelining().late(AWAY);
    let chunking = || Offer::chunking().late(AWAY);
    let ours = format!("ours, {SERIES}, DATA");
    let chunked = format!("ours, {SERIES}, BDAT");
    let mut field = Field::new(&content, MESSAGES, 0);
    field.enter_found("smtp-source, with 3 for the session", Client::smtp_source(), pipelining());
    field.enter_found(
        "lettre, pool *, with 2 for the session",
        Client::lettre(),
        pipelining().quick(),
    );
    field.enter_found("lettre, connection *", Client::lettre_connection(), pipelining().quick());
    field.enter_found("mail-send *", Client::mail_send(), pipelining().quick());
    field.enter_found("libcurl, with 2 for the session", Client::curl(), pipelining());
    field.enter("floor, lockstep", Client::Role("floor-lockstep"), pipelining());
    field.enter("floor, pipelined", Client::Role("floor-pipelined"), pipelining());
    field.enter("floor, BDAT, 16 in flight", Client::Role("floor-chunked"), chunking());
    field.enter("ours, send", Client::Role("ours-send"), pipelining());
    field.enter(&ours, Client::Role("ours-series"), pipelining());
    field.enter(&chunked, Client::Role("ours-series"), chunking());

    let outcomes = field.run(ROUNDS, None)?;
    let trips = |name: &str| {
        let outcome = find(&outcomes, name)?;
        Some(spread(outcome, |report| report.time.as_secs_f64() / AWAY.as_secs_f64()).least)
    };
    println!("{:<38} {:>11} {:>9}", "", "round trips", "a message");
    for name in outcomes.iter().map(|outcome| &outcome.name) {
        let all = trips(name).unwrap_or(f64::NAN);
        println!("{name:<38} {all:>11.1} {:>9.2}", all / MESSAGES_F);
    }
    println!("{QUICK}");
    let of = |name: &str| trips(name).unwrap_or(f64::NAN);
    let (each, all) = (of(&ours) / MESSAGES_F, of(&chunked));
    verdict(&format!("{ours}: round trips a message"), each, Bound::AtMost(1.1));
    verdict(&format!("{chunked}: round trips in all"), all, Bound::AtMost(8.0));
    Ok(())
}

const MESSAGES: usize = 50;
const MESSAGES_F: f64 = 50.0;
/// What else the machine does can only add.
const ROUNDS: usize = 3;
const AWAY: Duration = Duration::from_millis(20);
