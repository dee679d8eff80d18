//! The store that fills the inbox, beside another.

use std::io;
use std::sync::Arc;

use comms::{Envelope, Incoming, Origin, Recipient, Store};

use crate::inbox::body::Draft;
use crate::inbox::kept::{Kept, Session};
use crate::inbox::shelf::Shelf;

/// Puts each message that another store has kept onto the shelf as well.
#[derive(Debug)]
pub(crate) struct Shelving {
    store: Box<dyn Store>,
    shelf: Arc<Shelf>,
    session: Session,
}

impl Shelving {
    pub(crate) fn new(store: Box<dyn Store>, shelf: Arc<Shelf>) -> Self {
        Self { store, shelf, session: Session::default() }
    }

    fn beside(&self, message: Box<dyn Incoming>, envelope: &Envelope) -> Box<dyn Incoming> {
        Box::new(Shelved {
            message,
            shelf: Arc::clone(&self.shelf),
            session: self.session.clone(),
            envelope: envelope.clone(),
            draft: Draft::default(),
        })
    }
}

impl Store for Shelving {
    fn begin(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        let message = self.store.begin(envelope)?;
        Ok(self.beside(message, envelope))
    }

    fn begin_binary(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        let message = self.store.begin_binary(envelope)?;
        Ok(self.beside(message, envelope))
    }

    fn note_origin(&mut self, origin: &Origin<'_>) {
        self.session = Session::of(origin);
        self.store.note_origin(origin);
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(Self::new(self.store.share(), Arc::clone(&self.shelf)))
    }
}

struct Shelved {
    message: Box<dyn Incoming>,
    shelf: Arc<Shelf>,
    session: Session,
    envelope: Envelope,
    draft: Draft,
}

impl Incoming for Shelved {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.draft.push(octets)?;
        self.message.write(octets)
    }

    fn refuse(&mut self, recipient: &Recipient) -> io::Result<()> {
        self.envelope.recipients.retain(|one| one != recipient);
        self.message.refuse(recipient)
    }

    fn keep(self: Box<Self>) -> io::Result<()> {
        self.message.keep()?;
        self.shelf.put(Kept::new(&self.envelope, self.session, self.draft.finish()));
        Ok(())
    }
}
