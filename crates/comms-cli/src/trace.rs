//! `--trace FILE`: what happened, in the form that the file's ending names.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comms::{
    CommsStack, JsonTrace, PcapngTrace, Sink, TimelineTrace, TranscriptTrace, Value, dialogue_layer,
};

use crate::failure::Failure;
use crate::interrupt::LastAct;
use crate::output;

/// A trace that is wished: `[LAYER=]FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    form: Form,
    layer: Option<String>,
    path: PathBuf,
}

impl Wish {
    /// The name, as the stack has it, of the layer that it is of where it is of one.
    pub(crate) fn layer(&self, stack: &CommsStack) -> Result<String, Failure> {
        let Some(name) = &self.layer else { return Ok(dialogue_layer(stack).to_owned()) };
        stack.info_of(name)?;
        let found = stack.names().find(|layer| layer.eq_ignore_ascii_case(name));
        Ok(found.unwrap_or(name).to_owned())
    }
}

/// The form of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Page,
    Transcript,
    Json,
    Capture,
}

impl Form {
    /// The form of files that end so.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Self::Page),
            "txt" => Some(Self::Transcript),
            "jsonl" => Some(Self::Json),
            "pcapng" => Some(Self::Capture),
            _ => None,
        }
    }

    /// Whether it is of one layer.
    fn has_layer(self) -> bool {
        matches!(self, Self::Transcript | Self::Capture)
    }
}

/// Reads what stands behind `--trace`.
pub(crate) fn wish(text: &str) -> Result<Wish, String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
    };
    let (layer, path) = match text.split_once('=').filter(|(name, _)| is_name(name)) {
        Some((layer, path)) => (Some(layer.to_owned()), path),
        None => (None, text),
    };
    let path = PathBuf::from(path);
    let form = Form::of(&path).ok_or_else(|| format!("its ending must be one of {ENDINGS}"))?;
    if layer.is_some() && !form.has_layer() {
        return Err("it has all layers: leave LAYER= away".to_owned());
    }
    Ok(Wish { form, layer, path })
}

/// A trace that is being written.
pub(crate) struct Begun {
    pub(crate) watcher: Arc<dyn Sink>,
    /// Writes what is not written yet, where the program ends before its time.
    pub(crate) finish: LastAct,
}

impl Begun {
    fn new<T: Sink + 'static>(trace: T, finish: fn(&T) -> io::Result<()>) -> Self {
        let trace = Arc::new(trace);
        let watched = Arc::downgrade(&trace);
        let finish = Box::new(move || {
            if let Some(trace) = watched.upgrade() {
                // Its file has told of a failure.
                let _ = finish(&trace);
            }
        });
        Self { watcher: trace, finish }
    }
}

/// Begins the trace; its file is there, and empty, before anybody is connected to.
pub(crate) fn begin(wish: &Wish, stack: &CommsStack) -> Result<Begun, Failure> {
    let layer = wish.layer(stack)?;
    let file = TraceFile::create(&wish.path)?;
    Ok(match wish.form {
        Form::Transcript => {
            let transcript = TranscriptTrace::new(file, PROGRAM, layer);
            Begun::new(transcript, TranscriptTrace::finish)
        }
        Form::Page => Begun::new(TimelineTrace::new(file, PROGRAM), TimelineTrace::finish),
        Form::Json => Begun::new(JsonTrace::new(file, PROGRAM), JsonTrace::finish),
        Form::Capture => {
            let capture = PcapngTrace::new(file, PROGRAM, layer);
            let capture = match keys(stack) {
                Some(path) => capture.with_keys(path),
                None => capture,
            };
            Begun::new(capture, PcapngTrace::finish)
        }
    })
}

/// Where the keys of TLS are written, if that was asked for.
fn keys(stack: &CommsStack) -> Option<PathBuf> {
    let asked = stack.get("Tls.key_log").ok()?.value == Some(Value::Bool(true));
    std::env::var_os("SSLKEYLOGFILE").filter(|path| asked && !path.is_empty()).map(PathBuf::from)
}

/// A file of a trace. The first failure to write it is told, as nobody else would.
#[derive(Debug)]
struct TraceFile {
    file: File,
    path: PathBuf,
    is_told: bool,
}

impl TraceFile {
    fn create(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ALONE);
        let opened = options.open(path);
        let file = opened
            .map_err(|error| Failure::Usage(format!("--trace {}: {error}", path.display())))?;
        Ok(Self { file, path: path.to_owned(), is_told: false })
    }

    fn tell<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &outcome
            && !std::mem::replace(&mut self.is_told, true)
        {
            output::say(&format!("--trace {}: {error}: it is not whole", self.path.display()));
        }
        outcome
    }
}

impl Write for TraceFile {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let outcome = self.file.write(from);
        self.tell(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.file.flush();
        self.tell(outcome)
    }
}

/// What is written into traces.
const PROGRAM: &str = concat!("comms ", env!("CARGO_PKG_VERSION"));

const ENDINGS: &str = ".html (a page), .txt (a transcript), .jsonl (a JSON object for each event) or \
    .pcapng (a capture for Wireshark)";

/// A dialogue is not for others on the machine.
#[cfg(unix)]
const OWNER_ALONE: u32 = 0o600;
