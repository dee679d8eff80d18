//! Rules for a layer below which something is narrow, or fails.

use comms_core::Result;

use crate::conform::pair::Pair;
use crate::conform::session::{Finding, Outcome, Session, ensure, hear, same, say};
use crate::conform::{line, transfer};
use crate::fault::Fault;

pub(crate) fn octet_by_octet(mut pair: Pair) -> Outcome {
    pair.above_bottoms(one_octet)?;
    transfer::in_order(pair)
}

pub(crate) fn lines_octet_by_octet(mut pair: Pair) -> Outcome {
    pair.above_bottoms(one_octet)?;
    line::lines(pair)
}

/// Each operation of the layer below fails once.
pub(crate) fn failures(make: &dyn Fn() -> Result<Pair>) -> Outcome {
    for point in 0..MOST {
        let mut pair = make()?;
        let fault = Fault::after(point);
        let handle = fault.handle();
        if pair.near.depth() == 1 {
            return Ok(());
        }
        pair.near.insert(pair.near.depth() - 1, fault)?;
        let place = || handle.struck().unwrap_or_else(|| "nothing".to_owned());
        let mut near = None;
        let talked = Session::open(pair).map_err(Finding::from).and_then(|mut session| {
            let talked = talk(&mut session);
            near = Some(session.near);
            talked
        });
        let told = talked.is_err() || handle.struck().is_none();
        ensure(told, || format!("a failure below was told to nobody: {}", place()))?;
        if let Some(mut near) = near {
            // The goodbye may fail; what is let go may not.
            let _ = near.disconnect();
            ensure(!near.is_connected(), || format!("connected after a failure: {}", place()))?;
        }
        if handle.struck().is_none() {
            return talked;
        }
    }
    ensure(false, || format!("a short session takes more than {MOST} operations"))
}

fn talk(session: &mut Session) -> Outcome {
    let Session { near, far, .. } = session;
    say(near, b"ping")?;
    same(&hear(far, 4, 16)?, b"ping")?;
    say(far, b"pong")?;
    same(&hear(near, 4, 16)?, b"pong")
}

fn one_octet() -> Fault {
    Fault::new().receive_at_most(1).send_at_most(1)
}

/// A short session takes fewer operations.
const MOST: u64 = 10_000;
