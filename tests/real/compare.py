"""Compares what was sent with what arrived. Prints the evidence; exit 1 when they differ.

    compare.py raw SENT.eml DELIVERED [--without NAME]   octets and header order, under trace headers
    compare.py parts DELIVERED --header 'N: V'... --text F --html F --attach F...   the decoded content
    compare.py absent DELIVERED WORD...                  none of the words stands anywhere in it
    compare.py once MAILDIR IDS                          each Message-ID of the file arrived exactly once
    compare.py same FOLDER MAILDIR                       each file of the folder arrived once, unchanged
    compare.py series LINES FOLDER MAIL --users U... [--refused N...] [--ids F] [--may W...]
                                                         what `comms send --json` told of each file of the
                                                         folder is what is right and what has happened
    compare.py report REPORT.json --accepted A... --rejected 'A CODE ENHANCED'...
    compare.py field REPORT.json NAME                    one member of the report, which must be text
"""

import argparse
import collections
import email
import email.message
import email.policy
import hashlib
import json
import pathlib
import re
import sys

TRACE = {b"return-path", b"x-original-to", b"delivered-to", b"received"}
# What smtp-sink writes of the session.
TRACE |= {b"x-client-addr", b"x-client-proto", b"x-helo-args", b"x-mail-args", b"x-rcpt-args"}
FIELD = re.compile(rb"([!-9;-~]+):.*\n(?:[ \t].*\n)*")


def fail(why: str) -> None:
    sys.exit(why)


def raw(sent: pathlib.Path, delivered: pathlib.Path, without: str | None) -> None:
    """A Maildir keeps LF line ends; the last line has one even if it had none when sent."""
    want = sent.read_bytes().replace(b"\r\n", b"\n")
    if not want.endswith(b"\n"):
        want += b"\n"
    if without:
        want = without_field(want, without)
    got = delivered.read_bytes()
    if not got.endswith(want):
        fail(first_difference(want, got))
    above = got.removesuffix(want)
    fields = list(FIELD.finditer(above))
    if b"".join(field[0] for field in fields) != above:
        fail(f"in front of the message stands more than header fields: {above!r}")
    names = [field[1].lower() for field in fields]
    if not names or set(names) - TRACE:
        fail(f"in front of the message stand {names}, expected trace headers only")
    print(f"{len(want)} octets unchanged under {b', '.join(names).decode()}")


def without_field(message: bytes, name: str) -> bytes:
    """The message without the fields of this name, however folded."""
    head, blank, body = message.partition(b"\n\n")
    fields = FIELD.finditer(head + b"\n")
    kept = b"".join(field[0] for field in fields if field[1].lower() != name.lower().encode())
    return kept.removesuffix(b"\n") + blank + body


def first_difference(want: bytes, got: bytes) -> str:
    """Where they part, told by lines; the trace headers of what arrived are passed over."""
    want_lines, got_lines = want.split(b"\n"), got.split(b"\n")
    start = got_lines.index(want_lines[0]) if want_lines[0] in got_lines else 0
    for number, line in enumerate(want_lines):
        there = got_lines[start + number] if start + number < len(got_lines) else None
        if line != there:
            return f"line {number + 1}: " + parting(line, there)
    return f"after the message stand {got_lines[start + len(want_lines):]!r}"


def parting(line: bytes, there: bytes | None) -> str:
    """The two lines from a little before the octet in which they differ."""
    if there is None:
        return f"sent {line[:80]!r}, arrived nothing more"
    same = next((i for i, (a, b) in enumerate(zip(line, there)) if a != b), min(len(line), len(there)))
    start = max(same - 20, 0)
    return f"octet {same + 1}: sent {line[start:same + 20]!r}, arrived {there[start:same + 20]!r}"


