//! Traffic summed over the layers of a group.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use comms_core::Traffic;

/// Groups of `Util` layers by name. Layers share a group when they were made with the same
/// `TrafficGroups` and have the same `traffic_group`.
#[derive(Debug, Clone, Default)]
pub struct TrafficGroups {
    groups: Arc<Mutex<BTreeMap<String, Traffic>>>,
}

impl TrafficGroups {
    /// No groups yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What passed through all layers of `group` since the last reset.
    pub fn traffic(&self, group: &str) -> Traffic {
        self.with(|groups| groups.get(group).copied().unwrap_or_default())
    }

    /// Sets the counters of `group` back to nothing.
    pub fn reset(&self, group: &str) {
        self.with(|groups| groups.remove(group));
    }

    pub(crate) fn add(&self, group: &str, more: Traffic) {
        self.with(|groups| match groups.get_mut(group) {
            Some(sum) => *sum += more,
            None => {
                groups.insert(group.to_owned(), more);
            }
        });
    }

    /// Counters stay true whatever a thread that panicked was doing.
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Traffic>) -> T) -> T {
        work(&mut self.groups.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
