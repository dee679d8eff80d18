//! The settings of one table: `[defaults]`, a stack, or a service.

use std::collections::HashMap;
use std::path::Path;

use comms_core::{Access, Error, PropertyError, PropertySpec, Registry, Shape, Value};

use crate::blueprint::Setting;
use crate::findings::Findings;
use crate::given::Given;
use crate::layers::{Found, Layer, Layers};
use crate::problem::Problem;
use crate::set_by::SetBy;
use crate::source::Source;
use crate::tree::{Entry, Kind, Node, Span};

/// A setting, and the place of its key.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) setting: Setting,
    pub(crate) place: Span,
}

/// Whose properties are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One stack's: a plain name is that of the top-most layer that has it.
    Stack,
    /// Any stack's: a plain name is that of every module that has it.
    Everywhere,
}

/// What a table of settings is read against.
pub(crate) struct Scope<'s> {
    pub(crate) source: &'s Source<'s>,
    pub(crate) registry: &'s Registry,
    pub(crate) layers: &'s Layers,
    pub(crate) reach: Reach,
    /// Where a setting of this line came from.
    pub(crate) origin: &'s dyn Fn(usize) -> SetBy,
}

impl Scope<'_> {
    /// Reads the settings among `entries`; keys in `reserved` are none.
    pub(crate) fn read(
        &self,
        entries: &[Entry],
        reserved: &[&str],
        findings: &mut Findings,
    ) -> Vec<Placed> {
        let mut reader = Reader { scope: self, seen: HashMap::new(), placed: Vec::new(), findings };
        for entry in entries.iter().filter(|entry| !reserved.contains(&entry.key.as_str())) {
            reader.entry(entry);
        }
        reader.placed
    }
}

struct Reader<'r> {
    scope: &'r Scope<'r>,
    /// The lines of the properties that are set already.
    seen: HashMap<String, usize>,
    placed: Vec<Placed>,
    findings: &'r mut Findings,
}

impl Reader<'_> {
    fn entry(&mut self, entry: &Entry) {
        let layers = self.scope.layers;
        if let Some((layer, name)) = entry.key.split_once('.') {
            match layers.layer(layer) {
                Some(layer) => self.property(Some(layer), name, entry),
                None => self.no_layer(layer, &entry.place),
            }
            return;
        }
        match (layers.layer(&entry.key), entry.node.table()) {
            (Some(layer), Some(inner)) => {
                for one in inner {
                    self.property(Some(layer), &one.key, one);
                }
            }
            (None, Some(inner)) if !says_where(inner) && !self.is_property(&entry.key) => {
                self.no_layer(&entry.key, &entry.place);
            }
            _ => self.property(None, &entry.key, entry),
        }
    }

    /// Whether it is the name of a property, and not of a module that the stack lacks.
    fn is_property(&self, name: &str) -> bool {
        !self.scope.registry.specs().any(|spec| spec.name == name)
            && !matches!(self.scope.layers.find(None, name), Found::Nothing)
    }

    fn no_layer(&mut self, name: &str, place: &Span) {
        if self.scope.layers.has_unknown() {
            return;
        }
        let nearest = self.scope.layers.nearest_layer(name);
        let known = || self.scope.registry.specs().map(|spec| spec.name);
        let problem = match self.scope.reach {
            Reach::Stack => Problem::UnknownLayer {
                stack: self.scope.layers.drawn(),
                name: name.to_owned(),
                nearest,
                is_module: known().any(|known| known.eq_ignore_ascii_case(name)),
            },
            Reach::Everywhere => {
                let known = known().map(str::to_owned).collect();
                Problem::UnknownModule { name: name.to_owned(), nearest, known }
            }
        };
        self.findings.add(place, problem);
    }

    fn property(&mut self, layer: Option<&Layer>, name: &str, entry: &Entry) {
        let found = match self.scope.layers.find(layer, name) {
            Found::Rows(rows) => rows,
            Found::Perhaps => return,
            Found::Nothing => {
                let problem = self.unknown(layer, name);
                return self.findings.add(&entry.place, problem);
            }
        };
        let candidates = match self.scope.reach {
            Reach::Stack => found.get(..1).unwrap_or_default(),
            Reach::Everywhere => found.as_slice(),
        };
        if candidates.iter().all(|(_, row)| !row.secret) {
            self.show(&entry.node);
        }
        let mut first = None;
        for (owner, row) in candidates {
            match self.given(owner, row, entry) {
                Ok(given) => {
                    let full = match (self.scope.reach, layer) {
                        (Reach::Everywhere, None) => row.name.to_owned(),
                        _ => format!("{}.{}", owner.name, row.name),
                    };
                    return self.take(full, given, entry);
                }
                Err(wrong) => {
                    first.get_or_insert(wrong);
                }
            }
        }
        if let Some(Wrong { place, problem }) = first {
            self.findings.add(&place, *problem);
        }
    }

    fn take(&mut self, name: String, given: Given, entry: &Entry) {
        let line = self.scope.source.line(entry.place.start);
        if let Some(first) = self.seen.insert(name.clone(), line) {
            return self.findings.add(&entry.place, Problem::Twice { name, line: Some(first) });
        }
        let setting = Setting { name, given, origin: (self.scope.origin)(line) };
        self.placed.push(Placed { setting, place: entry.place.clone() });
    }

    fn unknown(&self, layer: Option<&Layer>, name: &str) -> Problem {
        let layers = self.scope.layers;
        let elsewhere = match layer {
            Some(_) => None,
            None => self.scope.registry.specs().find(|spec| spec.property(name).is_some()),
        };
        let stack = match (layer, self.scope.reach) {
            (Some(layer), _) => Some(layer.name.clone()),
            (None, Reach::Stack) => Some(layers.drawn()),
            (None, Reach::Everywhere) => None,
        };
        let looks = !self.findings.is_full();
        let nearest = looks.then(|| layers.nearest_property(layer, name));
        Problem::UnknownProperty {
            stack,
            name: name.to_owned(),
            nearest: nearest.flatten(),
            elsewhere: elsewhere.map(|spec| spec.name),
            known: layer.map(|_| layers.properties(layer)).unwrap_or_default(),
        }
    }

    /// Nothing of this is a secret, as far as it is a value: what other keys have in a table, nobody
    /// knows.
    fn show(&mut self, node: &Node) {
        let has_table = match &node.kind {
            Kind::Table(_) => true,
            Kind::List(nodes) => nodes.iter().any(|node| !matches!(node.kind, Kind::Value(_))),
            _ => false,
        };
        if !has_table {
            self.findings.show(&node.place);
        }
    }

    /// The value of `row`, if it takes what stands there.
    fn given(
        &mut self,
        owner: &Layer,
        row: &'static PropertySpec,
        entry: &Entry,
    ) -> Result<Given, Wrong> {
        let name = row.name;
        if row.access == Access::ReadOnly {
            let problem = Problem::ReadOnly { layer: owner.name.clone(), name };
            return Err(Wrong::at(&entry.place, problem));
        }
        if let Some(inner) = entry.node.table() {
            return self.elsewhere(name, inner, &entry.place);
        }
        let wrong = |found: String| Problem::WrongType { name, kind: row.kind, found };
        let place = &entry.node.place;
        if row.secret {
            return Err(Wrong::at(place, Problem::PlainSecret { name: name.to_owned() }));
        }
        let value = match value(row, &entry.node, self.folder()) {
            Ok(value) => value,
            Err(found) => return Err(Wrong::at(place, wrong(found))),
        };
        match self.try_on(owner, row, value.clone()) {
            Ok(()) => Ok(Given::Value(value)),
            Err(PropertyError::WrongType { .. }) => Err(Wrong::at(place, wrong(quoted(&value)))),
            Err(other) => Err(Wrong::at(place, Problem::Refused(Error::from(other)))),
        }
    }

    /// Sets the property on a module of its own, which goes at once.
    fn try_on(
        &self,
        owner: &Layer,
        row: &'static PropertySpec,
        value: Value,
    ) -> Result<(), PropertyError> {
        let module = owner.spec.map(|spec| self.scope.registry.module(spec.name));
        let Some(Ok(mut module)) = module else { return Ok(()) };
        match module.properties_mut() {
            Some(properties) => properties.write(row.name, value),
            None => Err(PropertyError::ReadOnly { name: row.name }),
        }
    }

    /// `{ env = "NAME" }` or `{ file = "PATH" }`.
    fn elsewhere(&mut self, name: &str, inner: &[Entry], key: &Span) -> Result<Given, Wrong> {
        let wrong = |place| Wrong::at(place, Problem::Reference { name: name.to_owned() });
        let [one] = inner else {
            return Err(wrong(inner.get(1).map_or(key, |second| &second.place)));
        };
        let text = one.node.text().filter(|text| !text.is_empty() && !text.contains('\0'));
        match (one.key.as_str(), text) {
            ("env", Some(text)) if !text.contains('=') => {
                self.findings.show(&one.node.place);
                Ok(Given::Env(text.to_owned()))
            }
            ("file", Some(text)) => {
                self.findings.show(&one.node.place);
                Ok(Given::File(self.folder().join(text)))
            }
            _ => Err(wrong(&one.place)),
        }
    }

    /// Paths are relative to it.
    fn folder(&self) -> &Path {
        self.scope.source.path.parent().unwrap_or(Path::new(""))
    }
}

