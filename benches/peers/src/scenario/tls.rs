//! Messages of 1 KiB and of 1 MiB under TLS from the first octet.

use std::fs;
use std::path::Path;

use harness::Failure;
use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::client::Client;
use crate::entrant::{Field, Outcome};
use crate::ours::SERIES;
use crate::scenario::{COST, QUICK, RATE};
use crate::sink::Offer;
use crate::target::{Bound, hold};
use crate::{table, text};

pub(crate) fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    fs::write(&certificate, cert.pem())?;
    fs::write(&key, signing_key.serialize_pem())?;
    let ours = format!("ours, {SERIES}, DATA");

    let content = text::write(folder.path(), "small", 1024)?;
    println!("{SMALL} messages of 1 KiB under TLS, {ROUNDS} rounds by turns");
    let outcomes = compare(&content, (SMALL, WARM_UP), (&certificate, &key))?;
    hold(&outcomes, (&ours, "lettre, connection *"), RATE, Bound::AtLeast(2.0));

    let content = text::write(folder.path(), "large", 1024 * 1024)?;
    println!("{LARGE} messages of 1 MiB under TLS, {ROUNDS} rounds by turns");
    let outcomes = compare(&content, (LARGE, WARM_UP_LARGE), (&certificate, &key))?;
    hold(&outcomes, (&ours, "libcurl"), COST, Bound::AtMost(1.0));
    println!("{QUICK}");
    Ok(())
}

fn compare(
    content: &Path,
    (messages, warm_up): (usize, usize),
    (certificate, key): (&Path, &Path),
) -> Result<Vec<Outcome>, Failure> {
    let pipelining = || Offer::pipelining().secure(certificate, key);
    let chunking = || Offer::chunking().secure(certificate, key);
    let mut field = Field::new(content, messages, warm_up);
    field.enter_found("lettre, connection *", Client::lettre_connection(), pipelining().quick());
    field.enter_found("mail-send *", Client::mail_send(), pipelining().quick());
    field.enter_found("libcurl", Client::curl(), pipelining());
    field.enter("ours, send", Client::Role("ours-send"), pipelining());
    field.enter(format!("ours, {SERIES}, DATA"), Client::Role("ours-series"), pipelining());
    field.enter(format!("ours, {SERIES}, BDAT"), Client::Role("ours-series"), chunking());
    let outcomes = field.run(ROUNDS, Some(certificate))?;
    table::rates(&outcomes, Some("lettre, connection *"));
    Ok(outcomes)
}

const SMALL: usize = 10_000;
const WARM_UP: usize = 200;
const LARGE: usize = 100;
const WARM_UP_LARGE: usize = 5;
const ROUNDS: usize = 5;
