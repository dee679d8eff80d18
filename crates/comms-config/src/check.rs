//! A whole file, checked: every mistake in it, or its services.

use std::path::Path;

use comms_core::{Registry, nearest};

use crate::blueprint::{Blueprint, Setting};
use crate::error::ConfigError;
use crate::findings::Findings;
use crate::given::Given;
use crate::layers::{Found, Layers};
use crate::lexical;
use crate::log::{self, LogSettings};
use crate::mail_url::MailUrl;
use crate::modules::{self, Made};
use crate::problem::Problem;
use crate::scope::{Placed, Reach, Scope};
use crate::set_by::SetBy;
use crate::source::Source;
use crate::tree::{self, Entry, Span, Unreadable};

/// What a file has, once it has no mistakes.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) stacks: Vec<String>,
    pub(crate) services: Vec<(String, Blueprint)>,
}

/// Checks the whole of a file.
pub(crate) fn check(text: &str, path: &Path, registry: &Registry) -> Result<Checked, ConfigError> {
    let mut source = Source::new(path, text);
    let (entries, mut unreadable) = tree::parse(text);
    let mut findings = Findings::default();
    findings.add_beyond(unreadable.len().saturating_sub(MOST_UNREADABLE));
    unreadable.truncate(MOST_UNREADABLE);
    if unreadable.iter().any(|one| !is_twice(one)) {
        // What is made of the rest would be mistakes that nobody made.
        for one in &unreadable {
            source.hide(lexical::hidden(&source, text, one.place.start, registry));
            findings.add(&one.place, syntax(&source, one, &entries));
        }
        return Err(mistakes(findings, &source));
    }
    for one in &unreadable {
        findings.add(&one.place, syntax(&source, one, &entries));
    }
    let mut check =
        Check { source: &source, path, registry, findings, stacks: Vec::new(), log: None };
    let services = check.file(&entries);
    let Check { findings, stacks, .. } = check;
    if findings.is_empty() && unreadable.is_empty() {
        let stacks = stacks.into_iter().map(|stack| stack.name).collect();
        return Ok(Checked { stacks, services });
    }
    let mut leaves = Vec::new();
    for entry in &entries {
        entry.node.leaves(&mut leaves);
    }
    // What stands twice is in no tree.
    let twice = |one: &Unreadable| lexical::hidden(&source, text, one.place.start, registry);
    let twice = unreadable.iter().filter_map(twice).collect::<Vec<_>>();
    source.hide(findings.hidden(leaves).into_iter().chain(twice));
    Err(mistakes(findings, &source))
}

fn mistakes(findings: Findings, source: &Source<'_>) -> ConfigError {
    let (mistakes, more) = findings.told(source);
    ConfigError::Mistakes { mistakes, more }
}

/// Whether it is a key that stands twice: all else can be understood.
fn is_twice(unreadable: &Unreadable) -> bool {
    unreadable.why.starts_with("duplicate key")
}

fn syntax(source: &Source<'_>, unreadable: &Unreadable, entries: &[Entry]) -> Problem {
    let why = unreadable.why.clone();
    if !is_twice(unreadable) {
        return Problem::Syntax { why };
    }
    let name = source.at(&unreadable.place).trim_matches(['"', '\'']).to_owned();
    let first = last_before(unreadable.place.start, entries, &name);
    Problem::Twice { name, line: first.map(|first| source.line(first)) }
}

/// The last key of that name before `end`.
fn last_before(end: usize, entries: &[Entry], name: &str) -> Option<usize> {
    let inner = entries.iter().filter_map(|entry| entry.node.table());
    let own = entries.iter().filter(|entry| entry.key == name).map(|entry| entry.place.start);
    let all = own.chain(inner.filter_map(|inner| last_before(end, inner, name)));
    all.filter(|start| *start < end).max()
}

struct Check<'c> {
    source: &'c Source<'c>,
    path: &'c Path,
    registry: &'c Registry,
    findings: Findings,
    stacks: Vec<Stack>,
    log: Option<LogSettings>,
}

/// `[stacks.NAME]`.
#[derive(Debug)]
struct Stack {
    name: String,
    made: Option<Made>,
    settings: Vec<Placed>,
}

