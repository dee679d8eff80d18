//! Small modules under the names of real ones, a clock that is moved by hand, and a diary.

pub(crate) mod clock;
pub(crate) mod diary;
pub(crate) mod mail;
pub(crate) mod scribe;
pub(crate) mod service;
pub(crate) mod sink;
pub(crate) mod tcp;
pub(crate) mod util;
