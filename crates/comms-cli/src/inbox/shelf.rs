//! The messages that are kept: the newest, so many and so large.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::inbox::kept::Kept;

/// The messages of the inbox, shared between who takes them and who shows them.
#[derive(Debug)]
pub(crate) struct Shelf {
    most: usize,
    room: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Oldest first.
    messages: VecDeque<Arc<Kept>>,
    weight: u64,
    /// Messages that have ever come.
    arrived: u64,
    /// Grows with each change.
    version: u64,
    is_closed: bool,
}

/// What is on the shelf, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stock {
    pub(crate) messages: usize,
    pub(crate) octets: u64,
    pub(crate) version: u64,
    pub(crate) is_closed: bool,
}

impl Shelf {
    /// A shelf for so many messages.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, room: ROOM, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Puts a message onto the shelf; the oldest go where there is no room.
    pub(crate) fn put(&self, mut message: Kept) {
        let mut state = self.lock();
        state.arrived += 1;
        message.summary.id = state.arrived;
        state.weight += message.weight();
        state.messages.push_back(Arc::new(message));
        let mut gone = Vec::new();
        while state.messages.len() > self.most
            || (state.weight > self.room && state.messages.len() > 1)
        {
            let Some(oldest) = state.messages.pop_front() else { break };
            state.weight = state.weight.saturating_sub(oldest.weight());
            gone.push(oldest);
        }
        self.tell(state);
        // What goes is let go of without the lock: files may be closed.
        drop(gone);
    }

    /// The message of this number.
    pub(crate) fn find(&self, id: u64) -> Option<Arc<Kept>> {
        self.lock().messages.iter().find(|one| one.summary.id == id).cloned()
    }

    /// The messages that have all of these words, newest first.
    pub(crate) fn search(&self, words: &str) -> Vec<Arc<Kept>> {
        let words = words.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
        let all = self.lock().messages.iter().rev().cloned().collect::<Vec<_>>();
        all.into_iter().filter(|message| message.has(&words)).collect()
    }

    /// Takes the message of this number away.
    pub(crate) fn take(&self, id: u64) -> Option<Arc<Kept>> {
        let mut state = self.lock();
        let at = state.messages.iter().position(|one| one.summary.id == id)?;
        let message = state.messages.remove(at)?;
        state.weight = state.weight.saturating_sub(message.weight());
        self.tell(state);
        Some(message)
    }

    /// Takes all messages away.
    pub(crate) fn take_all(&self) -> Vec<Arc<Kept>> {
        let mut state = self.lock();
        state.weight = 0;
        let all = std::mem::take(&mut state.messages);
        self.tell(state);
        all.into()
    }

    /// Whether a message of this session is there.
    pub(crate) fn has_session(&self, stack: u64) -> bool {
        self.lock().messages.iter().any(|one| one.summary.session.stack == stack)
    }

    /// How much is there.
    pub(crate) fn stock(&self) -> Stock {
        self.lock().stock()
    }

    /// Waits until something is other than in `version`, or the time is over.
    pub(crate) fn wait(&self, version: u64, time: Duration) -> Stock {
        let same = |state: &mut State| state.version == version && !state.is_closed;
        let waited = self.changed.wait_timeout_while(self.lock(), time, same);
        waited.unwrap_or_else(PoisonError::into_inner).0.stock()
    }

    /// Lets nobody wait any longer.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        self.tell(state);
    }

    fn tell(&self, mut state: MutexGuard<'_, State>) {
        state.version += 1;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it left a whole list.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn stock(&self) -> Stock {
        Stock {
            messages: self.messages.len(),
            octets: self.weight,
            version: self.version,
            is_closed: self.is_closed,
        }
    }
}

/// What all messages together take: 256 MiB.
const ROOM: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use comms::{Address, Envelope, Recipient, ReversePath};

    use super::*;
    use crate::inbox::body::Draft;
    use crate::inbox::kept::Session;

    fn message(subject: &str, octets: usize) -> Kept {
        let mut draft = Draft::default();
        draft.push(format!("Subject: {subject}\r\n\r\n").as_bytes()).unwrap();
        draft.push(&vec![b'x'; octets]).unwrap();
        let envelope = Envelope::new(ReversePath::Null, Vec::<Recipient>::new());
        Kept::new(&envelope, Session::default(), draft.finish())
    }

    fn ids(found: &[Arc<Kept>]) -> Vec<u64> {
        found.iter().map(|one| one.summary.id).collect()
    }

    #[test]
    fn the_newest_messages_stay_and_keep_their_numbers() {
        let shelf = Shelf::new(3);
        (0..5).for_each(|n| shelf.put(message(&format!("no {n}"), 5)));
        assert_eq!(ids(&shelf.search("")), [5, 4, 3]);
        assert!(shelf.find(2).is_none() && shelf.find(3).is_some());
        assert!(shelf.take(4).is_some() && shelf.take(4).is_none());
        assert_eq!((ids(&shelf.search("")), ids(&shelf.take_all())), (vec![5, 3], vec![3, 5]));
        assert_eq!((shelf.stock().messages, shelf.stock().octets), (0, 0));
    }

    #[test]
    fn all_messages_together_take_no_more_than_the_room_and_the_newest_stays_in_any_case() {
        let shelf = Shelf { room: 10_000, ..Shelf::new(100) };
        (0..9).for_each(|n| shelf.put(message(&n.to_string(), 1500)));
        assert!(shelf.stock().octets <= 10_000 && shelf.stock().messages >= 2);
        shelf.put(message("large", 50_000));
        assert_eq!(ids(&shelf.search("")), [10]);
    }

    /// The recipients of the envelope, a quarter of a megabyte of them, were not counted.
    #[test]
    fn recipients_take_of_the_room_as_well() {
        let shelf = Shelf { room: 1 << 20, ..Shelf::new(1000) };
        let domain = format!("{}.example", vec!["d".repeat(60); 3].join("."));
        let one = |n: usize| format!("{n}@{domain}").parse::<Address>().unwrap();
        let envelope = Envelope::new(ReversePath::Null, (0..1000).map(one).collect::<Vec<_>>());
        for _ in 0..20 {
            let mut draft = Draft::default();
            draft.push(b"Subject: x\r\n\r\n").unwrap();
            shelf.put(Kept::new(&envelope, Session::default(), draft.finish()));
        }
        let listed = serde_json::to_vec(&shelf.search("")[0].summary).unwrap().len();
        assert!(listed > 150_000 && shelf.stock().messages < 8, "{listed}");
    }

    #[test]
    fn all_words_of_a_search_must_be_there_in_any_case_of_letters() {
        let shelf = Shelf::new(9);
        shelf.put(message("The FIGURES of June", 3));
        shelf.put(message("Größe", 3));
        for (words, found) in [
            ("june figures", vec![1]),
            ("GRÖSSE", vec![]),
            ("größe", vec![2]),
            ("june xxx", vec![1]),
        ] {
            assert_eq!(ids(&shelf.search(words)), found, "{words}");
        }
    }

    #[test]
    fn whoever_waits_is_told_of_a_change_and_of_the_end() {
        let shelf = Shelf::new(9);
        let version = shelf.stock().version;
        shelf.put(message("x", 1));
        let stock = shelf.wait(version, Duration::from_secs(60));
        assert_eq!((stock.messages, stock.is_closed), (1, false));
        shelf.close();
        assert!(shelf.wait(stock.version, Duration::from_secs(60)).is_closed);
        assert!(shelf.wait(shelf.stock().version, Duration::from_secs(60)).is_closed);
    }
}
