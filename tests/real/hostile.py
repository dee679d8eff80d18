"""A server that speaks SMTP up to one place, and does one thing wrong there.

    python3 hostile.py PORT_FILE STATE DEED

STATE is greeting, ehlo, mail, rcpt, data, content or quit: the reply that is replaced. DEED is a
key of DEEDS. Writes its port to PORT_FILE, and serves every client until it is ended.
"""
import socket
import struct
import sys
import threading
import time

MEBIBYTE = b"x" * (1 << 20)
USUAL = {
    "greeting": b"220 hostile.example ESMTP\r\n",
    "ehlo": b"250-hostile.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    "mail": b"250 2.1.0 ok\r\n",
    "rcpt": b"250 2.1.5 ok\r\n",
    "data": b"354 go on\r\n",
    "content": b"250 2.0.0 ok\r\n",
    "quit": b"221 2.0.0 bye\r\n",
}


def without_lf(client, _):
    client.sendall(b"220 ")
    for _ in range(300):
        client.sendall(MEBIBYTE)


def endless(client, state):
    code = USUAL[state][:3]
    while True:
        client.sendall((code + b"-and on\r\n") * 4096)


def many_lines(client, state):
    code = USUAL[state][:3]
    for _ in range(100):
        client.sendall((code + b"-X-KEYWORD of no use\r\n") * 1000)
    client.sendall(code + b" HELP\r\n")


def drip(client, state):
    for octet in USUAL[state][:3] + b"-" + b"a" * 10_000:
        client.sendall(bytes([octet]))
        time.sleep(0.3)


def slowly(client, state):
    for octet in USUAL[state]:
        client.sendall(bytes([octet]))


def unasked(client, state):
    client.sendall(USUAL[state] + b"250 and this\r\n")


class Over(Exception):
    """The session is."""


def ends(_, __):
    raise Over


def resets(client, _):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Over


def saying(*octets):
    return lambda client, _: client.sendall(b"".join(octets))


def then_end(octets):
    def deed(client, state):
        client.sendall(octets)
        ends(client, state)

    return deed


DEEDS = {
    "nothing": lambda client, state: client.sendall(USUAL[state]),
    "without-lf": without_lf,
    "endless": endless,
    "many-lines": many_lines,
    "drip": drip,
    "slowly": slowly,
    "unasked": unasked,
    "ends": ends,
    "resets": resets,
    "two-codes": saying(b"250-a\r\n550 b\r\n"),
    "two-digits": saying(b"25\r\n"),
    "bare-code": saying(b"250\r\n"),
    "four-digits": saying(b"2500 x\r\n"),
    "latin-1": saying(b"550 \xe9t\xe9\r\n"),
    "bare-lf": saying(b"550 no\n"),
    "other-class": saying(b"550 4.1.1 later\r\n"),
    "empty-line": saying(b"\r\n"),
    "control": saying(b"550 \x1b[2J\x07\x00 no\r\n"),
    "421": then_end(b"421 4.3.2 closing\r\n"),
    "550": saying(b"550 5.7.1 no\r\n"),
    "354": saying(b"354 go on\r\n"),
    "250": saying(b"250 ok\r\n"),
    "999": saying(b"999 what\r\n"),
}


def serve(client, lines, state, deed):
    def reply(at):
        (DEEDS[deed] if at == state else DEEDS["nothing"])(client, at)

    refused = 0
    reply("greeting")
    for line in lines:
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            reply("ehlo")
        elif verb == b"MAIL":
            reply("mail")
        elif verb == b"RCPT":
            reply("rcpt")
        elif verb == b"DATA":
            reply("data")
            if state == "data" and deed not in ("nothing", "slowly", "unasked", "many-lines", "354"):
                continue
            for content in lines:
                if content == b".\r\n":
                    break
            reply("content")
        elif verb == b"QUIT":
            reply("quit")
            return
        else:
            refused += 1
            client.sendall(b"250 ok\r\n" if verb in (b"RSET", b"NOOP") else b"500 what\r\n")
            if refused > 50:
                return


def guarded(client, state, deed):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # The socket is open for as long as one of the two is.
    with client, client.makefile("rb") as lines:
        try:
            serve(client, lines, state, deed)
        except (OSError, Over):
            pass


def main(port_file, state, deed):
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    with open(port_file, "w") as out:
        print(listener.getsockname()[1], file=out)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=guarded, args=(client, state, deed), daemon=True).start()


main(*sys.argv[1:])
