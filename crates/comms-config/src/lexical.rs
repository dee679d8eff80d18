//! What may be shown of a file that is not TOML: nobody knows there which text is a secret.

use comms_core::Registry;

use crate::source::Source;
use crate::tree::Span;

/// What must not be shown of the line around `offset`: all of it, but for a section's name, a key,
/// and the one value of a key that is known to be no secret.
pub(crate) fn hidden(
    source: &Source<'_>,
    text: &str,
    offset: usize,
    registry: &Registry,
) -> Option<Span> {
    let line = source.around(offset.min(text.len()));
    let shown = source.at(&line);
    if within_lines(text.get(..line.start).unwrap_or_default()) {
        return Some(line);
    }
    let begin = line.start + shown.len() - shown.trim_start().len();
    let Some((key, _)) = shown.split_once('=') else {
        let is_section = shown.trim_start().starts_with('[') && !shown.contains(['"', '\'']);
        let word = shown.split_whitespace().next().unwrap_or_default();
        return match is_open(word, registry) {
            _ if is_section => None,
            true => behind_value(source, begin + word.len()..line.end),
            false => Some(begin..line.end),
        };
    };
    if key.contains(['{', '[']) {
        return Some(begin..line.end);
    }
    let name = key.rsplit('.').next().unwrap_or(key).trim().trim_matches(['"', '\'']);
    let value = line.start + key.len() + 1..line.end;
    if is_open(name, registry) {
        return behind_value(source, value);
    }
    let after = value.end - source.at(&value).trim_start().len();
    (after < value.end).then_some(after..value.end)
}

/// What stands behind the first value in `rest` of a line, and may be another key with its own.
fn behind_value(source: &Source<'_>, rest: Span) -> Option<Span> {
    let value = source.at(&rest).trim_start();
    let word = || value.find(|c: char| c.is_whitespace() || ",;=#".contains(c));
    let end = match value.chars().next()? {
        '[' | '{' => Some(0),
        quote @ ('"' | '\'') => {
            let inner = value.get(1..).unwrap_or_default();
            inner.find(quote).map(|end| end + 2).or_else(word)
        }
        _ => word(),
    };
    let behind = value.get(end?..)?.trim_start();
    (!behind.is_empty()).then_some(rest.end - behind.len()..rest.end)
}

/// Whether a text of several lines may be open behind `before`.
fn within_lines(before: &str) -> bool {
    ["\"\"\"", "'''"].iter().any(|quotes| before.matches(quotes).count() % 2 == 1)
}

/// Whether it is the name of something that is no secret, and of no property that is one.
fn is_open(name: &str, registry: &Registry) -> bool {
    let mut rows = registry.specs().filter_map(|spec| spec.property(name)).peekable();
    let is_known = rows.peek().is_some() || STRUCTURE.contains(&name);
    is_known && rows.all(|row| !row.secret)
}

/// Keys that are no properties, and whose values are no secrets. A URL may have one.
const STRUCTURE: [&str; 7] = ["modules", "stack", "env", "directory", "file", "levels", "max_size"];
