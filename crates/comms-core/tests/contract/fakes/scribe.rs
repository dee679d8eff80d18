//! A layer of any kind that writes down what it is asked.

use std::fmt;

use comms_core::{
    Below, CommsModule, CommsStack, Error, ErrorClass, ModuleSpec, Needs, Operation, Payload,
    Provides, Receipt, Result, Service, Width, wrong_payload,
};

use crate::fakes::diary::Diary;

pub(crate) const TLS: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS]),
    sends: Width::EightBit,
    ..ModuleSpec::filter("Tls", "is secure once it is told to be")
};
pub(crate) const SMTP: ModuleSpec = ModuleSpec {
    needs: Needs::Service(Service::LINES),
    provides: Provides::Nothing,
    takes: &["Letter"],
    ..ModuleSpec::filter("Smtp", "sends letters")
};
pub(crate) const CHECK: ModuleSpec = ModuleSpec::filter("Check", "lets everything pass");

/// A layer of any kind that writes down what it is asked, and fails at what it is told to.
#[derive(Debug)]
pub(crate) struct Scribe {
    pub(crate) spec: &'static ModuleSpec,
    pub(crate) diary: Diary,
    pub(crate) fails_at: Option<Operation>,
    /// What it says when it leaves, if it says anything.
    pub(crate) farewell: Option<&'static str>,
}

impl Scribe {
    pub(crate) fn new(spec: &'static ModuleSpec, diary: &Diary) -> Self {
        Self { spec, diary: diary.clone(), fails_at: None, farewell: None }
    }

    pub(crate) fn failing(self, fails_at: Operation) -> Self {
        Self { fails_at: Some(fails_at), ..self }
    }

    pub(crate) fn saying(self, farewell: &'static str) -> Self {
        Self { farewell: Some(farewell), ..self }
    }

    fn part(&self, operation: Operation) -> Result<()> {
        self.diary.write(format!("{operation} {}", self.spec.name));
        if self.fails_at == Some(operation) {
            return Err(Error::new(ErrorClass::Connection, Refusal(operation)));
        }
        Ok(())
    }
}

impl CommsModule for Scribe {
    fn spec(&self) -> &'static ModuleSpec {
        self.spec
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.part(Operation::Connect)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if matches!(payload, Payload::Object(_)) {
            return Err(wrong_payload(self.spec, payload));
        }
        self.part(Operation::Send)?;
        if self.spec.is_bottom() { Ok(Receipt::TAKEN) } else { below.send(payload) }
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.part(Operation::Receive)?;
        if self.spec.is_bottom() { Ok(0) } else { below.receive(into) }
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        self.part(Operation::StartTls)?;
        if self.spec.name == TLS.name { Ok(()) } else { below.start_tls() }
    }

    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        let said = match self.farewell {
            Some(words) => below.send(words.into()).map(|_| ()),
            None => Ok(()),
        };
        self.part(Operation::Disconnect).and(said)
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        self.part(Operation::Bind)
    }

    fn listen(&mut self, _: &mut dyn Below) -> Result<()> {
        self.part(Operation::Listen)
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        self.part(Operation::Accept)?;
        Ok(Box::new(Self::new(self.spec, &self.diary)))
    }
}

/// Why a scribe fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) Operation);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused to {}", self.0)
    }
}

impl std::error::Error for Refusal {}

/// A stack of scribes, top first.
pub(crate) fn scribes(specs: &[&'static ModuleSpec], diary: &Diary) -> Result<CommsStack> {
    let modules = specs.iter().map(|spec| Box::new(Scribe::new(spec, diary)) as Box<_>);
    CommsStack::of(modules.collect())
}