/// What is wrong, and where.
struct Wrong {
    place: Span,
    problem: Box<Problem>,
}

impl Wrong {
    fn at(place: &Span, problem: Problem) -> Self {
        Self { place: place.clone(), problem: Box::new(problem) }
    }
}

/// Whether a table looks as though it said where a value is.
fn says_where(inner: &[Entry]) -> bool {
    !inner.is_empty() && inner.iter().all(|one| one.key == "env" || one.key == "file")
}

/// The value that stands there, as `row` may take it, or what it is instead.
fn value(row: &PropertySpec, node: &Node, folder: &Path) -> Result<Value, String> {
    match &node.kind {
        Kind::Value(Value::Text(path)) if row.shape == Shape::Path && !path.is_empty() => {
            let path = folder.join(path);
            path.to_str().map(Value::from).ok_or_else(|| cut(path.display().to_string()))
        }
        Kind::Value(value) => Ok(value.clone()),
        Kind::Number(number) if row.shape == Shape::Time => Ok(Value::from(number.as_str())),
        Kind::Number(number) => Err(cut(number.clone())),
        Kind::Date => Err("a date".to_owned()),
        Kind::Table(_) => Err("a table".to_owned()),
        Kind::List(nodes) => {
            let plain = nodes.iter().map(|node| match &node.kind {
                Kind::Value(value) => Some(value.clone()),
                _ => None,
            });
            let values = plain.collect::<Option<Vec<_>>>();
            values.map(Value::List).ok_or_else(|| "a list".to_owned())
        }
    }
}

/// The value as it is shown in a sentence.
fn quoted(value: &Value) -> String {
    match value {
        Value::List(_) => "a list".to_owned(),
        value => cut(value.to_string()),
    }
}

/// The text in quotes, or its beginning.
fn cut(mut text: String) -> String {
    if let Some((cut, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(cut);
        text.push_str("...");
    }
    format!("`{text}`")
}

/// Characters of a value that are shown in a sentence.
const LONGEST: usize = 60;
