//! HTML that came by mail, as a page that can do nothing.
//!
//! A browser shows it in a frame without leave to run scripts, and under a policy that lets it ask
//! for nothing. Pictures that came with it are put into the page itself, so that they need not be
//! asked for either.

use comms::ParsedMessage;

use crate::inbox::pictures::Pictures;

/// What such a page may do.
pub(crate) const POLICY: &str = "default-src 'none'; img-src data:; media-src data:; \
    font-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// The HTML of a message with its pictures in it; none where the message has no HTML.
pub(crate) fn page(message: &ParsedMessage<'_>) -> Option<String> {
    let html = disarmed(&message.html()?);
    let parts = message.parts();
    let mut pictures = Pictures::of(&parts);
    let mut room = MOST_PICTURES;
    let (doctype, mut rest) = html.split_at(end_of_doctype(&html));
    // A link opens a window of its own, whatever it says itself.
    let mut page = format!("{doctype}<base target=\"_blank\">");
    while let Some((before, id, behind)) = next_cid(rest) {
        page.push_str(before);
        let picture = pictures.address(id, room).unwrap_or("data:,");
        room = room.saturating_sub(picture.len());
        page.push_str(picture);
        rest = behind;
    }
    page.push_str(rest);
    Some(page)
}

/// The HTML without the elements for which browsers look up a name and connect, although the policy
/// has them fetch nothing: who wrote the mail would learn that it is read.
fn disarmed(html: &str) -> String {
    let mut pieces = html.split('<');
    let mut page = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        page.push('<');
        let armed = ARMED.iter().find(|(name, _)| {
            piece.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
        });
        let (name, instead) = armed.copied().unwrap_or_default();
        page.push_str(instead);
        page.push_str(piece.get(name.len()..).unwrap_or_default());
    }
    page
}

/// How often HTML asks for something elsewhere when it is shown: pictures, styles, frames. It is
/// told to whoever reads, and nothing depends on it.
pub(crate) fn remote(html: &str) -> usize {
    let lower = html.to_ascii_lowercase();
    let behind = |at: usize, word: &str| lower.get(at + word.len()..).unwrap_or_default();
    let attributes = ["src", "srcset", "background", "poster"].iter().flat_map(|word| {
        let found = lower.match_indices(word).filter(|(at, word)| {
            let before = lower.get(..*at).unwrap_or_default();
            let value = behind(*at, word).trim_start().strip_prefix('=');
            let is_name = before.ends_with(|c: char| c.is_whitespace() || "\"'/".contains(c));
            is_name && value.is_some_and(is_elsewhere)
        });
        found.collect::<Vec<_>>()
    });
    let values = ["url(", "@import"].iter().flat_map(|word| lower.match_indices(word));
    let values = values.filter(|(at, word)| is_elsewhere(behind(*at, word)));
    let links = lower.match_indices("<link");
    let links = links.filter(|(at, word)| {
        behind(*at, word).split(['<', '>']).next().is_some_and(|tag| tag.contains("//"))
    });
    attributes.count() + values.count() + links.count()
}

/// Whether a value begins with the address of another place.
fn is_elsewhere(value: &str) -> bool {
    let value = value.trim_start_matches(|c: char| c.is_whitespace() || "\"'(".contains(c));
    ["http:", "https:", "//", "ftp:"].iter().any(|scheme| value.starts_with(scheme))
}

/// Whatever stands before a doctype has browsers show the page as those of old did.
fn end_of_doctype(html: &str) -> usize {
    let rest = html.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let is_doctype = rest.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("<!doctype"));
    match rest.find('>') {
        Some(end) if is_doctype => html.len() - rest.len() + end + 1,
        _ => 0,
    }
}

/// The next `cid:` that stands where a value begins: what is before it, the id, what is behind.
fn next_cid(html: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let found = html.as_bytes().get(from..)?;
        let at = from + found.windows(4).position(|word| word.eq_ignore_ascii_case(b"cid:"))?;
        let (before, value) = (html.get(..at)?, html.get(at + 4..)?);
        if before.ends_with(['"', '\'', '=', '(', ' ', ',', '\n', '\t']) {
            let end = value.find(['"', '\'', '>', ')', ' ', '\r', '\n', '\t', ',']);
            let (id, behind) = value.split_at(end.unwrap_or(value.len()));
            return Some((before, id, behind));
        }
        from = at + 4;
    }
}

/// How elements begin that connect, and what is harmless and stands in the same places.
const ARMED: [(&str, &str); 4] =
    [("link", "meta"), ("frame", "meta"), ("iframe", "span"), ("/iframe", "/span")];

