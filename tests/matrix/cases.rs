//! The matrix: structures, texts, names and sizes, each with each where that can matter.

use comms::Part;
use comms_mime::Body;

use crate::matrix::Case;
use crate::matrix::draft::{Draft, File, Type, text_leaf};
use crate::matrix::expected::{Content, Leaf, Node};
use crate::matrix::octets::{all_pairs, noise, repeated};
use crate::matrix::texts::{SCRIPTS, odd};
use crate::matrix::words::{PEOPLE, file_names, free_texts};

/// All messages with bodies of up to so many octets, always the same and in the same order.
pub(crate) fn all(largest: usize) -> Vec<Case> {
    let drafts = scripts()
        .chain(odd_texts())
        .chain(subjects())
        .chain(people())
        .chain(authors())
        .chain(files());
    let drafts = drafts.chain(sizes(largest)).chain(trees()).chain(international());
    drafts.enumerate().map(|(number, draft)| draft.done(number)).collect()
}

/// Every script in every structure, and in subject, names and file names with it.
fn scripts() -> impl Iterator<Item = Draft> {
    SCRIPTS.into_iter().flat_map(|(name, text)| {
        let line = text.trim_end();
        let word = line.split(' ').next().unwrap_or(line);
        let picture = File::new(&format!("{word}.png"), Type::ByName("image/png"), noise(1, 700));
        let picture = picture.identified("picture@matrix.example");
        let table = File::new(&format!("{line}.csv"), Type::ByName("text/csv"), text);
        let html = format!("<p>{text}</p>\n<img src='cid:picture@matrix.example'>\n");
        let many = text.repeat(40);
        let named = move |structure: &str| {
            let draft = Draft::new(format!("{structure} in {name}")).subject(line);
            draft.from(Some(word), "ann@x.example").listed("To", Some(line), "bob@y.example")
        };
        vec![
            named("text").text(text),
            named("html").html(&html),
            named("much text").text(&many),
            named("text and html").text(text).html(&html),
            named("html with a picture").html(&html).inline(&picture),
            named("text, and html with a picture").text(text).html(&html).inline(&picture),
            named("text with a file").text(text).attach(&table),
            named("a file alone").attach(&table),
            named("everything")
                .text(text)
                .html(&html)
                .inline(&picture)
                .attach(&table)
                .attach(&table),
        ]
    })
}

/// Every odd text as the whole, as an alternative, before a file, and as a file.
fn odd_texts() -> impl Iterator<Item = Draft> {
    odd().into_iter().flat_map(|(name, text)| {
        let html = format!("<pre>{text}</pre>");
        let file = File::new("text.txt", Type::ByName("text/plain"), text.as_bytes());
        [
            Draft::new(format!("{name}, the whole")).text(&text),
            Draft::new(format!("{name}, an alternative")).text(&text).html(&html),
            Draft::new(format!("{name}, a text and a file")).text(&text).attach(&file),
        ]
    })
}

/// Every subject, and the same in a header of the user's own.
fn subjects() -> impl Iterator<Item = Draft> {
    free_texts().into_iter().map(|(name, text)| {
        let draft = Draft::new(format!("a subject that is {name}")).subject(&text).text("hi\n");
        draft.header("X-Free-Text", &text)
    })
}

/// Every name in every place.
fn people() -> impl Iterator<Item = Draft> {
    PEOPLE.into_iter().zip(PEOPLE.into_iter().cycle().skip(7)).map(|(one, other)| {
        Draft::new(format!("people called {one:?} and {other:?}"))
            .from(Some(one), "ann@x.example")
            .sender(Some(other), "\"odd @ one\"@x.example")
            .listed("Reply-To", Some(other), "desk@[192.0.2.1]")
            .listed("To", Some(one), "bob@y.example")
            .listed("To", None, "carol@y.example")
            .listed("To", Some(other), "dave@xn--bcher-kva.example")
            .listed("Cc", Some(other), "\"\"@y.example")
            .listed("Cc", Some(one), "o'neill+list=x@y.example")
            .text("hi\n")
    })
}

/// Messages of several authors, whom a sender speaks for (RFC 5322 3.6.2).
fn authors() -> impl Iterator<Item = Draft> {
    (1..=20).map(|others| {
        let draft = Draft::new(format!("an author and {others} others")).text("We all.\n");
        let draft = draft.from(Some("Ann"), "ann@x.example").sender(None, "office@x.example");
        PEOPLE
            .iter()
            .take(others)
            .fold(draft, |draft, name| draft.co_author(Some(name), "author@x.example"))
    })
}

/// Every name of a file, attached and within an html body.
fn files() -> impl Iterator<Item = Draft> {
    file_names().into_iter().zip(1..).map(|(names, seed)| {
        let media_type = Type::Given("application/pdf");
        let file = File { names, ..File::new("", media_type, noise(seed, 99)) };
        let picture = file.clone().identified("1@matrix.example");
        Draft::new(format!("a file called {:?}", file.names.0))
            .text("here\n")
            .html("<img src='cid:1@matrix.example'>\n")
            .inline(&picture)
            .attach(&file)
    })
}

