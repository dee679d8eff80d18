"""What inbox.sh looks for in the inbox of a sink, in a headless Chromium.

    python3 inbox.py CHECK URL SMTP

A check begins with an empty inbox, and fails with a sentence. After each, the page must have asked for
nothing but its own site, and have said nothing on its console.
"""

import email.headerregistry
import email.message
import email.policy
import http.server
import json
import math
import shutil
import smtplib
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zlib

from browser import Browser

ITEMS = "document.querySelectorAll('#list li').length"
SUBJECTS = "[...document.querySelectorAll('#list .subject')].map((one) => one.textContent)"
CHOSEN = "document.querySelector('#list [aria-current] .subject')?.textContent ?? ''"


def empty(inbox, page):
    """Without mail there is the address, and commands that send a first one to it."""
    page.wait_for("!document.getElementById('empty').hidden")
    host, port = inbox.smtp.rsplit(":", 1)
    equal("the host", text(page, "#host"), host)
    equal("the port", text(page, "#port"), port)
    commands = page.run("[...document.querySelectorAll('#commands code')].map((one) => one.textContent)")
    true(len(commands) == 2 and all(inbox.smtp in command for command in commands), f"commands: {commands}")


def live(inbox, page):
    """What comes is there without a word, newest first, and an open page counts it."""
    page.wait_for("document.getElementById('live').className === 'on'")
    inbox.send(subject="The first")
    page.wait_for(f"{ITEMS} === 1")
    began = time.monotonic()
    inbox.send(subject="The second")
    page.wait_for(f"{ITEMS} === 2")
    print(f"shown after {time.monotonic() - began:.2f} s")
    equal("the list", page.run(SUBJECTS), ["The second", "The first"])
    equal("the count", text(page, "#count"), "2 messages")
    equal("the title", page.run("document.title"), "(1) Inbox")
    for number in range(60):
        inbox.send(subject=f"number {number}")
    page.wait_for(f"{ITEMS} === 62")
    equal("what was open is still", page.run(CHOSEN), "The first")


def tabs(inbox, page):
    """Text, HTML with its picture, files, headers and source of one message."""
    inbox.send(rich())
    page.wait_for("!document.getElementById('message').hidden")
    names = page.run("[...document.querySelectorAll('#tabs button:not([hidden])')].map((one) => one.dataset.tab)")
    equal("the tabs", names, ["html", "text", "attachments", "headers", "source", "session"])
    equal("the subject", text(page, "#subject"), "Grüße aus Köln")
    people = text(page, "#people")
    for word in ["Ann Baker <ann@example.com>", "bob@example.com", "eve@example.com", "not named in the message"]:
        true(word in people, f"{word!r} is not in {people!r}")
    src = page.run("document.querySelector('iframe.html').getAttribute('src')")
    sandbox = page.run("document.querySelector('iframe.html').getAttribute('sandbox')")
    true("allow-scripts" not in sandbox and "allow-same-origin" not in sandbox, f"the frame may {sandbox}")
    open_tab(page, "text")
    equal("the text", text(page, "pre.text").split(), ["Dear", "Bob,", "here", "they", "are."])
    open_tab(page, "attachments")
    files = text(page, "#views .files")
    true("Größe 1.csv" in files and "text/csv" in files and "pixel.png" in files, f"the files: {files}")
    link = page.run("[...document.querySelectorAll('#views .files a')].at(-1).href")
    with urllib.request.urlopen(link) as answer:
        equal("the file", answer.read(), b"a;b\r\n1;2\r\n")
        true("attachment" in answer.headers["Content-Disposition"], "the file is no attachment")
    open_tab(page, "headers")
    headers = page.run("[...document.querySelectorAll('#views th')].map((one) => one.textContent)")
    true({"From", "To", "Subject", "Message-ID", "Content-Type"} <= set(headers), f"headers: {headers}")
    open_tab(page, "source")
    page.wait_for("document.querySelector('pre.source')?.textContent.includes('--')")
    true("Subject: =?utf-8?" in text(page, "pre.source"), "the source is not as it came")
    open_tab(page, "html")
    frame = inbox.browser.open(inbox.url.rstrip("/") + src, draws=False)
    equal("the picture in the HTML", frame.run("document.querySelector('img').naturalWidth"), 30)
    equal("the HTML", frame.run("document.querySelector('h1').textContent"), "Grüße")
    inbox.clean(frame)


