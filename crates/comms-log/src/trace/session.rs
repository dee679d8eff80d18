//! What a transcript tells of one session of a stack.

use std::time::Duration;

use comms_core::{Error, Event, Level, Operation, Payload, Severity, What};

use crate::harmless::harmless;
use crate::trace::dialogue::{Dialogue, Side};
use crate::trace::sheet::Place;
use crate::trace::sums::Sums;

/// A session under way.
#[derive(Debug)]
pub(crate) struct Session {
    /// The layer that speaks: the top.
    top: Option<String>,
    dialogue: Dialogue,
    heading: &'static str,
    /// Whether the dialogue is within TLS.
    is_covered: bool,
    /// The deepest layer that was asked to start TLS.
    tls: Option<usize>,
    /// The sentence of the failure that was last told.
    failure: String,
    sums: Sums,
    is_over: bool,
}

impl Session {
    /// One that begins at `now`.
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            top: None,
            dialogue: Dialogue::default(),
            heading: "",
            is_covered: false,
            tls: None,
            failure: String::new(),
            sums: Sums::new(now),
            is_over: false,
        }
    }

    /// Whether all was disconnected: what comes next is another session.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// When it was last heard of.
    pub(crate) fn latest(&self) -> Duration {
        self.sums.latest()
    }

    /// Tells what `event` comes to; the dialogue is what passes above the layer `at`.
    pub(crate) fn note(&mut self, event: &Event<'_>, at: &str, place: &mut Place<'_>) {
        if event.depth == 0 && self.top.is_none() {
            self.top = Some(event.layer.to_owned());
        }
        self.sums.note(event, place.now());
        match event.what {
            What::Begin { operation, payload, .. } => {
                self.begin(event, operation, place);
                if let Some(payload) = payload.filter(|_| event.layer == at) {
                    self.hear(Side::Down, payload, event.layer, place);
                }
            }
            What::End { operation, received, failure, .. } => {
                if event.layer == at {
                    self.hear(Side::Up, received, event.layer, place);
                }
                match failure {
                    Some(error) => self.failed(event, operation, error, place),
                    None => self.end_of(event, operation, place),
                }
                if operation == Operation::Disconnect && self.sums.is_closed() {
                    self.end(place);
                }
            }
            What::Record { severity, level, text } => {
                let is_told = level == Level::Production || severity > Severity::Info;
                if is_told && level != Level::Script {
                    place.line(severity.mark(), event.layer, harmless(text));
                }
            }
            _ => {}
        }
    }

    /// Tells what was not told, and the sums.
    pub(crate) fn end(&mut self, place: &mut Place<'_>) {
        let layer = self.top.clone().unwrap_or_default();
        self.dialogue
            .end(&mut |side, text| place.line(' ', &layer, arrowed(side, self.is_covered, text)));
        self.head("in all", place);
        place.remark(&self.sums);
        self.is_over = true;
    }

    fn begin(&mut self, event: &Event<'_>, operation: Operation, place: &mut Place<'_>) {
        match operation {
            Operation::Connect if self.heading.is_empty() => self.head("connect", place),
            Operation::StartTls => {
                self.tls = Some(event.depth);
                self.head("TLS", place);
            }
            _ => {}
        }
    }

    fn end_of(&mut self, event: &Event<'_>, operation: Operation, place: &mut Place<'_>) {
        match operation {
            Operation::StartTls if Some(event.depth) == self.tls => {
                self.is_covered = true;
                place.line(' ', event.layer, "TLS has started");
            }
            Operation::Connect if is_tls(event.layer) && self.sums.spoke_below(event.depth) => {
                self.is_covered = true;
            }
            Operation::Connect if event.depth == 0 => place.line(' ', event.layer, "is connected"),
            _ => {}
        }
    }

    fn failed(
        &mut self,
        event: &Event<'_>,
        operation: Operation,
        error: &Error,
        place: &mut Place<'_>,
    ) {
        let sentence = harmless(error.sentence());
        // It climbs through the layers: told where it began, and as the top has it.
        let climbs = !self.failure.is_empty() && sentence.ends_with(&self.failure);
        let is_whole = event.depth == 0 && sentence != self.failure;
        if !climbs || is_whole {
            let text = format!("{operation} failed ({}): {sentence}", error.class());
            place.line('*', event.layer, text);
        }
        if !climbs {
            self.failure = sentence;
        }
        if event.depth == 0 {
            self.failure.clear();
        }
    }

    fn hear(&mut self, side: Side, payload: Payload<'_>, layer: &str, place: &mut Place<'_>) {
        let layer = self.top.as_deref().unwrap_or(layer);
        let (heading, covered) = (&mut self.heading, self.is_covered);
        let mut tell = |side, text: &str| {
            let next = phase(side, text, heading);
            if next != *heading {
                *heading = next;
                place.heading(next);
            }
            place.line(' ', layer, arrowed(side, covered, text));
        };
        for piece in payload.pieces() {
            self.dialogue.hear(side, &piece, &mut tell);
        }
    }

    fn head(&mut self, heading: &'static str, place: &mut Place<'_>) {
        if self.heading != heading {
            self.heading = heading;
            place.heading(heading);
        }
    }
}

/// What a line begins, or goes on with.
fn phase(side: Side, text: &str, now: &'static str) -> &'static str {
    let verb = text.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
    match verb.as_str() {
        _ if now == "connect" => "greeting",
        _ if side == Side::Up => now,
        "EHLO" | "LHLO" | "HELO" => "greeting",
        "AUTH" => "AUTH",
        "MAIL" => "message",
        "VRFY" | "EXPN" | "NOOP" | "HELP" => "questions",
        "QUIT" => "goodbye",
        _ => now,
    }
}

fn arrowed(side: Side, is_covered: bool, text: &str) -> String {
    let arrow = match (side, is_covered) {
        (Side::Down, false) => "->",
        (Side::Down, true) => "~>",
        (Side::Up, false) => "<-",
        (Side::Up, true) => "<~",
    };
    format!("{arrow} {text}").trim_end().to_owned()
}

/// Whether a layer is one that seals as it connects; nothing else of it says so.
fn is_tls(layer: &str) -> bool {
    layer.split('#').next() == Some("Tls")
}
