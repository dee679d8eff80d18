//! Finds a layer, a property or a method of a stack by its name.

use crate::error::{Error, Result, StackError};
use crate::info::State;
use crate::layer::Layer;
use crate::names;
use crate::order::{self, Place};
use crate::property::{self, Access, Property, PropertyError, PropertySpec};
use crate::spec::Width;
use crate::value::Value;

/// The place of the layer called `name`: `Tcp`, or `Util#2`.
pub(crate) fn layer(layers: &[Layer], name: &str) -> Result<usize> {
    let names = || layers.iter().map(|layer| layer.seam.name.as_str());
    names().position(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let nearest = names::nearest(name, names());
        StackError::NoSuchLayer { name: name.to_owned(), stack: draw(layers), nearest }.into()
    })
}

/// The stack drawn top first; a layer that is not connected stands in parentheses.
pub(crate) fn draw(layers: &[Layer]) -> String {
    let names = layers.iter().map(|layer| match layer.seam.state {
        State::Connected | State::Listening => layer.seam.name.clone(),
        _ => format!("({})", layer.seam.name),
    });
    names.collect::<Vec<_>>().join(" > ")
}

/// The first property called `name`, or `Layer.name` of that layer.
pub(crate) fn get(layers: &[Layer], name: &str) -> Result<Property> {
    let (layer, row) = find(layers, name)?;
    let value = match row {
        None => Some(Value::Text(log_in_words(layer))),
        Some(row) => layer.module.properties().and_then(|all| all.read(row.name)),
    };
    Ok(Property { layer: layer.seam.name.clone(), value })
}

/// Sets the first property called `name`; a value that would break the order is taken back.
pub(crate) fn set(layers: &mut [Layer], name: &str, value: Value) -> Result<()> {
    let (found, row) = find(layers, name)?;
    let owner = found.seam.name.clone();
    let row = row.ok_or_else(|| in_layer(PropertyError::ReadOnly { name: LOG }, &owner))?;
    let open = found.seam.state != State::Disconnected;
    match row.access {
        Access::ReadOnly => {
            return Err(in_layer(PropertyError::ReadOnly { name: row.name }, &owner));
        }
        Access::BeforeConnect if open => {
            return Err(in_layer(PropertyError::WhileConnected { name: row.name }, &owner));
        }
        _ => {}
    }
    let before = write(layers, &owner, row, value)?;
    if let Err(broken) = check_order(layers) {
        write(layers, &owner, row, before.unwrap_or(Value::Nothing))?;
        return Err(broken);
    }
    Ok(())
}

/// The place of the first layer that has the method, and the method's name in its spec.
pub(crate) fn method(layers: &[Layer], name: &str) -> Result<(usize, &'static str)> {
    let (scope, plain) = scope(layers, name)?;
    let snake = names::snake(plain);
    let all = || {
        let places = layers.iter().enumerate().filter(|(at, _)| scope.is_none_or(|one| one == *at));
        places.flat_map(|(at, layer)| layer.module.spec().methods.iter().map(move |m| (at, m.name)))
    };
    all().find(|(_, known)| *known == plain || *known == snake).ok_or_else(|| {
        let nearest = names::nearest(plain, all().map(|(_, known)| known));
        StackError::NoSuchMethod { name: plain.to_owned(), nearest }.into()
    })
}

/// All properties, top first, as `(layer, row)`.
pub(crate) fn attributes(layers: &[Layer]) -> impl Iterator<Item = (&str, &'static PropertySpec)> {
    layers.iter().flat_map(|layer| {
        let rows = layer.module.spec().properties.iter();
        rows.map(|row| (layer.seam.name.as_str(), row))
    })
}

/// The width of the octets that pass through all of these layers.
pub(crate) fn width(layers: &[Layer]) -> Width {
    let narrow = layers.iter().any(|layer| layer.module.width() == Width::SevenBit);
    if narrow { Width::SevenBit } else { Width::EightBit }
}

/// Whether the modules may stand in this order, with their properties as they are.
pub(crate) fn check_order(layers: &[Layer]) -> Result<()> {
    let places = layers
        .iter()
        .map(|layer| Place { spec: layer.module.spec(), passes: layer.module.width() });
    Ok(order::check(&places.collect::<Vec<_>>())?)
}

/// The layer and the row that `name` means; no row for the standard property `log`.
fn find<'a>(layers: &'a [Layer], name: &str) -> Result<(&'a Layer, Option<&'static PropertySpec>)> {
    let (scope, plain) = scope(layers, name)?;
    let searched = || {
        let places = layers.iter().enumerate();
        places.filter(|(at, _)| scope.is_none_or(|one| one == *at)).map(|(_, layer)| layer)
    };
    for layer in searched() {
        if plain == LOG {
            return Ok((layer, None));
        }
        if let Some(row) = property::find(layer.module.spec().properties, plain) {
            return Ok((layer, Some(row)));
        }
    }
    let known = searched().flat_map(|layer| layer.module.spec().properties.iter());
    let nearest = names::nearest(plain, known.map(|row| row.name));
    let stack = match scope.and_then(|at| layers.get(at)) {
        Some(layer) => layer.seam.name.clone(),
        None => draw(layers),
    };
    Err(PropertyError::Unknown { stack, name: plain.to_owned(), nearest }.into())
}

/// `Tcp.port` is layer 3 and `port`; a plain name is of any layer.
fn scope<'n>(layers: &[Layer], name: &'n str) -> Result<(Option<usize>, &'n str)> {
    match name.split_once('.') {
        None => Ok((None, name)),
        Some((owner, plain)) => Ok((Some(layer(layers, owner)?), plain)),
    }
}

/// Writes one property of the layer called `owner`, and gives what it was.
fn write(
    layers: &mut [Layer],
    owner: &str,
    row: &'static PropertySpec,
    value: Value,
) -> Result<Option<Value>> {
    let at = layer(layers, owner)?;
    let module = layers.get_mut(at).map(|layer| layer.module.as_mut());
    let Some(properties) = module.and_then(|module| module.properties_mut()) else {
        return Err(in_layer(PropertyError::ReadOnly { name: row.name }, owner));
    };
    let before = properties.read(row.name);
    properties.write(row.name, value).map_err(|error| in_layer(error, owner))?;
    Ok(before)
}

fn log_in_words(layer: &Layer) -> String {
    if layer.seam.sinks.is_empty() {
        return "off".to_owned();
    }
    let names = layer.seam.sinks.iter().map(|sink| sink.name());
    names.collect::<Vec<_>>().join(", ")
}

fn in_layer(error: PropertyError, layer: &str) -> Error {
    Error::from(error).in_layer(layer)
}

/// The one property that every layer has: its own log, in words.
const LOG: &str = "log";