def session(inbox, page):
    """The timeline of the message's own session: at its side where there is room, in a tab where not."""
    inbox.send(subject="Another")
    inbox.send(subject="This one")
    page.wait_for(f"{ITEMS} === 2")
    page.run("[...document.querySelectorAll('#list a')].find((one) => one.textContent.includes('This one')).click()")
    page.wait_for("document.getElementById('subject').textContent === 'This one'")
    open_tab(page, "session")
    box = "document.querySelector('{} iframe')?.getBoundingClientRect().width ?? 0"
    true(page.run(box.format("#views")) > 500, "the tab has no timeline")
    page.size(1700, 950)
    page.wait_for(f"{box.format('#beside')} > 500")
    true(page.run("document.querySelector('[data-tab=session]').hidden"), "it is there twice")
    src = page.run("document.querySelector('#beside iframe').getAttribute('src')")
    frame = inbox.browser.open(inbox.url.rstrip("/") + src)
    lanes = frame.run("[...document.querySelectorAll('.lane-name')].map((one) => one.textContent)")
    equal("the lanes", lanes, ["SmtpServer", "Util", "Tcp"])
    said = frame.run("document.body.textContent")
    true("Subject: This one" in said and "Subject: Another" not in said, "it is another session")
    inbox.clean(frame)


def search(inbox, page):
    """All words must be there; Escape ends the search."""
    for subject, words in [("Figures of June", "sums"), ("Figures of May", "more sums"), ("Lunch", "on Tuesday")]:
        inbox.send(subject=subject, words=words)
    page.wait_for(f"{ITEMS} === 3")
    page.key("/")
    page.type("figures JUNE")
    page.wait_for(f"{ITEMS} === 1")
    equal("the count", text(page, "#count"), "1 of 3 messages")
    page.key("Escape")
    page.wait_for(f"{ITEMS} === 3")
    page.key("/")
    page.type("tuesday")
    page.wait_for(f"{ITEMS} === 1")
    equal("found in the text", page.run(SUBJECTS), ["Lunch"])
    page.type(" nothing")
    page.wait_for(f"{ITEMS} === 0 && !document.getElementById('nothing').hidden")
    true(page.run("document.getElementById('empty').hidden"), "an inbox that has mail looks empty")


def keys(inbox, page):
    """j and k move, digits open tabs, ? tells the keys."""
    for number in (1, 2, 3):
        inbox.send(subject=f"number {number}")
    page.wait_for(f"{ITEMS} === 3")
    page.run("document.querySelector('#list li:first-child a').click()")
    for key, subject in [("j", "number 2"), ("j", "number 1"), ("j", "number 1"), ("k", "number 2"), ("ArrowUp", "number 3")]:
        page.key(key)
        equal(f"chosen by {key}", page.run(CHOSEN), subject)
    page.wait_for("document.getElementById('subject').textContent === 'number 3'")
    page.key("2")
    equal("the tab", page.run("document.querySelector('#tabs [aria-selected=true]').dataset.tab"), "headers")
    page.key("j")
    page.wait_for("document.getElementById('subject').textContent === 'number 2'")
    equal("the tab stays", page.run("document.querySelector('#tabs [aria-selected=true]').dataset.tab"), "headers")
    page.key("?")
    true(page.run("document.getElementById('keys').open"), "? tells no keys")
    page.key("Escape")
    page.wait_for("!document.getElementById('keys').open")
    page.key("u")
    true(page.run("document.getElementById('message').hidden"), "u does not lead back")