/// Files of sizes around those at which something changes: lines of base64 hold 57 octets, blocks
/// of the writer and of the stack some KiB. And texts that are large.
fn sizes(largest: usize) -> impl Iterator<Item = Draft> {
    let large = LARGE.iter().filter(move |size| **size <= largest);
    let huge = HUGE.iter().filter(move |size| **size <= largest);
    let sizes = SMALL.iter().chain(large.clone());
    let patterned = sizes.clone().flat_map(|size| {
        PATTERNS
            .map(|(what, pattern)| (format!("{size} octets of {what}"), repeated(pattern, *size)))
    });
    let random = sizes.chain(&BLOCKS).chain(huge).zip(99..);
    let random = random.map(|(size, seed)| (format!("{size} random octets"), noise(seed, *size)));
    let pairs = std::iter::once(("all pairs of octets".to_owned(), all_pairs()));
    let files = patterned.chain(random).chain(pairs).map(|(name, octets)| {
        let file = File::new("data.bin", Type::ByName("application/octet-stream"), octets);
        Draft::new(name).text("here\n").attach(&file)
    });
    let texts = large.flat_map(|size| {
        LINES.map(|line| {
            let text = line.repeat(size / line.len());
            Draft::new(format!("{size} octets of lines like {line:?}")).text(&text)
        })
    });
    files.chain(texts)
}

/// Trees that the builder does not lay out by itself.
fn trees() -> impl Iterator<Item = Draft> {
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\n\
                 BEGIN:VEVENT\r\nUID:1@x.example\r\nDTSTAMP:20260102T150405Z\r\n\
                 DTSTART:20260102T150405Z\r\nSUMMARY:Grüße\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let invitation = (
        Part::alternative([
            Part::text("Come.\n"),
            Part::html("<p>Come.</p>\n"),
            Part::calendar("REQUEST", event).unwrap(),
        ]),
        Node::Multipart(
            "alternative",
            vec![
                text_leaf("text/plain", "Come.\n"),
                text_leaf("text/html", "<p>Come.</p>\n"),
                text_leaf("text/calendar", event),
            ],
        ),
    );
    let file = File::new("a.bin", Type::ByName("application/octet-stream"), noise(5, 300));
    let attached = (Part::attachment(file.attachment()), file.node("attachment"));
    let mut trees = vec![
        Draft::new("an invitation").body(invitation.clone()),
        Draft::new("an invitation with a file").body(invitation).attach(&file),
        Draft::new("a file as the root").body(attached),
        Draft::new("nothing at all").body((Part::text(""), text_leaf("text/plain", ""))),
    ];
    let streamed = SCRIPTS.map(|(name, text)| {
        Draft::new(format!("{name} out of a generator, described")).body(described(text))
    });
    trees.extend(streamed);
    for depth in 1..=12 {
        trees.push(Draft::new(format!("a tree {depth} deep")).body(nested(depth)));
    }
    let wide: (Vec<Part>, Vec<Node>) = (0..200).map(|number| text(&format!("{number}\n"))).unzip();
    let wide = (Part::mixed(wide.0), Node::Multipart("mixed", wide.1));
    trees.push(Draft::new("two hundred parts").body(wide));
    trees.into_iter()
}

/// A text and octets that are read when they are sent, with words on what they are.
fn described(text: &'static str) -> (Part, Node) {
    let words = Body::generator(move || Ok(text.as_bytes()));
    let octets = Body::generator(move || Ok(text.as_bytes()));
    let parts = [("text/plain", words), ("application/x-odd", octets)];
    let parts = parts.map(|(media_type, body)| {
        Part::of(media_type.parse().unwrap(), body).unwrap().description(text.trim_end())
    });
    let octets = Node::Leaf(Leaf {
        media_type: String::from("application/x-odd"),
        disposition: None,
        file_name: None,
        content_id: None,
        content: Content::Octets(text.as_bytes().to_vec()),
    });
    (Part::mixed(parts), Node::Multipart("mixed", vec![text_leaf("text/plain", text), octets]))
}

/// Multiparts within each other, each with a text before and behind.
fn nested(depth: usize) -> (Part, Node) {
    let (before, before_node) = text("before, without a line end");
    let (behind, behind_node) = text("bèhind\n");
    let (inner, inner_node) = if depth == 1 { text("") } else { nested(depth - 1) };
    let nodes = vec![before_node, inner_node, behind_node];
    (Part::mixed([before, inner, behind]), Node::Multipart("mixed", nodes))
}

fn text(text: &str) -> (Part, Node) {
    (Part::text(text), text_leaf("text/plain", text))
}

/// Addresses that ASCII cannot express, each in another field.
fn international() -> impl Iterator<Item = Draft> {
    let begun = |name| Draft::new(name).international().subject("Grüße").text("hällo\n");
    [
        begun("an international author").from(Some("Jörg"), "jörg@x.example"),
        begun("an international sender").sender(None, "büro@x.example"),
        begun("an international recipient").listed("To", Some("太郎"), "太郎@y.example"),
        begun("an international copy").listed("Cc", Some("Smith, A"), "\"ä b\"@y.example"),
        begun("international answers").listed("Reply-To", None, "пример@xn--bcher-kva.example"),
    ]
    .into_iter()
}

const SMALL: [usize; 16] = [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 997, 998, 999, 4095, 4096, 4097];
const BLOCKS: [usize; 3] = [65_535, 65_536, 65_537];
const LARGE: [usize; 2] = [1 << 20, (1 << 20) + 1];
const HUGE: [usize; 1] = [10 << 20];

const PATTERNS: [(&str, &[u8]); 9] = [
    ("zeros", &[0]),
    ("LF lines", b"an ASCII line\n"),
    ("CRLF lines", b"an ASCII line\r\n"),
    ("dots", b".\r\n..\n\r\n.\r\n"),
    ("CR and LF", b"\r\r\n\n\r"),
    ("blanks", b" \t"),
    ("boundaries", b"\r\n--=_1_0\r\n--=_1_0--\r\n"),
    ("equals signs", b"=3D=\r\n"),
    ("Latin-1", &[0xe9, b' ']),
];

const LINES: [&str; 2] = [
    "Grüße aus dem großen Sylter Deich, 日本語, und noch mehr.\n",
    "A line of a text that is long enough to be called large.\n",
];
