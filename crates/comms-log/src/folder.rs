//! A log file for each layer, in one folder.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use comms_core::CommsStack;

use crate::error::LogError;
use crate::file::FileLog;
use crate::layer_levels::LayerLevels;
use crate::levels::Levels;

/// Where logs are kept, and what goes into them: what a configuration says of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOptions {
    /// The folder, in which each layer has a file: `Smtp.log`. It is made when it is needed.
    pub directory: PathBuf,
    /// What goes into the files.
    pub levels: LayerLevels,
    /// The most KiB of a file; one older generation is kept beside it.
    pub max_size: usize,
}

impl LogOptions {
    /// Logs in this folder: production and script, and 1 MiB for each file.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), levels: LayerLevels::default(), max_size: 1024 }
    }
}

/// The logs of one folder, for any number of stacks and threads: layers of one name share a file.
///
/// ```
/// use comms_core::{CommsModule, CommsStack, Level, ModuleSpec};
/// use comms_log::{LayerLevels, LogFolder, LogOptions};
/// # #[derive(Debug)]
/// # struct Hole;
/// # static HOLE: ModuleSpec = ModuleSpec::bottom("Hole", "does nothing");
/// # impl CommsModule for Hole {
/// #     fn spec(&self) -> &'static ModuleSpec { &HOLE }
/// # }
///
/// let directory = tempfile::tempdir()?;
/// let mut options = LogOptions::new(directory.path().join("logs"));
/// options.levels = LayerLevels::all(Level::Trace);
/// let logs = LogFolder::new(options);
///
/// let mut stack = CommsStack::new(Hole)?;
/// logs.attach(&mut stack)?;
/// stack.connect()?;
/// let log = std::fs::read_to_string(directory.path().join("logs/Hole.log"))?;
/// assert!(log.contains("Hole     > connect\n"), "{log}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LogFolder {
    options: Arc<LogOptions>,
    files: Arc<Mutex<BTreeMap<String, FileLog>>>,
}

impl LogFolder {
    /// The logs that `options` describe; no file is made yet.
    pub fn new(options: LogOptions) -> Self {
        Self { options: Arc::new(options), files: Arc::default() }
    }

    /// What it was made of.
    pub fn options(&self) -> &LogOptions {
        &self.options
    }

    /// Gives each layer of `stack` its log, unless it would log nothing.
    pub fn attach(&self, stack: &mut CommsStack) -> Result<(), LogError> {
        let names = stack.names().map(str::to_owned).collect::<Vec<_>>();
        for name in names {
            let levels = self.options.levels.of(&name);
            if levels != Levels::NONE {
                let log = self.file(&name)?.at_levels(levels);
                // The stack gave the name itself, so it knows the layer.
                let _ = stack.log(&name, log.into());
            }
        }
        Ok(())
    }

    fn file(&self, layer: &str) -> Result<FileLog, LogError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = files.get(layer) {
            return Ok(log.clone());
        }
        let directory = &self.options.directory;
        std::fs::create_dir_all(directory)
            .map_err(|source| LogError::Open { path: directory.clone(), source })?;
        let plain = |c: char| if c.is_alphanumeric() || "#-_".contains(c) { c } else { '_' };
        let path =
            directory.join(layer.chars().map(plain).chain(".log".chars()).collect::<String>());
        let max = self.options.max_size.saturating_mul(1024);
        let log = FileLog::create(path, Levels::NONE)?.max_octets(max);
        files.insert(layer.to_owned(), log.clone());
        Ok(log)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use comms_core::{CommsModule, Level, ModuleSpec};

    use super::*;

    #[derive(Debug)]
    struct Pass;
    static PASS: ModuleSpec = ModuleSpec::filter("Pass", "changes nothing");
    impl CommsModule for Pass {
        fn spec(&self) -> &'static ModuleSpec {
            &PASS
        }
    }

    #[derive(Debug)]
    struct Hole;
    static HOLE: ModuleSpec = ModuleSpec::bottom("Hole", "does nothing");
    impl CommsModule for Hole {
        fn spec(&self) -> &'static ModuleSpec {
            &HOLE
        }
    }

    fn stack() -> CommsStack {
        CommsStack::builder().layer(Pass).layer(Pass).layer(Hole).build().unwrap()
    }

    #[test]
    fn each_layer_has_a_file_with_its_own_levels_and_one_that_logs_nothing_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = LogOptions::new(folder.path());
        options.levels = LayerLevels::all(Level::Trace).with("Hole", Levels::NONE);
        let mut stack = stack();
        LogFolder::new(options).attach(&mut stack).unwrap();
        stack.connect().unwrap();
        let mut names = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        names.sort();
        assert_eq!(names, ["Pass#2.log", "Pass.log"]);
        let log = fs::read_to_string(folder.path().join("Pass#2.log")).unwrap();
        assert_eq!(log.lines().count(), 2, "{log}");
    }

    #[test]
    fn stacks_of_several_threads_share_a_bounded_file_and_no_line_is_torn() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = LogOptions::new(folder.path());
        options.levels = LayerLevels::all(Level::Trace);
        options.max_size = 4;
        let logs = LogFolder::new(options);
        thread::scope(|scope| {
            for number in 1..=4 {
                let logs = &logs;
                scope.spawn(move || {
                    let mut stack = stack();
                    stack.set_number(number);
                    logs.attach(&mut stack).unwrap();
                    for _ in 0..50 {
                        stack.connect().unwrap();
                        stack.disconnect().unwrap();
                    }
                });
            }
        });
        for name in ["Hole.log", "Hole.log.1"] {
            let log = fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(log.len() <= 4096 && !log.is_empty(), "{name} has {}", log.len());
            for line in log.lines() {
                assert!(line.contains("Z  ") && line.contains(" Hole     "), "{line}");
            }
        }
    }
}
