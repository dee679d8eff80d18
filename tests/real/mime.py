"""Reads the mail of a Maildir by Python's email package, and compares it with what went in.

    mime.py read MANIFEST MAILDIR [binary]   what Python finds in each message
    mime.py compare MANIFEST FOUND [binary]  what mime.pl found, as lines of JSON
    mime.py judge MANIFEST MAILDIR           the octets themselves: RFC 5322, 2045 and 2047, without a parser

The manifest has a line of JSON for each message, as `tests/mime_sender.rs` writes it. What another
reader found has the same form, but for names of messages. Prints each difference; exit 1 where there
is one, also for a message that is missing or came twice.
"""

import collections
import email
import email.message
import email.policy
import hashlib
import json
import pathlib
import re
import sys

# Differences that are faults of a reader and not of the message: whose, what is said of them, and why
# nothing better can be written.
KNOWN = [
    # Until 3.12, Python keeps the blanks between two encoded words in the name of a mailbox, where
    # RFC 2047 6.2 has them left out. A longer name needs two, as none may be longer than 75.
    ("python", "blanks within a name"),
    # MIME::Parser takes every CR in front of a boundary for a part of it, also those of content that
    # travels in binary. All octets may stand there, and the last of them may be CR.
    ("perl in binary", "octets that end in CR"),
]


def messages(manifest: pathlib.Path) -> dict[str, dict]:
    with open(manifest, encoding="utf-8") as lines:
        return {message["id"]: message for message in map(json.loads, lines)}


def mails(maildir: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for part in ("new", "cur") for path in (maildir / part).iterdir())


# --------------------------------------------------------------------------------------- the reader


def found_by_python(octets: bytes) -> dict:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    mailboxes, texts = [], []
    for name, value in message.items():
        if name in ("From", "Sender", "Reply-To", "To", "Cc"):
            shown = [[one.display_name or None, address(one)] for one in value.addresses]
            mailboxes.append([name, shown])
        elif name == "Subject" or name.startswith("X-Free"):
            texts.append([name, str(value)])
    return {
        "id": message["Message-ID"].strip().strip("<>"),
        "date": int(message["Date"].datetime.timestamp()),
        "texts": texts,
        "mailboxes": mailboxes,
        "root": node(message),
    }


def address(one) -> str:
    """Python's own `addr_spec` forgets the quotes of an empty local part."""
    spec = one.addr_spec if one.username else f'""@{one.domain}'
    return spec.encode("utf-8", "surrogateescape").decode()


def node(part: email.message.EmailMessage) -> dict:
    if part.is_multipart():
        return {
            "multipart": part.get_content_subtype(),
            "parts": [node(inner) for inner in part.iter_parts()],
        }
    octets = part.get_payload(decode=True)
    is_text = part.get_content_maintype() == "text" and part.get_content_disposition() is None
    text = part.get_content() if is_text else None
    content_id = part["Content-ID"]
    return {
        "type": part.get_content_type(),
        "disposition": part.get_content_disposition(),
        "file_name": file_name(part),
        "content_id": content_id and content_id.strip().strip("<>"),
        "text": text,
        "length": len(octets),
        "sha256": hashlib.sha256(octets).hexdigest(),
    }


def file_name(part: email.message.EmailMessage) -> str | None:
    """Not `get_filename`, which takes quotes for those of a parameter where the name itself has them."""
    field = part["Content-Disposition"]
    return field and field.params.get("filename")


# ------------------------------------------------------------------------------------ the comparison


def compared(sent: dict, found: dict) -> list[str]:
    """What differs, in words."""
    wrong = []
    for what in ("id", "date"):
        if found[what] != sent[what]:
            wrong.append(f"{what}: {found[what]!r}, not {sent[what]!r}")
    for what in ("texts", "mailboxes"):
        want, got = dict(sent[what]), dict(found[what])
        if len(got) != len(found[what]) or got.keys() != want.keys():
            wrong.append(f"{what}: fields {[name for name, _ in found[what]]}, not {list(want)}")
        for name, value in want.items():
            if name in got and got[name] != value:
                how = "blanks within a name in " if blanks_apart(got[name], value) else ""
                wrong.append(f"{how}{name}: {got[name]!r}, not {value!r}")
    return wrong + nodes_compared(sent["root"], found["root"], is_root=True)


