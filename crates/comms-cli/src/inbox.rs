//! The inbox of `comms sink`: what was received, shown to a browser and to scripts.

pub(crate) mod answers;
pub(crate) mod body;
pub(crate) mod http;
pub(crate) mod kept;
pub(crate) mod page;
pub(crate) mod pictures;
pub(crate) mod shelf;
pub(crate) mod shown;
pub(crate) mod site;
pub(crate) mod statistics;
pub(crate) mod store;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use comms::{Metrics, ServerTally, Sink, Store, TraceLog};

use crate::args::inbox::InboxArgs;
use crate::failure::Failure;
use crate::inbox::http::guard::Guard;
use crate::inbox::http::server::HttpServer;
use crate::inbox::shelf::Shelf;
use crate::inbox::site::InboxSite;
use crate::inbox::statistics::{Statistics, Troubles};
use crate::inbox::store::Shelving;

/// An inbox that is filled, and not yet shown.
#[derive(Debug)]
pub(crate) struct Inbox {
    address: SocketAddr,
    names: Vec<String>,
    keep: u32,
    shelf: Arc<Shelf>,
    trace: TraceLog,
    metrics: Metrics,
    troubles: Arc<Troubles>,
}

impl Inbox {
    /// The inbox that the arguments ask for, if they do.
    pub(crate) fn new(args: &InboxArgs) -> Result<Option<Self>, Failure> {
        let Some(address) = args.address()? else { return Ok(None) };
        let keep = usize::try_from(args.keep).unwrap_or(usize::MAX);
        Ok(Some(Self {
            address,
            names: args.http_name.clone(),
            keep: args.keep,
            shelf: Arc::new(Shelf::new(keep)),
            trace: TraceLog::new().max_octets(TRACED),
            metrics: Metrics::new(),
            troubles: Arc::default(),
        }))
    }

    /// A store that fills the inbox beside `store`.
    pub(crate) fn beside(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        Box::new(Shelving::new(store, Arc::clone(&self.shelf)))
    }

    /// Those who watch the sessions for it.
    pub(crate) fn watchers(&self) -> [Arc<dyn Sink>; 2] {
        [self.trace.clone().into(), self.metrics.clone().into()]
    }

    /// What goes wrong with clients is counted here.
    pub(crate) fn troubles(&self) -> Arc<Troubles> {
        Arc::clone(&self.troubles)
    }

    /// Shows the inbox of the sink that listens at `smtp`.
    pub(crate) fn show(self, smtp: &str, tally: ServerTally) -> Result<HttpServer, Failure> {
        let own = gethostname::gethostname().into_string().ok();
        let names = self.names.into_iter().chain(own);
        let site = InboxSite {
            smtp: smtp.to_owned(),
            keep: self.keep,
            guard: Guard::new(names),
            statistics: Statistics::new(tally, self.metrics, self.troubles),
            shelf: self.shelf,
            trace: self.trace,
            desk: Mutex::default(),
        };
        HttpServer::start(&self.address.ip().to_string(), self.address.port(), Arc::new(site))
    }
}

/// What the events of sessions take in memory at most: 32 MiB.
const TRACED: usize = 32 << 20;
