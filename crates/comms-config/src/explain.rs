//! Every property of a stack, with its value and where that came from.

use comms_core::{Access, CommsStack, PropertySpec, Registry, Result, Value};

use crate::blueprint::{self, Blueprint, Setting};
use crate::set_by::SetBy;

/// What a stack is made of: every property of every layer, with its value and where that came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The layers, top first.
    pub layers: Vec<ExplainedLayer>,
}

/// One layer of an [`Explained`] stack.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedLayer {
    /// Its name: `Tcp`.
    pub name: String,
    /// What it does.
    pub doc: &'static str,
    /// Its properties.
    pub properties: Vec<ExplainedProperty>,
}

/// One property of an [`ExplainedLayer`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedProperty {
    /// Its name.
    pub name: &'static str,
    /// Its value as a person reads it, and as the property takes it back from text: a secret is
    /// `<secret>`, and what is looked up when the stack is built says where. `None` while there is
    /// none.
    pub value: Option<String>,
    /// Where the value came from.
    pub origin: SetBy,
    /// Who may set it, and when.
    pub access: Access,
    /// What it is for.
    pub doc: &'static str,
}

impl Blueprint {
    /// Every property of the stack, with its value and where that came from. Nothing is looked up
    /// elsewhere, and nothing is connected to.
    pub fn explain(&self, registry: &Registry) -> Result<Explained> {
        let stack = self.sketch(registry)?;
        let last = self.settings().iter().map(|setting| Ok((full_name(&stack, setting)?, setting)));
        let last = last.collect::<Result<Vec<_>>>()?;
        let layers = stack.names().zip(stack.modules()).map(|(name, module)| {
            let spec = module.spec();
            let rows = spec.properties.iter().map(|row| explain(&stack, name, row, &last));
            Ok(ExplainedLayer {
                name: name.to_owned(),
                doc: spec.doc,
                properties: rows.collect::<Result<_>>()?,
            })
        });
        Ok(Explained { layers: layers.collect::<Result<_>>()? })
    }
}

fn explain(
    stack: &CommsStack,
    layer: &str,
    row: &PropertySpec,
    settings: &[((String, &'static str), &Setting)],
) -> Result<ExplainedProperty> {
    let is_it = |(owner, name): &(String, &'static str)| owner == layer && *name == row.name;
    let last = settings.iter().rev().find(|(full, _)| is_it(full)).map(|(_, setting)| *setting);
    let value = match last.filter(|setting| setting.given.is_elsewhere()) {
        Some(_) if row.secret => Some(SECRET.to_owned()),
        Some(setting) => Some(setting.given.to_string()),
        None => stack.get(&format!("{layer}.{}", row.name))?.value.as_ref().map(Value::to_string),
    };
    let origin = last.map_or(SetBy::Default, |setting| setting.origin.clone());
    Ok(ExplainedProperty { name: row.name, value, origin, access: row.access, doc: row.doc })
}

/// The layer and the property that a setting means, as the tables spell them.
fn full_name(stack: &CommsStack, setting: &Setting) -> Result<(String, &'static str)> {
    let (layer, row) = blueprint::row(stack, &setting.name)?;
    Ok((layer, row.map(|row| row.name).unwrap_or_default()))
}

/// What is shown of a secret.
const SECRET: &str = "<secret>";
