//! A mistake in a configuration: where it is, what is wrong, what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::problem::Problem;
use crate::source::{self, Excerpt};

/// A mistake in a configuration. Its `Display` has the place, what is wrong there, the line with a
/// mark under the place, and what to do about it; values that may be secret are left out.
///
/// ```text
/// comms.toml:3:1: Tcp has no property `prot`
///   |
/// 3 | prot = 25
///   | ^^^^
///   = did you mean `port`?
/// ```
#[derive(Debug)]
pub struct Mistake {
    path: PathBuf,
    excerpt: Excerpt,
    problem: Problem,
}

impl Mistake {
    pub(crate) fn new(path: &Path, excerpt: Excerpt, problem: Problem) -> Self {
        Self { path: path.to_owned(), excerpt, problem }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.excerpt.line
    }

    /// The column, in characters from 1.
    pub fn column(&self) -> usize {
        self.excerpt.column
    }

    /// What is wrong; its own words may repeat what would act on a terminal.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, excerpt, problem } = self;
        let number = excerpt.line.to_string();
        let margin = " ".repeat(number.len());
        let problem_in_words = harmless(&problem.to_string());
        writeln!(f, "{}:{number}:{}: {problem_in_words}", path.display(), excerpt.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", excerpt.text)?;
        let (before, mark) = (" ".repeat(excerpt.before), "^".repeat(excerpt.width));
        writeln!(f, "{margin} | {before}{mark}")?;
        write!(f, "{margin} = {}", harmless(&problem.remedy()))
    }
}

/// The text without what a terminal would act on.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        if at > LONGEST {
            shown.push_str("...");
            break;
        }
        if source::acts(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A longer sentence repeats what stands there and explains nothing.
const LONGEST: usize = 600;
