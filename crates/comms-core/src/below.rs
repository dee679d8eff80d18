//! What a module sees of its stack.

use std::fmt;
use std::time::Duration;

use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::event::{Level, Severity};
use crate::payload::{Payload, Receipt};
use crate::property::Property;
use crate::spec::Width;
use crate::value::Value;

/// The layers below a module, together with the deadline, the clock and the module's own log.
///
/// The stack hands it to each call, so a module keeps no reference to its neighbours. Every method
/// that moves octets goes to the layer directly below; an error names the layer it began in.
pub trait Below {
    /// Sends all of `payload`, or fails.
    fn send(&mut self, payload: Payload<'_>) -> Result<Receipt>;

    /// Receives at least one octet into `into`, as many as are there; 0 when the peer has ended.
    fn receive(&mut self, into: &mut [u8]) -> Result<usize>;

    /// Appends to `into` all octets up to and including the next `end`, at most `limit`, and gives
    /// their number; 0 when the peer has ended before the first. A time-out loses nothing: the next
    /// call goes on. Only above a line service.
    fn receive_until(&mut self, end: &[u8], limit: usize, into: &mut Vec<u8>) -> Result<usize>;

    /// Lets nothing that was sent wait any longer. An error says that something of it did not go
    /// whole.
    fn flush(&mut self) -> Result<()>;

    /// Octets that arrived and are held for the calling layer: by the layer below, and by those
    /// under it as long as they provide what lies below them.
    fn pending(&self) -> usize;

    /// Whether octets of the peer are there that nobody has received, in the layers below or at the
    /// bottom. An error says that the peer is gone, as far as this machine knows. It sends nothing
    /// and waits for nothing.
    fn unread(&mut self) -> Result<bool>;

    /// Asks whether the connection works; gives what the peer says to it.
    fn noop(&mut self) -> Result<String>;

    /// Returns the layers below to where they were after `connect`.
    fn reset(&mut self) -> Result<()>;

    /// Makes the channel secure from here on. Octets that had arrived in plain text by then are an
    /// attack: the layers below are released and an error is given. So they are when it fails
    /// half-way; a plain "no" (nothing below can, or the peer declines) leaves things as they were.
    fn start_tls(&mut self) -> Result<()>;

    /// Connects all layers below that are not connected, from the bottom up.
    fn connect(&mut self) -> Result<()>;

    /// Disconnects all layers below, from the top down.
    fn disconnect(&mut self) -> Result<()>;

    /// Runs a method of the first layer below that has it.
    fn invoke(&mut self, method: &str, args: &[Value]) -> Result<Value>;

    /// The property of the first layer below that has it.
    fn get(&self, name: &str) -> Result<Property>;

    /// Sets the property on the first layer below that has it.
    fn set(&mut self, name: &str, value: Value) -> Result<()>;

    /// The width of the octets that pass through all layers below.
    fn width(&self) -> Width;

    /// When the present call has to be over.
    fn deadline(&self) -> Deadline;

    /// Gives `budget` to what is done below from here to the end of this call, or to the next
    /// `limit`. It never puts off the deadline that the call itself came with.
    fn limit(&mut self, budget: Duration, reason: &'static str);

    /// The stack's clock.
    fn clock(&self) -> &dyn Clock;

    /// What any layer receives from here on is secret: watchers are told its size alone, until
    /// [`show_received`](Self::show_received). For who knows that credentials may come, in octets
    /// that the layers below receive before it.
    fn hide_received(&mut self) {}

    /// What is received from here on is shown to watchers again.
    fn show_received(&mut self) {}

    /// Keeps `secret` from watchers also where a layer receives it: of octets equal to it they are
    /// told the number alone, until the bottom is connected anew. For credentials, which a
    /// peer may say again. Fewer than four octets are not withheld: they stand everywhere.
    fn withhold(&mut self, secret: &[u8]) {
        let _ = secret;
    }

    /// Overwrites what is withheld in `octets` by asterisks: for what a module makes of octets that
    /// it received, such as an error.
    fn blot(&self, octets: &mut [u8]) {
        let _ = octets;
    }

    /// The stack's number in events; 0 where there is no stack.
    fn stack_number(&self) -> u64 {
        0
    }

    /// The error as the seam gives it to the layer above: with the name of the calling layer, unless
    /// it has a layer. For results that a call hands up beside its own.
    fn named(&self, error: Error) -> Error {
        error
    }

    /// Makes a record in the calling layer's own log. The text is not made while nobody watches.
    fn note(&self, severity: Severity, level: Level, text: fmt::Arguments<'_>);
}
