//! The opening of a session: greetings, then TLS, and only then who we are.

use comms_core::{Below, Level, Result, Severity};

use crate::dialogue::Dialogue;
use crate::step::Step;

impl Dialogue {
    /// Opens a session over a connection that was just made.
    pub(crate) fn open(&mut self, below: &mut dyn Below) -> Result<()> {
        let outcome = self.greetings(below);
        if outcome.is_err() {
            self.quit(below);
        }
        outcome
    }

    /// Makes the connection anew, and opens a session over it. What fails leaves the session over.
    pub(crate) fn reopen(&mut self, below: &mut dyn Below) -> Result<()> {
        let text = format_args!("connecting anew");
        below.note(Severity::Info, Level::Production, text);
        self.quit(below);
        // The layers are let go in any case, and their goodbyes are no concern of the next message.
        let _ = below.disconnect();
        self.limit(Step::Connect, below);
        below.connect()?;
        self.open(below)
    }

    fn greetings(&mut self, below: &mut dyn Below) -> Result<()> {
        self.greet(below)?;
        self.secure(below)?;
        if self.has_account() { self.authenticate(below) } else { Ok(()) }
    }
}
