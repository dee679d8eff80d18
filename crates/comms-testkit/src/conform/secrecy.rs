//! The rule about what nobody may see.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use comms_core::{Event, Payload, Piece, Sink};

use crate::conform::pair::Pair;
use crate::conform::session::{Outcome, Session, ensure, hear, same};

pub(crate) fn secrets(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let watcher = Arc::new(Watcher::default());
    let sink: Arc<dyn Sink> = watcher.clone();
    let Session { near, far, .. } = &mut session;
    near.watch(&sink);

    let pieces = [Piece::Plain(b"<"), Piece::Secret(MARK), Piece::Plain(b">\r\n")];
    near.send(Payload::Pieces(&pieces))?;
    near.send(Payload::Secret(MARK))?;
    let held = format!("{near:?} {near:#?}");
    near.flush()?;
    let expected = [b"<", MARK, b">\r\n", MARK].concat();
    same(&hear(far, expected.len(), 64)?, &expected)?;
    near.disconnect()?;

    ensure(!shows(&held), || "the Debug of the stack shows a secret that it holds".to_owned())?;
    let seen = watcher.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let line = seen.lines().find(|line| shows(line)).map(|line| line.replace(TEXT, "<the secret>"));
    ensure(line.is_none(), || format!("a watcher saw a secret: {}", line.unwrap_or_default()))
}

/// Whether `text` contains the secret, as text or as numbers.
fn shows(text: &str) -> bool {
    let numbers = format!("{MARK:?}");
    let numbers = numbers.trim_matches(['[', ']']);
    let close: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.contains(TEXT) || close.contains(numbers)
}

/// Writes down everything that a watcher is told.
#[derive(Debug, Default)]
struct Watcher {
    seen: Mutex<String>,
}

impl Sink for Watcher {
    fn note(&self, event: &Event<'_>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing into a string does not fail.
        let _ = writeln!(seen, "{event:?}");
    }

    fn name(&self) -> String {
        "conformance".to_owned()
    }
}

/// Seven bits, and like nothing else.
const MARK: &[u8] = TEXT.as_bytes();

const TEXT: &str = "hunter2hunter2";
