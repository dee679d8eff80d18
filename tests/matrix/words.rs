//! Names of files and people, and subjects.

/// Names of files as they are given, and as a recipient must see them.
pub(crate) fn file_names() -> Vec<(String, String)> {
    let same = SAME.iter().map(|name| ((*name).to_owned(), (*name).to_owned()));
    let made = MADE_HARMLESS.iter().map(|(given, seen)| ((*given).to_owned(), (*seen).to_owned()));
    same.chain(made).chain(long_file_names()).collect()
}

/// Names of up to 255 octets, which is what file systems have.
fn long_file_names() -> impl Iterator<Item = (String, String)> {
    let ascii = [54, 58, 59, 60, 61, 62, 100, 251].map(|length| "x".repeat(length));
    let wide = ["ü".repeat(100), "日".repeat(80), "😀".repeat(62), "a日".repeat(60)];
    let words = ["many words in a long name ".repeat(9), "ein längerer Name ".repeat(10)];
    let all = ascii.into_iter().chain(wide).chain(words).map(|stem| stem + ".pdf");
    all.map(|name| (name.clone(), name))
}

const SAME: [&str; 46] = [
    "report.pdf",
    "report",
    "two words.pdf",
    "two  blanks.pdf",
    "an \"odd\" name.pdf",
    "\".pdf",
    "\"\"",
    "'single'.pdf",
    "it's.pdf",
    "a;b.pdf",
    "a=b.pdf",
    "a,b.pdf",
    "a:b.pdf",
    "a?b*c<d>e|f.pdf",
    "(comment).pdf",
    "[x]{y}.pdf",
    "a@x.example.pdf",
    "100%.pdf",
    "100%41.pdf",
    "%E2%82%AC.pdf",
    "utf-8''x.pdf",
    "UTF-8'en'%41.pdf",
    "=?utf-8?q?x?=.pdf",
    "=?utf-8?b?eA==?=",
    "=?.pdf",
    "?=.pdf",
    ".hidden",
    "...dots",
    "dots...",
    "a.tar.gz",
    "UPPER.PDF",
    "$HOME `x` $(y) & z; #.pdf",
    "~.pdf",
    "-rf.pdf",
    "CON.pdf",
    "Übersicht größer.pdf",
    "\"Größe\".pdf",
    "数学.pdf",
    "отчёт за год.pdf",
    "דוח.pdf",
    "تقرير ١.pdf",
    "👩‍👩‍👧‍👦 🚂.pdf",
    "e\u{301}.pdf",
    "€ 5.pdf",
    "x\u{a0}y.pdf",
    "naïve=?utf-8?q?x?=.pdf",
];

/// A name means a file in the recipient's folder and nothing else.
const MADE_HARMLESS: [(&str, &str); 14] = [
    ("", "attachment"),
    (".", "attachment"),
    ("..", "attachment"),
    (" blanks at the ends.pdf ", "blanks at the ends.pdf"),
    ("/etc/passwd", "passwd"),
    ("../../x.pdf", "x.pdf"),
    ("C:\\Users\\ann\\x.pdf", "x.pdf"),
    ("folder/", "attachment"),
    ("a\r\nBcc: x@y.example.pdf", "a__Bcc: x@y.example.pdf"),
    ("a\0b.pdf", "a_b.pdf"),
    ("a\tb\x7f.pdf", "a_b_.pdf"),
    ("a\u{85}\u{9b}b.pdf", "a__b.pdf"),
    ("fdp\u{202e}exe.pdf", "fdp_exe.pdf"),
    ("a\u{2028}b.pdf", "a_b.pdf"),
];

