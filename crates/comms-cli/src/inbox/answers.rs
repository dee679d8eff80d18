//! What is answered of one message, and of the session in which it came.

use comms::{ParsedMessage, Timeline, TraceEvent, TraceHeader, TraceLog};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::inbox::http::request::Request;
use crate::inbox::http::response::{HTML, Response};
use crate::inbox::kept::Kept;
use crate::inbox::page;
use crate::inbox::shown::Shown;

/// All that is told of it.
pub(crate) fn shown(message: &Kept) -> Response {
    match Shown::read(message) {
        Ok(shown) => Response::json(&shown),
        Err(error) => Response::refusal(500, &error.to_string()),
    }
}

/// The octets as they came: to be shown, or kept as a file.
pub(crate) fn source(message: &Kept, request: &Request) -> Response {
    let limit = if request.query("begin").is_some() { LONGEST_SHOWN } else { u64::MAX };
    match message.body.read(limit) {
        Ok(octets) if request.query("download").is_some() => {
            let name = format!("message-{}.eml", message.summary.id);
            attached(Response::new("message/rfc822", octets), &name)
        }
        Ok(octets) => Response::new("text/plain; charset=utf-8", octets),
        Err(error) => Response::refusal(500, &error.to_string()),
    }
}

/// The HTML, as a page that can do nothing.
pub(crate) fn html(message: &Kept) -> Response {
    match parsed(message).map(|message| page::page(&message)) {
        Ok(Some(page)) => Response::new(HTML, page).with_policy(page::POLICY),
        Ok(None) => Response::refusal(404, "the message has no HTML"),
        Err(refusal) => refusal,
    }
}

/// A part, as a file to keep.
pub(crate) fn part(message: &Kept, number: &str) -> Response {
    let message = match parsed(message) {
        Ok(message) => message,
        Err(refusal) => return refusal,
    };
    let parts = message.parts();
    let Some(part) = number.parse::<usize>().ok().and_then(|at| parts.get(at)) else {
        return Response::refusal(404, "the message has no such part");
    };
    let name = part.file_name().filter(|name| !name.trim().is_empty());
    let octets = if part.is_multipart() { part.raw().to_vec() } else { part.octets().into_owned() };
    let response = Response::new("application/octet-stream", octets);
    attached(response, &name.unwrap_or_else(|| format!("part-{number}")))
}

/// The events of the session as lines of JSON.
pub(crate) fn events(trace: &TraceLog, stack: u64) -> Response {
    let Some((header, events)) = session(trace, stack) else {
        return Response::refusal(404, NO_TRACE);
    };
    let mut lines = format!("{}\n", header.json());
    for event in &events {
        lines.push_str(&event.json().to_string());
        lines.push('\n');
    }
    Response::new("application/x-ndjson", lines)
}

/// The session as a page, which stands in a frame of its own.
pub(crate) fn timeline(trace: &TraceLog, stack: u64) -> Response {
    let Some((header, events)) = session(trace, stack) else {
        return Response::refusal(404, NO_TRACE);
    };
    let page = Timeline::new(&header, &events).to_string();
    Response::new(HTML, page).with_policy(TIMELINE_POLICY)
}

/// What is kept of a session, with the time counted from its own beginning.
fn session(trace: &TraceLog, stack: u64) -> Option<(TraceHeader, Vec<TraceEvent>)> {
    let mut events = trace.of_stack(stack);
    let began = events.iter().map(|event| event.at).min()?;
    let mut header = trace.header(PROGRAM)?;
    header.began = header.began.checked_add(began).unwrap_or(header.began);
    for event in &mut events {
        event.at = event.at.saturating_sub(began);
    }
    Some((header, events))
}

fn parsed(message: &Kept) -> Result<ParsedMessage<'static>, Response> {
    let octets = message.body.read(u64::MAX);
    let octets = octets.map_err(|error| Response::refusal(500, &error.to_string()))?;
    ParsedMessage::new(octets).map_err(|error| Response::refusal(404, &error.to_string()))
}

/// The answer as a file of this name, without the folders that it may hold (RFC 6266).
fn attached(response: Response, name: &str) -> Response {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    response.with("Content-Disposition", &format!("attachment; filename*=UTF-8''{name}"))
}

pub(crate) const PROGRAM: &str = concat!("comms ", env!("CARGO_PKG_VERSION"));

const NO_TRACE: &str = "the session is not kept any longer";

/// As much of a source as a tab shows.
const LONGEST_SHOWN: u64 = 1 << 20;

/// The timeline is one file with a script in it, which may ask for nothing.
const TIMELINE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; \
    style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'self'; sandbox allow-scripts";