def deleting(inbox, page):
    """# deletes what is chosen and goes on; all are deleted by a second click."""
    for number in (1, 2, 3, 4):
        inbox.send(subject=f"number {number}")
    page.wait_for(f"{ITEMS} === 4")
    page.run("document.querySelector('#list li:first-child a').click()")
    page.key("j")
    page.key("#")
    page.wait_for(f"{ITEMS} === 3")
    equal("the next is chosen", page.run(CHOSEN), "number 2")
    page.click_on("#delete")
    page.wait_for(f"{ITEMS} === 2")
    equal("the rest", page.run(SUBJECTS), ["number 4", "number 1"])
    page.click_on("#clear")
    equal("asked again", text(page, "#clear"), "Delete 2?")
    equal("nothing is deleted yet", inbox.total(), 2)
    page.click_on("#clear")
    page.wait_for("!document.getElementById('empty').hidden")
    equal("what is left", inbox.total(), 0)


def markup(inbox, page):
    """Markup in names, subjects, texts and file names is shown as it is."""
    evil = "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>"
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = email.headerregistry.Address(evil, "ann", "example.com")
    message["To"], message["Subject"] = "bob@example.com", evil
    message["X-Evil"] = evil
    message.set_content(evil)
    message.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=evil)
    inbox.send(message)
    page.wait_for("!document.getElementById('message').hidden")
    equal("the subject", text(page, "#subject"), evil)
    for name in ("text", "attachments", "headers", "source"):
        open_tab(page, name)
        page.wait_for("document.getElementById('views').textContent.includes('onerror')")
    equal("elements of others", page.run("document.querySelectorAll('main img, main script').length"), 0)
    true("ran" not in page.run("document.title"), "a script ran")


HOSTILE = """<!doctype html><html><head><base href="{there}/base/">
<meta http-equiv="refresh" content="0;url={there}/refresh"><link rel="stylesheet" href="{there}/a.css">
<link rel="preload" as="image" href="{there}/preload.png"><link rel="dns-prefetch" href="{there}">
<link rel="preconnect" href="{there}">
<style>@import url({there}/import.css); @font-face {{ font-family: f; src: url({there}/font) }}
body {{ background: url({there}/ground.png); font-family: f }} h1::before {{ content: url({there}/before.png) }}</style>
<script>document.title = 'ran'; fetch('{there}/fetch'); top.location = '{there}/top';</script>
<script src="{there}/script.js"></script></head>
<body onload="document.title = 'ran'" background="{there}/body.png"><h1>Hello</h1>
<img src="{there}/a.png"><img srcset="{there}/b.png 2x"><img src="{here}api/messages" alt="own site">
<img src="x" onerror="document.title = 'ran'; new Image().src = '{there}/onerror'">
<svg onload="new Image().src = '{there}/svg'"><image href="{there}/image.png"/><script>fetch('{there}/x')</script></svg>
<iframe src="{there}/frame"></iframe><iframe srcdoc="<img src={there}/srcdoc>"></iframe>
<object data="{there}/object"></object><embed src="{there}/embed"><video src="{there}/video" poster="{there}/poster" autoplay></video>
<audio src="{there}/audio" autoplay></audio><input type="image" src="{there}/input" autofocus onfocus="fetch('{there}/focus')">
<form id="f" action="{there}/form" method="post"><input name="a" value="b"><button id="b">Go</button></form>
<p style="background: url('{there}/style.png')">{{}}</p><div><template shadowrootmode="open"><link rel="preconnect" href="{there}"></template></div>
<details open ontoggle="fetch('{there}/toggle')">x</details>
<a id="self" target="_self" href="{there}/link">here</a></body></html>"""


