"""A DNS server that knows TXT records alone, for one verifier that asks nobody but the system's resolver.

    dns_records.py RECORDS

RECORDS has `NAME TXT VALUE` a line. It answers on port 53 of 127.0.0.1, so it is run in a network
namespace of its own, and prints a line when it is ready.
"""

import pathlib
import socket
import struct
import sys


def records(text: str) -> dict[str, bytes]:
    lines = (line.split(" ", 2) for line in text.splitlines())
    return {name.lower(): value.encode() for name, _, value in lines}


def name_of(query: bytes) -> tuple[str, int]:
    """The name that is asked for, and where it ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii"))
        at += 1 + query[at]
    return ".".join(labels), at + 1


def answer(query: bytes, known: dict[str, bytes]) -> bytes:
    name, end = name_of(query)
    value = known.get(name.lower())
    # The question is repeated; additional records are not.
    question = query[12 : end + 4]
    asks_txt = query[end : end + 4] == struct.pack(">HH", 16, 1)
    if value is None or not asks_txt:
        return query[:2] + struct.pack(">HHHHH", 0x8583, 1, 0, 0, 0) + question
    strings = b"".join(
        bytes([len(part)]) + part
        for part in (value[at : at + 255] for at in range(0, len(value), 255))
    )
    record = struct.pack(">HHHIH", 0xC00C, 16, 1, 60, len(strings)) + strings
    return query[:2] + struct.pack(">HHHHH", 0x8580, 1, 1, 0, 0) + question + record


def main(path: str) -> None:
    known = records(pathlib.Path(path).read_text(encoding="ascii"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        print("ready", flush=True)
        while True:
            query, client = server.recvfrom(4096)
            server.sendto(answer(query, known), client)


main(sys.argv[1])
