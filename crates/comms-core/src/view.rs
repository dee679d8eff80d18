//! One layer of a stack by its type.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use crate::below::Below;
use crate::cursor::Cursor;
use crate::error::{Result, StackError};
use crate::module::CommsModule;

/// One layer of a stack by its type: what a protocol's own methods are made of.
pub struct LayerView<'a, M> {
    cursor: Cursor<'a>,
    module: PhantomData<fn() -> M>,
}

impl<'a, M: CommsModule> LayerView<'a, M> {
    /// The view of the layer directly below `cursor`, which is an `M`.
    pub(crate) fn above(cursor: Cursor<'a>) -> Self {
        Self { cursor, module: PhantomData }
    }

    /// The module itself, connected or not.
    pub fn module(&self) -> Option<&M> {
        (self.cursor.module()? as &dyn Any).downcast_ref()
    }

    /// The module itself, to change. What is done to it so passes no seam.
    pub fn module_mut(&mut self) -> Option<&mut M> {
        (self.cursor.module_mut()? as &mut dyn Any).downcast_mut()
    }

    /// Does something with the module and what lies below it, through the seam: the layer must be
    /// connected, watchers are told, and an error is given the layer's name.
    pub fn run<T>(&mut self, work: impl FnOnce(&mut M, &mut dyn Below) -> Result<T>) -> Result<T> {
        self.cursor.run(|module, below| match (module as &mut dyn Any).downcast_mut() {
            Some(module) => work(module, below),
            None => Err(StackError::NotConnected.into()),
        })
    }
}

impl<M> fmt::Debug for LayerView<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LayerView").field(&self.cursor).finish()
    }
}
