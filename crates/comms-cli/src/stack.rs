//! `comms stack`: what a stack is made of.

use comms::{Blueprint, ExplainedProperty, SetBy, standard_registry};

use crate::args::stack::StackArgs;
use crate::failure::{Failure, Status};
use crate::output;
use crate::service;

/// Prints the modules, top first, each with its properties.
pub(crate) fn run(args: &StackArgs) -> Result<Status, Failure> {
    let mut blueprint = match (&args.url, &args.modules) {
        (Some(url), _) => service::of_url(url)?,
        (None, modules) => Blueprint::of_modules(modules.as_deref().unwrap_or_default()),
    };
    for (name, value) in &args.set {
        blueprint.set(name, value.as_str(), SetBy::Flag("--set"));
    }
    let explained = blueprint.explain(&standard_registry())?;
    let names = explained.layers.iter().map(|layer| layer.name.as_str());
    output::print(&names.collect::<Vec<_>>().join(" > "))?;
    for layer in &explained.layers {
        output::print(&format!("\n{}: {}", layer.name, layer.doc))?;
        for property in &layer.properties {
            output::print(&line(property))?;
        }
    }
    Ok(Status::Done)
}

fn line(property: &ExplainedProperty) -> String {
    let ExplainedProperty { name, value, origin, doc, .. } = property;
    let value = value.as_deref().unwrap_or("-");
    format!("  {name:<20} {value:<16} {:<8} {doc}", origin.to_string())
}
