//! A log through the `log` crate.

use std::fmt::{self, Write};
use std::sync::Arc;

use comms_core::{Event, Level, Severity, Sink, What};
use log::{Metadata, Record, STATIC_MAX_LEVEL};

use crate::harmless::{Harmless, harmless};
use crate::levels::Levels;
use crate::line::Line;

/// Hands what a [`Line`] says to the `log` crate, with the target `comms::<Module>`: `comms::Tcp`.
///
/// Errors and warnings are logged as such. Of the rest, production is logged as `info`, script and
/// debug as `debug`, trace and pdus as `trace`. The program's logger puts the date, and decides
/// among the levels that are on here; what it does not want is never made. The text begins with
/// the stack's number: `#1 > send 12 octets`; the second layer of a name says which it is:
/// `#1 Util#2 > send 12 octets`.
///
/// ```
/// # use comms_core::{CommsModule, CommsStack, ModuleSpec};
/// # #[derive(Debug)]
/// # struct Hole;
/// # static HOLE: ModuleSpec = ModuleSpec::bottom("Hole", "does nothing");
/// # impl CommsModule for Hole {
/// #     fn spec(&self) -> &'static ModuleSpec { &HOLE }
/// # }
/// use std::sync::Arc;
///
/// use comms_core::Sink;
/// use comms_log::{Facade, Levels};
///
/// let mut stack = CommsStack::new(Hole)?;
/// let facade: Arc<dyn Sink> = Facade::new(Levels::ALL).cut_at(80).into();
/// stack.watch(&facade);
/// stack.connect()?;
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Facade {
    levels: Levels,
    limit: Option<usize>,
}

impl Facade {
    /// Hands on what is of `levels`.
    pub fn new(levels: impl Into<Levels>) -> Self {
        Self { levels: levels.into(), limit: None }
    }

    /// Shows at most `octets` of each payload; 256 unless set.
    pub fn cut_at(self, octets: usize) -> Self {
        Self { limit: Some(octets), ..self }
    }
}

impl Default for Facade {
    fn default() -> Self {
        Self::new(Levels::default())
    }
}

impl Sink for Facade {
    fn note(&self, event: &Event<'_>) {
        let level = fitting(&event.what);
        if level > STATIC_MAX_LEVEL || level > log::max_level() {
            return;
        }
        let Some(line) = Line::of(event, self.levels) else { return };
        let place = Place::of(event);
        let target = place.target();
        let metadata = Metadata::builder().level(level).target(&target).build();
        let logger = log::logger();
        if logger.enabled(&metadata) {
            let text = self.limit.map_or(line, |octets| line.cut_at(octets)).text();
            let args = format_args!("{place} {text}");
            logger.log(&Record::builder().metadata(metadata).args(args).build());
        }
    }

    fn name(&self) -> String {
        "log".to_owned()
    }
}

impl From<Facade> for Arc<dyn Sink> {
    fn from(facade: Facade) -> Self {
        Arc::new(facade)
    }
}

/// Where an event happened.
struct Place<'e> {
    stack: u64,
    module: &'e str,
    /// `Util#2`, where the module alone does not tell it.
    layer: Option<&'e str>,
}

impl<'e> Place<'e> {
    fn of(event: &Event<'e>) -> Self {
        match event.layer.split_once('#') {
            Some((module, _)) => Self { stack: event.stack, module, layer: Some(event.layer) },
            None => Self { stack: event.stack, module: event.layer, layer: None },
        }
    }

    fn target(&self) -> String {
        format!("comms::{}", harmless(self.module))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.stack)?;
        let Some(layer) = self.layer else { return Ok(()) };
        f.write_char(' ')?;
        Harmless::new(f).show(layer)
    }
}

fn fitting(what: &What<'_>) -> log::Level {
    match what {
        What::Record { severity: Severity::Error, .. } => log::Level::Error,
        What::Record { severity: Severity::Warn, .. } => log::Level::Warn,
        What::Record { level: Level::Production, .. } => log::Level::Info,
        What::Record { level: Level::Script | Level::Debug, .. } => log::Level::Debug,
        _ => log::Level::Trace,
    }
}
