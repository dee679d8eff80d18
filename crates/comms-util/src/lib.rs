//! The module `Util`: a line service and a coalescing buffer, with parity and traffic groups.

mod buffer;
mod module;
mod parity;
mod traffic;

pub use crate::buffer::{LineBuffer, SendBuffer};
pub use crate::module::{Util, UtilProperties};
pub use crate::parity::Parity;
pub use crate::traffic::TrafficGroups;
