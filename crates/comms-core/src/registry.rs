//! Modules by name: from `Smtp,Util,Tcp` to a stack.

use std::fmt;

use thiserror::Error;

use crate::error::{Error, ErrorClass, Result};
use crate::module::CommsModule;
use crate::names::{self, Hint};
use crate::spec::ModuleSpec;
use crate::stack::CommsStack;

/// The modules that can be built by name. Built-in modules and your own register alike.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    spec: &'static ModuleSpec,
    make: fn() -> Box<dyn CommsModule>,
}

impl Registry {
    /// A registry of no modules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the module `M` under the name in its spec, in place of another of that name.
    pub fn with<M: CommsModule + Default>(mut self) -> Self {
        let spec = M::default().spec();
        self.entries.retain(|entry| entry.spec.name != spec.name);
        self.entries.push(Entry { spec, make: || Box::new(M::default()) });
        self
    }

    /// What each known module says of itself.
    pub fn specs(&self) -> impl Iterator<Item = &'static ModuleSpec> {
        self.entries.iter().map(|entry| entry.spec)
    }

    /// A new module of that name; upper and lower case are the same.
    pub fn module(&self, name: &str) -> Result<Box<dyn CommsModule>> {
        let name = name.trim();
        let entry = self.entries.iter().find(|entry| entry.spec.name.eq_ignore_ascii_case(name));
        let entry = entry.ok_or_else(|| {
            let known = self.specs().map(|spec| spec.name).collect::<Vec<_>>();
            let nearest = names::nearest(name, known.iter().copied());
            let known = known.join(", ");
            Error::new(ErrorClass::Usage, UnknownModule { name: name.to_owned(), nearest, known })
        })?;
        Ok((entry.make)())
    }

    /// The stack of these modules, top first: `Smtp, Util, Tcp`.
    pub fn build(&self, names: &str) -> Result<CommsStack> {
        let modules = names.split(',').filter(|name| !name.trim().is_empty());
        CommsStack::of(modules.map(|name| self.module(name)).collect::<Result<_>>()?)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spec.name)
    }
}

/// No module of that name is registered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no module is called `{name}`{}; known are {known}", Hint(.nearest.as_deref()))]
#[non_exhaustive]
pub struct UnknownModule {
    /// What was asked for.
    pub name: String,
    /// The nearest name that there is.
    pub nearest: Option<String>,
    /// All names that there are.
    pub known: String,
}