/// Subjects and other free text, by what is odd about it.
pub(crate) fn free_texts() -> Vec<(String, String)> {
    let long = [
        ("a word of 70".to_owned(), "w".repeat(70)),
        ("a word of 900".to_owned(), "w".repeat(900)),
        ("a word of 1 000".to_owned(), "w".repeat(1000)),
        ("a word of 5 000".to_owned(), "w".repeat(5000)),
        ("many words".to_owned(), "some words in plain ASCII, ".repeat(60) + "end"),
        ("many wide words".to_owned(), "einige Wörter, ".repeat(60) + "Ende"),
        ("many wide letters".to_owned(), "日本語".repeat(200)),
        ("many emoji".to_owned(), "👩‍👩‍👧‍👦".repeat(60)),
    ];
    let at_the_width = (60..80).map(|length| {
        (format!("a word of {length} before another"), "w".repeat(length) + " and more")
    });
    let short = FREE.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    short.chain(long).chain(at_the_width.step_by(3)).collect()
}

const FREE: [(&str, &str); 44] = [
    ("nothing", ""),
    ("a word", "Hello"),
    ("one letter", "x"),
    ("one wide letter", "é"),
    ("words", "The figures of May"),
    ("a blank in front", " Hello"),
    ("a blank behind", "Hello "),
    ("a wide text with blanks around", " Grüße "),
    ("two blanks", "a  b"),
    ("many blanks", "a          b          c"),
    ("two blanks in a wide text", "ä  ö"),
    ("a blank alone", " "),
    ("a tab", "a\tb"),
    ("a tab in front", "\ta"),
    ("an encoded word", "=?utf-8?q?x?="),
    ("two encoded words", "=?utf-8?q?x?= =?utf-8?q?y?="),
    ("an encoded word among others", "see =?iso-8859-1?b?eA==?= here"),
    ("an encoded word in a wide text", "é =?utf-8?q?x?= é"),
    ("an encoded word that glues", "a=?utf-8?q?x?=b"),
    ("the beginning of an encoded word", "=?utf-8?q?"),
    ("the end of an encoded word", "what?= "),
    ("question marks", "why??? =? ?= ?"),
    ("underscores", "snake_case_and é_é"),
    ("equals signs", "a=3D é=20"),
    ("quotes", "\"quoted\" 'single' `back`"),
    ("an open quote", "\"open"),
    ("backslashes", "a\\b\\\"c\\"),
    ("brackets", "<a@x.example> (comment) [list]"),
    ("an open bracket", "(open <open [open"),
    ("commas and semicolons", "a, b; c: d"),
    ("a colon in front", ": x"),
    ("a dot", "."),
    ("a header", "x\r\nBcc: eve@secret.invalid"),
    ("the end of the head", "x\r\n\r\nbody"),
    ("CR", "a\rb"),
    ("LF", "a\nb"),
    ("NUL", "a\0b"),
    ("DEL", "a\x7fb"),
    ("C1", "a\u{85}b\u{9b}c"),
    ("separators of Unicode", "a\u{2028}b"),
    ("turned writing", "a\u{202e}b"),
    ("no-break spaces", "a\u{a0}b\u{3000}c"),
    ("a byte order mark", "\u{feff}a"),
    ("a reply", "Re: Aw: [list] Größe, 5 %"),
];

/// Names of people.
pub(crate) const PEOPLE: [&str; 34] = [
    "Ann",
    "Ann Smith",
    "Ann  Smith",
    "Smith, Ann",
    "Ann \"Q\" Smith",
    "\"",
    "\\",
    "a\\\"b",
    "Ann (sales)",
    "Ann <ann>",
    "ann@x.example",
    "A. B. Smith",
    "Dr. No",
    ".",
    "Ann; Bob: Carol",
    "[Ann]",
    " Ann ",
    "O'Neill & Sons",
    "=?utf-8?q?x?=",
    "Ann =?utf-8?q?x?= Smith",
    "=?",
    "Jörg",
    "Müller, Jörg",
    "Jörg \"Q\" Müller",
    "日本 太郎",
    "Анна Каренина",
    "أحمد",
    "דוד",
    "👩‍🚀 Ann",
    "Jose\u{301}",
    "Ångström_x=y",
    "a name of so many words that it cannot stand on one line but has to be folded somewhere",
    "ein Name mit so vielen Wörtern, dass er nicht in eine Zeile passt, sondern gefaltet wird",
    "Anaveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword",
];
