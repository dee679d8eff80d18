//! A peer that says nothing.

use comms_core::{Below, Error};

use crate::error::FaultStruck;

/// Lets the time pass on the stack's clock until the deadline, and gives the error in which a call
/// ends there. Without a deadline it would never end: that is an error of its own, at once.
pub(crate) fn wait(below: &mut dyn Below) -> Error {
    let deadline = below.deadline();
    match deadline.remaining(below.clock()) {
        Err(passed) => passed.into(),
        Ok(None) => FaultStruck::StallsForever.into(),
        Ok(Some(left)) => {
            below.clock().sleep(left);
            deadline.passed().into()
        }
    }
}
