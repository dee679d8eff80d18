//! The rules of tops are tried on a small one, and on ones that break them.

#![cfg(test)]

use comms_core::{
    Below, CommsModule, CommsStack, ModuleSpec, Payload, Provides, Receipt, Result, StackError,
};
use comms_testkit::{Script, conform};

/// How a top goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    GreetsInOnePiece,
    TakesObjects,
    SwallowsFailure,
    GoesOnAfterAnError,
    FailsGoodbye,
}

/// Waits for `HELLO`, asks `PING` and is told `PONG`.
#[derive(Debug)]
struct Ping(Fault);

static SPEC: ModuleSpec = ModuleSpec {
    provides: Provides::Nothing,
    ..ModuleSpec::filter("Ping", "asks whether somebody is there")
};

impl Ping {
    fn hear(&self, word: &[u8], below: &mut dyn Below) -> Result<()> {
        let mut heard: Vec<u8> = Vec::new();
        while heard.len() < word.len() {
            let mut octets = [0; 16];
            let room = word.len() - heard.len();
            match below.receive(&mut octets[..room])? {
                0 => return Err(StackError::Ended { during: "a word".to_owned() }.into()),
                some => heard.extend(&octets[..some]),
            }
            if self.0 == Fault::GreetsInOnePiece {
                break;
            }
        }
        if heard == word {
            return Ok(());
        }
        Err(StackError::Ended { during: "half a word".to_owned() }.into())
    }

    fn ask(&self, below: &mut dyn Below) -> Result<()> {
        below.send("PING\r\n".into())?;
        match self.hear(b"PONG\r\n", below) {
            Err(_) if self.0 == Fault::GoesOnAfterAnError => self.hear(b"PONG\r\n", below),
            heard => heard,
        }
    }
}

impl CommsModule for Ping {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.hear(b"HELLO\r\n", below)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        match (payload, self.0) {
            (Payload::Object(_), Fault::TakesObjects) => Ok(Receipt::TAKEN),
            (payload, _) => below.send(payload),
        }
    }

    fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
        match self.ask(below) {
            Err(_) if self.0 == Fault::SwallowsFailure => {}
            other => other?,
        }
        Ok("PONG".to_owned())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        match self.0 {
            Fault::FailsGoodbye => Err(StackError::NotConnected.into()),
            _ => Ok(()),
        }
    }
}

fn try_one(fault: Fault) -> Result<(), comms_testkit::Violation> {
    conform::top(|| {
        let peer = Script::parse("S: HELLO\nC: PING\nS: PONG")?;
        CommsStack::builder().layer(Ping(fault)).layer(peer).build()
    })
}

#[test]
fn a_small_top_keeps_the_rules() {
    try_one(Fault::None).unwrap();
}

#[test]
fn a_top_that_breaks_a_rule_is_told_which() {
    for (fault, rule) in [
        (Fault::GreetsInOnePiece, "a session is the same where one octet passes below at a time"),
        (Fault::TakesObjects, "an object that nobody takes is an error of usage"),
        (Fault::SwallowsFailure, "an operation that fails below is an error, and all is let go"),
        (Fault::GoesOnAfterAnError, "an operation that fails below is an error, and all is let go"),
        (Fault::FailsGoodbye, "a session connects, answers, and is over after disconnect"),
    ] {
        let violation = try_one(fault).unwrap_err();
        assert_eq!(violation.rule, rule, "{fault:?}: {violation}");
    }
}
