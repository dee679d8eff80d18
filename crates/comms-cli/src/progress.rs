//! A progress bar for sends that take a while, on a terminal and nowhere else.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use comms::{CommsStack, Event, Operation, Sink, What};
use indicatif::{
    HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

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

/// Counts messages, and shows how far they are.
#[derive(Debug)]
pub(crate) struct Count {
    bar: ProgressBar,
    began: Instant,
    /// Sent over all connections.
    octets: Arc<AtomicU64>,
}

impl Sink for Count {
    fn note(&self, event: &Event<'_>) {
        let What::Begin { operation: Operation::Send, payload: Some(payload), .. } = event.what
        else {
            return;
        };
        let sent = payload.len() as u64;
        let before = self.octets.fetch_add(sent, Ordering::Relaxed);
        // More often nobody could read it.
        if before / STEP != before.saturating_add(sent) / STEP {
            self.bar.set_message(HumanBytes(before.saturating_add(sent)).to_string());
            self.show_soon();
        }
    }

    fn name(&self) -> String {
        "progress".to_owned()
    }
}

impl Count {
    pub(crate) fn new(messages: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(messages), ProgressDrawTarget::hidden());
        Self { bar, began: Instant::now(), octets: Arc::default() }
    }

    /// Shows how many octets went over this connection too, so that a large message moves.
    pub(crate) fn watch(&self, stack: &mut CommsStack) -> Result<(), Failure> {
        if io::stderr().is_terminal() {
            let bottom = stack.names().last().unwrap_or_default().to_owned();
            let count =
                Self { bar: self.bar.clone(), began: self.began, octets: self.octets.clone() };
            stack.log(&bottom, Arc::new(count))?;
        }
        Ok(())
    }

    /// One more is done, of which `tell` tells.
    pub(crate) fn one_more(&self, tell: impl FnOnce()) {
        self.bar.suspend(tell);
        self.bar.inc(1);
        self.show_soon();
    }

    fn show_soon(&self) {
        if self.bar.is_hidden() && self.began.elapsed() > SOON && io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(MESSAGES);
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            self.bar.set_style(style.with_key("rate", rate).with_key("left", left));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Says something beside the bar.
    pub(crate) fn beside(&self, say: impl FnOnce()) {
        self.bar.suspend(say);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
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

/// Messages a second, without more digits than they have.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    // Nothing fails that is written into memory.
    let _ = write!(out, "{:.1}/s", state.per_sec());
}

/// Time that is left, once a message has shown how long one takes.
fn left(state: &ProgressState, out: &mut dyn Write) {
    if state.pos() > 0 {
        // Nothing fails that is written into memory.
        let _ = write!(out, "{:#} left", HumanDuration(state.eta()));
    }
}

const MESSAGES: &str = "{wide_bar} {pos}/{len}  {msg}  {rate}  {left}";

/// Octets between two looks.
const STEP: u64 = 256 * 1024;

/// What is done within this needs no bar.
const SOON: Duration = Duration::from_secs(1);
