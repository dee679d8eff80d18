//! A bottom that plays a recorded session.

use std::path::{Path, PathBuf};

use comms_core::{
    Below, CommsModule, ModuleSpec, Payload, Properties, Receipt, Result, wrong_payload,
};

use crate::error::{ScriptFileError, ScriptParseError};
use crate::scenario::delivery::Delivery;
use crate::script::Script;
use crate::transcript::Transcript;

/// A bottom that plays the peer of a session that a [`Record`](crate::Record) has written down.
///
/// A tape is a [`Script`] in its text form, and is played as one: a client that says something else
/// than it did gets an error that shows where the conversation changed, the lines before, and both
/// sides. A client that needs to see a secure channel finds one in a
/// [`PretendTls`](crate::PretendTls) above it. What cannot be played to a new session: an exchange
/// in which the client checks that the peer knows its fresh nonce (SCRAM).
///
/// Properties: `tape`, the file; `delivery`, as [`Delivery`] has it.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::Replay;
///
/// let replay = Replay::of("S: 220 ok\nC: AUTH PLAIN <secret 8>\nS: 235 welcome\n")?;
/// let mut stack = CommsStack::new(replay)?;
/// stack.connect()?;
/// stack.receive(&mut [0; 64])?;
/// stack.send("AUTH PLAIN AGFubgBvdGhlcg==\r\n")?;
/// assert_eq!(stack.receive(&mut [0; 64])?, 13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Replay {
    properties: ReplayProperties,
    script: Script,
    /// Whether the script was made from the property `tape`.
    loaded: bool,
}

comms_core::properties! {
    /// What a [`Replay`] can be told by name.
    #[derive(Debug, Clone)]
    pub struct ReplayProperties {
        /// The file of the tape.
        BeforeConnect tape: Option<PathBuf> = None,
        /// In what portions the peer's octets arrive.
        BeforeConnect delivery: Delivery = Delivery::Whole,
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: ReplayProperties::TABLE,
    ..ModuleSpec::bottom("Replay", "plays the peer of a session that was recorded")
};

impl Replay {
    /// The peer of the session on this tape.
    pub fn of(tape: &str) -> Result<Self, ScriptParseError> {
        Ok(Self { script: Script::parse(tape)?, loaded: true, ..Self::default() })
    }

    /// The peer of the session on the tape in this file.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, ScriptFileError> {
        Ok(Self { script: Script::file(path)?, loaded: true, ..Self::default() })
    }

    /// In what portions the peer's octets arrive.
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.properties.delivery = delivery;
        self
    }

    /// What the client says, to be looked at while a stack owns it, and after. Of a bottom that is
    /// told its tape as a property there is none before it connects.
    pub fn transcript(&self) -> Transcript {
        self.script.transcript()
    }
}

impl CommsModule for Replay {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        if let (Some(tape), false) = (&self.properties.tape, self.loaded) {
            self.script = Script::file(tape)?;
            self.loaded = true;
        }
        self.script.deliver(self.properties.delivery);
        self.script.connect(below)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return Err(wrong_payload(&SPEC, payload));
        }
        CommsModule::send(&mut self.script, payload, below)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.script.receive(into, below)
    }

    fn unread(&mut self, below: &mut dyn Below) -> Result<bool> {
        self.script.unread(below)
    }

    fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
        self.script.noop(below)
    }

    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.script.disconnect(below)
    }
}
