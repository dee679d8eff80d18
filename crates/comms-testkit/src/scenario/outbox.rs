//! What a peer has said, and its client has not received: octets, and waits between them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::scenario::delivery::Portions;

/// Octets on their way to the client.
#[derive(Default)]
pub(crate) struct Outbox {
    octets: VecDeque<u8>,
    /// Before which octet the peer waits, and how long.
    waits: VecDeque<(usize, Duration)>,
}

impl Outbox {
    /// More is said.
    pub(crate) fn say(&mut self, octets: &[u8]) {
        self.octets.extend(octets);
    }

    /// The peer waits before it says more.
    pub(crate) fn pause(&mut self, time: Duration) {
        self.waits.push_back((self.octets.len(), time));
    }

    /// Octets that are here or will be.
    pub(crate) fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether there is nothing more to receive.
    pub(crate) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// How long the peer waits before the next octet.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.waits.front().filter(|(before, _)| *before == 0).map(|(_, time)| *time)
    }

    /// Whether the peer waits before anything.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waits.is_empty()
    }

    /// So much of that time has passed.
    pub(crate) fn waited(&mut self, time: Duration) {
        if let Some((0, wait)) = self.waits.front_mut() {
            *wait = wait.saturating_sub(time);
        }
        if self.wait().is_some_and(|left| left.is_zero()) {
            self.waits.pop_front();
        }
    }

    /// Gives the next portion of at most `most` octets.
    pub(crate) fn take(&mut self, into: &mut [u8], portions: &mut Portions, most: usize) -> usize {
        let here = self.waits.front().map_or(usize::MAX, |(before, _)| *before);
        let portion = portions.next(self.octets.iter()).min(into.len()).min(most).min(here);
        for (slot, octet) in into.iter_mut().zip(self.octets.drain(..portion)) {
            *slot = octet;
        }
        self.waits.iter_mut().for_each(|(before, _)| *before = before.saturating_sub(portion));
        portion
    }

    /// Nothing of it will arrive.
    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.waits.clear();
    }
}
