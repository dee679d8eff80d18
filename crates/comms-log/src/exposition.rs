//! Metrics in the text format of Prometheus, version 0.0.4.

use std::fmt::{self, Display, Write};

/// A page of metrics in the text format of Prometheus: families, each with its samples.
///
/// ```
/// use comms_log::{Exposition, MetricKind};
///
/// let mut page = Exposition::new();
/// page.family("comms_messages_total", MetricKind::Counter, "Messages taken.");
/// page.sample(&[("to", "a \"b\"\n")], 3);
/// let lines = page.to_string();
/// assert!(lines.starts_with("# HELP comms_messages_total Messages taken.\n# TYPE "));
/// assert!(lines.ends_with("\ncomms_messages_total{to=\"a \\\"b\\\"\\n\"} 3\n"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Exposition {
    name: &'static str,
    text: String,
}

/// What a metric does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

impl Exposition {
    /// What it is sent as.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a family: the samples that follow are of it.
    pub fn family(&mut self, name: &'static str, kind: MetricKind, help: &str) {
        let kind = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
        };
        self.name = name;
        let help = Escaped { text: help, quotes: Quotes::Plain };
        // Text grows without fail, here and below.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A sample of the present family, by its labels.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(self.name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            let text = Escaped { text, quotes: Quotes::Escaped };
            let _ = write!(self.text, "{before}{label}=\"{text}\"");
        }
        let after = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{after} {value}");
    }
}

impl Display for Exposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text as the format wants it: in labels the quotes are escaped too.
struct Escaped<'a> {
    text: &'a str,
    quotes: Quotes,
}

#[derive(PartialEq, Eq)]
enum Quotes {
    Plain,
    Escaped,
}

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.text.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '"' if self.quotes == Quotes::Escaped => f.write_str("\\\"")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_label_holds_cannot_end_it_or_its_line() {
        let mut page = Exposition::new();
        page.family("x", MetricKind::Gauge, "a\nb \"c\" \\");
        page.sample(&[("a", "1"), ("b", "\"} 9\nx 7 \\")], 0.5);
        page.sample(&[], 4);
        let lines = page.to_string();
        let lines = lines.lines().collect::<Vec<_>>();
        let expected = [
            r#"# HELP x a\nb "c" \\"#,
            "# TYPE x gauge",
            r#"x{a="1",b="\"} 9\nx 7 \\"} 0.5"#,
            "x 4",
        ];
        assert_eq!(lines, expected);
    }
}
