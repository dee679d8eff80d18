//! Base64 in lines (RFC 2045 6.8).

use encodify::base64::MIME;

/// How many octets become one line.
pub(crate) const LINE: usize = 57;

/// Encodes a block into whole CRLF lines, replacing what `out` held.
///
/// Blocks in a row make one body when each but the last is a multiple of [`LINE`] long.
pub(crate) fn lines(block: &[u8], out: &mut Vec<u8>) {
    out.clear();
    MIME.encode_append(block, out);
}

/// How many octets the lines of `octets` octets have; one empty line stands for none.
pub(crate) fn encoded_len(octets: u64) -> u64 {
    if octets == 0 {
        return 2;
    }
    octets.div_ceil(3) * 4 + octets.div_ceil(57) * 2
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn lines_have_76_characters_and_the_length_is_known_before() {
        let mut out = Vec::new();
        for length in [1, 2, 3, 56, 57, 58, 113, 114, 115, 1000] {
            let block: Vec<u8> = (0..=250).cycle().take(length).collect();
            lines(&block, &mut out);
            assert_eq!(out.len() as u64, encoded_len(length as u64), "{length}");
            let text = String::from_utf8(out.clone()).unwrap();
            assert!(text.ends_with("\r\n") && text.lines().all(|line| line.len() <= 76));
            assert_eq!(STANDARD.decode(text.replace("\r\n", "")).unwrap(), block);
        }
    }

    #[test]
    fn blocks_of_whole_lines_join_into_one_body() {
        let octets: Vec<u8> = (0..=255).cycle().take(LINE * 5 + 9).collect();
        let (mut whole, mut joined, mut out) = (Vec::new(), Vec::new(), Vec::new());
        lines(&octets, &mut whole);
        for block in octets.chunks(LINE * 2) {
            lines(block, &mut out);
            joined.extend_from_slice(&out);
        }
        assert_eq!(joined, whole);
    }
}
