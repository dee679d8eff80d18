//! What arrives at the program's logger. In a process of its own: there is one logger for all.
#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::fmt;
use std::sync::{Mutex, Once};
use std::time::{Instant, UNIX_EPOCH};

use comms_core::{Event, Level, Operation, Payload, Piece, Severity, Sink, What};
use comms_log::{Facade, Levels};
use log::{LevelFilter, Log, Metadata, Record};

/// Keeps what it is given, except for the target `comms::Quiet`.
struct Keeper;

static KEPT: Mutex<Vec<(String, log::Level, String)>> = Mutex::new(Vec::new());
static INSTALLED: Once = Once::new();

impl Log for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() != "comms::Quiet"
    }

    fn log(&self, record: &Record<'_>) {
        let kept = (record.target().to_owned(), record.level(), record.args().to_string());
        KEPT.lock().unwrap().push(kept);
    }

    fn flush(&self) {}
}

fn logged(layer: &str, what: What<'_>) -> Vec<(String, log::Level, String)> {
    INSTALLED.call_once(|| {
        log::set_logger(&Keeper).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
    let event = Event::new(7, layer, 0, (Instant::now(), UNIX_EPOCH), what);
    // The tests of this file run beside each other, each with targets of its own.
    let target = format!("comms::{}", layer.split('#').next().unwrap());
    let mine = |kept: &mut Vec<(String, log::Level, String)>| {
        kept.extract_if(.., |(to, ..)| *to == target).collect::<Vec<_>>()
    };
    mine(&mut KEPT.lock().unwrap());
    Facade::new(Levels::ALL).note(&event);
    mine(&mut KEPT.lock().unwrap())
}

fn logged_as(layer: &str, severity: Severity, level: Level) -> log::Level {
    let what = What::Record { severity, level, text: format_args!("said") };
    let [(_, level, text)] = logged(layer, what).try_into().unwrap();
    assert_eq!(text, "#7 said");
    level
}

#[test]
fn the_target_is_the_module() {
    let octets = [Piece::Plain(b"PASS "), Piece::Secret(b"hunter22")];
    let send = || What::Begin {
        operation: Operation::Send,
        payload: Some(Payload::Pieces(&octets)),
        left: None,
    };
    let text = "> send 13 octets -> PASS <8 secret octets>";
    assert_eq!(
        logged("Tcp", send()),
        [("comms::Tcp".to_owned(), log::Level::Trace, format!("#7 {text}"))]
    );
    assert_eq!(
        logged("Util#2", send()),
        [("comms::Util".to_owned(), log::Level::Trace, format!("#7 Util#2 {text}"))]
    );
}

#[test]
fn the_level_fits_what_is_said() {
    let level = |severity, level| logged_as("Fitting", severity, level);
    for any in Level::ALL {
        assert_eq!(level(Severity::Error, any), log::Level::Error);
        assert_eq!(level(Severity::Warn, any), log::Level::Warn);
    }
    assert_eq!(level(Severity::Info, Level::Production), log::Level::Info);
    assert_eq!(level(Severity::Info, Level::Script), log::Level::Debug);
    assert_eq!(level(Severity::Info, Level::Debug), log::Level::Debug);
    assert_eq!(level(Severity::Info, Level::Trace), log::Level::Trace);
    assert_eq!(level(Severity::Info, Level::Pdus), log::Level::Trace);
}

#[test]
fn what_the_logger_does_not_want_is_never_made() {
    struct Unwanted;
    impl fmt::Display for Unwanted {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("nobody wanted this")
        }
    }
    let (severity, level) = (Severity::Info, Level::Script);
    let what = What::Record { severity, level, text: format_args!("{Unwanted}") };
    assert_eq!(logged("Quiet", what), []);
}
