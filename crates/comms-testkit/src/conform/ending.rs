//! Rules about the end of a connection.

use comms_core::{CommsStack, Error, ErrorClass, MethodSpec};

use crate::conform::pair::Pair;
use crate::conform::session::{Finding, Outcome, Session, ensure, hear, refused, same, say};

pub(crate) fn end_stays(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    // Not flushed: disconnecting does that.
    session.near.send("bye")?;
    session.near.disconnect()?;
    same(&hear(&mut session.far, 3, 16)?, b"bye")?;
    for _ in 0..3 {
        let octets = session.far.receive(&mut [0; 16])?;
        ensure(octets == 0, || format!("{octets} octets came after the end"))?;
    }
    session.far.disconnect()?;
    Ok(())
}

pub(crate) fn half_close(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let Session { near, far, .. } = &mut session;
    if !near.modules().any(|module| has_end_sending(module.spec().methods)) {
        return Ok(());
    }
    say(near, b"last")?;
    near.invoke("end_sending", &[])?;
    same(&hear(far, 4, 16)?, b"last")?;
    match far.receive(&mut [0; 16]) {
        Ok(octets) => ensure(octets == 0, || format!("{octets} octets came after the end"))?,
        // A layer that has a goodbye of its own tells an end without it apart.
        Err(error) => return lost(error),
    }
    say(far, b"heard")?;
    same(&hear(near, 5, 16)?, b"heard")
}

pub(crate) fn peer_gone(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    session.far.disconnect()?;
    // A system's buffers take some before the news is here.
    for _ in 0..1000 {
        if let Err(error) = say(&mut session.near, &[b'x'; 1000]) {
            return lost(error);
        }
    }
    refused(session.near.send("x"), "every one of 1000 sends to a peer that is gone")?;
    Ok(())
}

pub(crate) fn dropped(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    session.near.noop()?;
    say(&mut session.near, b"some")?;
    drop(session.near);
    same(&hear(&mut session.far, 4, 16)?, b"some")?;
    ended(&mut session.far)
}

fn ended(stack: &mut CommsStack) -> Outcome {
    match stack.receive(&mut [0; 16]) {
        Ok(octets) => ensure(octets == 0, || format!("{octets} octets came after the end")),
        Err(error) => lost(error),
    }
}

fn lost(error: Error) -> Outcome {
    if error.class() == ErrorClass::Connection {
        return Ok(());
    }
    let found = format!("the loss of the connection is of class {}", error.class());
    Err(Finding { found, cause: Some(error) })
}

fn has_end_sending(methods: &[MethodSpec]) -> bool {
    methods.iter().any(|method| method.name == "end_sending")
}
