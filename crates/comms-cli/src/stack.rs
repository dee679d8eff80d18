//! `comms stack`: what a stack is made of.

use comms::{Access, Blueprint, Explained, ExplainedProperty, SetBy, standard_registry};
use serde_json::{Value, json};

use crate::args::stack::StackArgs;
use crate::failure::{Failure, Status};
use crate::output;
use crate::service;

/// Prints the modules, top first, each with its properties.
pub(crate) fn run(args: &StackArgs) -> Result<Status, Failure> {
    let mut blueprint = match (&args.url, &args.modules) {
        (Some(url), _) => service::of_url(url)?,
        (None, Some(modules)) => Blueprint::of_modules(modules),
        (None, None) if args.service.service.is_none() => return known(),
        (None, None) => service::of_name(&args.service)?,
    };
    for (name, value) in &args.set {
        blueprint.set(name, value.as_str(), SetBy::Flag("--set"));
    }
    let explained = blueprint.explain(&standard_registry())?;
    if args.json {
        output::print(&object(&explained).to_string())?;
    } else {
        table(&explained)?;
    }
    Ok(Status::Done)
}

/// What a stack can be shown of, and made of.
fn known() -> Result<Status, Failure> {
    output::print(
        "The stack of a server is shown with --url URL, that of a service with --service NAME, any \
         other with --modules NAMES.",
    )?;
    output::print("Modules that are known, as --modules takes them, top first:")?;
    let registry = standard_registry();
    for spec in registry.specs() {
        output::print(&format!("  {:<14} {}", spec.name, spec.doc))?;
    }
    Ok(Status::Done)
}

fn table(explained: &Explained) -> Result<(), Failure> {
    let names = explained.layers.iter().map(|layer| layer.name.as_str());
    output::print(&names.collect::<Vec<_>>().join(" > "))?;
    for layer in &explained.layers {
        output::print(&format!("\n{}: {}", layer.name, layer.doc))?;
        let widths = Widths::of(&layer.properties);
        for property in &layer.properties {
            output::print(&widths.line(property))?;
        }
    }
    Ok(())
}

/// How wide the columns of a layer are.
struct Widths {
    value: usize,
    origin: usize,
}

impl Widths {
    fn of(properties: &[ExplainedProperty]) -> Self {
        let widest = |width: fn(&ExplainedProperty) -> usize, least| {
            let widths = properties.iter().map(width).filter(|width| *width <= WIDEST);
            widths.max().unwrap_or(0).max(least)
        };
        Self {
            value: widest(|property| shown(property).chars().count(), 16),
            origin: widest(|property| property.origin.to_string().chars().count(), 8),
        }
    }

    fn line(&self, property: &ExplainedProperty) -> String {
        let ExplainedProperty { name, origin, doc, .. } = property;
        let (value, origin) = (shown(property), origin.to_string());
        let (wide, far) = (self.value, self.origin);
        format!("  {name:<20} {value:<wide$} {origin:<far$} {doc}")
    }
}

fn shown(property: &ExplainedProperty) -> &str {
    property.value.as_deref().unwrap_or("-")
}

fn object(explained: &Explained) -> Value {
    let layers = explained.layers.iter().map(|layer| {
        let properties = layer.properties.iter().map(|property| {
            let access = match property.access {
                Access::Always => "always",
                Access::BeforeConnect => "before_connect",
                Access::ReadOnly => "read_only",
            };
            json!({
                "name": property.name,
                "value": property.value,
                "origin": property.origin.to_string(),
                "access": access,
                "doc": property.doc,
            })
        });
        json!({
            "name": layer.name,
            "doc": layer.doc,
            "properties": properties.collect::<Vec<_>>(),
        })
    });
    json!({ "layers": layers.collect::<Vec<_>>(), "error": null })
}

/// A value that is wider stands out of its column.
const WIDEST: usize = 40;
