//! A log for each layer.

use comms_core::{CommsModule, CommsStack, Provides, Service};

use crate::levels::Levels;
use crate::memory::MemoryLog;

/// Gives each layer of `stack` a [`MemoryLog`] of its own; with the layers' names, top first.
///
/// ```
/// # use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Receipt, Result};
/// # #[derive(Debug)]
/// # struct Hole;
/// # static HOLE: ModuleSpec = ModuleSpec::bottom("Hole", "forgets what it was sent");
/// # impl CommsModule for Hole {
/// #     fn spec(&self) -> &'static ModuleSpec { &HOLE }
/// #     fn send(&mut self, _: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
/// #         Ok(Receipt::TAKEN)
/// #     }
/// # }
/// # #[derive(Debug)]
/// # struct Pass;
/// # static PASS: ModuleSpec = ModuleSpec::filter("Pass", "changes nothing");
/// # impl CommsModule for Pass {
/// #     fn spec(&self) -> &'static ModuleSpec { &PASS }
/// # }
/// use comms_log::{Levels, memory_logs};
///
/// let mut stack = CommsStack::builder().layer(Pass).layer(Hole).build()?;
/// let logs = memory_logs(&mut stack, Levels::ALL);
/// stack.connect()?;
/// stack.send("hello")?;
/// stack.disconnect()?;
///
/// for (layer, log) in &logs {
///     println!("{layer}\n{log}");
/// }
/// # assert_eq!(logs.iter().map(|(layer, _)| layer.as_str()).collect::<Vec<_>>(), ["Pass", "Hole"]);
/// # assert!(logs.iter().all(|(_, log)| log.text().contains("-> hello")));
/// # Ok::<(), comms_core::Error>(())
/// ```
pub fn memory_logs(stack: &mut CommsStack, levels: impl Into<Levels>) -> Vec<(String, MemoryLog)> {
    let levels = levels.into();
    let names = stack.names().map(str::to_owned).collect::<Vec<_>>();
    let attach = |name: String| {
        let log = MemoryLog::new(levels);
        // The stack gave the name itself, so it knows the layer.
        stack.log(&name, log.clone().into()).ok().map(|()| (name, log))
    };
    names.into_iter().filter_map(attach).collect()
}

/// The layer above which a dialogue is plain and every write is one: that directly below the line
/// service. What crosses there is what was really written, before TLS seals it. In a stack without a
/// line service it is the top.
pub fn dialogue_layer(stack: &CommsStack) -> &str {
    let has_lines = |module: &dyn CommsModule| match module.spec().provides {
        Provides::Services(services) => services.contains(&Service::LINES),
        _ => false,
    };
    let place = stack.modules().position(has_lines).map_or(0, |at| at + 1);
    let last = stack.depth().saturating_sub(1);
    stack.names().nth(place.min(last)).unwrap_or_default()
}
