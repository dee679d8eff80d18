//! Clients with their sinks, run by turns.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use harness::{Failure, Job, Report};

use crate::client::{Client, Missing};
use crate::sink::{Count, Offer};
use crate::started::Sink;

/// What the client makes of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The message as it is.
    Raw,
    /// An attachment in base64.
    Attached,
}

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
    /// How many go before them, untimed, if the client can do that.
    pub(crate) warm_up: usize,
    /// How many of them may be in flight, where it can.
    pub(crate) window: usize,
    /// What becomes of the content.
    pub(crate) shape: Shape,
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
    warm_up: usize,
    entrants: Vec<Entrant>,
}

impl Field {
    /// A field that sends the message in this file so many times each round, after so
    /// many untimed.
    pub(crate) fn new(content: &Path, messages: usize, warm_up: usize) -> Self {
        Self { content: content.to_owned(), messages, warm_up, entrants: Vec::new() }
    }

    /// One more entrant.
    pub(crate) fn enter(
        &mut self,
        name: impl Into<String>,
        client: Client,
        offer: Offer,
    ) -> &mut Entrant {
        let (name, messages, warm_up) = (name.into(), self.messages, self.warm_up);
        let position = self.entrants.len();
        self.entrants.push(Entrant {
            name,
            client,
            offer,
            messages,
            warm_up,
            window: 16,
            shape: Shape::Raw,
        });
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
                job.warm_up = if entrant.client.warms_up() { entrant.warm_up } else { 0 };
                job.window = entrant.window;
                job.authority = authority.map(Path::to_owned);
                let of = |failure| format!("{}: {failure}", entrant.name);
                let report = entrant.client.run(&job).map_err(of)?;
                lengths
                    .check(sink.count()?, job.messages + job.warm_up, entrant.shape)
                    .map_err(of)?;
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
        let mut file = BufReader::new(File::open(content)?);
        let (mut raw, mut dots, mut line) = (0, 0, Vec::new());
        while file.read_until(b'\n', &mut line)? > 0 {
            raw += line.len() as u64;
            dots += u64::from(line.starts_with(b"."));
            line.clear();
        }
        Ok(Self { raw, dotted: raw + dots })
    }

    fn check(&self, came: Count, messages: usize, shape: Shape) -> Result<(), Failure> {
        let octets = came.dotted * self.dotted + came.chunked * self.raw;
        let came_octets = came.dotted_octets + came.chunked_octets;
        let whole = match shape {
            Shape::Raw => came_octets == octets,
            Shape::Attached => came_octets > self.raw * (came.dotted + came.chunked) * 4 / 3,
        };
        if came.dotted + came.chunked != messages as u64 || !whole {
            let told = format!("{messages} messages were sent, {octets} octets expected: {came:?}");
            return Err(told.into());
        }
        Ok(())
    }
}
