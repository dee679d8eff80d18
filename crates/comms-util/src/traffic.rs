//! Traffic summed over the layers of a group.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use comms_core::{CommsInfo, Traffic};

/// Groups of `Util` layers by name. Layers share a group when they were made with the same
/// `TrafficGroups` and have the same `traffic_group`.
///
/// ```
/// use comms_core::{Clock, CommsStack, SystemClock};
/// use comms_testkit::Script;
/// use comms_util::{TrafficGroups, Util};
///
/// let groups = TrafficGroups::new();
/// let peer = Script::new().expect("hello\r\n");
/// let stack = CommsStack::builder().layer(Util::in_groups(&groups)).layer(peer);
/// let mut stack = stack.build()?;
/// stack.set("traffic_group", "mail")?;
/// stack.connect()?;
/// stack.send("hello\r\n")?;
/// stack.flush()?;
/// let info = groups.info("mail", SystemClock.now());
/// assert_eq!((info.bytes_sent(), info.packets_sent()), (7, 1));
/// assert!(info.idle().is_some());
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrafficGroups {
    groups: Arc<Mutex<BTreeMap<String, Sum>>>,
}

/// What passed through the layers of a group.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    traffic: Traffic,
    last_sent: Option<Instant>,
    last_received: Option<Instant>,
}

impl TrafficGroups {
    /// No groups yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What passed through all layers of `group` since the last reset.
    pub fn traffic(&self, group: &str) -> Traffic {
        self.sum(group).traffic
    }

    /// The same with the times since, as they are at `now` on the layers' clock. A group has one
    /// face and no state of its own.
    pub fn info(&self, group: &str, now: Instant) -> CommsInfo {
        let sum = self.sum(group);
        let since = |then: Option<Instant>| then.map(|then| now.saturating_duration_since(then));
        let mut info = CommsInfo::default();
        (info.above, info.below) = (sum.traffic, sum.traffic);
        info.time_since_sent = since(sum.last_sent);
        info.time_since_received = since(sum.last_received);
        info
    }

    /// Sets the counters of `group` back to nothing.
    pub fn reset(&self, group: &str) {
        self.with(|groups| groups.remove(group));
    }

    /// Counts what a layer of `group` was given to send.
    pub(crate) fn sent(&self, group: &str, octets: usize, now: Instant) {
        let one = Traffic { bytes_sent: octets as u64, packets_sent: 1, ..Traffic::default() };
        self.change(group, |sum| {
            sum.traffic += one;
            sum.last_sent = Some(now);
        });
    }

    /// Counts what was taken from a layer of `group`.
    pub(crate) fn received(&self, group: &str, octets: usize, now: Instant) {
        let one =
            Traffic { bytes_received: octets as u64, packets_received: 1, ..Traffic::default() };
        self.change(group, |sum| {
            sum.traffic += one;
            sum.last_received = Some(now);
        });
    }

    fn sum(&self, group: &str) -> Sum {
        self.with(|groups| groups.get(group).copied().unwrap_or_default())
    }

    fn change(&self, group: &str, change: impl FnOnce(&mut Sum)) {
        self.with(|groups| match groups.get_mut(group) {
            Some(sum) => change(sum),
            None => change(groups.entry(group.to_owned()).or_default()),
        });
    }

    /// Counters stay true whatever a thread that panicked was doing.
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Sum>) -> T) -> T {
        work(&mut self.groups.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
