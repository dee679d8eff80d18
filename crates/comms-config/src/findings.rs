//! What a check finds: mistakes, and which values may be shown.

use std::collections::HashSet;

use crate::mistake::Mistake;
use crate::problem::Problem;
use crate::source::Source;
use crate::tree::Span;

/// What a check finds, as it goes.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<(Span, Problem)>,
    /// The beginnings of values that may be shown: those that are known to be no secrets.
    shown: HashSet<usize>,
    /// Parts of values that must not be shown.
    hidden: Vec<Span>,
    /// Mistakes that were not kept.
    beyond: usize,
}

impl Findings {
    /// Something is wrong at `place`.
    pub(crate) fn add(&mut self, place: &Span, problem: Problem) {
        if self.is_full() {
            self.beyond += 1;
        } else {
            self.found.push((place.clone(), problem));
        }
    }

    /// The value at `place` is no secret.
    pub(crate) fn show(&mut self, place: &Span) {
        self.shown.insert(place.start);
    }

    /// This part of a value may be a secret.
    pub(crate) fn hide(&mut self, place: Span) {
        self.hidden.push(place);
    }

    /// The places of values that must not be shown, of all of these and those hidden by hand.
    pub(crate) fn hidden(&self, leaves: Vec<Span>) -> Vec<Span> {
        let mut hidden = leaves;
        hidden.retain(|leaf| !self.may_show(leaf));
        hidden.extend(self.hidden.iter().cloned());
        hidden
    }

    /// Whether the value at `place` may be shown.
    fn may_show(&self, place: &Span) -> bool {
        self.shown.contains(&place.start)
    }

    /// Whether what is found from here on is counted and not told.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= KEPT
    }

    /// So many more mistakes were found than are told.
    pub(crate) fn add_beyond(&mut self, mistakes: usize) {
        self.beyond += mistakes;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The first mistakes in the order of the file, each once, and how many more there are.
    pub(crate) fn told(mut self, source: &Source<'_>) -> (Vec<Mistake>, usize) {
        self.found.sort_by_key(|(place, _)| place.start);
        let mut told = HashSet::new();
        let mut mistakes = Vec::new();
        let mut more = self.beyond;
        for (place, problem) in self.found {
            if !told.insert((place.start, problem.to_string())) {
                continue;
            }
            if mistakes.len() < MOST {
                mistakes.push(Mistake::new(&source.path, source.excerpt(&place), problem));
            } else {
                more += 1;
            }
        }
        (mistakes, more)
    }
}

/// Nobody mends more at a time.
const MOST: usize = 100;

/// The same mistake may be found again and again, once for each service of a stack.
const KEPT: usize = 1000;
