"""Sends a file by smtplib: smtplib_client.py clear|starttls|immediate PORT CA FROM TO FILE."""

import pathlib
import smtplib
import ssl
import sys


def main(security: str, port: str, ca: str, sender: str, recipient: str, file: str) -> None:
    trust = ssl.create_default_context(cafile=ca)
    if security == "immediate":
        client: smtplib.SMTP = smtplib.SMTP_SSL("localhost", int(port), context=trust)
    else:
        client = smtplib.SMTP("localhost", int(port))
    with client:
        if security == "starttls":
            client.starttls(context=trust)
        client.sendmail(sender, [recipient], pathlib.Path(file).read_bytes())


main(*sys.argv[1:])
