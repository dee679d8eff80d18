//! What the inbox answers to whom: the page, and the API behind it (docs/guide/inbox.md).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use comms::{Exposition, TraceLog};
use serde::Serialize;

use crate::inbox::answers;
use crate::inbox::http::guard::{Guard, Suspicion};
use crate::inbox::http::request::{Method, Request};
use crate::inbox::http::response::{HTML, Response};
use crate::inbox::http::server::{News, Site};
use crate::inbox::kept::{Kept, Summary};
use crate::inbox::shelf::Shelf;
use crate::inbox::statistics::Statistics;

/// The site of an inbox.
#[derive(Debug)]
pub(crate) struct InboxSite {
    /// Where the sink listens.
    pub(crate) smtp: String,
    pub(crate) keep: u32,
    pub(crate) guard: Guard,
    pub(crate) statistics: Statistics,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) trace: TraceLog,
    /// Whoever reads a message whole holds it: one large message at a time is taken apart.
    pub(crate) desk: Mutex<()>,
}

#[derive(Serialize)]
struct List<'m> {
    messages: Vec<&'m Summary>,
    /// How many the inbox keeps, whatever was searched for.
    total: usize,
    version: u64,
}

#[derive(Serialize)]
struct About<'a> {
    program: &'static str,
    smtp: &'a str,
    keep: u32,
}

#[derive(Serialize)]
struct Change {
    version: u64,
    total: usize,
}

impl Site for InboxSite {
    fn answer(&self, request: &Request) -> Response {
        match self.guard.check(request) {
            Ok(()) => self.route(request),
            Err(Suspicion::Misdirected) => {
                let why = "the Host is none of this machine's names; --http-name NAME adds one";
                Response::refusal(421, why)
            }
            Err(Suspicion::CrossSite) => Response::refusal(403, "a page of another site asks"),
        }
    }

    fn news(&self, seen: &mut u64, time: Duration) -> News {
        let stock = self.shelf.wait(*seen, time);
        if stock.is_closed {
            return News::End;
        }
        if stock.version == *seen {
            return News::Silence;
        }
        *seen = stock.version;
        let change = Change { version: stock.version, total: stock.messages };
        serde_json::to_string(&change).map_or(News::Silence, News::Line)
    }

    fn close(&self) {
        self.shelf.close();
    }
}

impl InboxSite {
    fn route(&self, request: &Request) -> Response {
        let path = request.path.iter().map(String::as_str).collect::<Vec<_>>();
        match (request.method, path.as_slice()) {
            (Method::Delete, ["api", "messages"]) => self.delete_all(),
            (Method::Delete, ["api", "messages", id]) => self.delete(id),
            (Method::Delete, _) => Response::status(405),
            (_, [""]) => Response::new(HTML, PAGE).with_policy(PAGE_POLICY),
            (_, ["inbox.css"]) => Response::new("text/css; charset=utf-8", STYLE),
            (_, ["inbox.js"]) => Response::new("text/javascript; charset=utf-8", SCRIPT),
            (_, ["icon.svg"]) => Response::new("image/svg+xml", ICON),
            (_, ["metrics"]) => {
                let page = self.statistics.page(self.shelf.stock());
                Response::new(Exposition::CONTENT_TYPE, page)
            }
            (_, ["api", "about"]) => self.about(),
            (_, ["api", "events"]) => Response::events(),
            (_, ["api", "messages"]) => self.list(request),
            (_, ["api", "messages", id, what @ ..]) => self.message(id, what, request),
            _ => Response::status(404),
        }
    }

    fn about(&self) -> Response {
        Response::json(&About { program: answers::PROGRAM, smtp: &self.smtp, keep: self.keep })
    }

    fn list(&self, request: &Request) -> Response {
        let limit = match request.query("limit").map(str::parse::<usize>) {
            Some(Err(_)) => return Response::refusal(400, "limit is a number"),
            Some(Ok(limit)) => limit,
            None => usize::MAX,
        };
        let stock = self.shelf.stock();
        let found = self.shelf.search(request.query("search").unwrap_or_default());
        let messages = found.iter().take(limit).map(|one| &one.summary).collect();
        Response::json(&List { messages, total: stock.messages, version: stock.version })
    }

    /// Answers what is asked of one message.
    fn message(&self, id: &str, what: &[&str], request: &Request) -> Response {
        let Some(message) = id.parse().ok().and_then(|id| self.shelf.find(id)) else {
            return Response::refusal(404, NO_MESSAGE);
        };
        let _desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            [] => answers::shown(&message),
            ["source"] => answers::source(&message, request),
            ["html"] => answers::html(&message),
            ["parts", number] => answers::part(&message, number),
            ["trace"] => answers::events(&self.trace, message.summary.session.stack),
            ["timeline"] => answers::timeline(&self.trace, message.summary.session.stack),
            _ => Response::status(404),
        }
    }

    fn delete(&self, id: &str) -> Response {
        let Some(message) = id.parse().ok().and_then(|id| self.shelf.take(id)) else {
            return Response::refusal(404, NO_MESSAGE);
        };
        self.forget(&message);
        Response::done()
    }

    fn delete_all(&self) -> Response {
        self.shelf.take_all().iter().for_each(|message| self.forget(message));
        Response::done()
    }

    /// What was said in a session goes with the last of its messages.
    fn forget(&self, message: &Kept) {
        let stack = message.summary.session.stack;
        if !self.shelf.has_session(stack) {
            self.trace.forget_stack(stack);
        }
    }
}

const NO_MESSAGE: &str = "there is no such message, or no longer";

const PAGE: &str = include_str!("../../assets/inbox.html");
const STYLE: &str = include_str!("../../assets/inbox.css");
const SCRIPT: &str = include_str!("../../assets/inbox.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// The inbox runs its own script alone, and asks nobody else for anything.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'none'";
