//! The peer that a script describes: it takes the client's octets and has its own ready. No I/O.

use std::time::Duration;

use crate::error::ScriptError;
use crate::scenario::delivery::Portions;
use crate::scenario::heard::{self, Heard};
use crate::scenario::outbox::Outbox;
use crate::scenario::record::{Record, Speaker};
use crate::scenario::shown;
use crate::scenario::step::{Cut, Expected, Progress, Step};

/// Plays the steps.
///
/// It says what it has to say only when the client is there to hear it, or goes on: so a cut at
/// the client's last octet loses the answer to it, as on a real wire.
#[derive(Default)]
pub(crate) struct Player {
    pub(crate) steps: Vec<Step>,
    pub(crate) portions: Portions,
    /// Breaks the connection once so many octets were delivered.
    pub(crate) cut_at: Option<(usize, Cut)>,
    /// Breaks the connection once the client has sent so many octets.
    pub(crate) cut_sent_at: Option<(usize, Cut)>,
    /// What each connection heard.
    pub(crate) records: Vec<Record>,
    at: usize,
    /// The last number in what the client said for the last step.
    told: usize,
    /// What the client has said for the step at `at`.
    heard: Heard,
    /// Said, and not yet delivered.
    outbox: Outbox,
    broken: Option<Cut>,
    failure: Option<ScriptError>,
    sent: usize,
    delivered: usize,
}

/// What a client that receives is to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// So many octets; 0 at the end.
    Octets(usize),
    /// Nothing for so long.
    Later(Duration),
    /// Nothing, ever.
    Silence,
}

impl Player {
    /// A new peer with the same script and nothing played.
    pub(crate) fn afresh(&self) -> Self {
        Self {
            steps: self.steps.clone(),
            portions: self.portions.clone(),
            cut_at: self.cut_at,
            cut_sent_at: self.cut_sent_at,
            ..Self::default()
        }
    }

    /// Begins the next connection.
    pub(crate) fn connect(&mut self) -> Result<(), ScriptError> {
        let number = self.records.len() + 1;
        if number > 1 {
            let rest = self.steps.get(self.at..).unwrap_or_default();
            let Some(next) = rest.iter().position(|step| *step == Step::Connect) else {
                return Err(ScriptError::NoSuchConnection { number });
            };
            self.at += next + 1;
        }
        self.records.push(Record::default());
        self.heard.take();
        self.outbox.clear();
        self.broken = None;
        if self.steps.get(self.at) == Some(&Step::Refuse) {
            self.at += 1;
            return Err(ScriptError::Refused);
        }
        self.cut_if_due();
        Ok(())
    }

    /// A new send of the client begins: whether the connection still takes octets.
    pub(crate) fn begin_send(&mut self) -> Result<(), ScriptError> {
        self.check()?;
        if let Some(record) = self.records.last_mut() {
            record.sends += 1;
        }
        Ok(())
    }

