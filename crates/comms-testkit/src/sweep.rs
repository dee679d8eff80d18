//! One test for every place at which something can go wrong.

use std::any::Any;
use std::error::Error as StdError;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::SweepError;
use crate::fault::Fault;

/// Runs a test with a [`Fault`] after 0, 1, 2 ... operations, until a run that the fault never
/// reached, and gives the number of places at which it struck.
///
/// The test puts the fault into its stack, and asserts what has to hold wherever it strikes. Its
/// panic, or the error that it gives, is named with the place.
///
/// ```
/// use comms_core::{CommsStack, ErrorClass, Result};
/// use comms_testkit::{Script, for_each_failure_point};
///
/// fn greet(stack: &mut CommsStack) -> Result<()> {
///     stack.connect()?;
///     stack.receive(&mut [0; 64])?;
///     stack.send("QUIT\r\n")?;
///     stack.disconnect()
/// }
///
/// let points = for_each_failure_point(|fault| {
///     let script = Script::new().send("220 ok\r\n").expect("QUIT\r\n");
///     let mut stack = CommsStack::builder().layer(fault).layer(script).build().unwrap();
///     if let Err(error) = greet(&mut stack) {
///         assert_eq!(error.class(), ErrorClass::Connection);
///     }
/// })?;
/// assert_eq!(points, 5, "connect, receive, send, flush, disconnect");
/// # Ok::<(), comms_testkit::SweepError>(())
/// ```
pub fn for_each_failure_point<T: RunOutcome>(
    run: impl FnMut(Fault) -> T,
) -> Result<u64, SweepError> {
    sweep(Fault::after, run)
}

/// Runs a test with the faults that `fault` makes for 0, 1, 2 ..., until a run that the fault never
/// reached, and gives the number of places at which it struck: `for_each_failure_point` with faults
/// of one's own.
///
/// ```
/// use comms_core::{CommsStack, Result};
/// use comms_testkit::{Cut, Fault, Script, sweep};
///
/// let script = Script::new().send("220 mail.example\r\n");
/// let places = sweep(|octets| Fault::new().cut_at(octets, Cut::Close), |fault| -> Result<()> {
///     let mut stack = CommsStack::builder().layer(fault).layer(script.clone()).build()?;
///     stack.connect()?;
///     while stack.receive(&mut [0; 64])? > 0 {}
///     Ok(())
/// })?;
/// assert_eq!(places, 19, "before each octet, and after the last");
/// # Ok::<(), comms_testkit::SweepError>(())
/// ```
pub fn sweep<T: RunOutcome>(
    fault: impl Fn(u64) -> Fault,
    mut run: impl FnMut(Fault) -> T,
) -> Result<u64, SweepError> {
    for point in 0..MOST {
        let fault = fault(point);
        let handle = fault.handle();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(fault).failure()));
        let struck = handle.struck();
        let place = struck.as_deref().unwrap_or("no fault");
        let failure = outcome.unwrap_or_else(|panic| Some(words_of(panic.as_ref()).into()));
        if let Some(source) = failure {
            return Err(SweepError::Failed { point, place: place.to_owned(), source });
        }
        match (struck, point) {
            (None, 0) => return Err(SweepError::NeverReached),
            (None, _) => return Ok(point),
            _ => {}
        }
    }
    Err(SweepError::Endless { points: MOST })
}

/// What a run of a test gives back: nothing, or a result whose error is the test's failure.
pub trait RunOutcome {
    /// The failure, if it is one.
    fn failure(self) -> Option<Box<dyn StdError + Send + Sync>>;
}

impl RunOutcome for () {
    fn failure(self) -> Option<Box<dyn StdError + Send + Sync>> {
        None
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> RunOutcome for Result<(), E> {
    fn failure(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.err().map(Into::into)
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
    words.unwrap_or("a panic without words").to_owned()
}

/// A test that reaches this many places never ends.
const MOST: u64 = 100_000;
