//! Several messages, over one or more connections at a time.
//!
//! Each connection has a thread, which takes the next message when it has room for it. A connection
//! that is over and cannot be had again leaves what it has not begun to the others.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use comms::{
    CommsStack, Error, ErrorClass, Result as StackResult, SendReport, Sink, SmtpError, SmtpMessage,
    SmtpStack,
};

use crate::args::send::SendArgs;
use crate::batch::{Batch, Queue};
use crate::channel::Channel;
use crate::failure::{Failure, Status};
use crate::output;
use crate::repeats::Repeats;
use crate::report::{Report, Trouble};
use crate::session::Session;
use crate::told::{Form, Place, Told};
use crate::warnings::Warnings;

/// Sends all messages, and says what became of each.
pub(crate) fn run(args: &SendArgs) -> Result<Status, Failure> {
    let batch = Batch::new(args)?;
    let most = usize::from(args.connections).min(batch.len()).max(1);
    let mut channel = Channel::new(&args.server)?.dry(args.dry_run);
    let stacks = (1..).take(most).map(|number| channel.stack(number));
    let stacks = stacks.collect::<Result<Vec<_>, _>>()?;
    let form = if args.json { Form::Json } else { Form::Fields };
    let run = Run {
        queue: Queue::new(batch.len()),
        told: Told::new(batch.len(), form),
        lost: Mutex::default(),
        drawn: stacks.first().map(|stack| Session::planned(stack).stack).unwrap_or_default(),
        batch,
    };
    match (args.dry_run, run.batch.len()) {
        (true, _) => run.try_out(),
        (false, 0) => {}
        (false, _) => run.all(stacks),
    }
    Ok(run.told.conclude())
}

/// What all connections share.
struct Run<'a> {
    batch: Batch<'a>,
    queue: Queue,
    told: Told,
    lost: Mutex<Lost>,
    /// The layers of each.
    drawn: String,
}

impl Run<'_> {
    /// Sends over each of these, the first in this thread.
    fn all(&self, stacks: Vec<CommsStack>) {
        thread::scope(|scope| {
            let mut stacks = (1..).zip(stacks);
            let first = stacks.next();
            for (number, stack) in stacks {
                let thread = thread::Builder::new().name(format!("connection {number}"));
                let begun = thread.spawn_scoped(scope, move || self.over(number, stack));
                if let Err(error) = begun {
                    self.told.say(&format!("connection {number} is not there: {error}"));
                }
            }
            if let Some((number, stack)) = first {
                self.over(number, stack);
            }
        });
        self.tell_untried();
    }

    /// Sends over one connection what it can take.
    fn over(&self, number: usize, mut stack: CommsStack) {
        let began = Instant::now();
        let warnings = Arc::new(Warnings::default());
        let watcher: Arc<dyn Sink> = Arc::<Warnings>::clone(&warnings);
        stack.watch(&watcher);
        let shown = self.told.watch(&mut stack);
        if let Err(failure) = shown.and_then(|()| Ok(stack.connect()?)) {
            return self.lose(number, &failure);
        }
        let series = Series {
            run: self,
            session: Session::open(&stack, began),
            taken: Cell::new(0),
            under_way: RefCell::default(),
            is_over: Cell::new(false),
            failure: RefCell::default(),
        };
        let messages = Messages(&series);
        let tell = |place, outcome| series.tell(place, outcome);
        let sent = stack.smtp().and_then(|mut smtp| smtp.send_each(messages, tell));
        // What became of each message is known: a goodbye that fails changes nothing.
        let _ = stack.disconnect();
        for warning in warnings.take(true) {
            self.told.say(&format!("connection {number}: {warning}"));
        }
        let failure = series.failure.take();
        if let Err(error) = sent {
            self.lose(number, &error.into());
        } else if let Some(failure) = failure.filter(|_| series.is_over.get()) {
            self.lose(number, &failure);
        }
    }

    /// The connection is over, and messages may be left.
    fn lose(&self, number: usize, failure: &Failure) {
        let why = output::with_advice(failure);
        let lost = &mut *self.lost();
        lost.last = Some((failure.status(), Trouble::of_failure(failure)));
        if lost.repeats.is_news(&why) {
            self.told.say(&format!("connection {number}: {why}"));
        }
    }

    fn lost(&self) -> MutexGuard<'_, Lost> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_untried(&self) {
        let (status, trouble) = match self.lost().last.take() {
            // That is how another message ended: of these it is known that nobody has them.
            Some((Status::DeliveryUnknown, trouble)) => {
                (Status::Unreachable, Some(trouble.in_class(ErrorClass::Connection)))
            }
            Some((status, trouble)) => (status, Some(trouble)),
            None => (Status::Internal, None),
        };
        while let Some(at) = self.queue.take() {
            let report = Report::unsent(trouble.clone(), "", self.drawn.clone());
            self.told.untried(&self.place(at), status, &report);
        }
    }

    /// Reads all messages, and sends none.
    fn try_out(&self) {
        self.told.say(&format!("nothing is sent; the stack is {}", self.drawn));
        while let Some(at) = self.queue.take() {
            let Some(message) = self.read(at) else { continue };
            let place = self.place(at);
            let envelope = message.envelope();
            let to = envelope.recipients.iter().map(|one| format!("<{one}>")).collect::<Vec<_>>();
            let line = format!("from {} to {}", envelope.sender, to.join(", "));
            self.told.say(&format!("message {}: {line}", place.number));
            let report = Report::unsent(None, message.id(), self.drawn.clone());
            self.told.ready(&place, &report);
        }
    }

    /// The message in this place; if it cannot be read, that is told.
    fn read(&self, at: usize) -> Option<SmtpMessage> {
        match self.batch.message(at) {
            Ok(message) => Some(message),
            Err(failure) => {
                let trouble = Trouble::of_failure(&failure);
                let report = Report::unsent(Some(trouble), "", self.drawn.clone());
                self.told.failed(&self.place(at), failure.status(), &report);
                None
            }
        }
    }

    fn place(&self, at: usize) -> Place {
        Place { number: at + 1, file: self.batch.name(at) }
    }
}

