//! What is worth telling of the session that a message went over.

use std::time::Instant;

use comms::CommsStack;

/// The session as it was when it began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    /// Its layers.
    pub(crate) stack: String,
    /// Version and cipher, where the connection is secure.
    pub(crate) tls: Option<String>,
    /// How long it took to begin, in milliseconds.
    pub(crate) connect: f64,
}

impl Session {
    /// One that is not there yet, or never was.
    pub(crate) fn planned(stack: &CommsStack) -> Self {
        Self { stack: stack.names().collect::<Vec<_>>().join(" > "), ..Self::default() }
    }

    /// The one that is open now, and was not at `began`.
    pub(crate) fn open(stack: &CommsStack, began: Instant) -> Self {
        let connect = began.elapsed().as_secs_f64() * 1000.0;
        Self { tls: tls_of(stack), connect, ..Self::planned(stack) }
    }
}

fn tls_of(stack: &CommsStack) -> Option<String> {
    let text = |name| stack.get(name).ok()?.value.map(|value| value.to_string());
    Some(format!("{} {}", text("Tls.version")?, text("Tls.cipher")?))
}
