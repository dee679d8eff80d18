//! A stack: the one owner of its layers, and what a program talks to.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::below::Below;
use crate::builder::StackBuilder;
use crate::clock::{Clock, SystemClock};
use crate::closing::Closing;
use crate::cursor::Cursor;
use crate::deadline::Limit;
use crate::error::{Result, StackError};
use crate::event::Sink;
use crate::info::{CommsInfo, State};
use crate::layer::{Layer, Shared};
use crate::lookup;
use crate::module::CommsModule;
use crate::payload::{Payload, Receipt};
use crate::property::{Property, PropertySpec};
use crate::value::Value;
use crate::view::LayerView;

/// A channel composed of modules, top first.
///
/// ```
/// use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Receipt, Result};
///
/// /// A bottom that answers with what it was sent.
/// #[derive(Debug, Default)]
/// struct Echo(Vec<u8>);
///
/// static SPEC: ModuleSpec = ModuleSpec::bottom("Echo", "answers with what it was sent");
///
/// impl CommsModule for Echo {
///     fn spec(&self) -> &'static ModuleSpec {
///         &SPEC
///     }
///     fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
///         self.0 = payload.pieces().flat_map(|piece| piece.octets().to_vec()).collect();
///         Ok(Receipt::TAKEN)
///     }
///     fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
///         let octets = self.0.len().min(into.len());
///         into[..octets].copy_from_slice(&self.0[..octets]);
///         self.0.drain(..octets);
///         Ok(octets)
///     }
/// }
///
/// let mut stack = CommsStack::new(Echo::default())?;
/// assert_eq!(stack.to_string(), "(Echo)");
/// stack.connect()?;
/// stack.send(b"hello")?;
/// let mut answer = [0; 8];
/// assert_eq!(stack.receive(&mut answer)?, 5);
/// assert_eq!(stack.info().below.bytes_received, 5);
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug)]
pub struct CommsStack {
    pub(crate) layers: Vec<Layer>,
    pub(crate) shared: Shared,
    pub(crate) limit: Limit,
}

impl CommsStack {
    /// A stack of `bottom` alone; [`push`](Self::push) builds on it.
    pub fn new(bottom: impl CommsModule) -> Result<Self> {
        Self::of(vec![Box::new(bottom)])
    }

    /// Starts a stack that is written top first.
    pub fn builder() -> StackBuilder {
        StackBuilder::default()
    }

    /// A stack of `modules`, top first. An error says why they may not stand in this order.
    pub fn of(modules: Vec<Box<dyn CommsModule>>) -> Result<Self> {
        let layers = modules.into_iter().map(Layer::new).collect::<Vec<_>>();
        lookup::check_order(&layers)?;
        let shared = Shared { goodbye: GOODBYE, ..Shared::new(Arc::new(SystemClock)) };
        let mut stack = Self { layers, shared, limit: Limit::NONE };
        stack.rename();
        Ok(stack)
    }

    /// Puts `module` on top. What is connected below it stays so; `connect` then connects the rest.
    pub fn push(&mut self, module: impl CommsModule) -> Result<()> {
        self.insert(0, module)
    }

    /// Takes the top away, and gives it back. The last layer stays.
    pub fn pop(&mut self) -> Result<Box<dyn CommsModule>> {
        let top = self.layers.first().map(|layer| layer.seam.state);
        if top != Some(State::Disconnected) {
            return Err(StackError::Connected.into());
        }
        if let Some(rest) = self.layers.get(1..) {
            lookup::check_order(rest)?;
        }
        let layer = self.layers.remove(0);
        self.rename();
        Ok(layer.module)
    }

    /// Puts `module` in at place `at`, 0 being the top. The layers above it must not be connected.
    pub fn insert(&mut self, at: usize, module: impl CommsModule) -> Result<()> {
        let at = at.min(self.layers.len());
        if self.layers.iter().take(at).any(|layer| layer.seam.state != State::Disconnected) {
            return Err(StackError::Connected.into());
        }
        let mut layer = Layer::new(Box::new(module));
        layer.seam.sinks.clone_from(&self.shared.sinks);
        self.layers.insert(at, layer);
        if let Err(wrong) = lookup::check_order(&self.layers) {
            self.layers.remove(at);
            return Err(wrong);
        }
        self.rename();
        Ok(())
    }

