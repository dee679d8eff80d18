//! The messages that are sent.

use std::fs;
use std::path::{Path, PathBuf};

use harness::{Failure, RECIPIENT, SENDER};

/// Writes a message of `octets` octets in all, and beside it the same as smtp-source wants it: it
/// makes the line ends itself, and an empty line at the end. Gives the path of the first.
pub(crate) fn write(folder: &Path, name: &str, octets: usize) -> Result<PathBuf, Failure> {
    let path = write_plain(folder, name, octets)?;
    let message = message(octets);
    let shorter = message.strip_suffix("xx\r\n").ok_or("too short a message")?;
    fs::write(path.with_extension("lf"), shorter.replace(END, "\n"))?;
    Ok(path)
}

/// Writes a message for those who take it as it is.
pub(crate) fn write_plain(folder: &Path, name: &str, octets: usize) -> Result<PathBuf, Failure> {
    let path = folder.join(name).with_extension("eml");
    fs::write(&path, message(octets))?;
    Ok(path)
}

/// A head and lines of text; every 40th line begins with a dot.
fn message(octets: usize) -> String {
    let mut message = format!(
        "From: <{SENDER}>\r\nTo: <{RECIPIENT}>\r\nSubject: A message to be measured\r\n\
         Date: Tue, 25 Nov 2025 12:00:00 +0000\r\nMessage-ID: <1@x.example>\r\n\r\n"
    );
    let mut line = 0;
    while message.len() + LINE.len() + 3 * END.len() < octets {
        line += 1;
        message.push_str(if line % 40 == 0 { DOTTED } else { LINE });
        message.push_str(END);
    }
    let rest = octets.saturating_sub(message.len() + END.len());
    message.extend(std::iter::repeat_n('x', rest));
    message.push_str(END);
    message
}

const END: &str = "\r\n";
const LINE: &str = "The quick brown fox jumps over the lazy dog, and over it again and again.";
const DOTTED: &str = ".he quick brown fox jumps over the lazy dog, and over it again and again.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_octets_it_was_asked_for_and_lines_that_end() {
        for octets in [400, 1024, 1025, 70_000] {
            let message = message(octets);
            assert_eq!(message.len(), octets);
            assert!(message.ends_with("xx\r\n"));
            assert!(message.lines().all(|line| line.len() < 200));
        }
        assert!(message(70_000).contains("\r\n.he"));
    }
}
