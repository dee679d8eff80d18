//! The text form of a script.

use std::time::Duration;

use comms_core::PropertyValue;

use crate::error::{ParseProblem, ScriptParseError};
use crate::scenario::pattern::Pattern;
use crate::scenario::step::{Cut, Expected, Step};

/// The steps that `text` writes, one a line.
pub(crate) fn steps(text: &str) -> Result<Vec<Step>, ScriptParseError> {
    let mut steps = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let step = step(line).and_then(|step| match (&step, steps.last()) {
            (Step::Refuse, Some(last)) if *last != Step::Connect => Err(ParseProblem::LateRefusal),
            _ => Ok(step),
        });
        steps.push(step.map_err(|problem| ScriptParseError { line: number + 1, problem })?);
    }
    Ok(steps)
}

fn step(line: &str) -> Result<Step, ParseProblem> {
    if let Some((mark, text)) = line.split_once(':') {
        // One blank after the mark is for the eye; more are octets.
        let text = text.strip_prefix(' ').unwrap_or(text);
        match mark {
            "S" => return Ok(Step::Send(line_of(text)?)),
            "C" if masked(text) => {
                return Ok(Step::Expect(Expected::Line(pattern_of(&unmasked(text))?)));
            }
            "C" => return Ok(Step::Expect(Expected::Exactly(line_of(text)?))),
            "S=" => return Ok(Step::Send(octets_of(text)?)),
            "C=" => return Ok(Step::Expect(Expected::Exactly(octets_of(text)?))),
            "C~" => return Ok(Step::Expect(Expected::Line(pattern_of(text)?))),
            _ => {}
        }
    }
    command(line.trim_end())
}

fn command(line: &str) -> Result<Step, ParseProblem> {
    let (word, argument) = line.split_once(' ').unwrap_or((line, ""));
    match (word, argument) {
        ("close", "") => Ok(Step::End(Cut::Close)),
        ("reset", "") => Ok(Step::End(Cut::Reset)),
        ("stall", "") => Ok(Step::End(Cut::Stall)),
        ("read", "") => Ok(Step::Read),
        ("refuse", "") => Ok(Step::Refuse),
        ("connect", "") => Ok(Step::Connect),
        ("until", "") => Err(ParseProblem::NoTerminator),
        ("until", end) => Ok(Step::Expect(Expected::Until(octets_of(end)?))),
        ("take", "*") => Ok(Step::Expect(Expected::Told)),
        ("wait", time) => match Duration::from_value(time.into()) {
            Some(time) => Ok(Step::Wait(time)),
            None => Err(ParseProblem::Time(time.to_owned())),
        },
        ("take", count) => match count.trim().parse() {
            Ok(count) => Ok(Step::Expect(Expected::Count(count))),
            Err(_) => Err(ParseProblem::Count(count.to_owned())),
        },
        _ => Err(ParseProblem::Unknown(line.to_owned())),
    }
}

/// Whether a tape has left secret octets out here: `<secret 24>`.
fn masked(text: &str) -> bool {
    text.contains(MASK)
}

/// The line with a wildcard in the place of each secret, and no other.
fn unmasked(text: &str) -> String {
    let mut parts = text.split(MASK);
    let mut line = parts.next().unwrap_or_default().replace('*', "\\*");
    for part in parts {
        let (number, rest) = part.split_once('>').unwrap_or(("", part));
        if number.bytes().all(|digit| digit.is_ascii_digit()) && !number.is_empty() {
            line.push('*');
            line.push_str(&rest.replace('*', "\\*"));
        } else {
            line.push_str(MASK);
            line.push_str(&part.replace('*', "\\*"));
        }
    }
    // What was escaped already is so once.
    line.replace("\\\\*", "\\*")
}

fn line_of(text: &str) -> Result<Vec<u8>, ParseProblem> {
    let mut octets = octets_of(text)?;
    octets.extend_from_slice(b"\r\n");
    Ok(octets)
}

fn octets_of(text: &str) -> Result<Vec<u8>, ParseProblem> {
    let mut octets = Vec::with_capacity(text.len());
    unescape(text, |octet, _| octets.push(octet))?;
    Ok(octets)
}

