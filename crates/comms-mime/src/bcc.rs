//! Taking blind copies out of the head of a message.

use std::mem;

/// Removes every `Bcc` and `Resent-Bcc` field from the head of a message that passes through.
///
/// The octets may come in pieces, split anywhere. Fields are known in any case, with blanks in
/// front of the colon and with all their continuation lines. The head ends at the first empty
/// line; lines end with CRLF, LF or CR. What follows the head passes untouched.
///
/// ```
/// use comms_mime::BccFilter;
///
/// let mut kept = Vec::new();
/// let mut filter = BccFilter::default();
/// for piece in [&b"To: a@x.example\r\nb"[..], b"cc: c@", b"x.example\r\n\r\nBcc: body"] {
///     filter.push(piece, |octets| kept.extend_from_slice(octets));
/// }
/// filter.finish(|octets| kept.extend_from_slice(octets));
/// assert_eq!(kept, b"To: a@x.example\r\n\r\nBcc: body");
/// ```
#[derive(Debug, Clone, Default)]
pub struct BccFilter {
    state: State,
    /// The beginning of a line that may become the name of such a field.
    held: Vec<u8>,
    /// Whether the field that began last is removed.
    removing: bool,
    /// Whether the last octet handed on is a CR that ends a line.
    after_kept_cr: bool,
}

/// ```text
///            line begins like Bcc          colon
/// LineStart ----------------------> Name ---------> Line (removed)
///   ^  |  \------ other octet ----------\-------->  Line (kept)
///   |  \-- empty line --> Body                        |
///   \------ LF or other <-- AfterCr <-- CR or LF -----/
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    LineStart,
    /// The line ended with a CR; an LF now still belongs to it.
    AfterCr,
    Name,
    Line,
    Body,
}

impl BccFilter {
    /// Takes a piece of the message, and hands on what is kept of it.
    pub fn push(&mut self, piece: &[u8], mut keep: impl FnMut(&[u8])) {
        let mut rest = piece;
        while let Some((octet, behind)) = rest.split_first() {
            if self.state == State::Body {
                return keep(rest);
            }
            if self.state == State::Line {
                let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                if let Some((line, end)) = rest.split_at_checked(length).filter(|_| length > 0) {
                    if !self.removing {
                        keep(line);
                    }
                    rest = end;
                    continue;
                }
            }
            self.step(*octet, &mut keep);
            rest = behind;
        }
    }

    /// Ends the message: hands on what was held back.
    pub fn finish(&mut self, mut keep: impl FnMut(&[u8])) {
        if self.state == State::Name {
            keep(&mem::take(&mut self.held));
        }
        *self = BccFilter { state: State::Body, ..BccFilter::default() };
    }

    /// Whether the head has ended, so that the rest passes as it is.
    pub fn is_past_head(&self) -> bool {
        self.state == State::Body
    }

    /// One octet outside of the middle of a line and of the body.
    fn step(&mut self, octet: u8, keep: &mut impl FnMut(&[u8])) {
        match (self.state, octet) {
            (State::AfterCr | State::Line, b'\n') => {
                self.state = State::LineStart;
                self.pass(octet, keep);
            }
            // With the lines between removed, this LF would join the CR of an earlier line, and
            // the head would go on into the body.
            (State::LineStart, b'\n') if self.after_kept_cr => {
                self.state = State::Body;
                keep(b"\r\n");
            }
            (State::LineStart | State::AfterCr, b'\r' | b'\n') => {
                self.state = State::Body;
                keep(&[octet]);
            }
            // RFC 5322 2.2.3: the line belongs to the field before it.
            (State::LineStart | State::AfterCr, b' ' | b'\t') => {
                self.state = State::Line;
                self.pass(octet, keep);
            }
            (State::LineStart | State::AfterCr | State::Name, _) => {
                self.state = State::Name;
                self.name(octet, keep);
            }
            (State::Line, b'\r') => {
                self.state = State::AfterCr;
                self.pass(octet, keep);
            }
            (State::Line | State::Body, _) => self.pass(octet, keep),
        }
    }

    /// One octet of what may be a name.
    fn name(&mut self, octet: u8, keep: &mut impl FnMut(&[u8])) {
        self.held.push(octet);
        match judge(&self.held) {
            Verdict::Open if self.held.len() < LONGEST_HELD => {}
            // So many blanks stand in front of no honest colon.
            Verdict::Bcc | Verdict::Open => {
                self.held.clear();
                self.removing = true;
                self.state = State::Line;
            }
            Verdict::Other => {
                self.removing = false;
                self.state = State::Line;
                let mut held = mem::take(&mut self.held);
                held.pop();
                keep(&held);
                held.clear();
                self.held = held;
                self.step(octet, keep);
            }
        }
    }

    fn pass(&mut self, octet: u8, keep: &mut impl FnMut(&[u8])) {
        if !self.removing {
            self.after_kept_cr = octet == b'\r';
            keep(&[octet]);
        }
    }
}

/// What the beginning of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It can still become one of the names.
    Open,
    Bcc,
    Other,
}

