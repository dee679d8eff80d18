//! Rules about connecting and disconnecting.

use comms_core::{CommsStack, Result, StackError};

use crate::conform::pair::{Far, Pair};
use crate::conform::session::{Outcome, Session, ensure, hear, refused, same, say, silent};

pub(crate) fn calls_before_connect(mut pair: Pair) -> Outcome {
    not_connected(&mut pair.near)?;
    match pair.far {
        Far::Stack(mut far) => not_connected(&mut far),
        Far::Listener(_) => Ok(()),
    }
}

pub(crate) fn connects_and_disconnects(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let connected = session.near.is_connected() && session.far.is_connected();
    ensure(connected, || "a stack is not connected after connect".to_owned())?;
    session.near.noop()?;
    session.near.reset()?;
    session.near.disconnect()?;
    session.far.disconnect()?;
    let connected = session.near.is_connected() || session.far.is_connected();
    ensure(!connected, || "a stack is connected after disconnect".to_owned())
}

pub(crate) fn disconnects_twice(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    for _ in 0..2 {
        session.near.disconnect()?;
        session.far.disconnect()?;
    }
    not_connected(&mut session.near)?;
    not_connected(&mut session.far)
}

pub(crate) fn connects_again(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    for round in 0..3_u8 {
        let word = [b'0' + round; 3];
        say(&mut session.near, &word)?;
        same(&hear(&mut session.far, word.len(), 16)?, &word)?;
        say(&mut session.far, &word)?;
        same(&hear(&mut session.near, word.len(), 16)?, &word)?;
        silent(&mut session.near)?;
        // What nobody reads must not be there in the next connection. Where octets are lost on
        // the way, the goodbye may say so.
        say(&mut session.far, b"stale")?;
        hear(&mut session.near, 1, 1)?;
        let _ = session.far.disconnect();
        let _ = session.near.disconnect();
        session.open_again()?;
    }
    silent(&mut session.far)
}

pub(crate) fn not_connected(stack: &mut CommsStack) -> Outcome {
    says_so(stack.send("early"), "send")?;
    says_so(stack.receive(&mut [0; 8]), "receive")?;
    says_so(stack.flush(), "flush")?;
    says_so(stack.unread(), "unread")?;
    says_so(stack.noop(), "noop")
}

fn says_so<T>(result: Result<T>, call: &str) -> Outcome {
    let error = refused(result, call)?;
    let says = matches!(error.cause::<StackError>(), Some(StackError::NotConnected));
    ensure(says, || format!("{call} said: {}", error.sentence()))
}
