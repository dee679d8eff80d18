//! What was found in each step.

use std::iter;
use std::time::Duration;

use serde::Serialize;

use crate::failure::{Failure, Status};
use crate::output::{self, BOLD, DIM, ERROR, GOOD, WARNING};
use crate::report::Trouble;
use crate::told::{Form, harmless};

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Result {
    Ok,
    Warning,
    Failed,
}

/// What was found in one step.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    step: &'static str,
    result: Result,
    ms: Option<f64>,
    text: String,
    remedy: Option<String>,
    details: Vec<String>,
}

impl Finding {
    fn new(step: &'static str, result: Result, text: impl Into<String>) -> Self {
        let text = harmless(&text.into());
        Self { step, result, ms: None, text, remedy: None, details: Vec::new() }
    }

    pub(crate) fn ok(step: &'static str, text: impl Into<String>) -> Self {
        Self::new(step, Result::Ok, text)
    }

    /// Something that should be looked at, and what to do about it.
    pub(crate) fn warning(
        step: &'static str,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(step, Result::Warning, text) }
    }

    fn failed(step: &'static str, failure: &Failure) -> Self {
        let remedy = Some(failure.advice().to_owned()).filter(|words| !words.is_empty());
        Self { remedy, ..Self::new(step, Result::Failed, failure.to_string()) }
    }

    pub(crate) fn took(mut self, time: Option<Duration>) -> Self {
        self.ms = time.map(|time| (time.as_secs_f64() * 1e6).round() / 1e3);
        self
    }

    pub(crate) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details.into_iter().map(|line| harmless(&line)));
        self
    }

    /// For a person, a line for it and one for each detail.
    fn lines(&self) -> String {
        let (style, mark) = match self.result {
            Result::Ok => (GOOD, '✓'),
            Result::Warning => (WARNING, '!'),
            Result::Failed => (ERROR, '✗'),
        };
        let step = self.step;
        let took = self.ms.map(|ms| format!(" {DIM}({ms:.1} ms){DIM:#}")).unwrap_or_default();
        let head = format!("{style}{mark}{style:#} {BOLD}{step:<12}{BOLD:#} {}{took}", self.text);
        let remedy = self.remedy.iter().map(|remedy| format!("{INDENT}→ {remedy}"));
        let details = self.details.iter().map(|detail| format!("{INDENT}{detail}"));
        iter::once(head).chain(remedy).chain(details).collect::<Vec<_>>().join("\n")
    }
}

/// What was found in all steps so far.
#[derive(Debug, Serialize)]
pub(crate) struct Findings<C> {
    server: String,
    steps: Vec<Finding>,
    /// Who the server is, as its chain says.
    pub(crate) certificates: Vec<C>,
    /// What it offers, over TLS where that was had.
    pub(crate) extensions: Vec<String>,
    pub(crate) mechanisms: Vec<String>,
    warnings: usize,
    failures: usize,
    error: Option<Trouble>,
    #[serde(skip)]
    form: Form,
    #[serde(skip)]
    status: Status,
}

impl<C: Serialize> Findings<C> {
    pub(crate) fn new(server: String, form: Form) -> Self {
        Self {
            server,
            steps: Vec::new(),
            certificates: Vec::new(),
            extensions: Vec::new(),
            mechanisms: Vec::new(),
            warnings: 0,
            failures: 0,
            error: None,
            form,
            status: Status::Done,
        }
    }

    /// Notes it, and tells it at once to a person who waits.
    pub(crate) fn add(&mut self, finding: Finding) {
        match finding.result {
            Result::Ok => {}
            Result::Warning => self.warnings += 1,
            Result::Failed => self.failures += 1,
        }
        if self.form == Form::Fields {
            output::tell_styled(&finding.lines());
        }
        self.steps.push(finding);
    }

    /// Notes what failed. The first of them gives the status.
    pub(crate) fn fail(&mut self, step: &'static str, failure: &Failure, time: Option<Duration>) {
        if self.status == Status::Done {
            self.status = failure.status();
            self.error = Some(Trouble::of_failure(failure));
        }
        self.add(Finding::failed(step, failure).took(time));
    }

    /// The last line, or the whole as an object.
    pub(crate) fn conclude(self) -> Status {
        match self.form {
            Form::Json => output::tell(&serde_json::to_string(&self).unwrap_or_default()),
            Form::Fields => output::tell_styled(&self.summary()),
        }
        self.status
    }

    fn summary(&self) -> String {
        let count = |number: usize, what: &str| match number {
            1 => format!("1 {what}"),
            number => format!("{number} {what}s"),
        };
        let server = harmless(&self.server);
        let (style, words) = match (self.failures, self.warnings) {
            (0, 0) => (GOOD, "all is well".to_owned()),
            (0, warnings) => (WARNING, format!("it works, with {}", count(warnings, "warning"))),
            (failures, 0) => (ERROR, count(failures, "failure")),
            (failures, warnings) => {
                let warnings = count(warnings, "warning");
                (ERROR, format!("{} and {warnings}", count(failures, "failure")))
            }
        };
        format!("{server}: {style}{words}{style:#}")
    }
}

/// As wide as a mark and the name of a step.
const INDENT: &str = "               ";