def hostile(inbox, page):
    """All ways by which HTML runs or fetches something. The same page, served plainly, does so."""
    with Canary() as canary:
        content = HOSTILE.format(there=canary.url, here=inbox.url)
        # Without what leads away from it before the rest is asked for.
        canary.page = content.replace("top.location =", "let away =").replace('http-equiv="refresh"', "")
        plain = inbox.browser.open(canary.url + "/page")
        wait_until(lambda: len(canary.asked) > 10)
        print(len(canary.asked), "requests of the page without a guard:", *sorted(set(canary.asked))[:30])
        plain.close()
        for part in ("/script.js", "/a.png", "/a.css", "/frame", "/fetch", "/onerror", "/ground.png"):
            true(part in canary.asked, f"the page itself does not ask for {part}")
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = "eve@example.com", "bob@example.com", "hello"
        message.set_content("a text")
        message.add_alternative(content, subtype="html")
        wait_until(canary.is_quiet)
        canary.connected = 0
        inbox.send(message)
        page.wait_for("document.querySelector('iframe.html') !== null")
        wait_until(canary.is_quiet)
        canary.asked.clear()
        page.run("document.querySelector('[data-tab=text]').click()")
        page.run("document.querySelector('[data-tab=html]').click()")
        page.wait_for("document.querySelector('iframe.html') !== null")
        page.picture("/dev/null")
        x, y = page.middle("iframe.html")
        for row in range(30):
            page.click(x - 200, y - 150 + row * 12)
        frame = inbox.browser.open(inbox.url + f"api/messages/{inbox.newest()}/html", draws=False)
        frame.run("document.getElementById('b').click()")
        frame.run("document.getElementById('f').submit()")
        wait_until(canary.is_quiet)
        equal("what was fetched", canary.asked, [])
        equal("connections", canary.connected, 0)
        equal("the title", frame.run("document.title"), "")
        equal("the page", frame.run("location.pathname"), f"/api/messages/{inbox.newest()}/html")
        equal("the inbox", page.run("location.href").split("#")[0], inbox.url)
        true("ran" not in page.run("document.title"), "a script ran")
        note = text(page, "#note")
        print(note)
        true("Nothing was fetched" in note, f"the note says {note!r}")
        # What a browser says of what it has not done is no fault of the page.
        for one in (page, frame):
            refused = ("violates", "Refused", "Blocked", "sandboxed", "refused", "blocked", "ERR_BLOCKED_BY_CSP")
            one.errors[:] = [line for line in one.errors if not any(word in line for word in refused)]
            one.requests[:] = [url for url in one.requests if not url.startswith(canary.url)]
        inbox.clean(frame)


def widths(inbox, page):
    """Nothing is wider than the window, and the ground changes with the scheme."""
    inbox.send(rich())
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = "ann@example.com", "bob@example.com"
    message["Subject"] = "a-word-that-does-not-end-" * 20
    message.set_content("x" * 900)
    inbox.send(message)
    grounds = set()
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        for width in (400, 760, 761, 1024, 1499, 1500, 1920, 2560):
            page.size(width, 800)
            page.go(inbox.url)
            page.wait_for(f"{ITEMS} === 2")
            page.run("document.querySelector('#list a').click()")
            page.wait_for("document.querySelector('pre.text') !== null")
            wide = page.run("document.documentElement.scrollWidth")
            true(wide <= width, f"{wide} pixels wide in a window of {width}")
            for part in ("#subject", "#delete", "pre.text"):
                right = page.run(f"document.querySelector('{part}').getBoundingClientRect().right")
                true(0 < right <= width, f"{part} ends at {right} of {width}")
        grounds.add(page.run("getComputedStyle(document.body).backgroundColor"))
    equal("grounds", len(grounds), 2)


def other_site(inbox, page):
    """A page of another origin can neither read nor delete, by script, form, frame or picture."""
    inbox.send(subject="mine")
    api = inbox.url + "api/messages"
    with Canary() as canary:
        canary.page = f"<!doctype html><iframe src='{inbox.url}'></iframe><img id=i src='{inbox.url}icon.svg'>"
        other = inbox.browser.open(canary.url + "/page")
        for call in (f"fetch('{api}')", f"fetch('{api}', {{method: 'DELETE'}})",
                     f"fetch('{api}/1', {{method: 'DELETE', mode: 'no-cors'}})"):
            equal(call, other.run(f"{call}.then((answer) => answer.text()).catch(() => 'refused')"), "refused")
        answer = other.run(f"fetch('{api}', {{mode: 'no-cors'}}).then((a) => a.type).catch(() => 'refused')")
        true(answer in ("opaque", "refused"), f"no-cors: {answer}")
        events = other.run(f"""new Promise((done) => {{ const e = new EventSource('{inbox.url}api/events');
            e.onmessage = () => done('heard'); e.onerror = () => done('refused'); }})""")
        equal("events", events, "refused")
        equal("a picture", other.run("document.getElementById('i').naturalWidth"), 0)
        equal("what is left", inbox.total(), 1)
        other.close()


