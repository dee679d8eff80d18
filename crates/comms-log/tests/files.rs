//! Logs in files: bounded, whole, and never the stack's trouble.
#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Instant, UNIX_EPOCH};

use comms_core::{Event, Level, Severity, Sink, What};
use comms_log::{FileLog, Levels, LogError};
use tempfile::TempDir;

fn note(log: &FileLog, text: &str) {
    let (severity, level) = (Severity::Info, Level::Production);
    let what = What::Record { severity, level, text: format_args!("{text}") };
    log.note(&Event::new(1, "Tcp", 0, (Instant::now(), UNIX_EPOCH), what));
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tcp.log");
    (folder, path)
}

fn older(path: &Path) -> PathBuf {
    path.with_extension("log.1")
}

/// What the lines say, without their heads.
fn said(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn two_generations_are_kept_and_neither_passes_the_maximum() {
    let (folder, path) = folder();
    let log = FileLog::create(&path, Levels::ALL).unwrap().max_octets(300);
    for n in 0..100 {
        note(&log, &n.to_string());
        for file in fs::read_dir(folder.path()).unwrap() {
            assert!(file.unwrap().metadata().unwrap().len() <= 300, "{n}");
        }
    }
    // The last lines in order, without a gap.
    let kept = [said(&older(&path)), said(&path)].concat();
    let first = 100 - kept.len();
    assert_eq!(kept, (first..100).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(kept.len() > 6);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    assert!(log.failure().is_none());
}

#[test]
fn a_line_longer_than_the_maximum_is_cut() {
    let (_folder, path) = folder();
    let log = FileLog::create(&path, Levels::ALL).unwrap().max_octets(256);
    note(&log, &"é".repeat(1000));
    note(&log, "next");
    assert_eq!(said(&path), ["next"]);
    let cut = fs::read_to_string(older(&path)).unwrap();
    assert!((254..=256).contains(&cut.len()) && cut.ends_with("é…\n"), "{cut}");
}

#[test]
fn a_file_that_is_there_is_continued() {
    let (_folder, path) = folder();
    note(&FileLog::create(&path, Levels::ALL).unwrap(), "before");
    note(&FileLog::create(&path, Levels::ALL).unwrap(), "after");
    assert_eq!(said(&path), ["before", "after"]);
}

#[test]
fn a_line_that_was_torn_by_a_crash_does_not_swallow_the_next() {
    let (_folder, path) = folder();
    fs::write(&path, "half a li").unwrap();
    let log = FileLog::create(&path, Levels::ALL).unwrap();
    note(&log, "whole");
    note(&log, "again");
    assert_eq!(said(&path), ["li", "whole", "again"]);
}

#[test]
fn a_torn_line_counts_in_full_towards_the_maximum() {
    for size in 200..=256 {
        let (_folder, path) = folder();
        fs::write(&path, "x".repeat(size)).unwrap();
        let log = FileLog::create(&path, Levels::ALL).unwrap().max_octets(256);
        note(&log, "whole");
        assert!(fs::metadata(&path).unwrap().len() <= 256, "{size}");
    }
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let (_folder, path) = folder();
    let log = FileLog::create(&path, Levels::ALL).unwrap().max_octets(256);
    (0..20).for_each(|n| note(&log, &n.to_string()));
    for path in [older(&path), path] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn threads_that_share_a_log_write_whole_lines() {
    const THREADS: usize = 4;
    const LINES: usize = 200;
    let (_folder, path) = folder();
    let log = FileLog::create(&path, Levels::ALL).unwrap();
    let text = |thread: usize, n: usize| format!("{thread}-{n}-{}", "x".repeat(n));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = log.clone();
            scope.spawn(move || (0..LINES).for_each(|n| note(&log, &text(thread, n))));
        }
    });
    let said = said(&path);
    assert_eq!(said.len(), THREADS * LINES);
    for thread in 0..THREADS {
        let own = said.iter().filter(|line| line.starts_with(&format!("{thread}-")));
        assert!(own.eq((0..LINES).map(|n| text(thread, n)).collect::<Vec<_>>().iter()));
    }
}

#[test]
fn threads_that_share_a_log_keep_it_bounded() {
    let (_folder, path) = folder();
    let log = FileLog::create(&path, Levels::ALL).unwrap().max_octets(2000);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..200).for_each(|n| note(&log, &format!("whole-{n}"))));
        }
    });
    for path in [older(&path), path] {
        assert!(fs::metadata(&path).unwrap().len() <= 2000);
        assert!(said(&path).iter().all(|line| line.starts_with("whole-")));
    }
    assert_eq!(log.lost(), 0);
}

#[test]
fn a_failure_is_remembered_and_the_next_line_tries_again() {
    let (_folder, path) = folder();
    let log = FileLog::create(&path, Levels::ALL).unwrap().max_octets(256);
    // A file cannot take the place of a folder.
    fs::create_dir(older(&path)).unwrap();
    (0..20).for_each(|n| note(&log, &n.to_string()));
    assert!(matches!(*log.failure().unwrap(), LogError::Rename { .. }));
    assert!(log.lost() > 0 && fs::metadata(&path).unwrap().len() <= 256);

    fs::remove_dir(older(&path)).unwrap();
    let lost = log.lost();
    note(&log, "here-again");
    assert_eq!(said(&path), ["here-again"]);
    assert_eq!(log.lost(), lost);
    assert!(log.failure().is_some());
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_at_once() {
    let (folder, _) = folder();
    let error = FileLog::create(folder.path(), Levels::ALL).unwrap_err();
    assert!(matches!(error, LogError::Open { .. }));
    assert!(std::error::Error::source(&error).is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_to_write() {
    let log = FileLog::create("/dev/full", Levels::ALL).unwrap();
    (0..20).for_each(|n| note(&log, &n.to_string()));
    assert!(matches!(*log.failure().unwrap(), LogError::Write { .. }));
    assert_eq!(log.lost(), 20);
}

#[cfg(unix)]
#[test]
fn a_device_is_never_renamed() {
    let (_folder, path) = folder();
    // Through a link, so that a mistake renames the link and not the machine's device.
    std::os::unix::fs::symlink("/dev/null", &path).unwrap();
    let log = FileLog::create(&path, Levels::ALL).unwrap().max_octets(256);
    (0..20).for_each(|n| note(&log, &n.to_string()));
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    assert!(fs::symlink_metadata(older(&path)).is_err());
    assert_eq!(log.lost(), 0);
}
