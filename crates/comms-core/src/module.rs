//! What every module is.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use crate::below::Below;
use crate::closing::Closing;
use crate::error::{Error, Result, StackError};
use crate::payload::{Payload, Receipt};
use crate::property::Properties;
use crate::spec::{ModuleSpec, Width};
use crate::value::Value;

/// A communication module: one layer's behaviour, with no knowledge of its neighbours.
///
/// Only [`spec`](Self::spec) is required. Every other method passes the call to the layer below,
/// so a filter states what it changes and nothing else; `connect`, `disconnect` and their kin are
/// a module's *own* part, because the stack walks from layer to layer itself.
///
/// ```
/// use comms_core::{Below, CommsModule, ModuleSpec, Payload, Receipt, Result};
///
/// /// Turns what is sent into capitals.
/// #[derive(Debug, Default)]
/// struct Shout;
///
/// static SPEC: ModuleSpec = ModuleSpec::filter("Shout", "sends capitals");
///
/// impl CommsModule for Shout {
///     fn spec(&self) -> &'static ModuleSpec {
///         &SPEC
///     }
///
///     fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
///         for piece in payload.pieces() {
///             let loud = piece.octets().to_ascii_uppercase();
///             below.send(Payload::Pieces(&[piece.same_mark(&loud)]))?;
///         }
///         Ok(Receipt::TAKEN)
///     }
/// }
/// ```
pub trait CommsModule: Any + Debug + Send {
    /// What the module says of itself.
    fn spec(&self) -> &'static ModuleSpec;

    /// Its properties, where it has any.
    fn properties(&self) -> Option<&dyn Properties> {
        None
    }

    /// Its properties, to set.
    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        None
    }

    /// The width of the octets that it passes, with its properties as they are.
    fn width(&self) -> Width {
        Width::EightBit
    }

    /// Does its own part of connecting. All layers below are connected by then; a bottom connects
    /// to its peer, others greet through `below`. On a stack that was accepted by a listener the
    /// bottom is connected already, and the other layers are asked this as the server's side.
    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        let _ = below;
        Ok(())
    }

    /// Sends all of `payload`, or fails.
    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        below.send(payload)
    }

    /// Receives at least one octet, as many as are there and fit; 0 when the peer has ended.
    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        below.receive(into)
    }

    /// Appends all octets up to and including the next `end`, as [`Below::receive_until`] says.
    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        below.receive_until(end, limit, into)
    }

    /// Lets nothing that was sent wait any longer. An error says that something of it did not go
    /// whole: whoever sent it goes by that.
    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        below.flush()
    }

    /// Octets that were received and not yet handed up, in this module alone.
    fn pending(&self) -> usize {
        0
    }

    /// Whether octets of the peer are there that nobody has received: in this module, or below. An
    /// error says that the peer is gone, as far as this machine knows. It sends nothing and waits
    /// for nothing. A bottom looks outside, and says no where it cannot.
    fn unread(&mut self, below: &mut dyn Below) -> Result<bool> {
        Ok(self.pending() > 0 || below.unread()?)
    }

    /// Whether the connection it speaks over can serve no more, after an error or a farewell of the
    /// peer. The next `connect` then begins anew.
    fn is_over(&self) -> bool {
        false
    }

    /// A handle by which another thread ends what is waited for here, while something is open. Only
    /// a bottom has one, and not every bottom.
    fn closing(&self) -> Option<Arc<dyn Closing>> {
        None
    }

    /// Asks whether the connection works; gives what the peer says to it.
    fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
        below.noop()
    }

    /// Returns to where things were after `connect`.
    fn reset(&mut self, below: &mut dyn Below) -> Result<()> {
        below.reset()
    }

    /// Makes the channel secure from here on, if that is this module's work. It must pass octets
    /// through untouched, and hold none, until then.
    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        below.start_tls()
    }

    /// Does its own part of disconnecting: says goodbye through `below`, which is still connected,
    /// and forgets the connection in any case. The stack has flushed the module before, where it
    /// ends in good order.
    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        let _ = below;
        Ok(())
    }

    /// Takes its address, to listen on. Only a bottom has one.
    fn bind(&mut self, below: &mut dyn Below) -> Result<()> {
        let _ = below;
        if self.spec().is_bottom() { Err(unsupported(self.spec(), "listen")) } else { Ok(()) }
    }

    /// Begins to listen. Only a bottom does.
    fn listen(&mut self, below: &mut dyn Below) -> Result<()> {
        let _ = below;
        if self.spec().is_bottom() { Err(unsupported(self.spec(), "listen")) } else { Ok(()) }
    }

    /// Makes the module that serves one accepted peer. A bottom waits for the peer, and the new
    /// module is connected to it; the others make a new module like themselves, and wait for
    /// nothing.
    fn accept(&mut self, below: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let _ = below;
        Err(unsupported(self.spec(), "serve"))
    }

    /// Runs one of the methods of its spec. The stack asks only for those.
    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        below.invoke(method, args)
    }
}

/// The error of a module that was given a payload that it does not take.
pub fn wrong_payload(spec: &'static ModuleSpec, payload: Payload<'_>) -> Error {
    StackError::WrongPayload {
        module: spec.name,
        takes: spec.takes.join(" or "),
        found: payload.kind(),
    }
    .into()
}

fn unsupported(spec: &'static ModuleSpec, operation: &'static str) -> Error {
    StackError::Unsupported { module: spec.name, operation }.into()
}
