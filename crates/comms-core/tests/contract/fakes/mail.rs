//! The usual stack, of fakes.

use comms_core::{CommsStack, Result};

use crate::fakes::diary::Diary;
use crate::fakes::scribe::{SMTP, Scribe};
use crate::fakes::tcp::{Tcp, World};
use crate::fakes::util::Util;

/// `Smtp, Util, Tcp`, with nobody outside.
pub(crate) fn mail() -> Result<CommsStack> {
    mail_over(&World::default())
}

/// `Smtp, Util, Tcp` over `world`.
pub(crate) fn mail_over(world: &World) -> Result<CommsStack> {
    let smtp = Scribe::new(&SMTP, &Diary::default());
    CommsStack::builder().layer(smtp).layer(Util::default()).layer(Tcp::of(world)).build()
}
