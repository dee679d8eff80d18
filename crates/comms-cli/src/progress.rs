//! A progress bar for sends that take a while, on a terminal and nowhere else.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::{Duration, Instant};

use comms::{CommsStack, Event, Operation, Sink, What};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// The bar, for as long as the send takes.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows how far a message of `length` octets has come, as the bottom layer sees it.
pub(crate) fn attach(stack: &mut CommsStack, length: Option<u64>) -> Result<Progress, Failure> {
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    if io::stderr().is_terminal() {
        let bottom = stack.names().last().unwrap_or_default().to_owned();
        let watcher = Watcher { bar: bar.clone(), began: Instant::now() };
        stack.log(&bottom, Arc::new(watcher))?;
    }
    Ok(Progress { bar })
}

#[derive(Debug)]
struct Watcher {
    bar: ProgressBar,
    began: Instant,
}

impl Sink for Watcher {
    fn note(&self, event: &Event<'_>) {
        let What::Begin { operation: Operation::Send, payload: Some(payload), .. } = event.what
        else {
            return;
        };
        self.bar.inc(payload.len() as u64);
        if self.bar.is_hidden() && self.began.elapsed() > SOON {
            self.bar.set_style(style(self.bar.length()));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn name(&self) -> String {
        "progress".to_owned()
    }
}

fn style(length: Option<u64>) -> ProgressStyle {
    let template = match length {
        Some(_) => "{wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
        None => "{spinner} {bytes}  {bytes_per_sec}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// What is done within this needs no bar.
const SOON: Duration = Duration::from_secs(1);
