"""Writes the messages and files that the checks send into the directory named by its argument.

They are made here and not kept as files: their trailing spaces, bare line feeds and 8-bit octets
would not survive editors and checkouts.
"""

import os
import pathlib
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


def main(folder: pathlib.Path) -> None:
    outbox(folder)
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
