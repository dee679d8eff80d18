//! The tree stays as docs/architecture.md draws it: which crate may need which, and which file.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a tree that cannot be read is a failure too"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn a_module_s_crate_needs_the_core_and_no_sibling() {
    let mut wrong = Vec::new();
    for (name, folder) in crates() {
        for needed in dependencies(&folder.join("Cargo.toml")) {
            let ours = needed == "comms" || needed.starts_with("comms-");
            let allowed = match name.as_str() {
                "comms" | "comms-cli" => true,
                "comms-core" | "comms-mime" => !ours,
                "comms-smtp" => !ours || needed == "comms-core" || needed == "comms-mime",
                _ => !ours || needed == "comms-core",
            };
            let library = OWNERS.iter().find(|(library, _)| needed.starts_with(library));
            if !allowed || library.is_some_and(|(_, owner)| *owner != name) {
                wrong.push(format!("crates/{name}/Cargo.toml: {name} may not depend on {needed}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_is_short_imports_from_files_and_names_no_library_of_another_crate() {
    let mut wrong = Vec::new();
    for (name, folder) in crates() {
        let files = sources(&folder.join("src"));
        let macros = files.values().flat_map(|text| text.split("macro_rules! ").skip(1).map(word));
        let macros = macros.collect::<BTreeSet<_>>();
        for (file, text) in &files {
            let mut fail = |rule: String| wrong.push(format!("crates/{name}/src/{file}: {rule}"));
            if text.lines().count() > LONGEST {
                fail(format!("{} lines, at most {LONGEST}", text.lines().count()));
            }
            let code = code(text);
            for (library, _) in OWNERS.iter().filter(|(_, owner)| *owner != name) {
                if code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == *library) {
                    fail(format!("{library} is named outside its own crate"));
                }
            }
            let is_face = file == "lib.rs";
            if !is_face && code.lines().any(|line| line.trim_start().starts_with("pub use ")) {
                fail("`pub use` belongs in lib.rs".to_owned());
            }
            for path in paths(&code).iter().filter(|_| !is_face) {
                let first = word(path);
                let is_file = [format!("{first}.rs"), format!("{first}/mod.rs")];
                if !is_file.iter().any(|file| files.contains_key(file)) && !macros.contains(first) {
                    fail(format!(
                        "`crate::{path}` names no file: import from the one that defines"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_two_files_need_each_other() {
    let mut wrong = Vec::new();
    for (name, folder) in crates() {
        let files = sources(&folder.join("src"));
        let needs = |file: &str| {
            let paths = paths(&code(&files[file]));
            let found = paths.iter().filter_map(|path| defining(&files, path));
            found.filter(|found| *found != file).collect::<BTreeSet<_>>()
        };
        let graph = files.keys().filter(|file| *file != "lib.rs");
        let graph = graph.map(|file| (file.as_str(), needs(file))).collect::<BTreeMap<_, _>>();
        for file in graph.keys() {
            // Told once, by the first of its files.
            if let Some(circle) = circle(&graph, &mut vec![file], &mut BTreeSet::new())
                && circle.iter().min() == Some(file)
            {
                let drawn = circle.join(" -> ");
                wrong.push(format!("crates/{name}/src/{file}: a circle: {drawn} -> {file}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The crates of the workspace, by name.
fn crates() -> Vec<(String, PathBuf)> {
    let ancestors = &mut Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let all = ancestors.map(|folder| folder.join("crates")).find(|all| all.is_dir()).unwrap();
    let folders = fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.filter(|folder| folder.join("Cargo.toml").is_file());
    let name = |folder: &PathBuf| folder.file_name().unwrap().to_str().unwrap().to_owned();
    let named = folders.map(|folder| (name(&folder), folder)).collect::<Vec<_>>();
    assert!(
        named.iter().any(|(name, _)| name == "comms-core"),
        "the crates are not where expected"
    );
    named
}

/// The names of what a manifest depends on, tests aside.
fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let (mut needed, mut counts) = (BTreeSet::new(), false);
    for line in fs::read_to_string(manifest).unwrap().lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            counts = section.ends_with("dependencies") && !section.ends_with("dev-dependencies");
            needed.extend(section.split_once("dependencies.").map(|(_, name)| name.to_owned()));
        } else if counts && line.starts_with(|c: char| c.is_alphanumeric()) {
            needed.extend(line.split(['.', '=', ' ']).next().map(str::to_owned));
        }
    }
    needed
}

/// All sources below `folder`, by their paths there.
fn sources(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let deeper = sources(&path).into_iter();
            found.extend(deeper.map(|(file, text)| (format!("{name}/{file}"), text)));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// The text without its tests and comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// What follows each `crate::`: `a::b`; those in braces one by one.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$')) {
        let rest = &code[at + "crate::".len()..];
        let path = rest.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).next();
        let path = path.unwrap_or_default();
        match rest[path.len()..].strip_prefix('{').and_then(|rest| rest.split('}').next()) {
            None => found.push(path.to_owned()),
            Some(group) => {
                let names = group.split(',').map(str::trim).filter(|name| !name.is_empty());
                found.extend(names.map(|name| path.to_owned() + name));
            }
        }
    }
    found
}

/// The file that defines what `path` names: the longest beginning of it that is a file.
fn defining<'f>(files: &'f BTreeMap<String, String>, path: &str) -> Option<&'f str> {
    let parts = path.split("::").collect::<Vec<_>>();
    (1..=parts.len()).rev().find_map(|length| {
        let stem = parts[..length].join("/");
        let file = files.get_key_value(&format!("{stem}.rs"));
        file.or_else(|| files.get_key_value(&format!("{stem}/mod.rs")))
            .map(|(file, _)| file.as_str())
    })
}

/// The way from the last file of `way` back to its first, if there is one.
fn circle<'f>(
    graph: &BTreeMap<&'f str, BTreeSet<&'f str>>,
    way: &mut Vec<&'f str>,
    seen: &mut BTreeSet<&'f str>,
) -> Option<Vec<&'f str>> {
    for next in way.last().and_then(|last| graph.get(last)).into_iter().flatten() {
        if way.first() == Some(next) {
            return Some(way.clone());
        }
        if seen.insert(next) {
            way.push(next);
            if let Some(found) = circle(graph, way, seen) {
                return Some(found);
            }
            way.pop();
        }
    }
    None
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// Libraries that one crate alone may name.
const OWNERS: [(&str, &str); 2] = [("rustls", "comms-tls"), ("socket2", "comms-tcp")];

/// A longer file holds more than one idea.
const LONGEST: usize = 400;
