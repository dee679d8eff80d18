//! A log in a file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use comms_core::{Event, Sink};

use crate::bounded::BoundedFile;
use crate::error::LogError;
use crate::levels::Levels;
use crate::line::Line;

/// A log in a text file of bounded size: 1 MiB unless set.
///
/// When a line would pass the maximum, the file is renamed to `<name>.1`, in place of an older one,
/// and a new file begins; so two generations are kept. Lines are appended to a file that is there,
/// and a new one is for its owner alone (mode 0600 on unix). Each line is written whole by one
/// write; clones share the file, and so may threads. A path that is no regular file, such as
/// `/dev/stderr`, has no bound.
///
/// A failure to write never fails the stack: the line is lost, [`failure`](Self::failure) says why,
/// and the next line tries again.
///
/// ```
/// use std::fs;
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Level, Severity, Sink, What};
/// use comms_log::{FileLog, Levels};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("smtp.log");
/// let log = FileLog::create(&path, Levels::default())?.max_octets(64 * 1024);
///
/// // The stack does this, once `stack.log("Smtp", log.clone().into())` has attached it.
/// let (severity, level) = (Severity::Warn, Level::Production);
/// let what = What::Record { severity, level, text: format_args!("greylisted") };
/// log.note(&Event::new(1, "Smtp", 0, (Instant::now(), UNIX_EPOCH), what));
///
/// assert_eq!(fs::read_to_string(&path)?, "1970-01-01T00:00:00.000Z  1 ! Smtp     greylisted\n");
/// assert!(log.failure().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FileLog {
    path: PathBuf,
    levels: Levels,
    limit: Option<usize>,
    shared: Arc<Mutex<Shared>>,
}

impl FileLog {
    /// A log of `levels` in the file `path`, which is created unless it is there.
    pub fn create(path: impl Into<PathBuf>, levels: impl Into<Levels>) -> Result<Self, LogError> {
        let path = path.into();
        let file = BoundedFile::create(path.clone(), MAX_OCTETS)?;
        let shared = Arc::new(Mutex::new(Shared { file, failure: None, lost: 0 }));
        Ok(Self { path, levels: levels.into(), limit: None, shared })
    }

    /// The same file, of other levels: what several layers write into one.
    pub fn at_levels(&self, levels: impl Into<Levels>) -> Self {
        Self { levels: levels.into(), ..self.clone() }
    }

    /// Lets each generation grow up to `octets`; a single line that is longer is cut.
    pub fn max_octets(self, octets: usize) -> Self {
        self.with(|shared| shared.file.set_max(octets.max(MIN_OCTETS)));
        self
    }

    /// Shows at most `octets` of each payload; 256 unless set.
    pub fn cut_at(self, octets: usize) -> Self {
        Self { limit: Some(octets), ..self }
    }

    /// Why the last line that was lost could not be written; `None` if all were.
    pub fn failure(&self) -> Option<Arc<LogError>> {
        self.with(|shared| shared.failure.clone())
    }

    /// How many lines could not be written.
    pub fn lost(&self) -> u64 {
        self.with(|shared| shared.lost)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        work(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for FileLog {
    fn note(&self, event: &Event<'_>) {
        if let Some(line) = Line::of(event, self.levels) {
            let line = self.limit.map_or(line, |octets| line.cut_at(octets)).to_string();
            self.with(|shared| shared.append(line));
        }
    }

    fn name(&self) -> String {
        format!("file {}", self.path.display())
    }
}

impl From<FileLog> for Arc<dyn Sink> {
    fn from(log: FileLog) -> Self {
        Arc::new(log)
    }
}

#[derive(Debug)]
struct Shared {
    file: BoundedFile,
    failure: Option<Arc<LogError>>,
    lost: u64,
}

impl Shared {
    fn append(&mut self, line: String) {
        if let Err(error) = self.file.append(line) {
            self.failure = Some(Arc::new(error));
            self.lost += 1;
        }
    }
}

/// 1 MiB.
const MAX_OCTETS: usize = 1 << 20;

/// Less than a line or two is no log.
const MIN_OCTETS: usize = 256;
