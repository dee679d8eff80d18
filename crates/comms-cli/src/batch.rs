//! All messages of one call, in their order, and who has to send which.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use comms::SmtpMessage;

use crate::args::send::SendArgs;
use crate::compose;
use crate::dkim::Signers;
use crate::envelopes::Envelopes;
use crate::failure::Failure;
use crate::folder::Folder;

/// All messages of one call. They are read when they are wanted.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    /// Each with the place of its first message.
    folders: Vec<(usize, Folder)>,
    len: usize,
    envelopes: Envelopes<'a>,
    signers: Signers,
}

impl<'a> Batch<'a> {
    /// The files of `--raw`, then the folders of `--each`.
    pub(crate) fn new(args: &'a SendArgs) -> Result<Self, Failure> {
        if args.raw.iter().filter(|path| compose::is_standard_input(path)).count() > 1 {
            return Err(Failure::Usage("--raw can be standard input once".to_owned()));
        }
        let (envelopes, signers) = (Envelopes::new(args)?, Signers::new(&args.dkim)?);
        let mut batch = Self { folders: Vec::new(), len: 0, envelopes, signers };
        batch.add(Folder::Files(args.raw.clone()));
        for path in &args.each {
            batch.add(Folder::open(path)?);
        }
        Ok(batch)
    }

    fn add(&mut self, folder: Folder) {
        let start = self.len;
        self.len += folder.len();
        self.folders.push((start, folder));
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where the message in this place is, from 0.
    pub(crate) fn name(&self, at: usize) -> String {
        self.folder(at).map(|(at, folder)| folder.name(at)).unwrap_or_default()
    }

    /// The message in this place, in its envelope.
    pub(crate) fn message(&self, at: usize) -> Result<SmtpMessage, Failure> {
        let nowhere = || Failure::Internal(format!("there is no message {at}"));
        let (at, folder) = self.folder(at).ok_or_else(nowhere)?;
        compose::existing(self.signers.sign(folder.message(at)?)?, &self.envelopes)
    }

    /// The folder with the message in this place, and its place there.
    fn folder(&self, at: usize) -> Option<(usize, &Folder)> {
        let behind = self.folders.partition_point(|(start, _)| *start <= at);
        let (start, folder) = self.folders.get(behind.checked_sub(1)?)?;
        Some((at - start, folder))
    }
}

/// The places of messages that nobody has begun with.
#[derive(Debug)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Debug)]
struct Waiting {
    next: usize,
    len: usize,
    returned: BTreeSet<usize>,
}

impl Queue {
    pub(crate) fn new(len: usize) -> Self {
        Self(Mutex::new(Waiting { next: 0, len, returned: BTreeSet::new() }))
    }

    /// The first that waits.
    pub(crate) fn take(&self) -> Option<usize> {
        let waiting = &mut *self.lock();
        if let Some(place) = waiting.returned.pop_first() {
            return Some(place);
        }
        let place = Some(waiting.next).filter(|place| *place < waiting.len)?;
        waiting.next += 1;
        Some(place)
    }

    /// Whether any waits.
    pub(crate) fn has_more(&self) -> bool {
        let waiting = self.lock();
        !waiting.returned.is_empty() || waiting.next < waiting.len
    }

    /// Nothing was done for this one: another may.
    pub(crate) fn give_back(&self, place: usize) {
        self.lock().returned.insert(place);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_is_taken_once_and_one_given_back_first() {
        let queue = Queue::new(3);
        assert_eq!((queue.take(), queue.take()), (Some(0), Some(1)));
        queue.give_back(0);
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some(0), Some(2), None]);
        queue.give_back(1);
        assert_eq!([queue.take(), queue.take()], [Some(1), None]);
    }
}
