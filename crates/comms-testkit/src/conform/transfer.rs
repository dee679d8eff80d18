//! Rules about octets on their way.

use std::thread;
use std::time::Duration;

use comms_core::{CommsStack, ErrorClass, Object};

use crate::conform::pair::Pair;
use crate::conform::session::{
    Finding, Outcome, Session, ensure, hear, refused, same, say, silent,
};

pub(crate) fn in_order(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let content = session.content(1000);
    let Session { near, far, .. } = &mut session;
    for (write, read) in [(1, 1), (1000, 1), (7, 3), (3, 7), (100, 4096), (1000, 999)] {
        pass(near, far, &content, write, read)?;
        pass(far, near, &content, write, read)?;
    }
    Ok(())
}

pub(crate) fn large(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let content = session.content(LARGE);
    let Session { near, far, .. } = &mut session;
    pass(near, far, &content, 10_000, 4096)?;
    pass(far, near, &content, LARGE, 20_000)
}

pub(crate) fn flushed_before_waiting(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    session.near.send("ping")?;
    silent(&mut session.near)?;
    // What was flushed is here by now, or nearly.
    session.far.limit(Duration::from_secs(1), "what its sender waits behind");
    same(&hear(&mut session.far, 4, 16)?, b"ping")
}

pub(crate) fn nothing(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    for _ in 0..2 {
        say(&mut session.near, b"")?;
        let octets = session.far.receive(&mut [])?;
        ensure(octets == 0, || format!("{octets} octets came into no room"))?;
        say(&mut session.near, b"some")?;
        let octets = session.far.receive(&mut [])?;
        ensure(octets == 0, || format!("{octets} octets came into no room"))?;
        same(&hear(&mut session.far, 4, 16)?, b"some")?;
    }
    silent(&mut session.far)
}

pub(crate) fn flush_of_nothing(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    session.near.flush()?;
    say(&mut session.near, b"some")?;
    session.near.flush()?;
    same(&hear(&mut session.far, 4, 16)?, b"some")?;
    session.near.flush()?;
    silent(&mut session.far)
}

pub(crate) fn nothing_pending(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let content = session.content(600);
    let Session { near, far, .. } = &mut session;
    pass(near, far, &content, 100, 7)?;
    pass(far, near, &content, 100, 7)?;
    for module in near.modules().chain(far.modules()) {
        let (name, pending) = (module.spec().name, module.pending());
        ensure(pending == 0, || format!("{name} says that {pending} octets are pending"))?;
    }
    Ok(())
}

pub(crate) fn counters(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let content = session.content(500);
    let Session { near, far, .. } = &mut session;
    let (sent, received) = (near.info(), far.info());
    pass(near, far, &content, 100, 50)?;
    let above = near.info().above.bytes_sent - sent.above.bytes_sent;
    ensure(above == 500, || format!("500 octets were sent, and {above} counted"))?;
    let above = far.info().above.bytes_received - received.above.bytes_received;
    ensure(above == 500, || format!("500 octets were received, and {above} counted"))?;
    let down = near.info().below.bytes_sent - sent.below.bytes_sent;
    let up = far.info().below.bytes_received - received.below.bytes_received;
    ensure(down == up, || format!("{down} octets left on one side, {up} came on the other"))
}

pub(crate) fn objects(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let error = refused(session.near.send(&Oddity), "a send of an unknown object")?;
    if error.class() != ErrorClass::Usage {
        let found = format!("a send of an unknown object is of class {}", error.class());
        return Err(Finding { found, cause: Some(error) });
    }
    say(&mut session.near, b"some")?;
    same(&hear(&mut session.far, 4, 16)?, b"some")
}

pub(crate) fn deadline(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    for _ in 0..2 {
        silent(&mut session.near)?;
        say(&mut session.far, b"half")?;
        same(&hear(&mut session.near, 2, 2)?, b"ha")?;
        say(&mut session.far, b"way")?;
        same(&hear(&mut session.near, 5, 16)?, b"lfway")?;
    }
    Ok(())
}

/// Sends `content` from one side and receives it on the other, at the same time.
fn pass(
    from: &mut CommsStack,
    to: &mut CommsStack,
    content: &[u8],
    write: usize,
    read: usize,
) -> Outcome {
    let heard = thread::scope(|scope| {
        let sender = scope.spawn(|| {
            content.chunks(write).try_for_each(|chunk| from.send(chunk).map(drop))?;
            from.flush()
        });
        let heard = hear(to, content.len(), read);
        sender.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        heard
    })?;
    same(&heard, content)
}

/// Something that no module takes.
#[derive(Debug)]
pub(crate) struct Oddity;

impl Object for Oddity {
    fn kind(&self) -> &'static str {
        "Oddity"
    }
}

/// More than a stack's buffers hold, and a system's before they have grown.
const LARGE: usize = 600_000;
