//! A trace as a page to look at: one file of HTML, which needs nothing else.

use std::fmt::{self, Write};

use comms_core::Level;

use crate::trace::event::{TraceEvent, Traced};
use crate::trace::json::TraceHeader;

/// A trace as a page of HTML: a lane for each layer along time, what was said beside it, and what
/// crossed each seam below.
///
/// It is one file, which asks for nothing else and runs no script but its own, whatever a peer has
/// said. It carries the events as JSON, so that they can be read out of it again.
///
/// ```
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, What};
/// use comms_log::{Timeline, TraceEvent, TraceHeader};
///
/// let now = Instant::now();
/// let what = What::Begin { operation: Operation::Connect, payload: None, left: None };
/// let event = Event::new(1, "Tcp", 0, (now, UNIX_EPOCH), what);
/// let events: Vec<_> = TraceEvent::of(&event, now, 1024).into_iter().collect();
/// let header = TraceHeader { began: UNIX_EPOCH, program: "comms 0.1.0".to_owned() };
///
/// let page = Timeline::new(&header, &events).to_string();
/// assert!(page.starts_with("<!doctype html>"));
/// assert!(page.contains(r#""layer":"Tcp","depth":0,"event":"begin","operation":"connect"}"#));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'t> {
    header: &'t TraceHeader,
    events: &'t [TraceEvent],
    left_out: u64,
}

impl<'t> Timeline<'t> {
    /// The page of these events, oldest first.
    pub fn new(header: &'t TraceHeader, events: &'t [TraceEvent]) -> Self {
        Self { header, events, left_out: 0 }
    }

    /// The same page, which says that so many events are missing.
    pub fn left_out(self, events: u64) -> Self {
        Self { left_out: events, ..self }
    }

    fn part(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        match name {
            "policy" => f.write_str(POLICY),
            "style" => f.write_str(STYLE),
            "script" => f.write_str(SCRIPT),
            "title" => self.title(&mut Text(f)),
            "transcript" => self.transcript(&mut Text(f)),
            "left_out" => write!(f, "{}", self.left_out),
            "events" => self.lines(&mut Data(f)),
            text => f.write_str(text),
        }
    }

    /// The layers of the first stack, top first.
    fn title(&self, to: &mut impl Write) -> fmt::Result {
        let first = self.events.first().map(|event| event.stack);
        let mut layers: Vec<(usize, &str)> = Vec::new();
        for event in self.events.iter().filter(|event| Some(event.stack) == first) {
            if !layers.contains(&(event.depth, &event.layer)) {
                layers.push((event.depth, &event.layer));
            }
        }
        layers.sort_by_key(|(depth, _)| *depth);
        to.write_str("Trace")?;
        for (at, (_, layer)) in layers.iter().enumerate() {
            to.write_str(if at == 0 { " of " } else { " > " })?;
            to.write_str(layer)?;
        }
        Ok(())
    }

    /// What was said, for whoever reads without scripts.
    fn transcript(&self, to: &mut impl Write) -> fmt::Result {
        let said = |event: &&TraceEvent| match &event.what {
            Traced::Record { level, .. } => matches!(level, Level::Script | Level::Production),
            Traced::End { failure, .. } => failure.is_some(),
            Traced::Begin { .. } => false,
        };
        for event in self.events.iter().filter(said).take(MOST_SAID) {
            let millis = event.at.as_secs_f64() * 1000.0;
            write!(to, "{millis:>10.1} ms  {}  {}: ", event.stack, event.layer)?;
            match &event.what {
                Traced::Record { text, .. } => to.write_str(text)?,
                Traced::End { operation, failure: Some(failure), .. } => {
                    write!(to, "{operation} failed ({}): {}", failure.class, failure.text)?;
                }
                _ => {}
            }
            to.write_char('\n')?;
        }
        Ok(())
    }

    fn lines(&self, to: &mut impl Write) -> fmt::Result {
        write!(to, "[\n{}", self.header.json())?;
        self.events.iter().try_for_each(|event| write!(to, ",\n{}", event.json()))?;
        to.write_str("\n]\n")
    }
}

impl fmt::Display for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PAGE.split("@@").try_for_each(|part| self.part(f, part))
    }
}

/// JSON that stands in a script of HTML: outside of its strings it has no `<`, and within them
/// nothing but `<` could end the script or begin a comment.
struct Data<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Data<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        replaced(self.0, text, |c| match c {
            '<' => Some("\\u003c"),
            // They end lines in older readers of scripts.
            '\u{2028}' => Some("\\u2028"),
            '\u{2029}' => Some("\\u2029"),
            _ => None,
        })
    }
}

/// Text of HTML.
struct Text<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Text<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        replaced(self.0, text, |c| match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '"' => Some("&quot;"),
            _ => None,
        })
    }
}

fn replaced(
    to: &mut impl Write,
    text: &str,
    by: impl Fn(char) -> Option<&'static str>,
) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(|c| by(c).is_some()) {
        let (plain, behind) = rest.split_at(at);
        to.write_str(plain)?;
        let mut behind = behind.chars();
        to.write_str(behind.next().and_then(&by).unwrap_or_default())?;
        rest = behind.as_str();
    }
    to.write_str(rest)
}

