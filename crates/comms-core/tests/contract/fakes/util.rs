//! A line service.

use comms_core::{
    Below, CommsModule, MethodSpec, ModuleSpec, Payload, Piece, Properties, Provides, Receipt,
    Result, Service, StackError, Value, Width,
};

pub(crate) const UTIL: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS, Service::LINES]),
    properties: UtilProperties::TABLE,
    methods: &[MethodSpec { name: "held", doc: "takes nothing, gives the number of octets held" }],
    ..ModuleSpec::filter("Util", "lines, and a buffer that waits")
};

comms_core::choice! {
    /// What becomes of the eighth bit.
    pub(crate) enum Parity {
        /// It stays.
        None = "none",
        /// It makes the sum even.
        Even = "even",
    }
}

comms_core::properties! {
    /// What the fake buffer can be told.
    #[derive(Debug)]
    pub(crate) struct UtilProperties {
        /// What becomes of the eighth bit.
        Always parity: Parity = Parity::None,
        /// Octets to hold at most.
        Always limit: u32 = 4096,
    }
}

/// A line service that holds what is sent until somebody waits.
#[derive(Debug, Default)]
pub(crate) struct Util {
    pub(crate) properties: UtilProperties,
    held: Vec<u8>,
    secret: bool,
    arrived: Vec<u8>,
}

impl Util {
    fn give(&mut self, octets: usize, into: &mut Vec<u8>) -> usize {
        into.extend(self.arrived.drain(..octets));
        octets
    }
}

impl CommsModule for Util {
    fn spec(&self) -> &'static ModuleSpec {
        &UTIL
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn width(&self) -> Width {
        match self.properties.parity {
            Parity::None => Width::EightBit,
            Parity::Even => Width::SevenBit,
        }
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        for piece in payload.pieces() {
            self.secret |= matches!(piece, Piece::Secret(_));
            self.held.extend_from_slice(piece.octets());
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.flush(below)?;
        if self.arrived.is_empty() {
            return below.receive(into);
        }
        let octets = self.arrived.len().min(into.len());
        into.iter_mut().zip(self.arrived.drain(..octets)).for_each(|(to, from)| *to = from);
        Ok(octets)
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        self.flush(below)?;
        loop {
            let found = self.arrived.windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                return Ok(self.give(at + end.len(), into));
            }
            if self.arrived.len() >= limit {
                return Err(StackError::TooLong { limit }.into());
            }
            let mut room = [0; 64];
            let octets = below.receive(&mut room)?;
            self.arrived.extend(room.iter().take(octets));
            if octets == 0 {
                return Ok(0);
            }
        }
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let secret = std::mem::take(&mut self.secret);
        below.send(if secret { Payload::Secret(&held) } else { Payload::Bytes(&held) })?;
        Ok(())
    }

    fn pending(&self) -> usize {
        self.arrived.len()
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.held.clear();
        self.arrived.clear();
        Ok(())
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(Self::default()))
    }

    fn invoke(&mut self, _: &str, _: &[Value], _: &mut dyn Below) -> Result<Value> {
        Ok(Value::Integer(i64::try_from(self.held.len()).unwrap_or(i64::MAX)))
    }
}
