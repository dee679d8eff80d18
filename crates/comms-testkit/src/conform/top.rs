//! Rules for a layer that speaks a protocol of its own to whoever is above it.

use comms_core::{CommsStack, Error, ErrorClass, Result};

use crate::check::Check;
use crate::conform::life::not_connected;
use crate::conform::session::{Finding, Outcome, ensure, refused};
use crate::conform::transfer::Oddity;
use crate::fault::Fault;

/// What makes a stack and the peer that it will talk to.
pub(crate) type Make<'m> = &'m dyn Fn() -> Result<CommsStack>;

pub(crate) fn calls_before_connect(make: Make<'_>) -> Outcome {
    not_connected(&mut make()?)
}

pub(crate) fn a_session(make: Make<'_>) -> Outcome {
    let mut stack = make()?;
    let check = Check::new();
    let handle = check.handle();
    stack.insert(1, check)?;
    talk(&mut stack)?;
    stack.disconnect()?;
    ensure(!stack.is_connected(), || "the stack is connected after disconnect".to_owned())?;
    not_connected(&mut stack)?;
    stack.disconnect()?;
    handle.finished().map_err(Error::from).map_err(Finding::from)
}

pub(crate) fn in_portions(make: Make<'_>) -> Outcome {
    let mut stack = make()?;
    stack.insert(stack.depth() - 1, Fault::new().receive_at_most(1).send_at_most(1))?;
    talk(&mut stack)?;
    stack.disconnect().map_err(Finding::from)
}

pub(crate) fn objects(make: Make<'_>) -> Outcome {
    let mut stack = make()?;
    talk(&mut stack)?;
    let before = stack.info().below;
    let error = refused(stack.send(&Oddity), "a send of an unknown object")?;
    let class = error.class();
    if class != ErrorClass::Usage {
        let found = format!("a send of an unknown object is of class {class}");
        return Err(Finding { found, cause: Some(error) });
    }
    ensure(stack.info().below == before, || "an object that nobody takes was sent".to_owned())?;
    stack.disconnect().map_err(Finding::from)
}

/// Each operation of what lies above the bottom fails once.
pub(crate) fn failures(make: Make<'_>) -> Outcome {
    for point in 0..MOST {
        let mut stack = make()?;
        let fault = Fault::after(point);
        let handle = fault.handle();
        let check = Check::new();
        let calls = check.handle();
        stack.insert(1, check)?;
        stack.insert(stack.depth() - 1, fault)?;
        let place = || handle.struck().unwrap_or_else(|| "nothing".to_owned());
        let talked = talk(&mut stack);
        let told = talked.is_err() || handle.struck().is_none();
        ensure(told, || format!("a failure below was told to nobody: {}", place()))?;
        // The goodbye may fail; what is let go may not.
        let _ = stack.disconnect();
        ensure(!stack.is_connected(), || format!("connected after a failure: {}", place()))?;
        calls.finished().map_err(Error::from)?;
        if handle.struck().is_none() {
            return talked;
        }
    }
    ensure(false, || format!("a short session takes more than {MOST} operations"))
}

fn talk(stack: &mut CommsStack) -> Outcome {
    stack.connect()?;
    ensure(stack.is_connected(), || "the stack is not connected after connect".to_owned())?;
    stack.noop()?;
    Ok(())
}

/// A short session takes fewer operations.
const MOST: u64 = 10_000;