/// What a reader without scripts is shown at most.
const MOST_SAID: usize = 2000;

/// The page, with the names of what is put in between `@@`.
const PAGE: &str = include_str!("../../assets/timeline/page.html");
const STYLE: &str = include_str!("../../assets/timeline/style.css");
const SCRIPT: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("../../assets/timeline/model.js"),
    include_str!("../../assets/timeline/story.js"),
    include_str!("../../assets/timeline/lanes.js"),
    include_str!("../../assets/timeline/panels.js"),
    include_str!("../../assets/timeline/page.js"),
    include_str!("../../assets/timeline/hands.js"),
    "})();\n"
);

/// Nothing is fetched, nothing is sent, and no script and no style but ours is heeded, known by its
/// SHA-256: text of a peer could do nothing even if it got to be markup.
const POLICY: &str = concat!(
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; ",
    "style-src 'sha256-5mrFMwEmRDngyBcyQkb8IY/FsT+xoGqCAUrbtkOaOkA='; ",
    "script-src 'sha256-1DG34O5+GYGLk5u4VBiB7PjgCsUx/QvksPeLle4bC80='"
);

#[cfg(test)]
mod tests {
    use std::time::{Instant, UNIX_EPOCH};

    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use comms_core::{Event, Operation, Payload, Severity, What};
    use sha2::{Digest, Sha256};

    use super::*;

    fn page(whats: Vec<What<'_>>) -> String {
        let began = Instant::now();
        let events = whats.into_iter().enumerate().filter_map(|(depth, what)| {
            let event = Event::new(1, "Tcp<b>", depth, (began, UNIX_EPOCH), what);
            TraceEvent::of(&event, began, 1024)
        });
        let header = TraceHeader { began: UNIX_EPOCH, program: "comms </script>".to_owned() };
        Timeline::new(&header, &events.collect::<Vec<_>>()).left_out(7).to_string()
    }

    fn record(text: fmt::Arguments<'_>) -> What<'_> {
        What::Record { severity: Severity::Info, level: Level::Script, text }
    }

    /// Fails when a file of the page was altered: the policy must then be altered as well.
    #[test]
    fn the_policy_knows_the_style_and_the_script_that_are_there() {
        let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
        let expected =
            format!("style-src 'sha256-{}'; script-src 'sha256-{}'", hash(STYLE), hash(SCRIPT));
        assert!(POLICY.ends_with(&expected), "{expected}");
    }

    #[test]
    fn what_a_peer_says_is_no_markup() {
        let hostile = "S: 220 </script><script>alert(1)</script><!--<img onerror=alert(1)>\u{2028}";
        let octets = Payload::Bytes(b"</SCRIPT><!--");
        let what = What::Begin { operation: Operation::Send, payload: Some(octets), left: None };
        let page = page(vec![record(format_args!("{hostile}")), what]);
        for tag in ["<script", "</script", "<!--", "<img", "<b>"] {
            let ours = PAGE.matches(tag).count() + SCRIPT.matches(tag).count();
            assert_eq!(page.to_lowercase().matches(tag).count(), ours, "{tag}");
        }
        assert!(!page.contains('\u{2028}'));
        assert!(page.contains(r"220 \u003c/script>\u003cscript>alert(1)"));
        assert!(page.contains("220 &lt;/script&gt;&lt;script&gt;alert(1)"));
    }

    #[test]
    fn the_events_can_be_read_out_of_it() {
        let page = page(vec![record(format_args!("C: <secret>")), record(format_args!("S: ok"))]);
        let begin = page.find("type=\"application/json\"").unwrap();
        let data = &page[begin..page[begin..].find("</script").unwrap() + begin];
        let (tag, lines) = data.split_once(">[\n").unwrap();
        assert!(tag.ends_with("data-left-out=\"7\""), "{tag}");
        let lines = lines.strip_suffix("\n]\n").unwrap().split(",\n").collect::<Vec<_>>();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with(r#"{"comms_trace":1,"#), "{}", lines[0]);
        assert!(lines[1].ends_with(r#""level":"script","text":"C: \u003csecret>"}"#));
    }

    #[test]
    fn no_part_of_the_page_is_missing() {
        let empty = page(Vec::new());
        assert!(!empty.contains("@@"));
        assert!(empty.contains("<title>Trace</title>"));
        let whole = page(vec![record(format_args!("a")), record(format_args!("b"))]);
        assert!(whole.contains("<title>Trace of Tcp&lt;b&gt; &gt; Tcp&lt;b&gt;</title>"));
    }

    #[test]
    fn the_page_names_nothing_outside_of_itself() {
        let whole = [PAGE, STYLE, SCRIPT].concat();
        for outside in ["http:", "https:", "//", "url(", "@import", "fetch(", "src="] {
            let found = whole.lines().filter(|line| !line.trim_start().starts_with("//"));
            let found = found.filter(|line| line.contains(outside)).collect::<Vec<_>>();
            assert!(found.is_empty(), "{outside}: {found:?}");
        }
    }
}
