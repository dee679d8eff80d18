//! Counters of everything that passes, over any number of stacks.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use comms_core::{ErrorClass, Event, Operation, Sink, Traffic, What};

use crate::exposition::{Exposition, MetricKind};

/// Counts what passes through each layer of all stacks that it watches, also while sessions go on.
/// Clones share the counters.
///
/// ```
/// use comms_core::{CommsStack, Sink};
/// use comms_log::Metrics;
/// # use comms_core::{Below, CommsModule, ModuleSpec, Payload, Receipt, Result};
/// # #[derive(Debug)]
/// # struct Hole;
/// # static SPEC: ModuleSpec = ModuleSpec::bottom("Hole", "forgets what it was sent");
/// # impl CommsModule for Hole {
/// #     fn spec(&self) -> &'static ModuleSpec {
/// #         &SPEC
/// #     }
/// #     fn send(&mut self, _: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
/// #         Ok(Receipt::TAKEN)
/// #     }
/// # }
///
/// let metrics = Metrics::new();
/// let mut stack = CommsStack::new(Hole)?;
/// stack.watch(&metrics.clone().into());
/// stack.connect()?;
/// stack.send("hello")?;
/// let layers = metrics.layers();
/// assert_eq!((layers[0].layer.as_str(), layers[0].traffic.bytes_sent), ("Hole", 5));
/// assert!(metrics.to_string().contains("comms_layer_sent_octets_total{layer=\"Hole\"} 5\n"));
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Metrics {
    layers: Arc<Mutex<Vec<LayerMetrics>>>,
}

/// What passed through the layers of a name, in all stacks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerMetrics {
    /// The layer, such as `Tcp`.
    pub layer: String,
    /// Its place, 0 at the top, where it was seen first.
    pub depth: usize,
    /// What crossed the face above it. What is sent counts when it is given to the layer.
    pub traffic: Traffic,
    /// Times that it was connected.
    pub connects: u64,
    /// The time that calls of it took, with that of the layers below; waits for peers aside.
    pub busy: Duration,
    /// How often something failed in it, by class.
    pub errors: Vec<(ErrorClass, u64)>,
}

impl Metrics {
    /// Counters that stand at nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The counters of each layer, the upper ones first.
    pub fn layers(&self) -> Vec<LayerMetrics> {
        let mut layers = self.lock().clone();
        layers.sort_by_key(|layer| layer.depth);
        layers
    }

