//! A bottom that plays the peer from a written dialogue.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use comms_core::{
    Below, CommsModule, Error, ModuleSpec, Payload, Piece, Properties, Receipt, Result,
    wrong_payload,
};

use crate::error::{ScriptError, ScriptFileError, ScriptParseError};
use crate::scenario::delivery::{Delivery, Portions};
use crate::scenario::parse;
use crate::scenario::pattern::Pattern;
use crate::scenario::player::{Arrival, Player};
use crate::scenario::record::Speaker;
use crate::scenario::step::{Cut, Expected, Step};
use crate::transcript::Transcript;

/// A bottom that plays the peer from a written dialogue, in the client's own thread. It never
/// waits, and never hangs: what would be a wait in vain is an error that says so.
///
/// The peer answers as soon as it has heard what it expects, so a client that sends several
/// commands at once meets a peer that answers them all. A client that says anything else gets an
/// error of class `Protocol` with a [`ScriptError`] that shows both sides, and gets it again at
/// every later call. After the last step the peer closes. `disconnect` fails where steps of the
/// connection are not done, or octets of the peer not read; [`Transcript::finished`] tells the
/// same later.
///
/// What the client sent as a secret is shown nowhere; what the script itself says is.
///
/// The text form has one step a line; blank lines, and lines that begin with `#`, are skipped:
///
/// ```text
/// S: 220 mail.example       the peer says this line; CRLF is added
/// C: QUIT                   the client has to say this line; CRLF is added
/// C~: EHLO *                a line that fits, each * standing for anything
/// S=: 25      C=: QU        as S: and C:, without CRLF
/// until \r\n.\r\n           anything up to and including this, for Transcript::contents
/// take 120                  so many octets, for Transcript::contents
/// take *                    as many as the last number in the client's line before, as for BDAT
/// wait 20ms                 a client that waits for what follows waits so much longer
/// read                      the client must have read everything before it says more
/// close  reset  stall       the connection ends, breaks, falls silent
/// connect                   what follows is the next connection
/// refuse                    (as the first step) the connection cannot be made
/// ```
///
/// with the escapes `\r \n \t \0 \\ \* \xHH`. In a `C:` line, `<secret 24>` is any octets: a
/// [`Record`](crate::Record) writes it where the client sent a secret. Properties, for a stack built
/// by name: `dialogue`, the text form; `file`, where that is; `delivery`.
///
/// An error shows the lines before, and both sides with a mark below the first difference:
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::Script;
///
/// let script = Script::new()
///     .send("220 mail.example ESMTP\r\n")
///     .expect("EHLO a\r\n")
///     .reply("250 ok\r\n");
/// let mut stack = CommsStack::new(script)?;
/// stack.connect()?;
/// let error = stack.send("EHLO b\r\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"Script: the script expected "EHLO a\r\n" (step 2), got "EHLO b\r\n": they differ at octet 5
///   expected EHLO a\r\n
///   got      EHLO b\r\n
///                 ^"#
/// );
/// # Ok::<(), comms_core::Error>(())
/// ```
pub struct Script {
    player: Arc<Mutex<Player>>,
    properties: ScriptProperties,
}

