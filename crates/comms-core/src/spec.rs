//! What a module says of itself: enough to check a stack before anything runs.

use crate::property::{self, PropertySpec};

/// What a layer offers to the one directly above it, beyond its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// Its name: `lines`.
    pub name: &'static str,
    /// The name with its article, for sentences: `a line service`.
    pub words: &'static str,
    /// The module that usually supplies it, for advice.
    pub supplier: &'static str,
}

impl Service {
    /// A stream of octets: `send` and `receive`.
    pub const OCTETS: Self = Self::new("octets", "a stream of octets", "Tcp");

    /// A stream of octets that also answers `receive_until`.
    pub const LINES: Self = Self::new("lines", "a line service", "Util");

    /// A service of your own.
    pub const fn new(name: &'static str, words: &'static str, supplier: &'static str) -> Self {
        Self { name, words, supplier }
    }
}

/// What a module needs directly below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it is a bottom.
    Nothing,
    /// A layer that provides this.
    Service(Service),
}

/// What a module provides to the layer directly above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provides {
    /// Nothing: it is a top, and speaks to the program.
    Nothing,
    /// What lies below it, unchanged.
    SameAsBelow,
    /// These.
    Services(&'static [Service]),
}

/// The width of the octets that pass through a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// All eight bits arrive as they were sent.
    EightBit,
    /// The eighth bit is parity, or is lost.
    SevenBit,
}

/// A method that only this kind of module has, for `invoke`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodSpec {
    /// Its name, in `snake_case`.
    pub name: &'static str,
    /// What it takes and gives, in words.
    pub doc: &'static str,
}

/// What a module says of itself.
#[derive(Debug, Clone, Copy)]
pub struct ModuleSpec {
    /// Its name in stacks: `Tcp`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// What it needs directly below.
    pub needs: Needs,
    /// What it provides to the layer above.
    pub provides: Provides,
    /// The width of octets that it must be able to send.
    pub sends: Width,
    /// The kinds of payload that it takes: `octets`, or objects' kinds.
    pub takes: &'static [&'static str],
    /// Its properties.
    pub properties: &'static [PropertySpec],
    /// Its own methods.
    pub methods: &'static [MethodSpec],
}

impl ModuleSpec {
    /// A bottom: it needs nothing, provides a stream of octets, and takes octets.
    pub const fn bottom(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            needs: Needs::Nothing,
            provides: Provides::Services(&[Service::OCTETS]),
            sends: Width::SevenBit,
            takes: &["octets"],
            properties: &[],
            methods: &[],
        }
    }

    /// A filter: it stands above a stream of octets, and provides what lies below it.
    pub const fn filter(name: &'static str, doc: &'static str) -> Self {
        Self {
            needs: Needs::Service(Service::OCTETS),
            provides: Provides::SameAsBelow,
            ..Self::bottom(name, doc)
        }
    }

    /// The row of the property called `name`, in either spelling: `localMailDomain` is
    /// `local_mail_domain`.
    pub fn property(&self, name: &str) -> Option<&'static PropertySpec> {
        property::find(self.properties, name)
    }

    /// Whether it is a bottom.
    pub fn is_bottom(&self) -> bool {
        self.needs == Needs::Nothing
    }
}
