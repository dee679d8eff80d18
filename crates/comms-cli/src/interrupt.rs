//! The signals that end the program in good order; the second of them ends it at once.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_default};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::failure::Failure;

/// Hears of them; the program does not end by itself any more.
pub(crate) fn signals() -> Result<Signals, Failure> {
    let refused = |error| Failure::Internal(format!("signals cannot be heard: {error}"));
    let again = Arc::new(AtomicBool::new(false));
    for signal in ENDING {
        let at_once = register_conditional_default(signal, Arc::clone(&again));
        at_once.and_then(|_| register(signal, Arc::clone(&again))).map_err(refused)?;
    }
    Signals::new(ENDING).map_err(refused)
}

/// Something that is done before the program ends by one of them.
pub(crate) type LastAct = Box<dyn Fn() + Send>;

/// Does `acts` before the program ends by one of them, in a thread that waits for it.
pub(crate) fn before_end(acts: Vec<LastAct>) -> Result<(), Failure> {
    let mut signals = signals()?;
    let waiting = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            for act in acts {
                act();
            }
            let _ = emulate_default_handler(signal);
        }
    });
    waiting.map(drop).map_err(|error| Failure::Internal(format!("no thread for signals: {error}")))
}

const ENDING: [i32; 2] = [SIGINT, SIGTERM];
