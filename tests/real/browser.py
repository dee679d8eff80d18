"""A headless Chromium, spoken to by the DevTools protocol over a pipe: no port, no library.

    with Browser() as browser:
        page = browser.open("file:///tmp/trace.html", width=1400, height=900)
        page.run("document.title")

What a page asks for, what it says on its console and what goes wrong in it is gathered in `requests`,
`console` and `errors` of the page.
"""

import base64
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time


class Browser:
    """A Chromium of its own, with a profile that is gone when it ends."""

    def __init__(self, program=None):
        self.program = program or shutil.which("chromium") or shutil.which("chromium-browser")
        if not self.program:
            raise FileNotFoundError("chromium is not installed")
        self.numbers = itertools.count(1)
        self.pages = {}
        self.rest = b""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="comms-chromium.")
        commands, self.to = os.pipe()
        self.answers, events = os.pipe()
        # Chromium hears on 3 and speaks on 4.
        shell = 'exec "$@" 3<&"$IN" 4>&"$OUT"'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "chromium", self.program, *FLAGS, f"--user-data-dir={self.profile}"],
            env={**os.environ, "IN": str(commands), "OUT": str(events)},
            pass_fds=(commands, events), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(commands)
        os.close(events)
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(LONGEST)
        except (OSError, RuntimeError, TimeoutError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, url, width=1400, height=900, scheme="light", scale=1, touch=False, draws=True):
        """A new page, when it has loaded; `draws` says that it can tell when it has been drawn, which a
        page in a sandbox cannot."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        self.pages[session] = page
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        page.size(width, height, scale, touch)
        page.scheme(scheme)
        page.go(url, draws=draws)
        return page

    def call(self, method, session=None, **params):
        """Asks for something, and takes note of what happens until the answer comes."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        octets = json.dumps(message).encode() + b"\0"
        while octets:
            octets = octets[os.write(self.to, octets):]
        while True:
            answer = self.hear(LONGEST)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.note(answer)

    def note(self, event):
        page = self.pages.get(event.get("sessionId"))
        if page and "method" in event:
            page.note(event["method"], event["params"])

    def hear(self, seconds):
        """The next message."""
        until = time.monotonic() + seconds
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                raise TimeoutError(f"Chromium said nothing for {seconds} s")
            octets = os.read(self.answers, 1 << 20)
            if not octets:
                raise RuntimeError("Chromium has ended")
            self.rest += octets
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)


class Page:
    """A page of the browser."""

    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target
        self.requests, self.console, self.errors = [], [], []
        self.loaded = False

    def call(self, method, **params):
        return self.browser.call(method, session=self.session, **params)

    def note(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            words = [str(arg.get("value", arg.get("description", ""))) for arg in params["args"]]
            self.console.append(f"{params['type']}: {' '.join(words)}")
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded":
            entry = params["entry"]
            self.errors.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Page.loadEventFired":
            self.loaded = True

    def go(self, url, runs=True, draws=True):
        """To another page; `runs` says that scripts run there, `draws` that it can tell what it draws."""
        self.loaded = False
        self.call("Emulation.setScriptExecutionDisabled", value=not runs)
        self.call("Page.navigate", url=url)
        while not self.loaded:
            self.browser.note(self.browser.hear(LONGEST))
        if runs and draws:
            self.settle()

    def size(self, width, height, scale=1, touch=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=touch)

    def scheme(self, name, media=""):
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": name}])

    def run(self, script):
        """What an expression comes to, as JSON has it."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def settle(self):
        """Waits until what is due has been drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def wait_for(self, script, seconds=10):
        """Waits until an expression is true."""
        until = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > until:
                raise TimeoutError(f"never true: {script}")
            self.settle()

    def key(self, name, modifiers=0):
        """Presses a key: `Enter`, `ArrowLeft`, or a character."""
        code, text = KEYS.get(name, (ord(name[0].upper()), name))
        params = {"key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **params)
        self.call("Input.dispatchKeyEvent", type="keyUp", **params)
        self.settle()

    def type(self, text):
        self.call("Input.insertText", text=text)
        self.settle()

    def move(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.settle()

    def click(self, x, y, count=1, modifiers=0):
        params = {"x": x, "y": y, "button": "left", "clickCount": count, "modifiers": modifiers}
        self.call("Input.dispatchMouseEvent", type="mousePressed", **params)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", **params)
        self.settle()

    def click_on(self, selector):
        """Clicks in the middle of the first element of a selector."""
        x, y = self.middle(selector)
        self.click(x, y)

    def middle(self, selector):
        return self.run(f"""(() => {{
            const found = document.querySelector({json.dumps(selector)});
            found.scrollIntoView({{ block: "nearest" }});
            const box = found.getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];
        }})()""")

    def drag(self, start, end, modifiers=0):
        steps = 5
        params = {"button": "left", "buttons": 1, "modifiers": modifiers}
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=start[0], y=start[1], clickCount=1, **params)
        for step in range(1, steps + 1):
            x, y = (start[at] + (end[at] - start[at]) * step / steps for at in (0, 1))
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, **params)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1], clickCount=1, **params)
        self.settle()

    def wheel(self, x, y, by, modifiers=0):
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=by, modifiers=modifiers)
        self.settle()

    def picture(self, path, whole=False):
        self.settle()
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.pages.pop(self.session, None)


KEYS = {
    "Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowLeft": (37, ""), "ArrowUp": (38, ""),
    "ArrowRight": (39, ""), "ArrowDown": (40, ""),
}
FLAGS = [
    "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--no-first-run", "--disable-background-networking", "--disable-extensions",
]
# Seconds after which Chromium is taken to hang.
LONGEST = 60
