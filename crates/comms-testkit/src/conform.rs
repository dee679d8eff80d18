//! The rules that every module keeps, as a suite that any module can run in one line.
//!
//! Each rule is tried on a new [`Pair`] of stacks, so a module stands on both sides of a
//! connection: what the one does on the way down, the other undoes on the way up (a stack on its
//! mirror image changes nothing). A [`Check`](crate::Check) above and below holds the module to the
//! rules of calling meanwhile, and a [`Fault`](crate::Fault) below gives it one octet at a time,
//! and fails at each operation once.
//!
//! ```
//! use comms_testkit::{Latency, Loopback, conform};
//!
//! conform::bottom(Loopback::pair)?;
//! conform::filter(|| Latency::new(std::time::Duration::ZERO))?;
//! # Ok::<(), comms_testkit::Violation>(())
//! ```
//!
//! A bottom that listens, or modules that differ on the two sides, make their pair themselves:
//!
//! ```
//! use comms_core::CommsStack;
//! use comms_testkit::{Loopback, Pair, conform};
//!
//! conform::check(|| {
//!     let (near, far) = Loopback::pair_with_capacity(200);
//!     Ok(Pair::new(CommsStack::new(near)?, CommsStack::new(far)?))
//! })?;
//! # Ok::<(), comms_testkit::Violation>(())
//! ```
//!
//! A connection has to hold a hundred octets each way without anybody reading. The suite needs the
//! system's clock: it gives some calls a few milliseconds to run out, and
//! everything else ten seconds, so a module that hangs is found where it keeps deadlines at all.

mod below;
mod ending;
mod life;
mod line;
pub(crate) mod pair;
mod secrecy;
mod session;
mod top;
mod transfer;

use comms_core::{CommsModule, CommsStack, Error, Result};

use crate::error::Violation;
use crate::loopback::Loopback;

use crate::conform::pair::Pair;
use crate::conform::session::{Finding, Outcome};

/// Tries all rules on a filter: it stands above a loopback, and one like it on the other side.
pub fn filter<M: CommsModule>(make: impl Fn() -> M) -> Result<(), Violation> {
    check(|| {
        let (near, far) = Loopback::pair();
        Ok(Pair::new(
            CommsStack::builder().layer(make()).layer(near).build()?,
            CommsStack::builder().layer(make()).layer(far).build()?,
        ))
    })
}

/// Tries all rules on bottoms that are made in pairs.
pub fn bottom<A: CommsModule, B: CommsModule>(make: impl Fn() -> (A, B)) -> Result<(), Violation> {
    check(|| {
        let (near, far) = make();
        Ok(Pair::new(CommsStack::new(near)?, CommsStack::new(far)?))
    })
}

/// Tries all rules on whatever pairs of stacks `make` makes; the first that is broken is given.
pub fn check(make: impl Fn() -> Result<Pair>) -> Result<(), Violation> {
    for (rule, check) in RULES {
        held(&make, *check).map_err(|finding| violation(rule, finding))?;
    }
    below::failures(&make).map_err(|finding| violation(FAILURES, finding))
}

/// Tries the rules of a top: of a layer that speaks a protocol, and passes no octets of others.
///
/// `make` makes a stack with that top whose bottom plays the peer of a short session, once: it
/// connects, answers a `noop`, and disconnects.
///
/// ```no_run
/// # use comms_core::CommsModule;
/// use comms_core::CommsStack;
/// use comms_testkit::{Script, Violation, conform};
///
/// # fn my_protocol() -> impl CommsModule { Script::new() }
/// conform::top(|| {
///     let peer = Script::parse("S: HELLO\nC: PING\nS: PONG\nC: BYE")?;
///     CommsStack::builder().layer(my_protocol()).layer(peer).build()
/// })?;
/// # Ok::<(), Violation>(())
/// ```
pub fn top(make: impl Fn() -> Result<CommsStack>) -> Result<(), Violation> {
    for (rule, check) in TOP_RULES {
        check(&make).map_err(|finding| violation(rule, finding))?;
    }
    Ok(())
}

/// Tries a rule on a pair that is held to the rules of calling meanwhile.
fn held(make: &impl Fn() -> Result<Pair>, check: fn(Pair) -> Outcome) -> Outcome {
    let mut pair = make()?;
    let handles = pair.checked()?;
    check(pair)?;
    for handle in handles {
        handle.finished().map_err(Error::from)?;
    }
    Ok(())
}

fn violation(rule: &'static str, finding: Finding) -> Violation {
    Violation { rule, found: finding.found, source: finding.cause }
}

/// The names of the rules for layers that pass octets, in the order in which they are tried.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(rule, _)| *rule).chain([FAILURES])
}

type Rule = (&'static str, fn(Pair) -> Outcome);

const RULES: &[Rule] = &[
    ("a call before connect says that it is not connected", life::calls_before_connect),
    ("a pair connects, and disconnects in good order", life::connects_and_disconnects),
    ("disconnecting twice is harmless", life::disconnects_twice),
    ("a disconnected stack can connect again, and nothing old is left", life::connects_again),
    ("octets arrive in order however they are split", transfer::in_order),
    ("a transfer may be larger than every buffer", transfer::large),
    ("what is held is flushed before its sender waits", transfer::flushed_before_waiting),
    ("sending and receiving nothing is harmless", transfer::nothing),
    ("flushing nothing is harmless", transfer::flush_of_nothing),
    ("nothing is pending once all was read", transfer::nothing_pending),
    ("the counters of both faces add up", transfer::counters),
    ("an object that nobody takes is an error of usage", transfer::objects),
    ("a deadline ends a receive, and loses nothing", transfer::deadline),
    ("lines arrive whole, within limits, and survive a time-out", line::lines),
    ("a line that is cut off by the end is an error", line::cut_off),
    ("the end is received as 0, and stays", ending::end_stays),
    ("a direction that is closed leaves the other open", ending::half_close),
    ("a peer that is gone is an error of the connection", ending::peer_gone),
    ("a dropped stack ends the connection", ending::dropped),
    ("a secret arrives, and no watcher and no Debug shows it", secrecy::secrets),
    ("octets arrive in order where one passes below at a time", below::octet_by_octet),
    ("lines arrive whole where one octet passes below at a time", below::lines_octet_by_octet),
];

type TopRule = (&'static str, fn(top::Make<'_>) -> Outcome);

const TOP_RULES: &[TopRule] = &[
    ("a call before connect says that it is not connected", top::calls_before_connect),
    ("a session connects, answers, and is over after disconnect", top::a_session),
    ("a session is the same where one octet passes below at a time", top::in_portions),
    ("an object that nobody takes is an error of usage", top::objects),
    (FAILURES, top::failures),
];

const FAILURES: &str = "an operation that fails below is an error, and all is let go";