    /// Whether the connection still stands.
    pub(crate) fn check(&mut self) -> Result<(), ScriptError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.speak();
        match self.ending() {
            Some(Cut::Close) => Err(ScriptError::Closed),
            Some(Cut::Reset) => Err(ScriptError::Reset),
            _ => Ok(()),
        }
    }

    /// Whether the peer has said something that is not delivered, where the connection stands.
    pub(crate) fn is_unread(&mut self) -> Result<bool, ScriptError> {
        self.check()?;
        Ok(!self.outbox.is_empty() && self.outbox.wait().is_none())
    }

    /// Takes a run of the client's octets.
    pub(crate) fn take(&mut self, octets: &[u8], speaker: Speaker) -> Result<(), ScriptError> {
        let left = self.cut_sent_at.map_or(usize::MAX, |(at, _)| at.saturating_sub(self.sent));
        let (before, behind) = octets.split_at(left.min(octets.len()));
        self.hear(before, speaker)?;
        self.cut_if_due();
        match self.broken {
            _ if behind.is_empty() => Ok(()),
            Some(Cut::Close) => Err(ScriptError::Closed),
            Some(Cut::Reset) => Err(ScriptError::Reset),
            _ => self.hear(behind, speaker),
        }
    }

    /// Gives the client what has arrived for it.
    pub(crate) fn deliver(&mut self, into: &mut [u8]) -> Result<Arrival, ScriptError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.speak();
        if let Some(time) = self.outbox.wait() {
            return Ok(Arrival::Later(time));
        }
        if !self.outbox.is_empty() {
            return Ok(Arrival::Octets(self.hand_over(into)));
        }
        match (self.ending(), self.steps.get(self.at)) {
            (Some(Cut::Reset), _) => Err(ScriptError::Reset),
            (Some(Cut::Stall), _) => Ok(Arrival::Silence),
            (None, Some(Step::Expect(_))) => Err(ScriptError::BothWait {
                expected: self.expected(0),
                step: self.at + 1,
                got: self.heard.shown(),
            }),
            _ => Ok(Arrival::Octets(0)),
        }
    }

    /// So much of the time that the peer waits has passed.
    pub(crate) fn waited(&mut self, time: Duration) {
        self.outbox.waited(time);
    }

    /// Whether the steps of this connection are done.
    pub(crate) fn connection_finished(&self) -> Result<(), ScriptError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.broken.is_some() {
            return Ok(());
        }
        let first = self.first_unread().unwrap_or(self.at);
        for (step, at) in self.steps.get(first..).unwrap_or_default().iter().zip(first..) {
            match step {
                Step::Send(_) | Step::Expect(_) => return Err(self.unfinished(at)),
                Step::End(_) | Step::Refuse | Step::Connect => break,
                Step::Read | Step::Wait(_) => {}
            }
        }
        Ok(())
    }

    /// Whether all steps of all connections are done.
    pub(crate) fn finished(&self) -> Result<(), ScriptError> {
        self.connection_finished()?;
        let rest = self.steps.get(self.at..).unwrap_or_default();
        match rest.iter().position(|step| *step == Step::Connect) {
            Some(next) => Err(self.unfinished(self.at + next)),
            None => Ok(()),
        }
    }

    /// The steps that are not done.
    pub(crate) fn left(&self) -> &[Step] {
        self.steps.get(self.first_unread().unwrap_or(self.at)..).unwrap_or_default()
    }

    /// How many octets the peer says in all.
    pub(crate) fn octets(&self) -> usize {
        self.steps.iter().map(said).sum()
    }

    /// Says what is to be said now.
    fn speak(&mut self) {
        while self.broken.is_none() {
            match self.steps.get(self.at) {
                Some(Step::Send(octets)) => self.outbox.say(octets),
                Some(Step::Wait(time)) => self.outbox.pause(*time),
                Some(Step::Read) if self.outbox.is_empty() => {}
                Some(Step::Expect(expected)) if expected.is_nothing() => {}
                Some(Step::Expect(Expected::Told)) if self.told == 0 => {}
                _ => break,
            }
            self.at += 1;
        }
    }

    /// Hears a run of the client's octets.
    fn hear(&mut self, octets: &[u8], speaker: Speaker) -> Result<(), ScriptError> {
        self.sent += octets.len();
        if let Some(record) = self.records.last_mut() {
            record.note(speaker, octets);
        }
        let mut rest = octets;
        while !rest.is_empty() && self.broken.is_none() {
            self.speak();
            rest = match self.steps.get(self.at) {
                Some(Step::Expect(expected)) => match self.compare(expected, rest) {
                    Progress::Part => {
                        self.heard.keep(rest, speaker);
                        &[]
                    }
                    Progress::Whole(used) => self.complete(rest, used, speaker),
                    Progress::Differs(at) => return Err(self.differs(rest, speaker, at)),
                    Progress::Unlike => return Err(self.unlike(rest, speaker)),
                },
                // The client's system had taken these octets before the end came.
                Some(Step::End(_)) => return Ok(()),
                Some(Step::Read) => return Err(self.too_early(rest, speaker)),
                _ => return Err(self.over(rest, speaker)),
            };
        }
        Ok(())
    }

    fn compare(&self, expected: &Expected, octets: &[u8]) -> Progress {
        match expected {
            Expected::Told => Expected::Count(self.told).compare(self.heard.octets(), octets),
            _ => expected.compare(self.heard.octets(), octets),
        }
    }

    /// Ends the present step with the first `used` octets, and gives the others.
    fn complete<'o>(&mut self, octets: &'o [u8], used: usize, speaker: Speaker) -> &'o [u8] {
        let (last, rest) = octets.split_at(used.min(octets.len()));
        self.heard.keep(last, speaker);
        let content = self.heard.take();
        self.told = heard::last_number(&content);
        if let (Some(Step::Expect(expected)), Some(record)) =
            (self.steps.get(self.at), self.records.last_mut())
            && expected.keeps()
        {
            record.contents.push(content);
        }
        self.at += 1;
        rest
    }

    fn hand_over(&mut self, into: &mut [u8]) -> usize {
        let left = self.cut_at.map_or(usize::MAX, |(at, _)| at.saturating_sub(self.delivered));
        let portion = self.outbox.take(into, &mut self.portions, left);
        if let (Some(record), Some(octets)) = (self.records.last_mut(), into.get(..portion)) {
            record.note(Speaker::Peer, octets);
        }
        self.delivered += portion;
        self.cut_if_due();
        portion
    }

    fn cut_if_due(&mut self) {
        if let Some((_, cut)) = self.cut_at.take_if(|(at, _)| self.delivered >= *at) {
            self.outbox.clear();
            self.broken = Some(cut);
        }
        if let Some((_, cut)) = self.cut_sent_at.take_if(|(at, _)| self.sent >= *at) {
            if cut == Cut::Reset {
                self.outbox.clear();
            }
            self.broken = Some(cut);
        }
    }

    /// How the connection has ended, if it has.
    fn ending(&self) -> Option<Cut> {
        self.broken.or(match self.steps.get(self.at) {
            // What the peer does after a wait it has not done yet.
            Some(Step::End(cut)) if !self.outbox.is_waiting() => Some(*cut),
            _ => None,
        })
    }

    /// The step whose octets are the first that the client has not read.
    fn first_unread(&self) -> Option<usize> {
        let mut unread = self.outbox.len();
        if unread == 0 {
            return None;
        }
        for (at, step) in self.steps.get(..self.at)?.iter().enumerate().rev() {
            let said = said(step);
            if said >= unread {
                return Some(at);
            }
            unread -= said;
        }
        None
    }

    fn differs(&mut self, octets: &[u8], speaker: Speaker, at: usize) -> ScriptError {
        let before = self.before(octets);
        let got = self.got(octets, speaker, at - self.heard.octets().len());
        let expected = self.expected(at);
        let diff = before + &self.compared(Some(at));
        self.fail(ScriptError::Differs { expected, step: self.at + 1, got, at, diff })
    }

    fn unlike(&mut self, octets: &[u8], speaker: Speaker) -> ScriptError {
        let before = self.before(octets);
        let got = self.got(octets, speaker, 0);
        let expected = self.expected(0);
        let diff = before + &self.compared(None);
        self.fail(ScriptError::Unlike { expected, step: self.at + 1, got, diff })
    }

    fn too_early(&mut self, octets: &[u8], speaker: Speaker) -> ScriptError {
        let got = self.got(octets, speaker, 0);
        let (unread, step) = (self.outbox.len(), self.at + 1);
        self.fail(ScriptError::TooEarly { got, unread, step })
    }

    fn over(&mut self, octets: &[u8], speaker: Speaker) -> ScriptError {
        let got = self.got(octets, speaker, 0);
        self.fail(ScriptError::Over { steps: self.at, got })
    }

    /// What the client said for this step, to the end of the line in which `octets[wrong]` stands.
    fn got(&mut self, octets: &[u8], speaker: Speaker, wrong: usize) -> String {
        let at = self.heard.octets().len() + wrong;
        let mut behind = octets.iter().skip(wrong);
        let end = behind.position(|octet| *octet == b'\n').map_or(octets.len(), |n| wrong + n + 1);
        self.heard.keep(octets.get(..end).unwrap_or(octets), speaker);
        self.heard.shown_around(at)
    }

    /// What the present step expects, with the surroundings of octet `at`.
    fn expected(&self, at: usize) -> String {
        match self.steps.get(self.at) {
            Some(Step::Expect(expected)) => self.heard.expected_around(at, expected),
            _ => String::new(),
        }
    }

    /// The last lines before the present step, of which `octets` are the last that came.
    fn before(&self, octets: &[u8]) -> String {
        let Some(record) = self.records.last() else { return String::new() };
        let text = record.text_without(self.heard.octets().len() + octets.len());
        let lines = text.lines().collect::<Vec<_>>();
        let last = lines.get(lines.len().saturating_sub(CONTEXT)..).unwrap_or_default();
        last.iter().flat_map(|line| ["\n  ", shown::cut(line)]).collect()
    }

    fn compared(&self, at: Option<usize>) -> String {
        match self.steps.get(self.at) {
            Some(Step::Expect(expected)) => self.heard.compared(at, expected),
            _ => String::new(),
        }
    }

    fn fail(&mut self, failure: ScriptError) -> ScriptError {
        self.failure = Some(failure.clone());
        failure
    }

    fn unfinished(&self, at: usize) -> ScriptError {
        let what = match self.steps.get(at) {
            // It may be half done, and what was heard of it a secret.
            Some(Step::Expect(Expected::Exactly(_))) if at == self.at => {
                format!("C: {}", self.expected(0))
            }
            Some(step) => step.to_string(),
            None => String::new(),
        };
        ScriptError::Unfinished { step: at + 1, steps: self.steps.len(), what }
    }
}

fn said(step: &Step) -> usize {
    if let Step::Send(octets) = step { octets.len() } else { 0 }
}

/// So many lines before a difference say where it is.
const CONTEXT: usize = 4;
