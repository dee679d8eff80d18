//! The tree of a received message: where its fields and its parts lie (RFC 2046 5.1).
//!
//! One walk over the lines, each looked at once; a line that begins with `--` is compared with the
//! boundaries of the parts around it, which are not many.

use std::ops::Range;

use crate::error::reading::ParseError;
use crate::parsed::field::{Place, name_length};
use crate::parsed::kind::Kind;
use crate::parsed::limits::ParseLimits;

/// A part, by where it lies in the octets of its message.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) fields: Vec<Place>,
    /// Type and subtype in lower case, and the parameters.
    pub(crate) kind: Kind,
    pub(crate) body: Range<usize>,
    pub(crate) children: Vec<Node>,
}

impl Node {
    /// The tree of a whole message, which stands so deep in others.
    pub(crate) fn root(
        octets: &[u8],
        limits: &ParseLimits,
        depth: usize,
    ) -> Result<Self, ParseError> {
        if octets.len() > limits.octets {
            return Err(ParseError::Octets { limit: limits.octets });
        }
        let mut walk =
            Walk { octets, at: 0, boundaries: Vec::new(), limits, used: Used::default() };
        walk.part(PLAIN, depth).map(|(node, _)| node)
    }
}

/// What was counted so far.
#[derive(Debug, Default)]
struct Used {
    parts: usize,
    head: usize,
    fields: usize,
}

struct Walk<'a> {
    octets: &'a [u8],
    /// Where the next line begins.
    at: usize,
    /// Those of the parts around this place, the outermost first.
    boundaries: Vec<String>,
    limits: &'a ParseLimits,
    used: Used,
}

/// What ended a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The octets did.
    Octets,
    /// A line of the boundary of this depth; the last one where `closes`.
    Boundary { depth: usize, closes: bool },
}

/// A line: from where to where, and where the next begins.
#[derive(Debug, Clone)]
struct Line {
    text: Range<usize>,
    next: usize,
}

impl Walk<'_> {
    /// Takes a part, and the line of a boundary that ends it.
    fn part(&mut self, default: &str, depth: usize) -> Result<(Node, Ending), ParseError> {
        self.used.parts += 1;
        if self.used.parts > self.limits.parts {
            return Err(ParseError::Parts { limit: self.limits.parts });
        }
        if depth > self.limits.depth {
            return Err(ParseError::Depth { limit: self.limits.depth });
        }
        let (fields, ended) = self.head()?;
        let kind = Kind::of(self.octets, &fields, default);
        let mut node = Node { fields, kind, body: self.at..self.at, children: Vec::new() };
        if let Some(ending) = ended {
            node.body = self.at..self.at;
            return Ok((node, ending));
        }
        let boundary = node.kind.parameter("boundary").filter(|boundary| !boundary.is_empty());
        let (end, ending) = match boundary.map(|boundary| boundary.trim_end().to_owned()) {
            Some(boundary) if node.kind.is_multipart() => {
                self.boundaries.push(boundary);
                let ended = self.children(&mut node, depth);
                self.boundaries.pop();
                ended?
            }
            _ => self.body(),
        };
        node.body.end = end.max(node.body.start);
        Ok((node, ending))
    }

    /// Takes what stands between the head of a multipart and its end; gives where it ends.
    fn children(&mut self, node: &mut Node, depth: usize) -> Result<(usize, Ending), ParseError> {
        let own = self.boundaries.len().saturating_sub(1);
        let default = if node.kind.essence() == "multipart/digest" { MESSAGE } else { PLAIN };
        let (mut end, mut ending) = self.body();
        while ending == (Ending::Boundary { depth: own, closes: false }) {
            let (child, ended) = self.part(default, depth + 1)?;
            end = child.body.end;
            node.children.push(child);
            ending = ended;
        }
        if ending == (Ending::Boundary { depth: own, closes: true }) {
            // The line cannot come again, and what follows it is for nobody to read.
            if let Some(last) = self.boundaries.last_mut() {
                last.clear();
            }
            (end, ending) = self.body();
        }
        Ok((end, ending))
    }

    /// Takes the lines of a head and the empty line behind it. A line that is no field ends it too.
    fn head(&mut self) -> Result<(Vec<Place>, Option<Ending>), ParseError> {
        let mut fields: Vec<Place> = Vec::new();
        while let Some(line) = self.line() {
            let text = self.octets.get(line.text.clone()).unwrap_or_default();
            self.used.head += line.next - line.text.start;
            if self.used.head > self.limits.head {
                return Err(ParseError::Head { limit: self.limits.head });
            }
            if let Some(ending) = self.boundary(text) {
                self.at = line.next;
                return Ok((fields, Some(ending)));
            }
            if text.is_empty() {
                self.at = line.next;
                break;
            }
            if let (Some(last), b' ' | b'\t') = (fields.last_mut(), first(text)) {
                last.value.end = line.text.end;
            } else if let Some(length) = name_length(text) {
                self.used.fields += 1;
                if self.used.fields > self.limits.fields {
                    return Err(ParseError::Fields { limit: self.limits.fields });
                }
                let colon = text.iter().position(|octet| *octet == b':').unwrap_or(length);
                let start = line.text.start;
                fields.push(Place {
                    name: start..start + length,
                    value: start + colon + 1..line.text.end,
                });
            } else if !(fields.is_empty() && is_separator(text)) {
                break;
            }
            self.at = line.next;
        }
        Ok((fields, None))
    }

    /// Takes lines up to one of a boundary, or all; gives where the last line before it ends. The
    /// line end in front of a boundary belongs to the boundary.
    fn body(&mut self) -> (usize, Ending) {
        let mut end = self.at;
        while let Some(line) = self.line() {
            let text = self.octets.get(line.text.clone()).unwrap_or_default();
            let ending = self.boundary(text);
            self.at = line.next;
            if let Some(ending) = ending {
                return (end, ending);
            }
            end = line.text.end;
        }
        (self.octets.len(), Ending::Octets)
    }

    fn line(&self) -> Option<Line> {
        let rest = self.octets.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |length| length + 1);
        let line = rest.get(..length).unwrap_or_default();
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Some(Line { text: self.at..self.at + text.len(), next: self.at + length })
    }

    /// Whether a line is one of a boundary around this place: the innermost counts.
    fn boundary(&self, line: &[u8]) -> Option<Ending> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        let open = self.boundaries.iter().enumerate().rev();
        open.filter(|(_, boundary)| !boundary.is_empty()).find_map(|(depth, boundary)| {
            match line.strip_prefix(boundary.as_bytes())? {
                b"" => Some(Ending::Boundary { depth, closes: false }),
                b"--" => Some(Ending::Boundary { depth, closes: true }),
                _ => None,
            }
        })
    }
}

/// The line that an mbox has before each message.
fn is_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

fn first(line: &[u8]) -> u8 {
    line.first().copied().unwrap_or_default()
}

/// RFC 2045 5.2.
const PLAIN: &str = "text/plain";

/// RFC 2046 5.1.5.
const MESSAGE: &str = "message/rfc822";
