//! How often a message of a series goes to the system and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use harness::{Failure, Job};

use crate::client::{Client, Missing};
use crate::ours::SERIES;
use crate::sink::Offer;
use crate::started::Sink;
use crate::target::{Bound, verdict};
use crate::text;

pub(crate) fn run() -> Result<(), Failure> {
    if !Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|s| s.success()) {
        println!("missing: strace (Debian: strace)");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let content = text::write(folder.path(), "small", 1024)?;
    println!("system calls a message of 1 KiB: those of {MORE} messages less those of {FEW}");
    println!("{:<28} {:>7} {:>7} {:>7}  others", "", "writes", "reads", "all");

    let role = |role| Ok(Client::Role(role));
    let (pipelining, chunking) = (Offer::pipelining, Offer::chunking);
    let series = [("DATA", pipelining()), ("BDAT", chunking())];
    let series = series.map(|(how, offer)| (format!("ours, {SERIES}, {how}"), offer));
    trace("smtp-source", Client::smtp_source(), &pipelining(), &content)?;
    trace("lettre, connection", Client::lettre_connection(), &pipelining().quick(), &content)?;
    trace("mail-send", Client::mail_send(), &pipelining().quick(), &content)?;
    trace("libcurl", Client::curl(), &pipelining(), &content)?;
    trace("floor, pipelined", role("floor-pipelined"), &pipelining(), &content)?;
    trace("floor, BDAT, 16 in flight", role("floor-chunked"), &chunking(), &content)?;
    trace("ours, send", role("ours-send"), &pipelining(), &content)?;
    for (name, offer) in series {
        if let Some(calls) = trace(&name, role("ours-series"), &offer, &content)? {
            verdict(&format!("{name}: writes"), calls.writes, Bound::AtMost(2.0));
            verdict(&format!("{name}: reads"), calls.reads, Bound::AtMost(2.0));
        }
    }
    Ok(())
}

/// Calls for each message.
struct Calls {
    writes: f64,
    reads: f64,
}

fn trace(
    name: &str,
    client: Result<Client, Missing>,
    offer: &Offer,
    content: &Path,
) -> Result<Option<Calls>, Failure> {
    let client = match client {
        Ok(client) => client,
        Err(Missing(what)) => {
            println!("missing: {what}");
            return Ok(None);
        }
    };
    let mut sink = Sink::start(offer)?;
    let few = counted(&client, &Job::new(sink.address(), FEW, content))?;
    let many = counted(&client, &Job::new(sink.address(), MORE, content))?;
    let came = [sink.count()?, sink.count()?].map(|count| count.dotted + count.chunked);
    if came != [FEW as u64, MORE as u64] {
        return Err(format!("{name}: of {FEW} and {MORE} messages came {came:?}").into());
    }
    let each = many.into_iter().map(|(call, calls)| {
        let before = few.get(&call).copied().unwrap_or_default();
        (call, (calls - before) / MESSAGES)
    });
    let each = each.filter(|(_, calls)| *calls >= 0.01).collect::<BTreeMap<_, _>>();
    let sum = |names: &[&str]| {
        each.iter().filter(|(call, _)| names.contains(&call.as_str())).map(|(_, calls)| calls).sum()
    };
    let calls = Calls { writes: sum(WRITES), reads: sum(READS) };
    let others = each.iter().filter(|(call, _)| ![WRITES, READS].concat().contains(&call.as_str()));
    let others = others.map(|(call, calls)| format!("{call} {calls:.2}")).collect::<Vec<_>>();
    let all = each.values().sum::<f64>();
    let others = others.join(", ");
    println!("{name:<28} {:>7.2} {:>7.2} {all:>7.2}  {others}", calls.writes, calls.reads);
    Ok(Some(calls))
}

/// The system calls of a run, by name.
fn counted(client: &Client, job: &Job) -> Result<BTreeMap<String, f64>, Failure> {
    let table = tempfile::NamedTempFile::new()?;
    let command = client.command(job)?;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-o"]).arg(table.path());
    strace.arg(command.get_program()).args(command.get_args()).stdout(Stdio::null());
    let status = strace.status()?;
    if !status.success() {
        return Err(format!("strace has failed: {status}").into());
    }
    Ok(parsed(&fs::read_to_string(table.path())?))
}

/// `% time  seconds  usecs/call  calls  [errors]  syscall`, a line each.
fn parsed(table: &str) -> BTreeMap<String, f64> {
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let rows = rows.filter_map(|row| match row.as_slice() {
        [_, _, _, calls, .., name] if *name != "total" => {
            Some(((*name).to_owned(), calls.parse().ok()?))
        }
        _ => None,
    });
    rows.collect()
}

const WRITES: &[&str] = &["write", "writev", "sendto", "sendmsg"];
const READS: &[&str] = &["read", "readv", "recvfrom", "recvmsg"];
const FEW: usize = 500;
const MORE: usize = 1500;
const MESSAGES: f64 = 1000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_strace_is_read_with_and_without_errors() {
        let table = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000600           1       600           sendto
 40.00    0.000400           1       400         7 recvfrom
------ ----------- ----------- --------- --------- ----------------
100.00    0.001000           1      1000         7 total
";
        let expected = [("recvfrom".to_owned(), 400.0), ("sendto".to_owned(), 600.0)];
        assert_eq!(parsed(table), BTreeMap::from(expected));
    }
}