def blanks_apart(got: str | list, want: str | list) -> bool:
    """Whether mailboxes differ in blanks within names alone."""
    if isinstance(got, str):
        return False
    joined = [[[name and name.replace(" ", ""), address] for name, address in one] for one in (got, want)]
    return joined[0] == joined[1]


def nodes_compared(want: dict, got: dict, is_root: bool) -> list[str]:
    if "multipart" in want or "multipart" in got:
        kinds = (got.get("multipart"), len(got.get("parts", [])))
        if kinds != (want.get("multipart"), len(want.get("parts", []))):
            return [f"structure: {kinds}, not {want.get('multipart')} of {len(want.get('parts', []))}"]
        pairs = zip(want["parts"], got["parts"], strict=True)
        return [wrong for pair in pairs for wrong in nodes_compared(*pair, is_root=False)]
    wrong = [
        f"{what}: {got[what]!r}, not {want[what]!r}"
        for what in ("type", "disposition", "file_name", "content_id")
        if got[what] != want[what]
    ]
    if want["kind"] == "octets":
        if (got["length"], got["sha256"]) != (want["length"], want["sha256"]):
            how = "octets that end in CR" if want["last"] == ord("\r") else "octets"
            wrong.append(f"{how}: {got['length']} of hash {got['sha256']}, not {want['length']}")
    elif got["text"] is None:
        wrong.append("text: none")
    elif (want["length"], want["sha256"]) not in texts_meant(got["text"], is_root):
        wrong.append(f"text: {brief(got['text'].encode(errors='replace'))}, not {want['length']}")
    return wrong


def texts_meant(text: str, is_root: bool) -> list[tuple[int, str]]:
    """What may have gone in. At the end of a message a line end is added to a text without one."""
    octets = text.replace("\r\n", "\n").encode("utf-8", "surrogateescape")
    meant = [octets]
    if is_root and octets.endswith(b"\n"):
        before = octets.removesuffix(b"\n")
        meant += [before] if not before.endswith(b"\n") else []
    return [(len(one), hashlib.sha256(one).hexdigest()) for one in meant]


def brief(octets: bytes) -> str:
    return f"{len(octets)} octets {octets[:60]!r}"


# ------------------------------------------------------------------------------------------ the wire

FIELD = re.compile(rb"([!-9;-~]+):[ \t]?(.*(?:\r\n[ \t].*)*)\r\n")
ONCE = ("date", "from", "sender", "reply-to", "to", "cc", "message-id", "subject", "mime-version",
        "content-type", "content-transfer-encoding", "content-disposition", "content-id")  # fmt: skip


def judged(sent: dict, octets: bytes) -> list[str]:
    """What is against the RFCs in the octets as they were on the wire, found without a parser."""
    wrong = []
    head, blank, body = octets.partition(b"\r\n\r\n")
    head += b"\r\n"
    fields = [(field[1].decode().lower(), field[2]) for field in FIELD.finditer(head)]
    if b"".join(field[0] for field in FIELD.finditer(head)) != head or not blank:
        wrong.append("the head is not made of fields")
    names = [name for name, _ in fields]
    wrong += [f"{name} stands {names.count(name)} times" for name in set(names) & set(ONCE) if names.count(name) > 1]
    wrong += [f"{name} is missing" for name in ("date", "from", "message-id", "mime-version") if name not in names]
    if "bcc" in names or any(b"blind@" in value for _, value in fields):
        wrong.append("a blind copy is shown")
    if head.isascii() == sent["international"]:
        wrong.append("the head has octets above 127" if not head.isascii() else "the head is ASCII")
    wrong += fields_judged(fields)
    encoding = dict(fields)["content-transfer-encoding"].decode()
    if encoding not in ("7bit", "8bit", "quoted-printable", "base64"):
        wrong.append(f"the transfer encoding is {encoding}")
    if not body.isascii() and encoding != "8bit":
        wrong.append("8bit is not announced")
    lines = octets.split(b"\r\n")
    if lines.pop() != b"" or any(b"\r" in line or b"\n" in line for line in lines):
        wrong.append("there is a stray CR or LF")
    if b"\0" in octets:
        wrong.append("there is a NUL")
    if any(len(line) > 998 for line in lines):
        wrong.append("a line is longer than 998 octets")
    return wrong + boundaries_judged(fields, lines[lines.index(b"") :])