/// What all pictures in a page take.
const MOST_PICTURES: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(html: &str) -> String {
        let message = format!(
            "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
             Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b\r\n\
             Content-Type: image/gif\r\nContent-ID: <a@b>\r\n\r\nGIF\r\n--b\r\n\
             Content-Type: text/html\r\nContent-ID: <evil>\r\n\r\n<script>\r\n--b--\r\n"
        );
        page(&ParsedMessage::new(message.into_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn a_picture_that_came_along_is_put_into_the_page() {
        let gif = "data:image/gif;base64,R0lG";
        for (html, shown) in [
            (r#"<img src="cid:a@b">"#, format!(r#"<img src="{gif}">"#)),
            ("<img src=CID:a%40b>", format!("<img src={gif}>")),
            ("<p style='background:url(cid:a@b)'>", format!("<p style='background:url({gif})'>")),
            ("an acid:a@b", "an acid:a@b".to_owned()),
            (r#"<img src="cid:none">"#, r#"<img src="data:,">"#.to_owned()),
            (r#"<img src="cid:evil">"#, r#"<img src="data:,">"#.to_owned()),
            ("é cid:", "é data:,".to_owned()),
        ] {
            assert_eq!(page_of(html), format!("<base target=\"_blank\">{shown}"), "{html}");
        }
    }

    /// Chromium connects for these before it asks the policy, and looks up the name.
    #[test]
    fn nothing_is_left_in_a_page_that_connects() {
        for (html, shown) in [
            ("<link rel=preconnect href=//x>", "<meta rel=preconnect href=//x>"),
            ("<LINK\n rel=preconnect>é</p>", "<meta\n rel=preconnect>é</p>"),
            ("<iFrame src=//x>none</IFRAME>", "<span src=//x>none</span>"),
            ("<frameset><frame src=//x></frameset>", "<metaset><meta src=//x></frameset>"),
            ("<ifra<linkme><<iframe>", "<ifra<metame><<span>"),
            ("<b>a link, an iframe</b><", "<b>a link, an iframe</b><"),
            ("<é<lin", "<é<lin"),
        ] {
            assert_eq!(disarmed(html), shown);
        }
        assert_eq!(page_of("<link href=cid:a@b>"), {
            "<base target=\"_blank\"><meta href=data:image/gif;base64,R0lG>"
        });
    }

    /// A picture was decoded anew for each place that names it, also where there was no room for it:
    /// a message of 20 MB kept the inbox busy for hours, and the sink from ending.
    #[test]
    fn a_picture_that_is_named_everywhere_is_decoded_once() {
        let places = "<img src=cid:a>\r\n".repeat(100_000);
        let picture = "R0lG".repeat(6 << 20);
        let message = format!(
            "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
             Content-Type: text/html\r\n\r\n{places}--b\r\nContent-Type: image/gif\r\n\
             Content-Transfer-Encoding: base64\r\nContent-ID: <a>\r\n\r\n{picture}\r\n--b--\r\n"
        );
        let message = ParsedMessage::new(message.into_bytes()).unwrap();
        let page = page(&message).unwrap();
        assert_eq!(page.matches("src=data:,>").count(), 100_000);
    }

    /// Each tag was looked through to the end of the page where no tag ended.
    #[test]
    fn tags_without_an_end_take_linear_time() {
        assert_eq!(remote(&"<link".repeat(1 << 20)), 0);
        assert_eq!(remote("<link <link href=//x>"), 1);
    }

    #[test]
    fn the_doctype_stays_in_front() {
        let page = page_of("\n<!DOCTYPE html>\n<p>");
        assert_eq!(page, "\n<!DOCTYPE html><base target=\"_blank\">\n<p>");
        assert_eq!(page_of("<!doctype"), "<base target=\"_blank\"><!doctype");
    }

    #[test]
    fn what_is_asked_for_elsewhere_is_counted() {
        for (html, count) in [
            ("<img src=http://x/a.png><img src='//x/b.png'>", 2),
            ("<img src=\"data:image/gif;base64,R0lG\"><img src=cid:a>", 0),
            ("<a href=http://x/>a link is not asked for</a>", 0),
            ("<p style=\"background: url( 'https://x/' )\">", 1),
            ("<link rel=stylesheet href=https://x/a.css>", 1),
            ("@import 'https://x/a.css'; <body background = http://x/>", 2),
            ("@import url(https://x/a.css);", 1),
            ("<p>The src was http://x/</p>", 0),
        ] {
            assert_eq!(remote(html), count, "{html}");
        }
    }
}
