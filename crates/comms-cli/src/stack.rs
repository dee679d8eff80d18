//! `comms stack`: what a stack is made of.

use std::collections::HashMap;

use comms::{CommsStack, PropertySpec, Value, build_comms_stack, standard_registry};

use crate::args::stack::StackArgs;
use crate::failure::{Failure, Status};
use crate::output;
use crate::target::Target;

/// Where values came from that are not defaults: `Tcp.port` from `--url`.
type Origins = HashMap<String, &'static str>;

/// Prints the modules, top first, each with its properties.
pub(crate) fn run(args: &StackArgs) -> Result<Status, Failure> {
    let registry = standard_registry();
    let mut origins = Origins::new();
    let mut stack = match (&args.url, &args.modules) {
        (Some(url), _) => {
            let target = Target::parse(url)?;
            let set = target.settings.iter().map(|(name, _)| ((*name).to_owned(), "--url"));
            origins.extend(set);
            target.stack(&registry)?
        }
        (None, modules) => build_comms_stack(modules.as_deref().unwrap_or_default(), &registry)?,
    };
    for (name, value) in &args.set {
        stack.set(name, value.as_str())?;
        let found = stack.get(name)?;
        let plain = name.rsplit('.').next().unwrap_or(name);
        origins.insert(format!("{}.{}", found.layer, plain.to_ascii_lowercase()), "--set");
    }
    output::print(&stack.names().collect::<Vec<_>>().join(" > "))?;
    let names = stack.names().map(str::to_owned).collect::<Vec<_>>();
    for (name, module) in names.iter().zip(stack.modules()) {
        output::print(&format!("\n{name}: {}", module.spec().doc))?;
        for row in module.spec().properties {
            output::print(&line(&stack, name, row, &origins)?)?;
        }
    }
    Ok(Status::Done)
}

fn line(
    stack: &CommsStack,
    layer: &str,
    row: &PropertySpec,
    origins: &Origins,
) -> Result<String, Failure> {
    let full = format!("{layer}.{}", row.name);
    let value = stack.get(&full)?.value;
    let shown = value.as_ref().map_or_else(|| "-".to_owned(), Value::to_string);
    let key = format!("{layer}.{}", row.name.replace('_', ""));
    let origin = origins.get(&full).or_else(|| origins.get(&key)).copied().unwrap_or("default");
    Ok(format!("  {:<20} {shown:<16} {origin:<8} {}", row.name, row.doc))
}