/// What is known of connections that are over.
#[derive(Debug, Default)]
struct Lost {
    /// Why the last is.
    last: Option<(Status, Trouble)>,
    repeats: Repeats,
}

/// The messages of one connection.
struct Series<'r> {
    run: &'r Run<'r>,
    session: Session,
    /// How many messages were taken.
    taken: Cell<usize>,
    /// Which message of the call each of the series is, with its id.
    under_way: RefCell<BTreeMap<usize, (usize, String)>>,
    /// There is no connection any more, and none can be had.
    is_over: Cell<bool>,
    /// Why, as far as is known.
    failure: RefCell<Option<Failure>>,
}

/// The messages of one connection, as they are pulled.
struct Messages<'s>(&'s Series<'s>);

impl Iterator for Messages<'_> {
    type Item = SmtpMessage;

    fn next(&mut self) -> Option<SmtpMessage> {
        self.0.next()
    }

    /// They are files, and the next is here at once: what was sent can wait for it, and share its
    /// write. Another connection may be faster, or the file unreadable; then nothing was lost by it.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let is_there = !self.0.is_over.get() && self.0.run.queue.has_more();
        (usize::from(is_there), None)
    }
}

impl Series<'_> {
    /// The next message that can be read.
    fn next(&self) -> Option<SmtpMessage> {
        while !self.is_over.get() {
            let at = self.run.queue.take()?;
            let Some(message) = self.run.read(at) else { continue };
            let place = self.taken.get();
            self.taken.set(place + 1);
            self.under_way.borrow_mut().insert(place, (at, message.id().to_owned()));
            return Some(message);
        }
        None
    }

    fn tell(&self, place: usize, outcome: StackResult<SendReport>) {
        let Some((at, id)) = self.under_way.borrow_mut().remove(&place) else { return };
        match outcome {
            Ok(sent) => {
                let report = Report::of(&sent, self.session.clone());
                self.run.told.taken(&self.run.place(at), &sent, &report);
            }
            // Nothing of it was said.
            Err(error) if matches!(error.cause(), Some(SmtpError::Over)) => {
                self.is_over.set(true);
                self.failure.borrow_mut().get_or_insert(error.into());
                self.run.queue.give_back(at);
            }
            Err(error) => self.fail(at, &id, error),
        }
    }

    fn fail(&self, at: usize, id: &str, error: Error) {
        let report = Report::of_error(&error, id, self.session.stack.clone());
        let is_of_message = matches!(
            error.class(),
            ErrorClass::Permanent | ErrorClass::Content | ErrorClass::Usage
        );
        let failure = Failure::from(error);
        self.run.told.failed(&self.run.place(at), failure.status(), &report);
        if !is_of_message {
            *self.failure.borrow_mut() = Some(failure);
        }
    }
}
