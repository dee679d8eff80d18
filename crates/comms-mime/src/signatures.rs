//! The signatures that a message carries. Without the feature `dkim` there are none.

#[cfg(feature = "dkim")]
use crate::dkim::hashed::{Hashed, HeadAlone, Watched};
#[cfg(feature = "dkim")]
use crate::dkim::signer::DkimSigner as Signer;
use crate::error::WriteError;
use crate::write::Output;

/// What can be signed: a message that is written the same each time.
pub(crate) trait Signable {
    /// Writes the message without its signatures.
    fn write_bare<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>>;

    /// The head, as [`Signable::write_bare`] gives it.
    #[cfg(feature = "dkim")]
    fn head(&self) -> Vec<u8> {
        let mut head = HeadAlone::default();
        // It ends early: what stands behind the head is refused.
        let _ = self.write_bare(&mut head);
        head.octets()
    }
}

/// Nobody can sign.
#[cfg(not(feature = "dkim"))]
type Signer = std::convert::Infallible;

/// Who signs a message, first to last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signatures {
    signers: Vec<Signer>,
}

impl Signatures {
    #[cfg(feature = "dkim")]
    pub(crate) fn push(&mut self, signer: Signer) {
        self.signers.push(signer);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.signers.is_empty()
    }

    /// How many octets the signatures of this message have.
    pub(crate) fn length(&self, message: &impl Signable) -> Option<u64> {
        if self.is_empty() { Some(0) } else { length(&self.signers, message) }
    }

    /// Writes the message behind its signatures.
    ///
    /// It is written twice, first to be hashed. If it is not the same the second time, that is an
    /// error at its end: whoever sends it must not let it count.
    pub(crate) fn write<O: Output + ?Sized>(
        &self,
        message: &impl Signable,
        out: &mut O,
    ) -> Result<(), WriteError<O::Error>> {
        if self.is_empty() { message.write_bare(out) } else { write(&self.signers, message, out) }
    }
}

#[cfg(feature = "dkim")]
fn length(signers: &[Signer], message: &impl Signable) -> Option<u64> {
    let head = message.head();
    signers.iter().map(|signer| signer.field_length(&head)).sum()
}

#[cfg(feature = "dkim")]
fn write<O: Output + ?Sized>(
    signers: &[Signer],
    message: &impl Signable,
    out: &mut O,
) -> Result<(), WriteError<O::Error>> {
    let mut hashed = Hashed::new();
    message.write_bare(&mut hashed)?;
    let signed = hashed.finish();
    let fields = signers.iter().map(|signer| signer.field(&signed)).collect::<Result<String, _>>();
    let fields = fields.map_err(WriteError::Unsigned)?;
    out.write(fields.as_bytes()).map_err(WriteError::Output)?;
    let mut watched = Watched { out, hashed: Hashed::new() };
    message.write_bare(&mut watched)?;
    let is_same = watched.hashed.finish().is(&signed);
    if is_same { Ok(()) } else { Err(WriteError::ChangedSinceSigned) }
}

#[cfg(not(feature = "dkim"))]
fn length(signers: &[Signer], _: &impl Signable) -> Option<u64> {
    signers.first().map(|nobody| match *nobody {})
}

#[cfg(not(feature = "dkim"))]
fn write<O: Output + ?Sized>(
    _: &[Signer],
    message: &impl Signable,
    out: &mut O,
) -> Result<(), WriteError<O::Error>> {
    message.write_bare(out)
}
