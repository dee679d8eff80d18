//! Modules by name: from `Smtp,Util,Tcp` to a stack.

use std::fmt;
use std::sync::Arc;

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

#[derive(Clone)]
struct Entry {
    spec: &'static ModuleSpec,
    make: Arc<dyn Fn() -> Box<dyn CommsModule> + Send + Sync>,
}

impl Registry {
    /// A registry of no modules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the module `M` under the name in its spec, in place of another of that name.
    pub fn with<M: CommsModule + Default>(self) -> Self {
        self.with_factory(M::default)
    }

    /// Adds the module that `make` makes, in place of another of that name: for modules that share
    /// something, such as a pair's other end.
    pub fn with_factory<M: CommsModule>(
        mut self,
        make: impl Fn() -> M + Send + Sync + 'static,
    ) -> Self {
        let spec = make().spec();
        self.entries.retain(|entry| !entry.spec.name.eq_ignore_ascii_case(spec.name));
        self.entries.push(Entry { spec, make: Arc::new(move || Box::new(make())) });
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