fn pattern_of(text: &str) -> Result<Pattern, ParseProblem> {
    let mut parts = vec![Vec::new()];
    unescape(text, |octet, meant| match (octet, meant, parts.last_mut()) {
        (b'*', Meant::Bare, _) | (_, _, None) => parts.push(Vec::new()),
        (_, _, Some(part)) => part.push(octet),
    })?;
    Ok(Pattern::from_parts(parts))
}

/// Whether an octet stood in the text by itself, or behind a backslash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    Bare,
    Escaped,
}

fn unescape(text: &str, mut octet: impl FnMut(u8, Meant)) -> Result<(), ParseProblem> {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        before.bytes().for_each(|plain| octet(plain, Meant::Bare));
        let (value, length) = match escape.as_bytes().get(1) {
            Some(b'r') => (Some(b'\r'), 2),
            Some(b'n') => (Some(b'\n'), 2),
            Some(b't') => (Some(b'\t'), 2),
            Some(b'0') => (Some(0), 2),
            Some(b'\\') => (Some(b'\\'), 2),
            Some(b'*') => (Some(b'*'), 2),
            Some(b'x') => (hex(escape.get(2..4)), 4),
            _ => (None, 2),
        };
        let Some(value) = value else {
            return Err(ParseProblem::Escape(escape.chars().take(length).collect()));
        };
        octet(value, Meant::Escaped);
        rest = escape.get(length..).unwrap_or_default();
    }
    rest.bytes().for_each(|plain| octet(plain, Meant::Bare));
    Ok(())
}

/// The octet of two hexadecimal digits.
fn hex(digits: Option<&str>) -> Option<u8> {
    let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// How secret octets begin on a tape.
const MASK: &str = "<secret ";

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        steps(text).unwrap_err().to_string()
    }

    #[test]
    fn every_form_of_a_line_has_its_step() {
        let text = "# a dialogue\n\n S: 220 é\\x41\r\n\tC: EHLO  y \nC~: \\**\nS=: 25\nC=:\\0\n\
                    until \\r\\n.\\r\\n\ntake 12\ntake *\nwait 1.5s\nread\nclose\nreset\nstall\nconnect\nrefuse\n";
        assert_eq!(
            steps(text).unwrap(),
            [
                Step::Send("220 éA\r\n".into()),
                Step::Expect(Expected::Exactly(b"EHLO  y \r\n".to_vec())),
                Step::Expect(Expected::Line(Pattern::from_parts(vec![b"*".into(), b"".into()]))),
                Step::Send(b"25".to_vec()),
                Step::Expect(Expected::Exactly(vec![0])),
                Step::Expect(Expected::Until(b"\r\n.\r\n".to_vec())),
                Step::Expect(Expected::Count(12)),
                Step::Expect(Expected::Told),
                Step::Wait(Duration::from_millis(1500)),
                Step::Read,
                Step::End(Cut::Close),
                Step::End(Cut::Reset),
                Step::End(Cut::Stall),
                Step::Connect,
                Step::Refuse,
            ]
        );
    }

    #[test]
    fn a_secret_that_a_tape_left_out_is_any_octets_and_a_star_beside_it_is_a_star() {
        let text = "C: A*\\* <secret 24>* <secret x>\nC: <\\x73ecret 3>\n";
        let pattern = Pattern::from_parts(vec![b"A** ".into(), b"* <secret x>".into()]);
        assert_eq!(
            steps(text).unwrap(),
            [
                Step::Expect(Expected::Line(pattern)),
                Step::Expect(Expected::Exactly(b"<secret 3>\r\n".to_vec())),
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_step_is_named_with_its_number() {
        assert!(problem("S: 220\nX: 1").starts_with("line 2 of the script: `X: 1` is none of S:"));
        assert!(problem("close now").contains("`close now` is none of"));
        assert_eq!(problem("take x"), "line 1 of the script: `x` is not a number of octets");
        assert!(problem("wait long").contains("`long` is no time"));
        assert!(problem("until").contains("until needs the octets"));
        assert!(problem("S: a\n\nrefuse").contains("line 3 of the script: refuse must be"));
        for escape in ["\\q", "\\x4", "\\xg0", "\\x+1", "\\", "\\é", "\\xé"] {
            assert!(problem(&format!("S: {escape}")).contains("is no escape"), "{escape}");
        }
    }
}