    /// Writes the counters of all layers to a page of metrics.
    pub fn expose(&self, page: &mut Exposition) {
        let layers = self.layers();
        for family in &FAMILIES {
            page.family(family.name, MetricKind::Counter, family.help);
            for layer in &layers {
                page.sample(&[("layer", &layer.layer)], (family.figure)(layer));
            }
        }
        let help = "Calls that failed in the layer, by class of error.";
        page.family("comms_layer_errors_total", MetricKind::Counter, help);
        for layer in &layers {
            for (class, count) in &layer.errors {
                let class = class.to_string();
                page.sample(&[("layer", &layer.layer), ("class", &class)], count);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LayerMetrics>> {
        // Whoever panicked with it left whole numbers.
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counters in the text format of Prometheus.
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut page = Exposition::new();
        self.expose(&mut page);
        page.fmt(f)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.layers()).finish()
    }
}

impl Sink for Metrics {
    fn note(&self, event: &Event<'_>) {
        let layers = &mut *self.lock();
        let at = layers.iter().position(|one| one.layer == event.layer).unwrap_or_else(|| {
            layers.push(LayerMetrics::new(event.layer, event.depth));
            layers.len() - 1
        });
        if let Some(layer) = layers.get_mut(at) {
            layer.count(event);
        }
    }

    fn name(&self) -> String {
        "metrics".to_owned()
    }
}

impl From<Metrics> for Arc<dyn Sink> {
    fn from(metrics: Metrics) -> Self {
        Arc::new(metrics)
    }
}

impl LayerMetrics {
    fn new(layer: &str, depth: usize) -> Self {
        Self {
            layer: layer.to_owned(),
            depth,
            traffic: Traffic::default(),
            connects: 0,
            busy: Duration::ZERO,
            errors: Vec::new(),
        }
    }

    fn count(&mut self, event: &Event<'_>) {
        match &event.what {
            What::Begin { operation: Operation::Send, payload, .. } => {
                self.traffic.bytes_sent += payload.map_or(0, |payload| payload.len() as u64);
                self.traffic.packets_sent += 1;
            }
            What::End { operation, began, received, failure } => {
                let octets = received.len() as u64;
                self.traffic.bytes_received += octets;
                self.traffic.packets_received += u64::from(octets > 0);
                if *operation != Operation::Accept {
                    self.busy += event.at.saturating_duration_since(*began);
                }
                let failure = failure.filter(|error| error.layer() == self.layer);
                match failure.map(comms_core::Error::class) {
                    Some(class) => self.count_error(class),
                    None if *operation == Operation::Connect => self.connects += 1,
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn count_error(&mut self, class: ErrorClass) {
        match self.errors.iter_mut().find(|(one, _)| *one == class) {
            Some((_, count)) => *count += 1,
            None => self.errors.push((class, 1)),
        }
    }
}

struct Family {
    name: &'static str,
    help: &'static str,
    figure: fn(&LayerMetrics) -> Figure,
}

/// A number, or a time in seconds.
enum Figure {
    Number(u64),
    Time(Duration),
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Time(time) => write!(f, "{}.{:06}", time.as_secs(), time.subsec_micros()),
        }
    }
}

const FAMILIES: [Family; 6] = [
    Family {
        name: "comms_layer_sent_octets_total",
        help: "Octets that the layer was given to send.",
        figure: |layer| Figure::Number(layer.traffic.bytes_sent),
    },
    Family {
        name: "comms_layer_received_octets_total",
        help: "Octets that were taken from the layer.",
        figure: |layer| Figure::Number(layer.traffic.bytes_received),
    },
    Family {
        name: "comms_layer_sent_packets_total",
        help: "Calls that gave the layer something to send.",
        figure: |layer| Figure::Number(layer.traffic.packets_sent),
    },
    Family {
        name: "comms_layer_received_packets_total",
        help: "Calls that took something from the layer.",
        figure: |layer| Figure::Number(layer.traffic.packets_received),
    },
    Family {
        name: "comms_layer_connects_total",
        help: "Times that the layer was connected.",
        figure: |layer| Figure::Number(layer.connects),
    },
    Family {
        name: "comms_layer_busy_seconds_total",
        help: "Time that calls of the layer took, with that of the layers below and of waiting.",
        figure: |layer| Figure::Time(layer.busy),
    },
];

#[cfg(test)]
mod tests {
    use std::time::{Instant, UNIX_EPOCH};

    use comms_core::{
        Below, CommsModule, CommsStack, ModuleSpec, Payload, Receipt, Result, StackError,
    };

    use super::*;

    static ECHO: ModuleSpec = ModuleSpec::bottom("Echo", "gives back octets once");
    static PASS: ModuleSpec = ModuleSpec::filter("Pass", "passes all on");

    #[derive(Debug, Default)]
    struct Echo(Option<u8>);

    impl CommsModule for Echo {
        fn spec(&self) -> &'static ModuleSpec {
            &ECHO
        }
        fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
            self.0 = u8::try_from(payload.len()).ok();
            Ok(Receipt::TAKEN)
        }
        fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
            let octets = self.0.take().ok_or(StackError::NotConnected)?;
            Ok(usize::from(octets).min(into.len()))
        }
    }

    #[derive(Debug)]
    struct Pass;

    impl CommsModule for Pass {
        fn spec(&self) -> &'static ModuleSpec {
            &PASS
        }
    }

    #[test]
    fn each_layer_counts_its_octets_and_the_errors_that_began_in_it() {
        let metrics = Metrics::new();
        let mut stack = CommsStack::builder().layer(Pass).layer(Echo::default()).build().unwrap();
        stack.watch(&metrics.clone().into());
        stack.connect().unwrap();
        stack.send("12345").unwrap();
        assert_eq!(stack.receive(&mut [0; 3]).unwrap(), 3);
        let class = stack.receive(&mut [0; 3]).unwrap_err().class();
        let layers = metrics.layers();
        let names = layers.iter().map(|layer| layer.layer.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["Pass", "Echo"]);
        let traffic =
            Traffic { bytes_sent: 5, bytes_received: 3, packets_sent: 1, packets_received: 1 };
        assert_eq!((layers[0].traffic, layers[1].traffic), (traffic, traffic));
        assert_eq!((layers[0].connects, layers[1].connects), (1, 1));
        assert_eq!(layers[1].errors, [(class, 1)]);
        assert_eq!(layers[0].errors, [], "it began in the layer below");
        assert_eq!(traffic, stack.info().below, "the seam counts the same");
    }

    #[test]
    fn the_page_has_a_family_once_and_the_layers_in_it() {
        let (metrics, began) = (Metrics::new(), Instant::now());
        for layer in ["Tcp", "Tcp\"\n"] {
            let (received, failure) = (Payload::Bytes(b""), None);
            let what = What::End { operation: Operation::Connect, began, received, failure };
            let at = began + Duration::from_micros(2_000_001);
            metrics.note(&Event::new(1, layer, 0, (at, UNIX_EPOCH), what));
        }
        let page = metrics.to_string();
        assert!(page.contains("comms_layer_connects_total{layer=\"Tcp\\\"\\n\"} 1\n"), "{page}");
        assert!(
            page.contains("comms_layer_busy_seconds_total{layer=\"Tcp\"} 2.000001\n"),
            "{page}"
        );
        for family in &FAMILIES {
            assert_eq!(page.matches(&format!("# TYPE {} counter\n", family.name)).count(), 1);
        }
    }
}
