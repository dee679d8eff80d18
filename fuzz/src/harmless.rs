//! Text that can be shown on a terminal and written into a log.

/// Whether no character moves the cursor, breaks the line or turns the text around.
pub fn is_harmless(text: &str) -> bool {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    !text.contains(is_harmful)
}