def parts(
    delivered: pathlib.Path,
    header: list[str],
    text: pathlib.Path,
    html: pathlib.Path,
    attach: list[pathlib.Path],
) -> None:
    octets = delivered.read_bytes()
    message = email.message_from_bytes(octets, policy=email.policy.default)
    defects = [defect for part in message.walk() for defect in part.defects]
    if defects:
        fail(f"defects: {defects}")
    for name, value in (line.split(": ", 1) for line in header):
        if message.get_all(name) != [value]:
            fail(f"{name} arrived as {message.get_all(name)}")
    for kind, path in (("plain", text), ("html", html)):
        body = message.get_body((kind,))
        got = body.get_content().replace("\r\n", "\n") if body else None
        if got != path.read_bytes().decode():
            fail(f"the {kind} text arrived as {got!r}")
    want = {path.name: digest(path.read_bytes()) for path in attach}
    got = attachments(octets)
    if got != want:
        fail(f"the attachments are {got}, expected {want}")
    longest = max(len(line) for line in octets.split(b"\n"))
    if longest > 998:
        fail(f"a line of {longest} octets was composed")
    print(f"headers, text, html and {len(got)} attachments equal; the longest line has {longest} octets")
    for name, sha256 in got.items():
        print(f"{sha256} {name}")


def attachments(octets: bytes) -> dict[str | None, str]:
    """Names and digests. Parsed twice, as a name's RFC 2231 form is seen through the older policy alone."""
    message = email.message_from_bytes(octets, policy=email.policy.default)
    plain = email.message_from_bytes(octets, policy=email.policy.compat32)
    older = dict(zip(map(id, message.walk()), plain.walk()))
    return {
        file_name(older[id(part)]): digest(part.get_payload(decode=True))
        for part in message.iter_attachments()
    }


def file_name(part: email.message.Message) -> str | None:
    """The name as RFC 2231 gives it: the extended form goes before an ASCII fallback, in either order."""
    values = [value for key, value in part.get_params([], "content-disposition") if key == "filename"]
    for value in values:
        if isinstance(value, tuple):
            charset, _, octets = value
            return octets.encode("latin-1").decode(charset or "ascii")
    return values[0] if values else None


def digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def absent(delivered: pathlib.Path, words: list[str]) -> None:
    octets = delivered.read_bytes().lower()
    found = [word for word in words if word.lower().encode() in octets]
    if found:
        fail(f"in the delivered message stands {found}")
    print(f"{len(octets)} octets without {words}")


def once(maildir: pathlib.Path, ids: pathlib.Path) -> None:
    want = collections.Counter(line.strip("<> ") for line in ids.read_text().splitlines())
    got = collections.Counter(
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["Message-ID"].strip("<> ")
        for path in (maildir / "new").iterdir()
    )
    if set(want.values()) != {1}:
        fail(f"the ids are not different: {want}")
    if got != want:
        fail(f"missing {want - got}, too many {got - want}")
    print(f"{len(got)} messages, each exactly once")


def same(folder: pathlib.Path, maildir: pathlib.Path) -> None:
    want = collections.Counter(digest(path.read_bytes()) for path in folder.iterdir())
    got = collections.Counter(digest(untraced(path.read_bytes())) for path in (maildir / "new").iterdir())
    if got != want:
        fail(f"{len((want - got))} of {want.total()} did not arrive as they are, {(got - want).total()} others did")
    print(f"{got.total()} messages, each once, their digests equal")


def untraced(octets: bytes) -> bytes:
    """The message without the trace headers in front of it."""
    while (field := FIELD.match(octets)) and field[1].lower() in TRACE:
        octets = octets[field.end() :]
    return octets


def series(
    lines: pathlib.Path,
    folder: pathlib.Path,
    mail: pathlib.Path,
    users: list[str],
    refused: list[str],
    ids: pathlib.Path | None,
    may: list[str],
) -> None:
    """The users exist, whose Maildirs stand in `mail`; messages with the refused numbers are refused for their
    content. In `ids` are queue ids and message ids as the server wrote them, a pair a line. Any message `may` be
    told of by one of these words, as long as that is true of it."""
    told = [json.loads(line) for line in lines.read_text().splitlines()]
    files = sorted(folder.iterdir())
    if sorted(pathlib.Path(one["file"]) for one in told) != files:
        fail(f"there are {len(told)} lines for {len(files)} files, or not one for each")
    want, perhaps = collections.Counter(), collections.Counter()
    for one in told:
        octets = pathlib.Path(one["file"]).read_bytes()
        accepted = rightly_told(one, octets, users, refused, may)
        arrived = digest(octets.replace(b"\r\n", b"\n").removesuffix(b"\n") + b"\n")
        wanted = perhaps if one["status"] == "unknown" else want
        wanted.update((address.split("@")[0], arrived) for address in accepted)
    got = collections.Counter(
        (user, digest(untraced(path.read_bytes())))
        for user in ("alice", "bob")
        for path in (mail / user / "new").glob("*")
    )
    if lost := want - got:
        fail(f"{lost.total()} of {want.total()} were said to be taken and did not arrive as they are")
    if others := got - want - perhaps:
        fail(f"{others.total()} arrived that were not said to be taken, or once more, or changed")
    if ids:
        known_by(told, ids)
    words = collections.Counter(one["status"] for one in told)
    print(f"{dict(words)}; {got.total()} copies, each once, their digests equal")


