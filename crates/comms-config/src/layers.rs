//! The layers of a stack, as far as names go: also of one that cannot be built.

use comms_core::{ModuleSpec, PropertySpec, Registry, nearest};

/// The layers of a stack, top first.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    all: Vec<Layer>,
}

#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// `Util`, or `Util#2`.
    pub(crate) name: String,
    /// None where no module is called so.
    pub(crate) spec: Option<&'static ModuleSpec>,
}

/// What a name of a property means.
#[derive(Debug)]
pub(crate) enum Found<'l> {
    /// These, of which the first is meant where all stand in one stack.
    Rows(Vec<(&'l Layer, &'static PropertySpec)>),
    /// Nobody can tell: a layer of which nothing is known may have it.
    Perhaps,
    /// No layer has it.
    Nothing,
}

impl Layers {
    /// Those of `modules`, top first; the deepest stack has fewer.
    pub(crate) fn of_modules(modules: &str, registry: &Registry) -> Self {
        let mut all: Vec<Layer> = Vec::new();
        let names = modules.split(',').map(str::trim).filter(|name| !name.is_empty());
        for plain in names.take(MOST) {
            let spec = registry.specs().find(|spec| spec.name.eq_ignore_ascii_case(plain));
            let plain = spec.map_or(plain, |spec| spec.name);
            let is_it = |name: &str| name.split('#').next().is_some_and(|n| same(n, plain));
            let before = all.iter().filter(|layer| is_it(&layer.name)).count();
            let name = match before {
                0 => plain.to_owned(),
                before => format!("{plain}#{}", before + 1),
            };
            all.push(Layer { name, spec });
        }
        Self { all }
    }

    /// All modules that there are.
    pub(crate) fn of_registry(registry: &Registry) -> Self {
        let layer =
            |spec: &'static ModuleSpec| Layer { name: spec.name.to_owned(), spec: Some(spec) };
        Self { all: registry.specs().map(layer).collect() }
    }

    /// The layer called `name`; upper and lower case are the same.
    pub(crate) fn layer(&self, name: &str) -> Option<&Layer> {
        self.all.iter().find(|layer| same(&layer.name, name))
    }

    /// What `name` means, of one layer or of any.
    pub(crate) fn find(&self, layer: Option<&Layer>, name: &str) -> Found<'_> {
        let searched = || {
            let all = self.all.iter();
            all.filter(move |one| layer.is_none_or(|layer| layer.name == one.name))
        };
        let mut rows = Vec::new();
        let mut unsure = false;
        for one in searched() {
            match one.spec {
                // What stands below an unknown one may be hidden by it.
                None => unsure = true,
                Some(_) if unsure => {}
                Some(spec) => rows.extend(spec.property(name).map(|row| (one, row))),
            }
        }
        match (rows.is_empty(), unsure) {
            (false, _) => Found::Rows(rows),
            (true, true) => Found::Perhaps,
            (true, false) => Found::Nothing,
        }
    }

    /// The nearest name of a property, of one layer or of any.
    pub(crate) fn nearest_property(&self, layer: Option<&Layer>, name: &str) -> Option<String> {
        nearest(name, self.properties(layer))
    }

    /// The names of the properties that can be set, of one layer or of any.
    pub(crate) fn properties(&self, layer: Option<&Layer>) -> Vec<&'static str> {
        let all = self.all.iter();
        let all = all.filter(|one| layer.is_none_or(|layer| layer.name == one.name));
        let rows = all.filter_map(|one| one.spec).flat_map(|spec| spec.properties);
        let rows = rows.filter(|row| row.access != comms_core::Access::ReadOnly);
        rows.map(|row| row.name).collect()
    }

    /// The nearest name of a layer.
    pub(crate) fn nearest_layer(&self, name: &str) -> Option<String> {
        nearest(name, self.all.iter().map(|layer| layer.name.as_str()))
    }

    /// Whether some layer has no module.
    pub(crate) fn has_unknown(&self) -> bool {
        self.all.iter().any(|layer| layer.spec.is_none())
    }

    /// `Smtp > Util > Tcp`.
    pub(crate) fn drawn(&self) -> String {
        let names = self.all.iter().map(|layer| layer.name.as_str());
        names.collect::<Vec<_>>().join(" > ")
    }
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// No stack is as deep.
const MOST: usize = 65;