impl Check<'_> {
    fn file(&mut self, entries: &[Entry]) -> Vec<(String, Blueprint)> {
        for entry in entries.iter().filter(|entry| !SECTIONS.contains(&entry.key.as_str())) {
            let name = entry.key.clone();
            let nearest = nearest(&name, SECTIONS);
            self.findings.add(&entry.place, Problem::UnknownSection { name, nearest });
        }
        if let Some(entry) = entries.iter().find(|entry| entry.key == "log") {
            let inner = self.section(entries, "log");
            let home = self.path.parent().unwrap_or(Path::new(""));
            if entry.node.table().is_some() {
                self.log = log::read(inner, &entry.place, home, self.registry, &mut self.findings);
            }
        }
        let defaults = self.defaults(entries);
        for (entry, inner) in self.named(entries, "stacks", "stack") {
            let stack = self.stack(entry, inner, &defaults);
            self.stacks.push(stack);
        }
        let services = self.named(entries, "services", "service");
        let services = services.into_iter().filter_map(|(entry, inner)| {
            Some((entry.key.clone(), self.service(entry, inner, &defaults)?))
        });
        services.collect()
    }

    /// The entries of a section.
    fn section<'e>(&mut self, entries: &'e [Entry], name: &str) -> &'e [Entry] {
        let Some(entry) = entries.iter().find(|entry| entry.key == name) else { return &[] };
        entry.node.table().unwrap_or_else(|| {
            self.findings.add(&entry.place, Problem::NotASection { name: name.to_owned() });
            &[]
        })
    }

    /// The tables of a section of tables, such as `[services.NAME]`.
    fn named<'e>(
        &mut self,
        entries: &'e [Entry],
        section: &str,
        what: &'static str,
    ) -> Vec<(&'e Entry, &'e [Entry])> {
        let all = self.section(entries, section);
        let mut named = Vec::new();
        for entry in all {
            let name = entry.key.clone();
            let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
            if name.is_empty() || !name.chars().all(fits) {
                self.findings.add(&entry.place, Problem::Name { name, what });
            } else if let Some(inner) = entry.node.table() {
                named.push((entry, inner));
            } else {
                let name = section.to_owned();
                self.findings.add(&entry.place, Problem::NotASection { name });
            }
        }
        if let Some((first, _)) = named.get(MOST) {
            self.findings.add(&first.place, Problem::TooMany { most: MOST });
            named.truncate(MOST);
        }
        named
    }

    fn defaults(&mut self, entries: &[Entry]) -> Vec<Placed> {
        let inner = self.section(entries, "defaults");
        let layers = Layers::of_registry(self.registry);
        let origin = |line| SetBy::Defaults { line };
        self.settings(inner, &[], &layers, Reach::Everywhere, &origin)
    }

    fn stack(&mut self, entry: &Entry, inner: &[Entry], defaults: &[Placed]) -> Stack {
        let name = entry.key.clone();
        let Some(modules) = inner.iter().find(|one| one.key == "modules") else {
            self.findings.add(&entry.place, Problem::NoModules { name: name.clone() });
            return Stack { name, made: None, settings: Vec::new() };
        };
        let made = modules::read(&modules.node, self.source, self.registry, &mut self.findings);
        let Some(made) = made else { return Stack { name, made: None, settings: Vec::new() } };
        let origin = |line| SetBy::Stack { name: name.clone(), line };
        let own = self.settings(inner, &["modules"], &made.layers, Reach::Stack, &origin);
        let mut settings = applied(defaults, &made.layers);
        settings.extend(own);
        if made.sound {
            self.try_on(&made.modules, &settings);
        }
        Stack { name, made: Some(made), settings }
    }

    /// Looks at the settings of a stack that is not known: whether any module has them.
    fn of_unknown(&mut self, inner: &[Entry]) {
        let is_none = |key: &&str| key.contains('#') || KINDS.contains(key);
        let reserved = inner.iter().map(|one| &*one.key).filter(is_none).collect::<Vec<_>>();
        let (layers, reach) = (Layers::of_registry(self.registry), Reach::Everywhere);
        self.settings(inner, &reserved, &layers, reach, &|line| SetBy::Defaults { line });
    }

    fn service(
        &mut self,
        entry: &Entry,
        inner: &[Entry],
        defaults: &[Placed],
    ) -> Option<Blueprint> {
        let name = entry.key.clone();
        let Some((made, mut settings)) = self.basis(&name, entry, inner, defaults) else {
            self.of_unknown(inner);
            return None;
        };
        let origin = |line| SetBy::Service { name: name.clone(), line };
        settings.extend(self.settings(inner, &KINDS, &made.layers, Reach::Stack, &origin));
        if !made.sound || !self.try_on(&made.modules, &settings) {
            return None;
        }
        let mut blueprint =
            Blueprint::of_modules(made.modules).in_file(self.path, self.log.clone());
        for placed in settings {
            blueprint.push(placed.setting);
        }
        Some(blueprint)
    }

    /// What a service is made of, with what is set before its own settings.
    fn basis(
        &mut self,
        name: &str,
        entry: &Entry,
        inner: &[Entry],
        defaults: &[Placed],
    ) -> Option<(Made, Vec<Placed>)> {
        for one in inner.iter().filter(|one| one.key != "url" && KINDS.contains(&&*one.key)) {
            self.findings.show(&one.node.place);
        }
        let found = KINDS.iter().filter_map(|kind| {
            let one = inner.iter().find(|one| one.key == **kind)?;
            Some((*kind, one))
        });
        let found = found.collect::<Vec<_>>();
        let name = name.to_owned();
        let (kind, one) = match found.as_slice() {
            [] => {
                self.findings.add(&entry.place, Problem::NoStack { name });
                return None;
            }
            [one] => *one,
            [(first, _), (second, place), ..] => {
                let problem = Problem::Both { name, first, second };
                self.findings.add(&place.place, problem);
                return None;
            }
        };
        match kind {
            "stack" => self.of_stack(one),
            "url" => self.of_url(name, one, defaults),
            _ => {
                let node = &one.node;
                let made = modules::read(node, self.source, self.registry, &mut self.findings)?;
                let settings = applied(defaults, &made.layers);
                Some((made, settings))
            }
        }
    }

    fn of_stack(&mut self, entry: &Entry) -> Option<(Made, Vec<Placed>)> {
        let Some(name) = entry.node.text() else {
            let example = "\"NAME\", one of [stacks.NAME]";
            self.findings.add(&entry.node.place, Problem::NotText { name: "stack", example });
            return None;
        };
        if let Some(stack) = self.stacks.iter().find(|stack| stack.name == name) {
            return Some((stack.made.clone()?, stack.settings.clone()));
        }
        let known = self.stacks.iter().map(|stack| stack.name.clone()).collect::<Vec<_>>();
        let nearest = nearest(name, known.iter().map(String::as_str));
        let problem = Problem::NoSuchStack { name: name.to_owned(), nearest, known };
        self.findings.add(&entry.node.place, problem);
        None
    }

    fn of_url(
        &mut self,
        service: String,
        entry: &Entry,
        defaults: &[Placed],
    ) -> Option<(Made, Vec<Placed>)> {
        let place = &entry.node.place;
        let Some(text) = entry.node.text() else {
            let example = "\"submission://mail.example\"";
            self.findings.add(place, Problem::NotText { name: "url", example });
            return None;
        };
        self.show_url(text, place);
        let url = match MailUrl::parse(text) {
            Ok(url) if url.shows_password() => {
                self.findings.add(place, Problem::UrlPassword);
                return None;
            }
            Ok(url) => url,
            Err(error) => {
                self.findings.add(place, Problem::Url(error));
                return None;
            }
        };
        let made = modules::of_names(url.modules(), self.registry);
        let mut settings = applied(defaults, &made.layers);
        let line = self.source.line(entry.place.start);
        let origin = SetBy::Service { name: service, line };
        settings.extend(url.settings().iter().map(|(name, value)| {
            let given = Given::Value(value.clone());
            let setting = Setting { name: (*name).to_owned(), given, origin: origin.clone() };
            Placed { setting, place: place.clone() }
        }));
        if !made.sound {
            let known = self.registry.specs().map(|spec| spec.name.to_owned()).collect();
            let name = url.modules().to_owned();
            let problem = Problem::UnknownModule { name, nearest: None, known };
            self.findings.add(place, problem);
        }
        Some((made, settings))
    }

    /// Shows a URL without what stands before an @.
    fn show_url(&mut self, text: &str, place: &Span) {
        let written = self.source.at(place);
        let user = written.find("//").zip(written.rfind('@'));
        match user {
            _ if !text.contains('@') => self.findings.show(place),
            Some((slashes, at)) if slashes < at => {
                self.findings.show(place);
                self.findings.hide(place.start + slashes + 2..place.start + at);
            }
            _ => {}
        }
    }

    fn settings(
        &mut self,
        entries: &[Entry],
        reserved: &[&str],
        layers: &Layers,
        reach: Reach,
        origin: &dyn Fn(usize) -> SetBy,
    ) -> Vec<Placed> {
        let (source, registry) = (self.source, self.registry);
        let scope = Scope { source, registry, layers, reach, origin };
        scope.read(entries, reserved, &mut self.findings)
    }

    /// Whether a stack takes all these settings together.
    fn try_on(&mut self, modules: &str, settings: &[Placed]) -> bool {
        let Ok(mut stack) = self.registry.build(modules) else { return false };
        let mut takes_all = true;
        for Placed { setting, place } in settings {
            let Given::Value(value) = &setting.given else { continue };
            if let Err(error) = stack.set(&setting.name, value.clone()) {
                self.findings.add(place, Problem::Refused(error));
                takes_all = false;
            }
        }
        takes_all
    }
}

/// The settings of `defaults` that such a stack has, each of one layer.
fn applied(defaults: &[Placed], layers: &Layers) -> Vec<Placed> {
    let applied = defaults.iter().filter_map(|placed| {
        let setting = &placed.setting;
        let (layer, name) = match setting.name.split_once('.') {
            Some((layer, name)) => (Some(layers.layer(layer)?), name),
            None => (None, setting.name.as_str()),
        };
        let Found::Rows(rows) = layers.find(layer, name) else { return None };
        let (owner, row) = rows.first()?;
        let name = format!("{}.{}", owner.name, row.name);
        let setting = Setting { name, ..setting.clone() };
        Some(Placed { setting, place: placed.place.clone() })
    });
    applied.collect()
}

const SECTIONS: [&str; 4] = ["defaults", "log", "stacks", "services"];

/// What says what a service is made of.
const KINDS: [&str; 3] = ["stack", "modules", "url"];

/// So many places that are no TOML are told.
const MOST_UNREADABLE: usize = 100;

/// So many stacks, and so many services.
const MOST: usize = 1000;
