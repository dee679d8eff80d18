//! Text and octets of others, made fit to stand in one line of a log.
//!
//! What a peer says ends up in replies, errors and records. Nothing of it may end a line, move
//! the cursor, recolour the terminal or turn the direction of writing.

use std::fmt;

use comms_core::{Payload, Piece};

/// Passes text on, up to a limit, with all characters escaped that are not plain ones.
pub(crate) struct Harmless<'w, W: fmt::Write + ?Sized> {
    to: &'w mut W,
    room: usize,
    more: usize,
    outcome: fmt::Result,
}

impl<'w, W: fmt::Write + ?Sized> Harmless<'w, W> {
    /// Passes text on to `to`.
    pub(crate) fn new(to: &'w mut W) -> Self {
        Self { to, room: TEXT, more: 0, outcome: Ok(()) }
    }

    /// Writes `text`. One that fails in the middle of itself is shown so far.
    pub(crate) fn show(mut self, text: impl fmt::Display) -> fmt::Result {
        let _ = fmt::write(&mut self, format_args!("{text}"));
        self.outcome?;
        more(self.to, self.more)
    }

    fn pass(&mut self, c: char) -> fmt::Result {
        match u8::try_from(c) {
            // What has been escaped before stays as it is: a backslash is plain here.
            Ok(b'\\') => self.to.write_char('\\'),
            Ok(octet) if octet.is_ascii() => escape(self.to, octet),
            _ if c.is_control() || turns_or_ends_lines(c) => {
                write!(self.to, "{}", c.escape_unicode())
            }
            _ => self.to.write_char(c),
        }
    }
}

impl<W: fmt::Write + ?Sized> fmt::Write for Harmless<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Most of it is plain, and goes at once. A backslash is plain here: see `pass`.
        let end = text.bytes().position(|octet| !matches!(octet, b' '..=b'~'));
        let (plain, rest) = text.split_at(end.unwrap_or(text.len()).min(self.room));
        self.room -= plain.len();
        self.outcome = self.to.write_str(plain);
        self.outcome?;
        for c in rest.chars() {
            if c.len_utf8() > self.room {
                // Nothing that comes later may slip into the rest of the room.
                self.room = 0;
                self.more += c.len_utf8();
                continue;
            }
            self.room -= c.len_utf8();
            self.outcome = self.pass(c);
            self.outcome?;
        }
        Ok(())
    }
}

/// `text` as [`Harmless`] passes it on.
pub(crate) fn harmless(text: impl fmt::Display) -> String {
    let mut shown = String::new();
    // Text grows without fail.
    let _ = Harmless::new(&mut shown).show(text);
    shown
}

/// Writes the octets of `payload`, at most `limit` of them; of secret ones their number alone.
pub(crate) fn octets(to: &mut impl fmt::Write, payload: Payload<'_>, limit: usize) -> fmt::Result {
    let (mut room, mut hidden) = (limit, 0);
    for piece in payload.pieces() {
        match piece {
            Piece::Plain(octets) => {
                let (shown, rest) = octets.split_at(room.min(octets.len()));
                escaped(to, shown)?;
                room -= shown.len();
                hidden += rest.len();
            }
            Piece::Secret(octets) if room > 0 && !octets.is_empty() => {
                secret(to, octets.len())?;
                room = room.saturating_sub(LABEL);
            }
            Piece::Secret(octets) => hidden += octets.len(),
        }
    }
    more(to, hidden)
}

/// Writes how many octets are secret here.
pub(crate) fn secret(to: &mut (impl fmt::Write + ?Sized), octets: usize) -> fmt::Result {
    write!(to, "<{octets} secret octet{}>", plural(octets))
}

/// Writes octets, with those escaped that are not plain.
pub(crate) fn escaped(to: &mut (impl fmt::Write + ?Sized), mut octets: &[u8]) -> fmt::Result {
    while let Some(first) = octets.first() {
        let end = octets.iter().position(|octet| !is_plain(*octet)).unwrap_or(octets.len());
        let (plain, rest) = octets.split_at(end);
        // Much of a dialogue is plain, and goes at once.
        match std::str::from_utf8(plain) {
            Ok(text) if end > 0 => {
                to.write_str(text)?;
                octets = rest;
            }
            _ => {
                escape(to, *first)?;
                octets = octets.get(1..).unwrap_or_default();
            }
        }
    }
    Ok(())
}

/// Whether it is shown as it is.
fn is_plain(octet: u8) -> bool {
    matches!(octet, b' '..=b'~') && octet != b'\\'
}

fn escape(to: &mut (impl fmt::Write + ?Sized), octet: u8) -> fmt::Result {
    match octet {
        b'\'' | b'"' => to.write_char(char::from(octet)),
        // The ends of lines are many, and the machinery of `write!` takes its time.
        b'\r' => to.write_str("\\r"),
        b'\n' => to.write_str("\\n"),
        octet => write!(to, "{}", octet.escape_ascii()),
    }
}