comms_core::properties! {
    /// What a [`Script`] can be told by name.
    #[derive(Debug, Clone)]
    pub struct ScriptProperties {
        /// The script in its text form, for a script without steps.
        BeforeConnect dialogue: String = String::new(),
        /// The file of the script in its text form, for a script without steps.
        BeforeConnect file: Option<PathBuf> = None,
        /// In what portions the peer's octets arrive; takes precedence over the script's own.
        BeforeConnect delivery: Option<Delivery> = None,
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: ScriptProperties::TABLE,
    ..ModuleSpec::bottom("Script", "plays the peer from a written dialogue")
};

/// What to say and what to hear.
impl Script {
    /// A script without steps: a peer that closes at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// The script that `text` writes.
    pub fn parse(text: &str) -> Result<Self, ScriptParseError> {
        let script = Self::new();
        script.lock().steps = parse::steps(text)?;
        Ok(script)
    }

    /// The script that a file writes. An error names the file, and the line.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, ScriptFileError> {
        let path = path.as_ref();
        let of = |source| ScriptFileError::Unreadable { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(of)?;
        let of = |source| ScriptFileError::Malformed { path: path.to_owned(), source };
        Self::parse(&text).map_err(of)
    }

    /// The peer says this.
    pub fn send(self, octets: impl AsRef<[u8]>) -> Self {
        self.step(Step::Send(octets.as_ref().to_vec()))
    }

    /// The peer says this: [`send`](Self::send), after an `expect`.
    pub fn reply(self, octets: impl AsRef<[u8]>) -> Self {
        self.send(octets)
    }

    /// The client has to say exactly this.
    pub fn expect(self, octets: impl AsRef<[u8]>) -> Self {
        self.step(Step::Expect(Expected::Exactly(octets.as_ref().to_vec())))
    }

    /// The client has to say a line that fits, where each `*` stands for anything. The line's end
    /// is not part of the pattern.
    pub fn expect_like(self, pattern: &str) -> Self {
        self.step(Step::Expect(Expected::Line(Pattern::of(pattern.as_bytes()))))
    }

    /// The client has to say a line, whatever it is.
    pub fn expect_any_line(self) -> Self {
        self.expect_like("*")
    }

    /// The client says anything up to and including `end`; [`Transcript::contents`] has it.
    pub fn expect_until(self, end: impl AsRef<[u8]>) -> Self {
        self.step(Step::Expect(Expected::Until(end.as_ref().to_vec())))
    }

    /// The client says so many octets; [`Transcript::contents`] has them.
    pub fn expect_octets(self, count: usize) -> Self {
        self.step(Step::Expect(Expected::Count(count)))
    }

    /// The peer lets so much time pass before it says more: a client that waits for what follows
    /// waits so much longer, on the stack's clock.
    pub fn wait(self, time: Duration) -> Self {
        self.step(Step::Wait(time))
    }

    /// The client must have read everything so far before it says anything more.
    pub fn expect_read(self) -> Self {
        self.step(Step::Read)
    }

    /// The peer falls silent. A receive lets the time pass on the stack's clock until its deadline;
    /// without a deadline it is an error at once.
    pub fn stall(self) -> Self {
        self.step(Step::End(Cut::Stall))
    }

    /// The peer closes. What the client began to send before is taken and dropped.
    pub fn close(self) -> Self {
        self.step(Step::End(Cut::Close))
    }

    /// The peer resets the connection, once the client has read what was said before.
    pub fn reset(self) -> Self {
        self.step(Step::End(Cut::Reset))
    }

    /// The connection cannot be made. Only as the first step of a connection; elsewhere the script
    /// is over there.
    pub fn refuse(self) -> Self {
        self.step(Step::Refuse)
    }

    /// What follows is the next connection.
    pub fn then_connect(self) -> Self {
        self.step(Step::Connect)
    }
}

/// How it is played.
impl Script {
    /// In what portions the peer's octets arrive. [`Delivery::Whole`] unless set.
    pub fn delivery(self, delivery: Delivery) -> Self {
        self.deliver(delivery);
        self
    }

    pub(crate) fn deliver(&self, delivery: Delivery) {
        self.lock().portions = Portions::new(delivery);
    }

    /// The connection breaks once `octets` of the peer's octets have been delivered, counted over
    /// all connections: a sweep from 0 to [`octets`](Self::octets) breaks it everywhere.
    ///
    /// ```
    /// use comms_core::{CommsStack, ErrorClass};
    /// use comms_testkit::{Cut, Script};
    ///
    /// let script = Script::new().send("220 ok\r\n");
    /// for n in 0..script.octets() {
    ///     let mut stack = CommsStack::new(script.clone().cut_at(n, Cut::Reset))?;
    ///     stack.connect()?;
    ///     let mut read = 0;
    ///     let error = loop {
    ///         match stack.receive(&mut [0; 64]) {
    ///             Ok(octets) => read += octets,
    ///             Err(error) => break error,
    ///         }
    ///     };
    ///     assert_eq!((read, error.class()), (n, ErrorClass::Connection));
    /// }
    /// # Ok::<(), comms_core::Error>(())
    /// ```
    pub fn cut_at(self, octets: usize, cut: Cut) -> Self {
        self.lock().cut_at = Some((octets, cut));
        self
    }

    /// The connection breaks once the client has sent `octets` octets, counted over all
    /// connections, and before the peer answers the last of them. A send that ends there succeeds,
    /// a longer one fails (but not with [`Cut::Stall`]).
    pub fn cut_sent_at(self, octets: usize, cut: Cut) -> Self {
        self.lock().cut_sent_at = Some((octets, cut));
        self
    }

    /// How many octets the peer says in all.
    pub fn octets(&self) -> usize {
        self.lock().octets()
    }

    /// What the client says, to be looked at while a stack owns the script, and after.
    pub fn transcript(&self) -> Transcript {
        Transcript::of(&self.player)
    }

    fn of(player: Player) -> Self {
        Self { player: Arc::new(Mutex::new(player)), properties: ScriptProperties::default() }
    }

    fn step(self, step: Step) -> Self {
        self.lock().steps.push(step);
        self
    }

    /// Lets so much time pass, or what there is to the deadline.
    fn pass_time(&self, time: Duration, below: &mut dyn Below) -> Result<()> {
        let deadline = below.deadline();
        let left = deadline.remaining(below.clock())?.unwrap_or(Duration::MAX);
        below.clock().sleep(time.min(left));
        self.lock().waited(time.min(left));
        if left < time { Err(deadline.passed().into()) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, Player> {
        self.player.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommsModule for Script {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        let from_file = match &self.properties.file {
            Some(file) if self.lock().steps.is_empty() => Self::file(file)?.lock().steps.clone(),
            _ => Vec::new(),
        };
        let mut player = self.lock();
        if player.steps.is_empty() {
            player.steps = from_file;
            player.steps.extend(parse::steps(&self.properties.dialogue)?);
        }
        if let Some(delivery) = self.properties.delivery {
            player.portions = Portions::new(delivery);
        }
        player.connect().map_err(Error::from)
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return Err(wrong_payload(&SPEC, payload));
        }
        if payload.is_empty() {
            return Ok(Receipt::TAKEN);
        }
        let mut player = self.lock();
        player.begin_send()?;
        for piece in payload.pieces() {
            let speaker = match piece {
                Piece::Plain(_) => Speaker::Client,
                Piece::Secret(_) => Speaker::ClientInSecret,
            };
            player.take(piece.octets(), speaker)?;
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let arrival = self.lock().deliver(into)?;
            match arrival {
                Arrival::Octets(octets) => return Ok(octets),
                Arrival::Silence => return stall(below),
                Arrival::Later(time) => self.pass_time(time, below)?,
            }
        }
    }

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        Ok(self.lock().is_unread()?)
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        self.lock().check()?;
        Ok(String::new())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.lock().connection_finished().map_err(Error::from)
    }
}

/// Lets the time pass until the deadline.
fn stall(below: &mut dyn Below) -> Result<usize> {
    let deadline = below.deadline();
    let Some(left) = deadline.remaining(below.clock())? else {
        return Err(ScriptError::StallsForever.into());
    };
    below.clock().sleep(left);
    Err(deadline.passed().into())
}

impl Default for Script {
    fn default() -> Self {
        Self::of(Player::default())
    }
}

/// The same script, to be played from its beginning; with a transcript of its own.
impl Clone for Script {
    fn clone(&self) -> Self {
        let player = self.lock().afresh();
        Self { player: Arc::new(Mutex::new(player)), properties: self.properties.clone() }
    }
}

/// The script in its text form, as [`Script::parse`].
impl FromStr for Script {
    type Err = ScriptParseError;

    fn from_str(text: &str) -> Result<Self, ScriptParseError> {
        Self::parse(text)
    }
}

/// Shows how far it was played, and nothing that was said.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let player = self.lock();
        let (steps, left) = (player.steps.len(), player.left().len());
        f.debug_struct("Script").field("steps", &steps).field("left", &left).finish()
    }
}
