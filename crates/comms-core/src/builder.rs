//! Gathers modules, top first.

use crate::module::CommsModule;

/// Modules on their way into a stack, top first; made by `CommsStack::builder`.
#[derive(Debug, Default)]
pub struct StackBuilder {
    pub(crate) modules: Vec<Box<dyn CommsModule>>,
}

impl StackBuilder {
    /// The next module, below those before it.
    pub fn layer(mut self, module: impl CommsModule) -> Self {
        self.modules.push(Box::new(module));
        self
    }
}
