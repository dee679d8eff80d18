"""A server of aiosmtpd: STARTTLS, AUTH PLAIN and LOGIN inside it, and nobody but alice as recipient.

    aiosmtpd_server.py PORT_FILE MAILDIR SESSIONS CERTIFICATE KEY USER PASSWORD_FILE

Writes its port into PORT_FILE, each message into MAILDIR, and into SESSIONS a line for each message:
the mechanism, the user, the version of TLS and whether the body was declared as 8-bit.
"""

import asyncio
import os
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port_file, maildir, sessions, certificate, key, user, password_file = sys.argv[1:]


class Handler:
    """Keeps the octets as they came."""

    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if not address.startswith("alice@"):
            return "550 5.1.1 nobody here has this name"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        content = b"Return-Path: <%s>\n" % envelope.mail_from.encode()
        content += envelope.original_content.replace(b"\r\n", b"\n")
        (pathlib.Path(maildir) / "new" / f"{self.count}.eml").write_bytes(content)
        version = session.ssl["ssl_object"].version() if session.ssl else "no TLS"
        with open(sessions, "a", encoding="ascii") as file:
            print(session.auth_data, version, *envelope.mail_options, file=file)
        return "250 2.0.0 Ok: queued"


def authenticate(server, session, envelope, mechanism, login):
    password = pathlib.Path(password_file).read_text(encoding="utf-8").rstrip("\n")
    right = login.login == user.encode() and login.password == password.encode()
    return AuthResult(success=right, handled=False, auth_data=f"{mechanism} {user}")


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    handler = Handler()

    def session():
        return SMTP(
            handler,
            hostname="aio.inbox.example",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    pathlib.Path(port_file + ".new").write_text(str(server.sockets[0].getsockname()[1]), encoding="ascii")
    os.rename(port_file + ".new", port_file)
    await server.serve_forever()


asyncio.run(main())
