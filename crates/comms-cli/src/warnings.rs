//! What layers warn of while a message is sent: an extension that the server lacks, say.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Mutex, PoisonError};

use comms::{Event, Level, Severity, Sink, What};

/// A watcher that keeps what the protocol's layer warns of, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    warnings: BTreeSet<String>,
    /// What was said of recipients.
    recipients: BTreeSet<String>,
}

impl Warnings {
    /// All of them; who has moved is among them where no report tells of it.
    pub(crate) fn take(&self, is_reported: bool) -> Vec<String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { warnings, recipients } = mem::take(&mut *kept);
        let moves = recipients.into_iter().filter(|text| text.contains(MOVED));
        warnings.into_iter().chain(moves.filter(|_| !is_reported)).collect()
    }
}

impl Sink for Warnings {
    fn note(&self, event: &Event<'_>) {
        let What::Record { severity: Severity::Warn, level: Level::Production, text } = &event.what
        else {
            return;
        };
        // What the URL asks of Tls needs no warning.
        if event.layer != "Smtp" {
            return;
        }
        let text = text.to_string();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_recipient = text.starts_with('<');
        let kept = if of_recipient { &mut kept.recipients } else { &mut kept.warnings };
        kept.insert(text);
    }

    fn name(&self) -> String {
        "warnings".to_owned()
    }
}

/// As the layer says it: `<bob@y.example> has moved, <new@y.example> is asked for`.
const MOVED: &str = "> has moved, <";