    /// Number of layers.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// The names of the layers, top first. The second of a name is marked: `Util#2`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().map(|layer| layer.seam.name.as_str())
    }

    /// The module at the top.
    pub fn top(&self) -> Option<&dyn CommsModule> {
        self.layers.first().map(|layer| layer.module.as_ref())
    }

    /// The module at the bottom.
    pub fn bottom(&self) -> Option<&dyn CommsModule> {
        self.layers.last().map(|layer| layer.module.as_ref())
    }

    /// The modules, top first.
    pub fn modules(&self) -> impl Iterator<Item = &dyn CommsModule> {
        self.layers.iter().map(|layer| layer.module.as_ref())
    }

    /// The first layer whose module is an `M`.
    pub fn layer<M: CommsModule>(&mut self) -> Result<LayerView<'_, M>> {
        let is = |layer: &Layer| (layer.module.as_ref() as &dyn Any).is::<M>();
        let Some(at) = self.layers.iter().position(is) else {
            let path = std::any::type_name::<M>();
            let name = path.rsplit("::").next().unwrap_or(path).to_owned();
            return Err(
                StackError::NoSuchLayer { name, stack: self.to_string(), nearest: None }.into()
            );
        };
        Ok(LayerView::above(self.cursor().moved_to(at)))
    }

    /// The property `name` of the top-most layer that has it, or that of one layer: `Tcp.port`.
    /// Names are `snake_case`; `camelCase` is understood.
    pub fn get(&self, name: &str) -> Result<Property> {
        lookup::get(&self.layers, name)
    }

    /// Sets the property `name` of the top-most layer that has it, or that of one layer.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> Result<()> {
        lookup::set(&mut self.layers, name, value.into())
    }

    /// Whether some layer has the property.
    pub fn has_attribute(&self, name: &str) -> bool {
        lookup::get(&self.layers, name).is_ok()
    }

    /// All properties, top first, each with its layer.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &'static PropertySpec)> {
        lookup::attributes(&self.layers)
    }

    /// Runs a method of the top-most layer that has it: what the vocabulary calls `do`.
    pub fn invoke(&mut self, method: &str, args: &[Value]) -> Result<Value> {
        self.cursor().invoke(method, args)
    }

    /// The counters of the whole stack: `above` is the top's upper face, `below` the wire.
    pub fn info(&self) -> CommsInfo {
        self.faces(0, self.layers.len())
    }

    /// The counters of one layer.
    pub fn info_of(&self, layer: &str) -> Result<CommsInfo> {
        let at = lookup::layer(&self.layers, layer)?;
        Ok(self.faces(at, at + 1))
    }

    /// The counters of the layers from `first` to the one before `end`, seen as one module.
    fn faces(&self, first: usize, end: usize) -> CommsInfo {
        let last = self.layers.len().saturating_sub(1);
        let above = self.layers.get(first).map(|layer| &layer.seam);
        let below = self.layers.get(end.min(last)).map(|layer| &layer.seam);
        let now = self.shared.clock.now();
        let since = |then: Option<_>| then.map(|then| now.saturating_duration_since(then));
        let counters = above.map(|seam| seam.counters).unwrap_or_default();
        CommsInfo {
            state: above.map(|seam| seam.state).unwrap_or_default(),
            above: counters.traffic,
            below: below.map(|seam| seam.counters.traffic).unwrap_or_default(),
            time_since_sent: since(counters.last_sent),
            time_since_received: since(counters.last_received),
        }
    }

    /// Attaches `sink` to one layer: its own log.
    pub fn log(&mut self, layer: &str, sink: Arc<dyn Sink>) -> Result<()> {
        let at = lookup::layer(&self.layers, layer)?;
        if let Some(layer) = self.layers.get_mut(at) {
            layer.seam.sinks.push(sink);
        }
        Ok(())
    }

    /// Attaches `sink` to every layer, also to those that come later.
    pub fn watch(&mut self, sink: &Arc<dyn Sink>) {
        self.shared.sinks.push(Arc::clone(sink));
        for layer in &mut self.layers {
            layer.seam.sinks.push(Arc::clone(sink));
        }
    }

    /// Gives the stack another clock; a test's stands still until it is moved.
    pub fn set_clock(&mut self, clock: Arc<dyn Clock>) {
        self.shared.clock = clock;
    }

    /// Gives the stack its number in events, to tell stacks that share a log apart.
    pub fn set_number(&mut self, number: u64) {
        self.shared.number = number;
    }

    /// The time that `disconnect` may take to say goodbye. 5 s unless set.
    pub fn set_goodbye(&mut self, budget: Duration) {
        self.shared.goodbye = budget;
    }

    /// Gives `budget` to everything from here on, until the next `limit` or `unlimit`.
    pub fn limit(&mut self, budget: Duration, reason: &'static str) {
        self.limit = self.cursor().limited(budget, reason);
    }

    /// Takes the deadline away.
    pub fn unlimit(&mut self) {
        self.limit = Limit::NONE;
    }

    /// Connects from the bottom up. If any layer fails, nothing stays open.
    pub fn connect(&mut self) -> Result<()> {
        self.cursor().connect()
    }

    /// Whether all layers are connected.
    pub fn is_connected(&self) -> bool {
        let open = |layer: &Layer| layer.seam.state == State::Connected && !layer.module.is_over();
        self.layers.iter().all(open)
    }

    /// Sends octets, or an object that the top takes.
    pub fn send<'p>(&mut self, payload: impl Into<Payload<'p>>) -> Result<Receipt> {
        self.cursor().send(payload.into())
    }

    /// Receives at least one octet, as many as are there and fit; 0 when the peer has ended.
    pub fn receive(&mut self, into: &mut [u8]) -> Result<usize> {
        self.cursor().receive(into)
    }

    /// Appends all octets up to and including the next `end`, at most `limit`, as
    /// [`Below::receive_until`] says.
    pub fn receive_until(&mut self, end: &[u8], limit: usize, into: &mut Vec<u8>) -> Result<usize> {
        self.cursor().receive_until(end, limit, into)
    }

    /// Lets nothing that was sent wait any longer.
    pub fn flush(&mut self) -> Result<()> {
        self.cursor().flush()
    }

    /// Whether the peer has said something that nobody has received. An error says that the peer is
    /// gone, as far as this machine knows. It sends nothing and waits for nothing.
    pub fn unread(&mut self) -> Result<bool> {
        self.cursor().unread()
    }

    /// A handle by which another thread ends what this stack waits for, while it is connected. None
    /// where the bottom cannot.
    pub fn closing(&self) -> Option<Arc<dyn Closing>> {
        self.bottom().and_then(CommsModule::closing)
    }

    /// Asks whether the connection works; gives what the peer says to it.
    pub fn noop(&mut self) -> Result<String> {
        self.cursor().noop()
    }

    /// Returns to where things were after `connect`.
    pub fn reset(&mut self) -> Result<()> {
        self.cursor().reset()
    }

    /// Makes the channel secure from here on, by the first layer that can.
    pub fn start_tls(&mut self) -> Result<()> {
        lookup::check_order(&self.layers)?;
        self.cursor().start_tls()
    }

    /// Disconnects from the top down. It always lets go; an error says that a goodbye could not be
    /// said. Twice is harmless.
    pub fn disconnect(&mut self) -> Result<()> {
        self.cursor().disconnect()
    }

    /// The seam above the top.
    pub(crate) fn cursor(&mut self) -> Cursor<'_> {
        Cursor::above(&mut self.layers, &mut self.shared, &self.limit)
    }

    /// Gives each layer a name of its own, in order; upper and lower case are the same.
    fn rename(&mut self) {
        let mut seen: Vec<String> = Vec::with_capacity(self.layers.len());
        for layer in &mut self.layers {
            let plain = layer.module.spec().name;
            let mut name = plain.to_owned();
            let mut count = 1;
            while seen.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
                count += 1;
                name = format!("{plain}#{count}");
            }
            layer.seam.name.clone_from(&name);
            seen.push(name);
        }
    }
}

impl StackBuilder {
    /// The stack of these modules. An error says why they may not stand in this order.
    pub fn build(self) -> Result<CommsStack> {
        CommsStack::of(self.modules)
    }
}

/// `Smtp > Util > Tcp`, top first; a layer that is not connected stands in parentheses.
impl fmt::Display for CommsStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lookup::draw(&self.layers))
    }
}

/// A goodbye that takes longer is not waited for.
const GOODBYE: Duration = Duration::from_secs(5);
