//! Clients with their sinks, run by turns.

use std::fs;
use std::path::{Path, PathBuf};

use harness::{Failure, Job, Report};

use crate::client::{Client, Missing};
use crate::floor::stuffed;
use crate::sink::{Count, Offer};
use crate::started::Sink;

/// A client in a scenario.
#[derive(Debug)]
pub(crate) struct Entrant {
    /// What the tables call it.
    pub(crate) name: String,
    /// What sends.
    pub(crate) client: Client,
    /// What its sink offers.
    pub(crate) offer: Offer,
    /// How many messages it sends in a round.
    pub(crate) messages: usize,
    /// How many of them may be in flight, where it can.
    pub(crate) window: usize,
}

/// What became of an entrant, round by round.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) reports: Vec<Report>,
}

/// The entrants of a scenario, and those who did not come.
#[derive(Debug)]
pub(crate) struct Field {
    content: PathBuf,
    messages: usize,
    entrants: Vec<Entrant>,
}

impl Field {
    /// A field that sends the message in this file so many times each round.
    pub(crate) fn new(content: &Path, messages: usize) -> Self {
        Self { content: content.to_owned(), messages, entrants: Vec::new() }
    }

    /// One more entrant.
    pub(crate) fn enter(
        &mut self,
        name: impl Into<String>,
        client: Client,
        offer: Offer,
    ) -> &mut Entrant {
        let (name, messages) = (name.into(), self.messages);
        let position = self.entrants.len();
        self.entrants.push(Entrant { name, client, offer, messages, window: 16 });
        #[expect(clippy::indexing_slicing, reason = "it was just put there")]
        &mut self.entrants[position]
    }

    /// One more, if it is installed; otherwise it is said that it is not.
    pub(crate) fn enter_found(
        &mut self,
        name: &str,
        client: Result<Client, Missing>,
        offer: Offer,
    ) -> Option<&mut Entrant> {
        match client {
            Ok(client) => Some(self.enter(name, client, offer)),
            Err(Missing(what)) => {
                println!("missing: {what}");
                None
            }
        }
    }

    /// Runs them by turns, A B C A B C, and sees that every message has come, to the octet.
    pub(crate) fn run(
        &self,
        rounds: usize,
        warm_up: usize,
        authority: Option<&Path>,
    ) -> Result<Vec<Outcome>, Failure> {
        let lengths = Lengths::of(&self.content)?;
        let mut sinks = Vec::new();
        let mut outcomes = Vec::new();
        for entrant in &self.entrants {
            sinks.push(Sink::start(&entrant.offer)?);
            outcomes.push(Outcome { name: entrant.name.clone(), reports: Vec::new() });
        }
        for _ in 0..rounds {
            let turns = self.entrants.iter().zip(&mut sinks).zip(&mut outcomes);
            for ((entrant, sink), outcome) in turns {
                let mut job = Job::new(sink.address(), entrant.messages, &self.content);
                job.warm_up = if entrant.client.warms_up() { warm_up } else { 0 };
                job.window = entrant.window;
                job.authority = authority.map(Path::to_owned);
                let of = |failure| format!("{}: {failure}", entrant.name);
                let report = entrant.client.run(&job).map_err(of)?;
                lengths.check(sink.count()?, job.messages + job.warm_up).map_err(of)?;
                outcome.reports.push(report);
            }
        }
        Ok(outcomes)
    }
}

/// What a message is on the wire.
struct Lengths {
    raw: u64,
    dotted: u64,
}

impl Lengths {
    fn of(content: &Path) -> Result<Self, Failure> {
        let content = fs::read(content)?;
        let dotted = stuffed(&content).len() as u64 - END_LINE;
        Ok(Self { raw: content.len() as u64, dotted })
    }

    fn check(&self, came: Count, messages: usize) -> Result<(), Failure> {
        let octets = came.dotted * self.dotted + came.chunked * self.raw;
        let came_octets = came.dotted_octets + came.chunked_octets;
        if came.dotted + came.chunked != messages as u64 || octets != came_octets {
            let told = format!("{messages} messages were sent, {octets} octets expected: {came:?}");
            return Err(told.into());
        }
        Ok(())
    }
}

/// The dot at the end and its CRLF.
const END_LINE: u64 = 3;
