//! Texts of bodies: every script, and what goes wrong on the way.

/// A text for each script, by its name. Their characters take one to four octets.
pub(crate) const SCRIPTS: [(&str, &str); 20] = [
    ("ascii", "The quick brown fox jumps over the lazy dog.\n"),
    ("german", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.\n"),
    ("french", "Dès Noël où un zéphyr haï me vêt de glaçons würmiens, je dîne.\n"),
    ("polish", "Pchnąć w tę łódź jeża lub ośm skrzyń fig.\n"),
    ("turkish", "Pijamalı hasta yağız şoföre çabucak güvendi: İIıi.\n"),
    ("vietnamese", "Con sói nâu nhảy qua con chó lười: ệ ữ ợ.\n"),
    ("greek", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.\n"),
    ("russian", "Съешь же ещё этих мягких французских булок да выпей чаю.\n"),
    ("hebrew", "דג סקרן שט בים מאוכזב ולפתע מצא לו חברה.\n"),
    ("arabic", "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر.\n"),
    ("hindi", "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण।\n"),
    ("thai", "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า\n"),
    ("chinese", "我能吞下玻璃而不伤身体。視野無限廣,窗外有藍天。\n"),
    ("japanese", "いろはにほへと ちりぬるを 色は匂へど 散りぬるを\n"),
    ("korean", "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다.\n"),
    ("emoji", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇪🇺 ☃️ 🚂\n"),
    ("combining", "Zu\u{308}rich e\u{301}te\u{301} n\u{303} a\u{30a}\u{323}\n"),
    ("astral", "𝒜𝓃𝓃 𐍈 𠜎 𝄞\n"),
    ("invisible", "a\u{200b}b\u{ad}c\u{2060}d\u{a0}e\u{202f}f\u{3000}g\n"),
    ("all at once", "Grüße, Привет, שלום, مرحبا, 你好, こんにちは, 안녕, 👋\n"),
];

/// Texts that have gone wrong somewhere, by what is odd about them.
pub(crate) fn odd() -> Vec<(String, String)> {
    let short = ODD.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    short.chain(long_lines()).chain(ends_of_lines()).collect()
}

/// Lines around the lengths at which something changes: 76 (RFC 2045 6.7), 998 (RFC 5322 2.1.1).
fn long_lines() -> impl Iterator<Item = (String, String)> {
    let lengths = [75, 76, 77, 78, 79, 997, 998, 999, 1000, 4096, 10_000].into_iter();
    let ascii = lengths.clone().map(|length| (format!("a line of {length}"), "x".repeat(length)));
    let wide = lengths.clone().map(|length| {
        let line = "ß".repeat(length / 2) + &"x".repeat(length % 2);
        (format!("a line of {length} octets of Latin"), line)
    });
    let blank = lengths.map(|length| (format!("a line of {length} blanks"), " ".repeat(length)));
    let longest = (String::from("a line of 100 000"), "x".repeat(100_000));
    ascii
        .chain(std::iter::once(longest))
        .chain(wide)
        .chain(blank)
        .map(|(name, line)| (name, format!("{line}\n")))
}

/// CR and LF in every order of up to three of them, alone and around a dot.
fn ends_of_lines() -> impl Iterator<Item = (String, String)> {
    let ends = ["\n", "\r", "\r\n", "\n\r", "\r\r", "\n\n", "\r\r\n", "\r\n\r", "\n\r\n", "\r\n\n"];
    let around = |end: &str| (format!("a dot within {end:?}"), format!("hi{end}.{end}there{end}"));
    let behind = |end: &str| (format!("{end:?} alone"), end.to_owned());
    ends.into_iter().flat_map(move |end| [around(end), behind(end)])
}

const ODD: [(&str, &str); 46] = [
    ("nothing", ""),
    ("one letter", "x"),
    ("one wide letter", "é"),
    ("no line end at the end", "first\nlast"),
    ("many line ends at the end", "first\n\n\n\n"),
    ("a line end at the beginning", "\nsecond\n"),
    ("blanks alone", "   "),
    ("a blank line", " \n"),
    ("a dot", "."),
    ("a line with a dot", ".\n"),
    ("two dots", ".."),
    ("lines of dots", ".\n..\n...\n.a\n. \n"),
    (
        "a dot behind a break that quoting makes",
        "é:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.................xxxxxxxxxxx",
    ),
    ("smuggling", "a\r\n.\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<z@y.example>\r\nDATA\r\n"),
    (
        "a line that begins an mbox message",
        "From the start\nFrom a@x.example Mon Jan  2 15:04:05 2006\n>From\n",
    ),
    ("blanks at ends of lines", "one \ntwo  \nthree\t\nfour \t \n"),
    ("blanks at ends of wide lines", "één \ntwéé  \ndrié\t\n"),
    ("a blank at the very end", "last "),
    ("a wide text with a blank at the very end", "lást "),
    ("blanks at beginnings of lines", " one\n  two\n\tthree\n"),
    ("equals signs", "a=3D b=20\nc=\nd==\n=\n==C3=A9\n"),
    ("a wide text with equals signs", "é=3D é=20\né=\n=é=C3=A9\n"),
    ("a soft line break", "a =\n=\né=\n"),
    ("a boundary of nobody", "--=_1_0123\n--=_1_0123--\n--\n-- \n"),
    ("a signature", "text\n-- \nAnn\n"),
    ("looks like a head", "Subject: no\nContent-Type: text/html\n\nbody\n"),
    ("looks like a part", "Content-Transfer-Encoding: base64\n\nSGVsbG8=\n"),
    ("looks like base64", "SGVsbG8sIHdvcmxkIQ==\n"),
    ("looks like an encoded word", "=?utf-8?q?x?= =?utf-8?b?eA==?=\n"),
    ("looks like uuencode", "begin 644 x\n#0V%T\n`\nend\n"),
    ("looks like yenc", "=ybegin line=128 size=1 name=x\n)\n=yend size=1\n"),
    ("NUL", "a\0b\n"),
    ("NUL alone", "\0"),
    ("control characters", "\x01\x02\x07\x08\x0b\x0e\x1a\x1b[31m\x1c\x1d\x1e\x1f\x7f\n"),
    ("form feeds", "page one\x0cpage two\n"),
    ("tabs", "a\tb\t\tc\n\t\n"),
    ("C1 control characters", "a\u{80}b\u{85}c\u{9b}d\n"),
    ("separators of Unicode", "a\u{2028}b\u{2029}c\n"),
    ("turned writing", "a\u{202e}fdp.exe\u{202c}\n"),
    ("a byte order mark at the beginning", "\u{feff}text\n"),
    ("no character", "\u{fffd}\u{fffe}\u{ffff}\u{10ffff}\n"),
    ("question marks", "?=?=?\n=?\n?=\n"),
    ("percent signs", "100 % of %s %n %00\n"),
    ("html", "<p title='x'>&amp; &eacute; <!-- --> ]]></p>\n"),
    (
        "a wide letter at a soft line break",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxé日xxxxxxxxx\n",
    ),
    (
        "one wide letter in much ASCII",
        "Some words in English, which are many, and then a name: José. And more words.\n",
    ),
];