def metrics(inbox, page):
    """promtool reads them where it is there, and all families are there in any case."""
    inbox.send(subject="counted")
    with urllib.request.urlopen(inbox.url + "metrics") as answer:
        found = answer.read().decode()
    for name in ("comms_sink_messages_total", "comms_layer_received_octets_total", "comms_sink_clients"):
        true(f"# TYPE {name} " in found, f"no {name}")
    if shutil.which("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=found, text=True, capture_output=True)
        true(checked.returncode == 0, checked.stderr)
        print("promtool has nothing to say", checked.stderr)
    else:
        print("promtool is not installed")


def picture(inbox, page, path, width="1680", height="950", scheme="light", scale="1"):
    """Not a check: a picture of an inbox with some messages."""
    for message in gallery():
        inbox.send(message)
    page.size(int(width), int(height), float(scale))
    page.scheme(scheme)
    page.go(inbox.url)
    page.wait_for("document.querySelector('iframe.html') !== null || innerWidth <= 760")
    time.sleep(1)
    page.picture(path)


# ------------------------------------------------------------------------------------------ messages

def rich():
    """A message with a text, HTML, a picture in it, a file and a recipient that it does not name."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = "Ann Baker <ann@example.com>", "bob@example.com", "Grüße aus Köln"
    message["Message-ID"] = "<1@example.com>"
    message["Bcc"] = "eve@example.com"
    message.set_content("Dear Bob,\n\nhere they are.\n")
    message.add_alternative("<!doctype html><h1>Grüße</h1><img src='cid:p@example.com'>", subtype="html")
    message.get_payload()[1].add_related(png(30, 20, (40, 120, 60)), "image", "png", cid="<p@example.com>",
                                        filename="pixel.png", disposition="inline")
    message.add_attachment(b"a;b\r\n1;2\r\n", maintype="text", subtype="csv", filename="Größe 1.csv")
    return message


def gallery():
    def letter(sender, subject, words, *files, to="Bob <bob@example.com>"):
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message.set_content(words)
        for name in files:
            message.add_attachment(b"a;b\r\n1;2\r\n", maintype="text", subtype="csv", filename=name)
        return message
    yield letter("Cron Daemon <root@build.example>", "Backup finished in 41 s", "All 12 volumes were copied. Nothing is missing.\n")
    yield letter("Carol Ames <carol@example.com>", "Re: Minutes of Tuesday", "Thank you, all clear.\n\nCarol\n")
    yield letter("Größenwahn GmbH <rechnung@example.de>", "Ihre Rechnung über 42,00 €", "Vielen Dank für Ihren Einkauf.\n", "rechnung.csv")
    yield letter("Ann Baker <ann@example.com>", "The figures of June", "Dear Bob,\n\nhere they are, with the chart.\n", "june.csv", "chart.csv")
    yield letter("Monitor <alerts@example.com>", "Resolved: queue length", "The queue is back to normal after 4 minutes.\n")
    last = letter("Example App <no-reply@example.com>", "Confirm your address", "Welcome, Bob. Confirm your address, and it all begins.\n")
    last.add_alternative(WELCOME, subtype="html")
    last.get_payload()[1].add_related(hills(560, 150), "image", "png", cid="<hills@example.com>",
                                         filename="hills.png", disposition="inline")
    yield last


WELCOME = """<!doctype html><body style="margin:0;background:#eef2f7;font-family:Georgia,serif">
<div style="max-width:560px;margin:28px auto;background:#fff;border-radius:12px;overflow:hidden">
<img src="cid:hills@example.com" style="display:block;width:100%"><div style="padding:28px 36px 34px">
<h1 style="margin:0 0 12px;font-size:26px;color:#1b2a41">Welcome, Bob</h1>
<p style="line-height:1.6;color:#41506a">Your account is ready. Confirm your address, and the figures of June are yours.</p>
<p style="margin-top:24px"><a href="https://example.com/confirm?token=81b3" style="background:#2468d8;color:#fff;padding:12px 22px;border-radius:8px;text-decoration:none;font-family:sans-serif">Confirm the address</a></p>
<img src="https://tracker.example/pixel.gif" width="1" height="1" alt=""></div></div></body>"""


def png(width, height, colour):
    return drawn(width, height, lambda x, y: colour)


def hills(width, height):
    def at(x, y):
        for depth, tone in ((2, (38, 98, 88)), (1, (58, 128, 104)), (0, (96, 160, 124))):
            if y > height * (0.42 + 0.17 * depth) + 18 * math.sin(x / (70 - 12 * depth) + depth * 2):
                return tone
        sun = math.hypot(x - width * 0.76, y - height * 0.3)
        return (255, 222, 150) if sun < 20 else (120 + y // 2, 170 + y // 3, 226 - y // 6)
    return drawn(width, height, at)


def drawn(width, height, at):
    """A picture as PNG."""
    rows = b"".join(b"\0" + bytes(tone for x in range(width) for tone in at(x, y)) for y in range(height))
    def chunk(kind, octets):
        return struct.pack(">I", len(octets)) + kind + octets + struct.pack(">I", zlib.crc32(kind + octets))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


# ---------------------------------------------------------------------------------------- the script

class Canary:
    """A server of another origin, that takes note of what it is asked for."""

    def __enter__(self):
        canary = self
        self.asked, self.page, self.last = [], "", time.monotonic()
        # Who connects says as much as who asks.
        self.connected = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                canary.last = time.monotonic()
                if self.path != "/page":
                    canary.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write((canary.page if self.path == "/page" else "").encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self):
                canary.last = time.monotonic()
                canary.connected += 1
                return super().get_request()

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def is_quiet(self):
        """Nobody has asked for a while."""
        return time.monotonic() - self.last > 1


class Inbox:
    def __init__(self, browser, url, smtp):
        self.browser, self.url, self.smtp = browser, url, smtp

    def send(self, message=None, subject="hello", words="Hello there."):
        if message is None:
            message = email.message.EmailMessage(policy=email.policy.SMTP)
            message["From"], message["To"], message["Subject"] = "Ann <ann@example.com>", "bob@example.com", subject
            message.set_content(words)
        host, port = self.smtp.rsplit(":", 1)
        with smtplib.SMTP(host, int(port)) as client:
            client.send_message(message, from_addr=message["From"].addresses[0].addr_spec)

    def list(self):
        with urllib.request.urlopen(self.url + "api/messages") as answer:
            return json.load(answer)

    def total(self):
        return self.list()["total"]

    def newest(self):
        return self.list()["messages"][0]["id"]

    def clear(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "api/messages", method="DELETE"))

    def clean(self, page):
        """The page asked for nothing of others, and had nothing to say."""
        asked = [url for url in page.requests if not url.startswith((self.url, "data:"))]
        equal("what the page asked for", asked, [])
        equal("what the console has", page.console + page.errors, [])


def open_tab(page, name):
    page.click_on(f"[data-tab={name}]")
    equal("the tab", page.run("document.querySelector('#tabs [aria-selected=true]').dataset.tab"), name)


def text(page, selector):
    return page.run(f"document.querySelector({json.dumps(selector)}).textContent")


def wait_until(is_so, seconds=20):
    until = time.monotonic() + seconds
    while not is_so():
        true(time.monotonic() < until, "it did not come about")
        time.sleep(0.05)


def true(is_so, otherwise):
    if not is_so:
        raise AssertionError(otherwise)


def equal(what, found, expected):
    true(found == expected, f"{what}: {found!r}, expected {expected!r}")


def main(check, url, smtp, *args):
    with Browser() as browser:
        inbox = Inbox(browser, url, smtp)
        inbox.clear()
        page = browser.open(url, width=1280, height=820)
        page.wait_for("document.getElementById('port').textContent !== ''")
        globals()[check](inbox, page, *args)
        inbox.clean(page)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (AssertionError, RuntimeError, TimeoutError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
