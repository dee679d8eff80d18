//! What a stack of communication modules is.
//!
//! A program composes a channel from modules, each a layer that does one thing; the stack owns
//! them, checks their order, and carries each call from layer to layer through a single seam that
//! logs, counts and keeps deadlines. There is no I/O here, no thread and no global.
//!
//! - [`CommsModule`] is what a module implements, [`Below`] what it sees of its stack.
//! - [`CommsStack`] is what a program talks to, [`CommsListener`] its server's side.
//! - [`Registry`] builds stacks from names: `Smtp,Util,Tcp`; [`Pool`] lends connected ones.

mod below;
mod builder;
mod clock;
mod closing;
mod cursor;
mod deadline;
mod error;
mod event;
mod info;
mod layer;
mod listener;
mod lookup;
mod module;
mod names;
mod order;
mod payload;
mod pool;
mod property;
mod registry;
mod seam;
mod shape;
mod spec;
mod stack;
mod value;
mod view;
mod withheld;

pub use crate::below::Below;
pub use crate::builder::StackBuilder;
pub use crate::clock::{Clock, SystemClock};
pub use crate::closing::Closing;
pub use crate::cursor::Cursor;
pub use crate::deadline::{Deadline, DeadlinePassed};
pub use crate::error::{Error, ErrorClass, Result, StackError};
pub use crate::event::{Event, Level, Operation, Severity, Sink, What};
pub use crate::info::{CommsInfo, State, Traffic};
pub use crate::listener::CommsListener;
pub use crate::module::{CommsModule, wrong_payload};
pub use crate::names::nearest;
pub use crate::order::OrderError;
pub use crate::payload::{Object, Payload, Piece, Pieces, Receipt};
pub use crate::pool::Pool;
pub use crate::pool::builder::PoolBuilder;
pub use crate::pool::error::PoolError;
pub use crate::pool::pooled::Pooled;
pub use crate::pool::room::PoolInfo;
pub use crate::property::{Access, Properties, Property, PropertyError, PropertySpec};
pub use crate::registry::{Registry, UnknownModule};
pub use crate::shape::Shape;
pub use crate::spec::{MethodSpec, ModuleSpec, Needs, Provides, Service, Width};
pub use crate::stack::CommsStack;
pub use crate::value::{PropertyValue, Secret, Value};
pub use crate::view::LayerView;
