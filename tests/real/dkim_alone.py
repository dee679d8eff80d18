"""Writes a message once for each of its DKIM signatures, with that one alone and with CRLF.

    dkim_alone.py MESSAGE FOLDER
"""

import pathlib
import re
import sys

message, folder = sys.argv[1:]
octets = re.sub(rb"\r?\n", b"\r\n", pathlib.Path(message).read_bytes())
head, empty, body = octets.partition(b"\r\n\r\n")
fields = re.split(rb"\r\n(?![ \t])", head)
places = [at for at, field in enumerate(fields) if field.lower().startswith(b"dkim-signature:")]
if not places:
    sys.exit("the message has no signature")
for number, place in enumerate(places):
    kept = [field for at, field in enumerate(fields) if at == place or at not in places]
    (pathlib.Path(folder) / f"{number}.eml").write_bytes(b"\r\n".join(kept) + empty + body)
