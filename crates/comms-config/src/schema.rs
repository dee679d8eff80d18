//! The JSON schema of comms.toml, for editors.

use std::collections::BTreeMap;

use comms_core::{Access, ModuleSpec, PropertySpec, Registry, Shape, Value as Given};
use serde_json::{Map, Value, json};

/// The JSON schema (draft 2020-12) of a configuration with the modules of `registry`, for editors
/// that complete and check as one types. It has every property of every module; which of them a
/// stack has, and whether its modules may stand in their order, is for
/// [`Config::parse`](crate::Config::parse) to say.
///
/// ```
/// let schema = comms_config::config_schema(&comms_core::Registry::new());
/// assert!(schema.contains("\"$schema\": \"https://json-schema.org/draft/2020-12/schema\""));
/// ```
pub fn config_schema(registry: &Registry) -> String {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "comms.toml",
        "description": "Stacks of communication modules, and services made of them",
        "type": "object",
        "properties": {
            "defaults": {
                "description": "Properties of every stack that has them",
                "$ref": "#/$defs/settings",
                "unevaluatedProperties": false,
            },
            "log": log(),
            "stacks": named("Stacks by name", "#/$defs/stack"),
            "services": named("Services by name", "#/$defs/service"),
        },
        "additionalProperties": false,
        "$defs": definitions(registry),
    });
    format!("{schema:#}")
}

/// `[log]`.
fn log() -> Value {
    json!({
        "description": "Where each layer of a service has its log",
        "type": "object",
        "properties": {
            "directory": { "description": "The folder", "type": "string", "minLength": 1 },
            "levels": {
                "description": "What goes into the logs, of all layers or of one",
                "type": "string",
                "examples": ["production,Smtp=script"],
            },
            "max_size": { "$ref": "#/$defs/kib" },
            "maxSize": { "$ref": "#/$defs/kib" },
        },
        "required": ["directory"],
        "additionalProperties": false,
    })
}

/// A section of tables by name.
fn named(description: &str, each: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "propertyNames": { "pattern": "^[-_.\\p{L}\\p{N}]+$" },
        "additionalProperties": { "$ref": each },
    })
}

fn definitions(registry: &Registry) -> Value {
    let mut definitions = Map::new();
    definitions.insert("reference".to_owned(), reference());
    definitions.insert(
        "kib".to_owned(),
        json!({
            "description": "The most KiB of a log; one older generation is kept beside it",
            "type": "integer",
            "minimum": 1,
            "default": 1024,
        }),
    );
    definitions.insert(
        "modules".to_owned(),
        json!({
            "description": "The modules, top first, with commas between them",
            "type": "string",
            "examples": ["Smtp,Util,Tls,Tcp"],
        }),
    );
    definitions.insert(
        "stack".to_owned(),
        json!({
            "$ref": "#/$defs/settings",
            "properties": { "modules": { "$ref": "#/$defs/modules" } },
            "required": ["modules"],
            "unevaluatedProperties": false,
        }),
    );
    definitions.insert("service".to_owned(), service());
    for spec in registry.specs() {
        definitions.insert(module(spec), of_module(spec));
    }
    definitions.insert("settings".to_owned(), settings(registry));
    Value::Object(definitions)
}

/// Where a value is to be found.
fn reference() -> Value {
    let place = json!({ "type": "string", "minLength": 1 });
    json!({
        "description": "The value of a variable of the environment, or the first line of a file",
        "type": "object",
        "properties": { "env": place, "file": place },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false,
    })
}

fn service() -> Value {
    json!({
        "$ref": "#/$defs/settings",
        "properties": {
            "stack": { "description": "One of [stacks.NAME]", "type": "string" },
            "modules": { "$ref": "#/$defs/modules" },
            "url": {
                "description": "A mail server, without a password",
                "type": "string",
                "pattern": "^\\s*([Ss][Mm][Tt][Pp][Ss]?|[Ss][Uu][Bb][Mm][Ii][Ss][Ss][Ii][Oo][Nn][Ss]?\
                            |[Ll][Mm][Tt][Pp](\\+[Uu][Nn][Ii][Xx])?):",
                "examples": ["submission://mail.example"],
            },
        },
        "oneOf": [
            { "required": ["stack"] },
            { "required": ["modules"] },
            { "required": ["url"] },
        ],
        "unevaluatedProperties": false,
    })
}

