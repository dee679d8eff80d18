//! What the fuzz targets share.

mod draws;
mod harmless;
mod letter;
mod model;
mod peer;

pub use crate::draws::{Draws, Rupture, Will};
pub use crate::harmless::is_harmless;
pub use crate::letter::{Draft, Letter, mended};
pub use crate::model::{ModelServer, Offers, Record, Taken};
pub use crate::peer::{Peer, Said};
