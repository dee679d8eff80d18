//! Logs of a stack of communication modules: what each layer was asked, what it did, and when.
//!
//! A log is a [`Sink`](comms_core::Sink) of the stack's events. Each event of a level that is on
//! becomes one [`Line`]; whatever the peer says, it cannot forge a second one, and secrets are
//! shown as their size alone.
//!
//! - [`MemoryLog`] keeps the last lines in memory; [`memory_logs`] gives one to each layer.
//! - [`FileLog`] writes to a file of bounded size, and keeps one older generation.
//! - [`LogFolder`] has such a file for each layer, as [`LogOptions`] say.
//! - [`Facade`] hands the lines to the `log` crate.
//!
//! A trace keeps the events themselves, without their secrets:
//!
//! - [`TraceLog`] in memory, as [`TraceEvent`]s.
//! - [`JsonTrace`] as lines of JSON, [`TranscriptTrace`] as a text to read, [`TimelineTrace`] as a
//!   page, [`PcapngTrace`] as a capture for Wireshark.
//!
//! [`Metrics`] counts what passes through each layer, for Prometheus perhaps.
//!
//! [`Levels`] says what goes into a log: any set of production, script, pdus, trace and debug;
//! [`LayerLevels`] for each layer.

mod bounded;
mod error;
mod exposition;
mod facade;
mod file;
mod folder;
mod harmless;
mod layer_levels;
mod layers;
mod levels;
mod line;
mod memory;
mod metrics;
mod text;
mod trace;

pub use crate::error::{LogError, UnknownLevel};
pub use crate::exposition::{Exposition, MetricKind};
pub use crate::facade::Facade;
pub use crate::file::FileLog;
pub use crate::folder::{LogFolder, LogOptions};
pub use crate::layer_levels::LayerLevels;
pub use crate::layers::{dialogue_layer, memory_logs};
pub use crate::levels::Levels;
pub use crate::line::Line;
pub use crate::memory::MemoryLog;
pub use crate::metrics::{LayerMetrics, Metrics};
pub use crate::text::Text;
pub use crate::trace::event::{TraceEvent, TraceFailure, Traced};
pub use crate::trace::html::Timeline;
pub use crate::trace::json::TraceHeader;
pub use crate::trace::lines::JsonTrace;
pub use crate::trace::log::TraceLog;
pub use crate::trace::masked::{MaskedOctets, MaskedRun};
pub use crate::trace::pcapng::PcapngTrace;
pub use crate::trace::timeline::TimelineTrace;
pub use crate::trace::transcript::TranscriptTrace;
