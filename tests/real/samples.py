"""Writes the messages and files that the checks send into the directory named by its argument.

They are made here and not kept as files: their trailing spaces, bare line feeds and 8-bit octets
would not survive editors and checkouts.
"""

import base64
import os
import pathlib
import random
import re
import sys

HEADERS = [
    b"X-Zulu: last letter first",
    b"Subject: odd but legal",
    b"MIME-Version: 1.0",
    b"References: <one@outside.example>\r\n\t<two@outside.example>\r\n <three@outside.example>",
    b"X-Empty:",
    b"To: alice@inbox.example",
    b"Received: from an.older.example by another.example; Mon, 2 Jan 2006 15:04:05 +0000",
    b"x-lower-case:no space after the colon",
    b"Content-Type: text/plain;\r\n charset=iso-8859-1",
    b"Content-Transfer-Encoding: 8bit",
    b"Message-ID: <odd.but.legal@outside.example>",
    b"From: =?utf-8?q?J=C3=B6rg?= <joerg@outside.example>",
    b"Date: Mon, 2 Jan 2006 15:04:05 +0000",
    b"X-Zulu: and once more",
]

BODY = [
    b".",
    b"..",
    b"...three",
    b".one dot and text",
    b"",
    b".",
    b"QUIT",
    b"From the start of a line",
    b"8-bit: " + bytes(range(0xA0, 0x100)),
    b"x" * 998,
    b"." * 998,
    b"trailing spaces   ",
    b"trailing tab\t",
    b"   ",
    b"last line",
]

# Folded, in odd case, twice: none of it may reach the wire.
BCC_HEADERS = HEADERS[:3] + [b"bCC: carol@secret.example,\r\n\tdave@secret.example"] + HEADERS[3:] + [
    b"BCC:\r\n erin@secret.example"
]


def message(headers: list[bytes], body: list[bytes]) -> bytes:
    """A message with CRLF line ends."""
    return b"\r\n".join(headers + [b""] + body) + b"\r\n"


def outbox(folder: pathlib.Path) -> None:
    """50 messages as an mbox, and each in a file of its own."""
    separator = b"From joerg@outside.example Mon Jan  2 15:04:05 2006\n"
    apart = folder / "outbox.d"
    apart.mkdir()
    with open(folder / "outbox", "wb") as mbox:
        for number in range(1, 51):
            quotes = b">" * (number % 3)
            body = BODY + [quotes + b"From %d lines" % number, b""] + [b"and more"] * (number * 40)
            one = message([b"Subject: %d" % number, b"Message-ID: <%d@outside.example>" % number], body)
            one = one.replace(b"\r\n", b"\n")
            (apart / f"{number}.eml").write_bytes(one)
            mbox.write(separator + re.sub(rb"(?m)^(>*From )", rb">\1", one) + b"\n")


# Octets of the bodies of a series, again and again: none, a few, and those around which a client or a
# server may begin to treat a message in another way.
SIZES = [0, 1, 700, 1460, 4096, 16_000, 65_000, 65_536, 66_000, 140_000, 262_144, 600, 300, 90, 20_000]

# To whom the messages of a series go that do not go to alice alone, by their number.
RECIPIENTS = {
    7: ["alice@inbox.example", "bob@inbox.example"],
    12: ["nobody@inbox.example", "alice@inbox.example"],
    13: ["nobody@inbox.example"],
    14: ["nobody@inbox.example", "somebody@inbox.example"],
    22: ["later@inbox.example"],
    33: ["alice@inbox.example", "later@inbox.example"],
    41: ["nobody@inbox.example"],
    44: ["bob@inbox.example"],
    58: ["nobody@inbox.example"],
}
# The numbers of the messages of a series that went in circles.
CIRCLES = {29, 47}
# The largest message of a series.
LARGEST = 2 * 1024 * 1024


def series(folder: pathlib.Path) -> None:
    """60 messages of all kinds, small and large ones mixed, each in a file of its own."""
    folder.mkdir()
    octets = random.Random(2821)
    for number in range(1, 61):
        size = LARGEST if number == 40 else SIZES[number % len(SIZES)]
        to = ", ".join(RECIPIENTS.get(number, ["alice@inbox.example"]))
        headers = [
            b"X-Number: %d" % number,
            b"Message-ID: <%d@series.example>" % number,
            b"From: joerg@outside.example",
            b"To: " + to.encode(),
            HEADERS[12],
        ]
        if number in CIRCLES:
            hop = b"Received: from hop%d.example by here.example; Mon, 2 Jan 2006 15:04:05 +0000"
            headers += [hop % number for number in range(150)]
        (folder / f"{number:02}.eml").write_bytes(kind(number, headers, octets.randbytes(size)))


def kind(number: int, headers: list[bytes], octets: bytes) -> bytes:
    """A message with a body made of these octets, of the kind that the number has."""
    text = base64.encodebytes(octets).splitlines()
    match number % 6:
        case 0:
            return message(headers, [b"." + line for line in text[:40]] + text[40:] + BODY)
        case 1:
            return message(headers, text[:200]).replace(b"\r\n", b"\n")
        case 2:
            long = (b"x" * 998, b"." * 998, b"y" * 998)
            return message(headers, [long[at % 3] for at in range(len(octets) // 998)])
        case 3:
            # Any octet that text may have.
            eight = octets.translate(bytes(range(32, 127)) + bytes(range(160, 256)) + b"." * 65)
            lines = [b"8-bit: " + eight[at : at + 990] for at in range(0, len(eight), 990)]
            return message(headers + HEADERS[2:3] + HEADERS[8:10], lines)
        case 4:
            head = [b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="=_"']
            attached = [b"Content-Type: application/octet-stream", b"Content-Transfer-Encoding: base64", b""]
            return message(headers + head, [b"--=_", b"", b"hi", b"--=_"] + attached + text + [b"--=_--"])
        case _:
            return message(headers, text + [b"."]).removesuffix(b"\r\n")


def main(folder: pathlib.Path) -> None:
    outbox(folder)
    series(folder / "series")
    odd = message(HEADERS, BODY)
    files = {
        "odd.eml": odd,
        "odd_lf.eml": odd.replace(b"\r\n", b"\n"),
        "unfinished.eml": odd.removesuffix(b"\r\n"),
        "blank_lines.eml": odd + b"\r\n\r\n",
        "dot_at_the_end.eml": message(HEADERS, [b"first", b"."]).removesuffix(b"\r\n"),
        "no_body.eml": message(HEADERS, []),
        "bcc.eml": message(BCC_HEADERS, BODY),
        "ten_mebibytes.bin": os.urandom(10 * 1024 * 1024),
        "Übersicht – 日本.csv": "größe;数\r\n1;2\n3;4".encode(),
        "text.txt": "Grüße aus Köln.\n.\n..\nFrom here on: € 日本 🚂\n".encode(),
        "text.html": "<p>Grüße &amp; <b>€ 日本</b></p>\n<p>.</p>\n".encode(),
    }
    for name, octets in files.items():
        (folder / name).write_bytes(octets)


main(pathlib.Path(sys.argv[1]))
