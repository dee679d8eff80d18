//! What takes the network's place in tests.
//!
//! - [`Loopback`] is a bottom that is joined to another one in memory.
//! - [`Script`] is a bottom that plays the peer from a written dialogue; its [`Transcript`] tells
//!   what the client said.
//! - [`Record`] is a filter that writes a session down; [`Replay`] is a bottom that plays it.
//!   [`PretendTls`] takes the place of TLS there.
//! - [`Latency`] is a filter that makes the way to the peer long, and counts round trips;
//!   [`Throttle`] makes it narrow.
//! - [`Fault`] is a filter in which something goes wrong at a known place;
//!   [`for_each_failure_point`] and [`sweep`](sweep()) run a test for every place.
//! - [`Check`] is a filter that holds its neighbours to the rules of calling.
//! - [`conform`] tries the rules that every module keeps on any module.
//! - [`ManualClock`] moves by hand, so that time-outs of minutes pass in microseconds.
//!
//! ```
//! use comms_core::CommsStack;
//! use comms_testkit::Script;
//!
//! let script = Script::parse(
//!     "S: 220 mail.example ESMTP
//!      C: EHLO client.example
//!      S: 250 ok",
//! )?;
//! let transcript = script.transcript();
//! let mut stack = CommsStack::new(script)?;
//! stack.connect()?;
//! let mut reply = [0; 64];
//! let octets = stack.receive(&mut reply)?;
//! assert_eq!(&reply[..octets], b"220 mail.example ESMTP\r\n");
//! stack.send("EHLO client.example\r\n")?;
//! stack.receive(&mut reply)?;
//! stack.disconnect()?;
//! transcript.finished()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod clock;
pub mod conform;
mod error;
mod fault;
mod latency;
mod loopback;
mod pieces;
mod pretend_tls;
mod record;
mod replay;
mod scenario;
mod script;
mod silence;
mod sweep;
mod tape;
mod throttle;
mod transcript;
mod wire;

pub use crate::check::{Check, CheckHandle};
pub use crate::clock::ManualClock;
pub use crate::conform::pair::Pair;
pub use crate::error::{
    FaultStruck, LoopbackError, ParseProblem, RuleBroken, ScriptError, ScriptFileError,
    ScriptParseError, SweepError, TapeError, Violation,
};
pub use crate::fault::Fault;
pub use crate::fault::point::{CutPoint, FaultPoint, FlipPoint};
pub use crate::fault::properties::FaultProperties;
pub use crate::fault::tally::FaultHandle;
pub use crate::latency::{Latency, LatencyProperties};
pub use crate::loopback::{Loopback, LoopbackHandle, LoopbackProperties};
pub use crate::pretend_tls::{PretendTls, PretendTlsProperties};
pub use crate::record::{Record, RecordHandle, RecordProperties};
pub use crate::replay::{Replay, ReplayProperties};
pub use crate::scenario::delivery::Delivery;
pub use crate::scenario::step::Cut;
pub use crate::script::{Script, ScriptProperties};
pub use crate::sweep::{RunOutcome, for_each_failure_point, sweep};
pub use crate::tape::loosen::Loosen;
pub use crate::throttle::{Throttle, ThrottleProperties};
pub use crate::transcript::Transcript;