/// Cuts `line` to at most `max` octets, and marks it as cut.
pub(crate) fn cut(line: &mut String, max: usize) {
    if line.len() <= max {
        return;
    }
    let mut end = max.saturating_sub(CUT.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    if end + CUT.len() <= max {
        line.push_str(CUT);
    }
}

/// The ending of a noun after `number`.
pub(crate) fn plural(number: usize) -> &'static str {
    if number == 1 { "" } else { "s" }
}

fn more(to: &mut (impl fmt::Write + ?Sized), hidden: usize) -> fmt::Result {
    if hidden > 0 { write!(to, "{CUT} {hidden} more") } else { Ok(()) }
}

/// The separators of lines and paragraphs, and what changes the direction of writing (UAX #9).
fn turns_or_ends_lines(c: char) -> bool {
    matches!(
        c,
        '\u{2028}' | '\u{2029}'
            | '\u{61c}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// The most octets of a record's text, an error's sentence or a layer's name in one line.
const TEXT: usize = 4096;

/// The octets of room that `<8 secret octets>` takes.
pub(crate) const LABEL: usize = 17;

const CUT: &str = "…";

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        let mut shown = String::new();
        Harmless::new(&mut shown).show(text).unwrap();
        shown
    }

    fn shown(payload: Payload<'_>, limit: usize) -> String {
        let mut shown = String::new();
        octets(&mut shown, payload, limit).unwrap();
        shown
    }

    #[test]
    fn what_ends_lines_or_turns_them_is_escaped_in_text_and_the_rest_is_not() {
        assert_eq!(text("550 no\r\n\x1b[2J\x7f"), r"550 no\r\n\x1b[2J\x7f");
        assert_eq!(text("\u{85}\u{2028}\u{202e}"), r"\u{85}\u{2028}\u{202e}");
        assert_eq!(text("Grüße, 'you' \"too\" 漢"), "Grüße, 'you' \"too\" 漢");
    }

    #[test]
    fn text_that_was_escaped_before_is_not_escaped_again() {
        assert_eq!(text(&text("a\r\nb")), text("a\r\nb"));
    }

    #[test]
    fn endless_text_is_cut_and_the_rest_is_counted() {
        let long = text(&"é".repeat(TEXT));
        assert_eq!(long, format!("{}… {TEXT} more", "é".repeat(TEXT / 2)));
        let odd = text(&format!("{}éab", "x".repeat(TEXT - 1)));
        assert_eq!(odd, format!("{}… 4 more", "x".repeat(TEXT - 1)));
    }

    #[test]
    fn text_that_fails_in_the_middle_is_shown_so_far() {
        struct Broken;
        impl fmt::Display for Broken {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("so far")?;
                Err(fmt::Error)
            }
        }
        let mut shown = String::new();
        assert!(Harmless::new(&mut shown).show(Broken).is_ok());
        assert_eq!(shown, "so far");
    }

    #[test]
    fn octets_are_escaped_and_cut_to_the_limit() {
        assert_eq!(shown(Payload::Bytes(b"a\\\"\t\0\xff\r\n"), 99), r#"a\\"\t\x00\xff\r\n"#);
        assert_eq!(shown(Payload::Bytes(&[b'x'; 10]), 10), "xxxxxxxxxx");
        assert_eq!(shown(Payload::Bytes(&[b'x'; 10]), 4), "xxxx… 6 more");
        assert_eq!(shown(Payload::Bytes(b"abc"), 0), "… 3 more");
    }

    #[test]
    fn secret_octets_are_their_number_alone() {
        let pieces = [Piece::Plain(b"PASS "), Piece::Secret(b"hunter22"), Piece::Plain(b"\r\n")];
        assert_eq!(shown(Payload::Pieces(&pieces), 99), r"PASS <8 secret octets>\r\n");
        assert_eq!(shown(Payload::Pieces(&pieces), 5), "PASS … 10 more");
        assert_eq!(shown(Payload::Secret(b"x"), 1), "<1 secret octet>");
        assert_eq!(shown(Payload::Secret(b""), 1), "");
    }

    #[test]
    fn any_number_of_secrets_is_cut_as_well() {
        let pieces = vec![Piece::Secret(b"x"); 1000];
        assert!(shown(Payload::Pieces(&pieces), 256).len() < 512);
    }

    #[test]
    fn a_line_is_cut_between_characters() {
        // Of 1 + 2 + 2 + 3 octets.
        for (max, expected) in [(8, "aéé漢"), (7, "aé…"), (6, "aé…"), (5, "a…"), (3, "…"), (2, "")]
        {
            let mut line = "aéé漢".to_owned();
            cut(&mut line, max);
            assert_eq!(line, expected, "{max}");
        }
    }
}
