//! What the sink has done, for `GET /metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use comms::{Exposition, MetricKind, Metrics, ServerTally, ServingTrouble};

use crate::inbox::shelf::Stock;

/// What went wrong with clients, by class.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    by_class: Mutex<BTreeMap<String, u64>>,
}

impl Troubles {
    pub(crate) fn count(&self, trouble: &ServingTrouble) {
        let class = match trouble {
            ServingTrouble::NotAccepted(error) | ServingTrouble::Ended(error) => {
                error.class().to_string()
            }
            _ => "no thread".to_owned(),
        };
        let mut by_class = self.by_class.lock().unwrap_or_else(PoisonError::into_inner);
        *by_class.entry(class).or_default() += 1;
    }

    fn all(&self) -> BTreeMap<String, u64> {
        self.by_class.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All that is counted.
#[derive(Debug)]
pub(crate) struct Statistics {
    began: Instant,
    began_at: SystemTime,
    tally: ServerTally,
    metrics: Metrics,
    troubles: Arc<Troubles>,
}

impl Statistics {
    pub(crate) fn new(tally: ServerTally, metrics: Metrics, troubles: Arc<Troubles>) -> Self {
        let (began, began_at) = (Instant::now(), SystemTime::now());
        Self { began, began_at, tally, metrics, troubles }
    }

    /// The page that Prometheus reads.
    pub(crate) fn page(&self, stock: Stock) -> String {
        let (mut page, tally) = (Exposition::new(), &self.tally);
        let kept = stock.messages as u64;
        let (counter, gauge) = (MetricKind::Counter, MetricKind::Gauge);
        for (name, kind, help, value) in [
            ("comms_sink_clients_total", counter, "Clients greeted.", tally.sessions()),
            ("comms_sink_clients", gauge, "Clients that are served now.", tally.present()),
            ("comms_sink_messages_total", counter, "Messages taken.", tally.messages()),
            ("comms_sink_recipients_total", counter, "Recipients accepted.", tally.recipients()),
            (
                "comms_sink_recipients_refused_total",
                counter,
                "Recipients refused.",
                tally.recipients_refused(),
            ),
            ("comms_sink_inbox_messages", gauge, "Messages that the inbox keeps.", kept),
            ("comms_sink_inbox_octets", gauge, "Octets that the inbox keeps.", stock.octets),
        ] {
            page.family(name, kind, help);
            page.sample(&[], value);
        }
        let help = "Sessions that ended early, by class of error.";
        page.family("comms_sink_sessions_failed_total", counter, help);
        for (class, count) in self.troubles.all() {
            page.sample(&[("class", &class)], count);
        }
        let since = self.began_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let times = [
            ("comms_sink_start_time_seconds", "When the sink began, since 1970.", since),
            ("comms_sink_uptime_seconds", "How long the sink has run.", self.began.elapsed()),
        ];
        for (name, help, time) in times {
            page.family(name, gauge, help);
            page.sample(&[], seconds(time));
        }
        self.metrics.expose(&mut page);
        page.to_string()
    }
}

fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}
