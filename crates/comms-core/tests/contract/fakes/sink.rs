//! A watcher that writes down what it is told.

use comms_core::{Event, Sink, What};

use crate::fakes::diary::Diary;

/// Writes one line for each event, without its times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watcher {
    pub(crate) diary: Diary,
}

impl Sink for Watcher {
    fn note(&self, event: &Event<'_>) {
        let what = match &event.what {
            What::Begin { operation, payload: Some(payload), .. } => {
                format!("{operation} {payload:?}")
            }
            What::Begin { operation, .. } => format!("{operation}"),
            What::End { operation, received, failure: None, .. } => {
                format!("{operation} done {received:?}")
            }
            What::End { operation, failure: Some(failure), .. } => {
                format!("{operation} failed: {failure}")
            }
            What::Record { severity, level, text } => {
                format!("{}{} {text}", severity.mark(), level.name())
            }
            _ => "something new".to_owned(),
        };
        self.diary.write(format!("{}.{}.{} {what}", event.stack, event.depth, event.layer));
    }

    fn name(&self) -> String {
        "a watcher".to_owned()
    }
}
