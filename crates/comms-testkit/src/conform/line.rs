//! Rules for layers that provide lines; others pass them.

use std::time::Duration;

use comms_core::{CommsStack, ErrorClass, Provides, Result, Service};

use crate::conform::pair::Pair;
use crate::conform::session::{
    Finding, MOMENT, Outcome, Session, ensure, hear, refused, same, say,
};

pub(crate) fn lines(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let Session { near, far, .. } = &mut session;
    if !provides_lines(near) {
        return Ok(());
    }
    for octet in b"one\r\n\r\nthree\rx\ny\r\nrest" {
        say(far, &[*octet])?;
    }
    for expected in ["one\r\n", "\r\n", "three\rx\ny\r\n"] {
        same(&line(near, 64)?, expected.as_bytes())?;
    }
    same(&hear(near, 4, 16)?, b"rest")?;

    say(far, b"slo")?;
    near.limit(MOMENT, "line");
    of_class(line(near, 64), ErrorClass::Timeout, "a line that does not end")?;
    near.limit(Duration::from_secs(10), "conformance");
    say(far, b"wly\r\n")?;
    same(&line(near, 64)?, b"slowly\r\n")?;

    say(far, &[b'x'; 100])?;
    // All of it is here; one that knows no limit waits for more.
    near.limit(Duration::from_secs(1), "end of a line that has none");
    of_class(line(near, 10), ErrorClass::Protocol, "a line that is too long")
}

pub(crate) fn cut_off(pair: Pair) -> Outcome {
    let mut session = Session::open(pair)?;
    let Session { near, far, .. } = &mut session;
    if !provides_lines(near) {
        return Ok(());
    }
    say(far, b"whole\r\ncut o")?;
    far.disconnect()?;
    same(&line(near, 64)?, b"whole\r\n")?;
    of_class(line(near, 64), ErrorClass::Connection, "a line that is cut off")
}

/// Whether lines can be received at the top.
fn provides_lines(stack: &CommsStack) -> bool {
    let offers = stack.modules().map(|module| module.spec().provides);
    match offers.into_iter().find(|offer| *offer != Provides::SameAsBelow) {
        Some(Provides::Services(services)) => services.contains(&Service::LINES),
        _ => false,
    }
}

fn line(stack: &mut CommsStack, limit: usize) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    stack.receive_until(b"\r\n", limit, &mut line)?;
    Ok(line)
}

fn of_class<T>(result: Result<T>, class: ErrorClass, what: &str) -> Outcome {
    let error = refused(result, what)?;
    ensure(error.class() == class, || format!("{what} is of class {}", error.class()))
        .map_err(|finding| Finding { cause: Some(error), ..finding })
}