fn judge(line: &[u8]) -> Verdict {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    if BYTE_ORDER_MARK.starts_with(line) {
        return Verdict::Open;
    }
    let is_name = |octet: &u8| !matches!(octet, b' ' | b'\t' | b':');
    let length = line.iter().take_while(|octet| is_name(octet)).count();
    let Some((name, behind)) = line.split_at_checked(length) else {
        return Verdict::Other;
    };
    let begins = |whole: &&[u8]| {
        whole.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
    };
    let is_whole = NAMES.iter().any(|whole| whole.eq_ignore_ascii_case(name));
    let blanks = behind.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
    match behind.get(blanks..).unwrap_or_default() {
        [] if behind.is_empty() && NAMES.iter().any(begins) => Verdict::Open,
        [] if is_whole => Verdict::Open,
        [b':', ..] if is_whole => Verdict::Bcc,
        _ => Verdict::Other,
    }
}

/// RFC 5322 3.6.3 and 3.6.6.
const NAMES: [&[u8]; 2] = [b"bcc", b"resent-bcc"];

/// Editors put it at the beginning of files, where it would hide the first name.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A name and more blanks than anybody writes behind it.
const LONGEST_HELD: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"Bcc: first@x.example\r\nTo: a@x.example,\r\n b@x.example\r\n\
        bCC \t: c@x.example,\r\n\td@x.example\r\n \r\n e@x.example\r\nBc: kept\r\nBccc: kept\r\n\
        Resent-BCC: f@x.example\nX: 1\n continued\nbcc: g@x.example\r h@x.example\rY: 2\r\
        bcc\r\nresent-bc\r\nX-Bcc: kept\r\nBCC:\r\n\r\nBcc: in the body\r\n\r\nBcc: too\r\n";

    const KEPT: &[u8] = b"To: a@x.example,\r\n b@x.example\r\nBc: kept\r\nBccc: kept\r\n\
        X: 1\n continued\nY: 2\rbcc\r\nresent-bc\r\nX-Bcc: kept\r\n\r\n\
        Bcc: in the body\r\n\r\nBcc: too\r\n";

    fn filtered<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut kept = Vec::new();
        let mut filter = BccFilter::default();
        for piece in pieces {
            filter.push(piece, |octets| kept.extend_from_slice(octets));
        }
        filter.finish(|octets| kept.extend_from_slice(octets));
        kept
    }

    #[test]
    fn blind_copies_are_removed_wherever_a_read_is_split() {
        for at in 0..=MESSAGE.len() {
            let (left, right) = MESSAGE.split_at(at);
            assert_eq!(filtered([left, right]).escape_ascii().to_string(), shown(KEPT), "{at}");
            for second in [at + 1, at + 2, at + 3].into_iter().filter(|n| *n <= MESSAGE.len()) {
                let (middle, last) = (&MESSAGE[at..second], &MESSAGE[second..]);
                assert_eq!(filtered([left, middle, last]), KEPT, "{at} {second}");
            }
        }
        assert_eq!(filtered(MESSAGE.chunks(1)), KEPT);
    }

    #[test]
    fn the_head_ends_at_the_first_empty_line_of_any_kind() {
        for end in ["\r\n\r\n", "\n\n", "\r\r", "\n\r\n", "\r\n\n", "\r\r\n"] {
            let message = format!("A: b{end}Bcc: body\r\n");
            assert_eq!(filtered([message.as_bytes()]), message.as_bytes(), "{end:?}");
            let only = format!("Bcc: x@y.example{end}Bcc: body\r\n");
            let kept = String::from_utf8(filtered([only.as_bytes()])).unwrap();
            assert!(kept.ends_with("\nBcc: body\r\n") || kept.ends_with("\rBcc: body\r\n"));
            assert!(!kept.contains("x@y.example"), "{end:?}");
        }
        for end in ["\r\n", "\n", "\r"] {
            let message = format!("{end}Bcc: body");
            assert_eq!(filtered([message.as_bytes()]), message.as_bytes(), "{end:?}");
        }
    }

    #[test]
    fn a_removed_line_does_not_let_the_body_become_head() {
        let kept = filtered([&b"A: b\rBcc: x@y.example\n\nC: body"[..]]);
        assert_eq!(shown(&kept), shown(b"A: b\r\r\nC: body"));
        let kept = filtered([&b"A: b\rBcc: x@y.example\nC: d\n\nE: body"[..]]);
        assert_eq!(shown(&kept), shown(b"A: b\rC: d\n\nE: body"));
    }

    #[test]
    fn a_message_may_end_anywhere() {
        for at in 0..=MESSAGE.len() {
            let kept = filtered([&MESSAGE[..at]]);
            assert!(KEPT.starts_with(&kept) || MESSAGE[..at].ends_with(&kept[kept.len() - 1..]));
            let secret = kept.windows(9).any(|octets| octets == b"g@x.examp");
            assert!(!secret, "{at}");
        }
        assert_eq!(filtered([&b"A: b\r\nBcc"[..]]), b"A: b\r\nBcc");
    }

    #[test]
    fn a_byte_order_mark_hides_no_blind_copy() {
        assert_eq!(filtered([&b"\xef\xbb\xbfBcc: x@y.example\r\nA: b\r\n"[..]]), b"A: b\r\n");
        assert_eq!(filtered([&b"\xef\xbb\xbfA: b\r\n"[..]]), b"\xef\xbb\xbfA: b\r\n");
    }

    #[test]
    fn endless_blanks_in_front_of_the_colon_hold_no_memory() {
        let mut message = b"Bcc".to_vec();
        message.resize(1 << 20, b' ');
        message.extend_from_slice(b": x@y.example\r\nA: b\r\n");
        assert_eq!(filtered([message.as_slice()]), b"A: b\r\n");
    }

    fn shown(octets: &[u8]) -> String {
        octets.escape_ascii().to_string()
    }
}