def rightly_told(one: dict, octets: bytes, users: list[str], refused: list[str], may: list[str]) -> list[str]:
    """Who has to have the message, by what the client tells of it, or might have it."""
    number = re.search(rb"^X-Number: (\d+)", octets)[1].decode()
    to = re.search(rb"^To: (.*?)\r?$", octets, re.M)[1].decode().split(", ")
    known = [address for address in to if address.split("@")[0] in users]
    others = [address for address in to if address not in known]
    where = f"message {number} to {to}: {one}"
    if one["status"] in may:
        if one["accepted"] or not one["error"]:
            fail(f"{one['status']} is of no message that was accepted, {where}")
        return known if one["status"] == "unknown" else []
    if number in refused:
        if one["status"] != "refused" or one["accepted"] or one["error"]["code"] // 100 != 5:
            fail(f"its content must be refused, {where}")
        return []
    if one["accepted"] != known:
        fail(f"{known} must be accepted, {where}")
    codes = {refusal["recipient"]: refusal["code"] for refusal in one["rejected"]}
    if sorted(codes) != sorted(others):
        fail(f"{others} must be rejected, {where}")
    for_now = [address for address, code in codes.items() if code // 100 == 4]
    word = "partly" if known and others else "sent" if known else "later" if for_now else "refused"
    if one["status"] != word or bool(one["error"]) == bool(known):
        fail(f"it must be {word}, {where}")
    return known


def known_by(told: list[dict], ids: pathlib.Path) -> None:
    """Each message that was taken has a queue id, and the server gave it to that message."""
    taken = [(one["queue_id"], one["message_id"]) for one in told if one["accepted"]]
    pairs = {tuple(line.split()) for line in ids.read_text().splitlines()}
    if strangers := [pair for pair in taken if pair not in pairs]:
        fail(f"the server does not know {strangers[:5]} of {len(taken)}")
    if len({queue_id for queue_id, _ in taken}) != len(taken):
        fail("a queue id was told twice")
    print(f"{len(taken)} queue ids are those of the server")


def report(path: pathlib.Path, accepted: list[str], rejected: list[str]) -> None:
    answer = json.loads(path.read_text())
    refusals = [f"{one['recipient']} {one['code']} {one['enhanced']}" for one in answer["rejected"]]
    print(f"accepted {answer['accepted']}, rejected {refusals}, queue_id {answer.get('queue_id')}")
    if sorted(answer["accepted"]) != sorted(accepted) or sorted(refusals) != sorted(rejected):
        fail(f"expected accepted {accepted}, rejected {rejected}")
    if not all(one["text"] for one in answer["rejected"]):
        fail("a rejection without the server's text")


def field(path: pathlib.Path, name: str) -> None:
    value = json.loads(path.read_text()).get(name)
    if not isinstance(value, str) or not value:
        fail(f"{name} is {value!r}")
    print(value)


def main() -> None:
    parser = argparse.ArgumentParser()
    ways = parser.add_subparsers(required=True)

    def way(what, paths=(), **options):
        command = ways.add_parser(what.__name__)
        command.set_defaults(what=what)
        for name in paths:
            command.add_argument(name, type=pathlib.Path)
        for name, settings in options.items():
            command.add_argument(f"--{name}", **settings)
        return command

    path = {"type": pathlib.Path}
    several = {"nargs": "*", "default": []}
    way(raw, ["sent", "delivered"], without={})
    way(parts, ["delivered"], header=several, text=path, html=path, attach=path | several)
    way(absent, ["delivered"]).add_argument("words", nargs="+")
    way(once, ["maildir", "ids"])
    way(same, ["folder", "maildir"])
    way(series, ["lines", "folder", "mail"], users=several, refused=several, ids=path, may=several)
    way(report, ["path"], accepted=several, rejected=several)
    way(field, ["path"]).add_argument("name")
    arguments = vars(parser.parse_args())
    arguments.pop("what")(**arguments)


main()
