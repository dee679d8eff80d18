"""Compares the content of a session of SMTP, as `tshark -z follow,tcp,raw,N` prints its streams on standard
input, with the message in the file that is its argument.

A line there is what one side said, in hexadecimal; the server's begin with a tab.
"""

import re
import sys


def content(said: bytes) -> bytes:
    """What a client sent by DATA, without its dots, or by BDAT."""
    data = re.search(rb"(?:^|\r\n)DATA\r\n", said)
    if data:
        stuffed = said[data.end() : said.index(b"\r\n.\r\n", data.end()) + 2]
        return re.sub(rb"(?m)^\.", b"", stuffed)
    found, at = b"", 0
    chunk = re.compile(rb"BDAT (\d+)(?: LAST)?\r\n")
    while announced := chunk.search(said, at):
        at = announced.end() + int(announced[1])
        found += said[announced.end() : at]
    return found


def main() -> None:
    lines = [line.rstrip("\n") for line in sys.stdin]
    spoken = (line for line in lines if re.fullmatch(r"[0-9a-f]+", line))
    found = content(b"".join(bytes.fromhex(line) for line in spoken))
    with open(sys.argv[1], "rb") as file:
        sent = file.read()
    print(f"{len(found)} octets, {len(sent)} were sent")
    sys.exit(found != sent)


main()
