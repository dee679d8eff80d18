//! `comms` side by side with its peers. `README.md` says how to run it and what each figure is.

mod client;
mod entrant;
mod floor;
mod ours;
mod scenario;
mod sink;
mod started;
mod table;
mod target;
mod text;

use std::env;
use std::process::ExitCode;

use harness::{Failure, Job};

use crate::scenario::SCENARIOS;
use crate::sink::Offer;

fn main() -> ExitCode {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("peers: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The driver, or one of the roles that the driver starts this program in.
fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [role, rest @ ..] if role == "--sink" => sink::serve(&Offer::parse(rest.iter().cloned())?),
        [role, name, rest @ ..] if role == "--client" => {
            play(name, &Job::parse(rest.iter().cloned())?)
        }
        names => compare(names),
    }
}

fn play(role: &str, job: &Job) -> Result<(), Failure> {
    let report = match role {
        "floor-lockstep" => floor::send(job, floor::Manner::Lockstep),
        "floor-pipelined" => floor::send(job, floor::Manner::Pipelined),
        "floor-chunked" => floor::send(job, floor::Manner::Chunked),
        "ours-send" => ours::send(job, ours::Manner::Send),
        "ours-series" => ours::send(job, ours::Manner::Series),
        "ours-attached" => ours::send(job, ours::Manner::Attached),
        _ => Err(format!("there is no client {role:?}").into()),
    };
    println!("{}", report?);
    Ok(())
}

fn compare(names: &[String]) -> Result<(), Failure> {
    let known = SCENARIOS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let mut chosen = Vec::new();
    for name in names {
        let found = SCENARIOS.iter().find(|(scenario, _)| scenario == name);
        chosen.push(found.ok_or_else(|| format!("{name:?} is none of the scenarios: {known}"))?);
    }
    if chosen.is_empty() {
        chosen.extend(SCENARIOS.iter());
    }
    if cfg!(debug_assertions) {
        println!("built without --release: the figures are worth nothing");
    }
    for (name, scenario) in chosen {
        println!("== {name}");
        scenario().map_err(|failure| format!("{name}: {failure}"))?;
        println!();
    }
    Ok(())
}