/// What a table of settings may have: a property of any module, by its own name or its layer's.
fn settings(registry: &Registry) -> Value {
    let mut rows: BTreeMap<&str, Vec<&PropertySpec>> = BTreeMap::new();
    for row in registry.specs().flat_map(settable) {
        rows.entry(row.name).or_default().push(row);
    }
    let mut properties = Map::new();
    for (name, rows) in rows {
        spelled(name, &of_rows(&rows), &mut properties);
    }
    let mut layers = Map::new();
    for spec in registry.specs() {
        let refers = json!({ "$ref": format!("#/$defs/{}", module(spec)) });
        layers.insert(format!("^{}(#[0-9]+)?$", spec.name), refers);
        for row in settable(spec) {
            let mut either = Map::new();
            spelled(row.name, &of_rows(&[row]), &mut either);
            let each = either
                .into_iter()
                .map(|(name, value)| (format!("^{}(#[0-9]+)?[.]{name}$", spec.name), value));
            layers.extend(each);
        }
    }
    json!({ "type": "object", "properties": properties, "patternProperties": layers })
}

fn module(spec: &ModuleSpec) -> String {
    format!("layer.{}", spec.name)
}

fn of_module(spec: &ModuleSpec) -> Value {
    let mut properties = Map::new();
    for row in settable(spec) {
        spelled(row.name, &of_rows(&[row]), &mut properties);
    }
    json!({
        "description": spec.doc,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn settable(spec: &ModuleSpec) -> impl Iterator<Item = &'static PropertySpec> + use<> {
    spec.properties.iter().filter(|row| row.access != Access::ReadOnly)
}

/// Puts the value in under both spellings of the name.
fn spelled(name: &str, value: &Value, into: &mut Map<String, Value>) {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(letters);
    }
    into.insert(camel, value.clone());
    into.insert(name.to_owned(), value.clone());
}

/// What fits one of these properties, which have one name.
fn of_rows(rows: &[&PropertySpec]) -> Value {
    let mut kinds: Vec<Value> = Vec::new();
    for kind in rows.iter().filter(|row| !row.secret).map(|row| of_shape(row.shape)) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.push(json!({ "$ref": "#/$defs/reference" }));
    let mut docs = rows.iter().map(|row| row.doc).collect::<Vec<_>>();
    docs.dedup();
    let mut value = json!({ "description": docs.join(" / "), "anyOf": kinds });
    if let [row] = rows
        && let (Some(default), Some(value)) = ((row.default)(), value.as_object_mut())
        && !row.secret
    {
        value.insert("default".to_owned(), shown(&default));
    }
    value
}

fn of_shape(shape: Shape) -> Value {
    match shape {
        Shape::Truth => json!({ "enum": [true, false, "true", "false"] }),
        Shape::Whole { most } => json!({
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": most },
                { "type": "string", "pattern": "^\\s*[+]?[0-9]+\\s*$" },
            ],
        }),
        Shape::Time => json!({
            "anyOf": [
                { "type": "number", "minimum": 0 },
                { "type": "string", "pattern": "^\\s*[0-9.]+\\s*(ms|s|m|min|h)?\\s*$" },
            ],
        }),
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::TextOrNumber => json!({ "type": ["string", "integer"] }),
        Shape::Words => json!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ],
        }),
        _ => json!({ "type": "string" }),
    }
}

fn shown(value: &Given) -> Value {
    match value {
        Given::Bool(truth) => json!(truth),
        Given::Integer(number) => json!(number),
        other => json!(other.to_string()),
    }
}
