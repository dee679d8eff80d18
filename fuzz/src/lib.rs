//! What the fuzz targets share.

mod harmless;
mod peer;

pub use crate::harmless::is_harmless;
pub use crate::peer::{Peer, Said};