def fields_judged(fields: list[tuple[str, bytes]]) -> list[str]:
    """Lines of 78 where there are blanks to fold at, encoded words of 75."""
    wrong = []
    for name, value in fields:
        lines = (name.encode() + b": " + value).split(b"\r\n")
        first = len(name) + 2
        for number, line in enumerate(lines):
            rest = line[first:] if number == 0 else line
            if len(line) > 78 and re.search(rb"[^ \t][ \t]", rest.rstrip()):
                wrong.append(f"{name} has a line of {len(line)} octets that could be folded: {line[:90]!r}")
            if not line.strip() and number > 0:
                wrong.append(f"{name} has a line of blanks alone")
        for word in value.split():
            if word.startswith(b"=?") and word.endswith(b"?=") and len(word) > 75:
                wrong.append(f"{name} has an encoded word of {len(word)} octets")
        if re.search(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]", value):
            wrong.append(f"{name} has a control character")
    return wrong


def boundaries_judged(fields: list[tuple[str, bytes]], body: list[bytes]) -> list[str]:
    """Every boundary that is declared begins parts, is closed once, and stands nowhere else."""
    heads = [value for name, value in fields if name == "content-type"]
    declared = re.compile(rb'(?m)^Content-Type: multipart/[^;]+;(?:\r\n)?[ \t]+boundary="([^"]+)"')
    text = b"\r\n".join([b"Content-Type: " + head for head in heads] + body)
    wrong = []
    for boundary in declared.findall(text):
        begins = sum(line == b"--" + boundary for line in body)
        ends = sum(line == b"--" + boundary + b"--" for line in body)
        others = text.count(boundary) - begins - ends
        if begins < 1 or ends != 1 or others != 1 or len(boundary) > 70:
            wrong.append(f"boundary {boundary.decode()}: {begins} begin, {ends} end, {others} others")
    return wrong


# -------------------------------------------------------------------------------------------- the run


def as_on_the_wire(octets: bytes) -> bytes:
    """A Maildir has LF line ends, and trace fields in front that the server wrote."""
    while re.match(rb"(?i)(return-path|x-original-to|delivered-to|received):", octets):
        octets = re.sub(rb"\A.*\n(?:[ \t].*\n)*", b"", octets, count=1)
    return octets.replace(b"\n", b"\r\n")


def found_in(what: str, given: pathlib.Path) -> list[tuple[str, dict | bytes]]:
    """The ids of the messages, and what a reader found in them or the octets themselves."""
    if what == "compare":
        with open(given, encoding="utf-8") as lines:
            return [(found["id"], found) for found in map(json.loads, lines)]
    octets = [path.read_bytes() for path in mails(given)]
    if what == "judge":
        return [(identified(one), as_on_the_wire(one)) for one in octets]
    return [(found["id"], found) for found in map(found_by_python, octets)]


def identified(octets: bytes) -> str:
    return re.search(rb"(?m)^Message-ID: <([^>]+)>", octets)[1].decode()


def main(what: str, manifest: str, given: str, way: str | None = None) -> None:
    sent = messages(pathlib.Path(manifest))
    found = found_in(what, pathlib.Path(given))
    check = judged if what == "judge" else compared
    wrong = [(id, "nobody sent it") for id, _ in found if id not in sent]
    wrong += [(id, difference) for id, one in found if id in sent for difference in check(sent[id], one)]
    counts = collections.Counter(id for id, _ in found)
    wrong += [(id, f"came {counts[id]} times") for id in sent if counts[id] != 1]
    reader = READERS[what] + (f" in {way}" if way else "")
    faults = [said for one, said in KNOWN if reader.startswith(one)]
    known = [line for line in wrong if line[1].startswith(tuple(faults))] if faults else []
    print(f"{len(found)} messages, {len(known)} differences that are known faults of the reader")
    unknown = [line for line in wrong if line not in known]
    for id, difference in unknown[:MOST]:
        print(f"{sent[id]['name'] if id in sent else id}: {difference}")
    if len(unknown) > MOST:
        print(f"and {len(unknown) - MOST} more")
    sys.exit(1 if unknown else 0)


# So many differences are told.
MOST = 60
READERS = {"read": "python", "compare": "perl", "judge": "nobody"}

if __name__ == "__main__":
    main(*sys.argv[1:])
