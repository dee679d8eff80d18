"""Verifies the signatures of a message by dkimpy, with keys from a file and without DNS.

    dkim_verify.py RECORDS ALGORITHMS MESSAGE

RECORDS has `NAME TXT VALUE` a line. ALGORITHMS are those of the message's signatures, in their order
and separated by commas. Fails unless each is there and holds.
"""

import pathlib
import sys

import dkim

records_path, expected, message_path = sys.argv[1:]
lines = (line.split(" ", 2) for line in pathlib.Path(records_path).read_text(encoding="ascii").splitlines())
records = {name.encode() + b".": value.encode() for name, _, value in lines}
message = pathlib.Path(message_path).read_bytes()


def look_up(name: bytes, timeout: float = 5) -> bytes | None:
    return records.get(name)


found = []
for number in range(message.lower().split(b"\n\n")[0].count(b"\ndkim-signature:") + 2):
    verifier = dkim.DKIM(message)
    try:
        holds = verifier.verify(idx=number, dnsfunc=look_up)
    except dkim.DKIMException as error:
        sys.exit(f"signature {number}: {error!r}")
    if not verifier.signature_fields:
        break
    algorithm = verifier.signature_fields[b"a"].decode()
    print(f"signature {number}, {algorithm}: {'holds' if holds else 'does not hold'}")
    if not holds:
        sys.exit(1)
    found.append(algorithm)
if ",".join(found) != expected:
    sys.exit(f"the message has the signatures {found}, expected {expected}")
