"""What pages.sh looks for in a trace as a page, in a headless Chromium.

    python3 pages.py CHECK FILE [ARG...]

A check fails with a sentence. After each, the page must have asked for nothing but its file and have
said nothing on its console.
"""

import json
import pathlib
import random
import sys
import time

from browser import Browser


def lanes(page, *layers):
    """There is a lane for each layer, top first, and something is drawn in each."""
    names = page.run("[...document.querySelectorAll('.plot:first-child .lane-name')].map((name) => name.textContent)")
    equal("the lanes", names, list(layers))
    painted = page.run("""(() => {
        const canvas = document.querySelector('.plot canvas');
        const { top } = canvas.getBoundingClientRect();
        const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        pen.drawImage(canvas, 0, 0);
        return [...document.querySelectorAll('.plot:first-child .lane-name')].map((name) => {
            const box = name.getBoundingClientRect();
            const middle = Math.round((box.top + box.height / 2 - top) * canvas.height / canvas.clientHeight);
            const row = pen.getImageData(0, middle, canvas.width, 1).data;
            return new Set(new Uint32Array(row.buffer)).size;
        });
    })()""")
    print("colours in each lane:", painted)
    true(all(colours > 3 for colours in painted), f"a lane is empty: {painted}")
    wanted = ["Own work", "Down", "Up"]
    heads = page.run("[...document.querySelectorAll('#seams thead th')].map((head) => head.textContent)")
    true(set(wanted) <= set(heads), f"the table of the seams has {heads}")


def phases(page, *names):
    """The phases are there, in this order, and a click shows one alone."""
    found = page.run("[...document.querySelectorAll('.phase b')].map((name) => name.textContent)")
    equal("the phases", found, list(names))
    page.click_on(".phase.send")
    true(page.run("document.querySelector('.phase.send').textContent.startsWith('transfer')"), "no transfer")


def seams(page, *_):
    """Below TLS there are more octets than above, in both directions; the layers above are the same."""
    rows = page.run("""[...document.querySelectorAll('#seams tbody tr')].map((row) =>
        [...row.children].slice(0, 4).map((cell) => cell.textContent))""")
    print(*rows, sep="\n")
    cells = {row[0]: row for row in rows}
    for way in (2, 3):
        true("+" in cells["Tcp"][way] and "%" in cells["Tcp"][way], f"no overhead of TLS: {cells['Tcp']}")
        true("±0 %" in cells["Tls"][way], f"Util and Tls differ: {cells['Tls']}")
    true("SmtpMessage" in cells["Smtp"][2], f"no message: {cells['Smtp']}")


def click(page, *_):
    """A click on a span opens its octets and marks the line of the dialogue that belongs to it."""
    left, top, width = page.run("""(() => {
        const canvas = document.querySelector('.plot canvas').getBoundingClientRect();
        const name = document.querySelector('.lane-name:last-child').getBoundingClientRect();
        return [canvas.left, name.top + name.height / 2, canvas.width];
    })()""")
    for step in range(400):
        page.click(left + (step + 0.5) * width / 400, top)
        if page.run("document.querySelector('#panel pre') !== null"):
            break
    title = page.run("document.querySelector('#panel h2')?.textContent ?? ''")
    print("opened:", title)
    true(title.startswith("Tcp "), f"a click in the lane of Tcp opened {title!r}")
    figures = page.run("[...document.querySelectorAll('#panel dt')].map((name) => name.textContent)")
    true({"Began", "Took"} <= set(figures), f"the panel has {figures}")
    true(page.run("document.querySelector('.line.chosen') !== null"), "no line is marked")
    true(page.run("!document.querySelector('.focus').hidden"), "no frame is around the span")
    page.move(left + width / 3, top)
    page.key("Escape")
    true(page.run("document.getElementById('panel').hidden"), "Escape does not close the panel")


def hover(page, *_):
    """The pointer over a span shows a tooltip."""
    left, top, width = page.run("""(() => {
        const canvas = document.querySelector('.plot canvas').getBoundingClientRect();
        const name = document.querySelector('.lane-name').getBoundingClientRect();
        return [canvas.left, name.top + name.height / 2, canvas.width];
    })()""")
    page.move(left + width / 3, top)
    text = page.run("document.getElementById('tip').hidden ? '' : document.getElementById('tip').textContent")
    print("tooltip:", text)
    true(text.startswith("Smtp "), f"the tooltip says {text!r}")


def dialogue(page, *_):
    """A click on a line of the dialogue shows its record, and where it lies in the lanes."""
    lines = page.run("[...document.querySelectorAll('.line')].map((line) => line.textContent)")
    print(*lines[:12], sep="\n")
    at = next(at for at, line in enumerate(lines) if "EHLO" in line)
    page.click_on(f".line:nth-child({at + 1})")
    true(page.run("document.querySelector('#panel pre').textContent").startswith("C: EHLO"), "not its record")
    label = page.run("document.querySelector('.focus').ariaLabel ?? document.querySelector('.focus').getAttribute('aria-label')")
    true(label.startswith("Smtp: C: EHLO"), f"the frame is around {label!r}")
    true(any("of content" in line for line in lines), "the content has no line")
    page.run("document.getElementById('lines').focus()")
    page.key("ArrowDown")
    equal("the line below", page.run("document.querySelector('.line.chosen .text').textContent")[:14], "250 localhost ")
    true(page.run("document.querySelector('.focus').getAttribute('aria-label')").startswith("Smtp: S: 250 "), "not framed")


def search(page, word, *_):
    """`/` searches octets and records, Enter goes on, and each hit is shown."""
    page.key("/")
    page.type(word)
    count = int(hits(page))
    print(count, "hits for", word)
    true(count > 1, f"{count} hits for {word}")
    page.key("Enter")
    equal("the hits", hits(page), f"1 of {count}")
    page.click_on("#hit-next")
    equal("the hits", hits(page), f"2 of {count}")
    page.click_on("#hit-before")
    page.click_on("#hit-before")
    equal("the hits", hits(page), f"{count} of {count}")
    label = page.run("document.querySelector('.focus').getAttribute('aria-label')")
    true(bool(label), "no hit is framed")
    page.run("document.getElementById('find').focus()")
    page.key("Escape")
    equal("the hits behind Escape", hits(page), "")
    page.key("/")
    page.type("no such word")
    equal("the hits of nothing", hits(page), "0")


def hits(page):
    return page.run("document.getElementById('hits').textContent")


def keys(page, *_):
    """All can be reached without a mouse."""
    def framed():
        return page.run("document.querySelector('.focus:not([hidden])')?.getAttribute('aria-label') ?? ''")
    def width():
        return page.run("document.querySelector('.focus').getBoundingClientRect().width")
    page.key("ArrowRight")
    first = framed()
    true(first.startswith("Smtp"), f"the first is {first!r}")
    page.key("ArrowDown")
    true(framed().startswith("Util"), f"below it is {framed()!r}")
    true(page.run("document.activeElement.className === 'focus'"), "the span has not the focus")
    below = framed()
    page.key("ArrowRight")
    true(framed() != below, "the next is the same")
    page.key("ArrowLeft")
    equal("back again", framed(), below)
    page.key("ArrowUp")
    equal("up again", framed(), first)
    before = width()
    page.key("+")
    true(width() > before, "plus does not zoom")
    page.key("0")
    equal("the width behind 0", width(), before)
    page.key("Enter")
    true(page.run("!document.getElementById('panel').hidden"), "Enter does not open the panel")
    page.key("Escape")
    true(page.run("document.getElementById('panel').hidden"), "Escape does not close the panel")
    page.key("?")
    true(page.run("document.getElementById('help').open"), "? does not show the keys")
    page.key("Escape")
    page.wait_for("!document.getElementById('help').open")
    ground = page.run("getComputedStyle(document.body).backgroundColor")
    page.key("t")
    true(page.run("getComputedStyle(document.body).backgroundColor") != ground, "t changes no colour")


def zooming(page, *_):
    """The wheel zooms, dragging moves, and a part can be chosen in the overview."""
    page.key("ArrowRight")
    x, y = page.middle(".plot canvas")
    def box():
        return page.run("(({ left, width }) => [left, width])(document.querySelector('.focus').getBoundingClientRect())")
    start = box()
    page.wheel(x, y, -400)
    page.wait_for(f"document.querySelector('.focus').getBoundingClientRect().width !== {start[1]}")
    print("framed at", start, "and behind the wheel at", box())
    page.key("0")
    equal("fitted", box(), start)
    x, y = page.middle("#overview")
    page.drag((x - 50, y), (x + 50, y))
    true(page.run("document.querySelector('.focus').hidden") or box() != start, "the overview chooses nothing")
    page.key("0")
    equal("fitted", box(), start)


def failed(page, layer, kind, *_):
    """What failed is seen at once, with its layer, and a click shows why."""
    tile = page.run("document.getElementById('failure').textContent")
    print(tile)
    true(f"Failed in {layer}: {kind}" in tile, f"the summary says {tile!r}")
    page.click_on("#failure")
    error = page.run("document.querySelector('#panel .error').textContent")
    print(error)
    true(f"in {layer}" in error, f"the panel says {error!r}")
    title = page.run("document.querySelector('#panel h2').textContent")
    true(title.startswith(f"{layer} "), f"the panel is of {title!r}")
    true(page.run("document.querySelector('.line.bad') !== null"), "the dialogue has no line of it")


def several(page, count, *_):
    """Each connection has lanes of its own; another can be chosen."""
    equal("the connections", page.run("document.querySelectorAll('.plot').length"), int(count))
    said = page.run("document.getElementById('lines').textContent")
    page.key("]")
    equal("the second is chosen", page.run("document.querySelectorAll('#choice [aria-pressed=true]')[0].textContent"), "2")
    true(page.run("document.getElementById('lines').textContent") != said, "the dialogue is the same")
    page.click_on("#choice button:nth-child(1)")
    equal("the first again", page.run("document.getElementById('lines').textContent"), said)


def hostile(page, *_):
    """What the server says stays text."""
    equal("scripts", page.run("document.querySelectorAll('script').length"), 2)
    equal("pictures", page.run("document.querySelectorAll('img').length"), 0)
    equal("what has run", page.run("typeof ran"), "undefined")
    lines = page.run("[...document.querySelectorAll('.line.bad')].map((line) => line.textContent)")
    print(*lines)
    true(any("</script><script>ran=1</script><img src=x onerror=ran=1>" in line for line in lines), "not as it was said")
    page.click_on(".line.bad")
    true("<img" in page.run("document.querySelector('#panel pre').textContent"), "not in the panel")
    # Markup that somebody put there would not run either.
    page.run("document.body.insertAdjacentHTML('beforeend', '<b id=probe onclick=\"ran=1\">x</b>')")
    page.run("document.getElementById('probe').click()")
    equal("what has run", page.run("typeof ran"), "undefined")
    refused = [error for error in page.errors if "Content Security Policy" in error]
    true(len(refused) == len(page.errors) == 1, f"the policy said {page.errors}")
    page.errors.clear()


def schemes(page, *_):
    """Dark and light, each with contrast enough (WCAG 2, 1.4.3)."""
    grounds = []
    for scheme in ("light", "dark"):
        page.scheme(scheme)
        page.settle()
        grounds.append(page.run("getComputedStyle(document.body).backgroundColor"))
        worst = page.run(CONTRASTS)
        print(scheme, worst)
        true(all(ratio >= 4.5 for ratio in worst.values()), f"too little contrast, {scheme}: {worst}")
    true(grounds[0] != grounds[1], f"both are {grounds[0]}")


CONTRASTS = """(() => {
    const probe = document.body.appendChild(document.createElement('i'));
    const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const light = (name) => {
        probe.style.color = `var(--${name})`;
        pen.fillStyle = getComputedStyle(probe).color;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((part) =>
            part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
    const found = {};
    for (const [text, ground] of [['ink', 'sheet'], ['soft', 'sheet'], ['soft', 'ground'], ['soft', 'raised'],
        ['bad', 'sheet'], ['warn', 'sheet'], ['good', 'sheet'], ['send', 'sheet'], ['receive', 'sheet'],
        ...['send', 'receive', 'connect', 'secure', 'warn', 'other'].map((tone) => ['ink', `phase-${tone}`])]) {
        found[`${text} on ${ground}`] = Math.round(ratio(text, ground) * 100) / 100;
    }
    probe.remove();
    return found;
})()"""


def widths(page, *_):
    """From a telephone to a wall: nothing is wider than the screen, and no text is cut off."""
    # However the times were shared.
    page.run("document.querySelector('.shares b').textContent = ['peer', 'writing', 'us', 'outside'].map((who) => `${who}\u00a099\u00a0%`).join(' · ')")
    for width, height in ((400, 800), (420, 900), (860, 700), (861, 700), (1400, 900), (3840, 2160)):
        page.size(width, height)
        page.settle()
        wide = page.run("document.documentElement.scrollWidth")
        cut = page.run("""[...document.querySelectorAll('.tile, .tile *, .phase, .choice, .chip, .tools button, .lane-name, h1, footer span, .scroll')]
            .filter((one) => (one.scrollWidth > one.clientWidth + 1 || one.matches('.choice, .tile') && one.scrollHeight > one.clientHeight + 1) && getComputedStyle(one).display !== 'inline')
            .map((one) => one.className + ' ' + one.textContent)""")
        print(width, "wide:", wide, "cut:", cut)
        true(wide <= width, f"{wide} pixels at a width of {width}")
        equal(f"cut off at {width}", cut, [])
        high = page.run("document.querySelector('.plot canvas').getBoundingClientRect().height")
        true(high > 80, f"lanes of {high} pixels at a width of {width}")


def plain(page, *words):
    """Without scripts it is a transcript."""
    page.go(page.url, runs=False)
    text = page.run("document.querySelector('noscript').textContent")
    shown = page.run("document.querySelector('noscript').getBoundingClientRect().height")
    true(shown > 100, f"the transcript is {shown} pixels high")
    for word in words:
        true(word in text, f"{word!r} is not in it")


def paper(page, *_):
    """It can be printed: all of the dialogue, and no tools."""
    page.scheme("dark", media="print")
    page.run("dispatchEvent(new Event('beforeprint'))")
    equal("tools", page.run("getComputedStyle(document.querySelector('.tools')).display"), "none")
    lines = page.run("document.querySelectorAll('.line').length")
    true(lines == page.run("Number([...document.querySelectorAll('.line')].at(-1).dataset.index)") + 1, f"{lines} lines")
    equal("the paper", page.run("getComputedStyle(document.querySelector('.lanes')).backgroundColor"), "rgb(255, 255, 255)")
    paper = page.call("Page.printToPDF", printBackground=True)["data"]
    print(lines, "lines,", len(paper), "octets in base64")
    true(len(paper) > 20_000, "the paper is empty")


def odd(page, *_):
    """Events in any order, with names and texts of any kind, break nothing: a trace may have lost some."""
    for seed in range(25):
        chance = random.Random(seed)
        show(page, [any_event(chance, at) for at in range(chance.choice([0, 1, 3, 40, 300]))])
        page.size(*chance.choice([(400, 800), (1000, 700), (1600, 1000)]))
        for key in chance.choices(["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "+", "z", "0", "Enter", "Escape", "]", "n"], k=12):
            page.key(key)
        wide = page.run("document.documentElement.scrollWidth - innerWidth")
        equal(f"with seed {seed}, errors and pixels too many", (page.errors, wide), ([], 0))


def any_event(chance, at):
    depth = chance.randrange(chance.choice([1, 2, 5, 13]))
    layer = chance.choice(["Tcp", "Smtp", "__proto__", "constructor", "<img>", "A" * 60])
    event = {"at": at * chance.choice([0, 1000, 10**6]), "stack": chance.choice([1, 1, 2, 10**10]),
             "layer": f"{layer}{depth}", "depth": depth, "event": chance.choice(["begin", "end", "record"])}
    if event["event"] == "record":
        text = chance.choice(["C: EHLO a", "S: 250 b", "S: 550 no", "C: constructor", "C: ", "S: 354", "", "x" * 2000])
        return event | {"severity": chance.choice(["info", "warn", "error"]), "level": chance.choice(["script", "debug"]), "text": text}
    event["operation"] = chance.choice(["connect", "send", "receive", "start_tls", "flush", "disconnect", "accept"])
    if chance.random() < 0.5:
        event |= {"octets": chance.randrange(99_999), "data": chance.choice(["", "NOOP\\r\\n", "<b>\\\\r", "x" * 3000]), "cut": True}
    if event["event"] == "end":
        event["took"] = chance.randrange(10**9)
        if chance.random() < 0.3:
            event["error"] = {"class": "delivery_unknown", "text": "x" * chance.randrange(400)}
    return event


def many(page, *_):
    """With 100 000 events it stays usable."""
    _, *events = json.loads(page.run("document.getElementById('trace').textContent"))
    length = max(event["at"] for event in events) + 1_000_000
    more = []
    for at in range(EVENTS):
        event = dict(events[at % len(events)])
        event["at"] += at // len(events) * length
        event["stack"] = 1 + at // len(events) % 4
        more.append(event)
    took = show(page, more)
    print(f"{EVENTS} events: shown after {took:.1f} s")
    true(took < 30, "too slow to load")
    true(page.run("document.querySelectorAll('*').length") < 1000, "too many elements")
    slowest = 0
    for key in ["ArrowRight", "ArrowDown", *["+"] * 12, "ArrowRight", "ArrowRight", *["-"] * 12]:
        page.key(key)
        slowest = max(slowest, float(page.run("document.documentElement.dataset.drawn")))
    print(f"the slowest of 28 pictures took {slowest} ms")
    true(slowest < 1000, "too slow to draw")
    page.key("/")
    began = time.monotonic()
    page.type("queued")
    print(f"a search took {time.monotonic() - began:.2f} s: {hits(page)} hits")
    true(time.monotonic() - began < 5, "too slow to search")


def show(page, events):
    """Shows the page with other events; gives the seconds that it took."""
    lines = [json.dumps(event).replace("<", "\\u003c") for event in [{"comms_trace": 1}, *events]]
    before, rest = pathlib.Path(page.path).read_text(encoding="utf-8").split('type="application/json"', 1)
    tag, behind = rest.split(">", 1)[0], rest[rest.index("</script"):]
    other = pathlib.Path(page.path).with_suffix(".other.html")
    other.write_text(f'{before}type="application/json"{tag}>[\n' + ",\n".join(lines) + "\n]\n" + behind, encoding="utf-8")
    began = time.monotonic()
    page.requests.clear()
    page.go(other.as_uri())
    page.url = other.as_uri()
    return time.monotonic() - began


def picture(page, path, width="1400", height="900", scheme="light", scale="1", *actions):
    """Not a check: a picture, after keys were pressed."""
    page.size(int(width), int(height), float(scale))
    page.scheme(scheme)
    page.go(page.url)
    page.requests.clear()
    for key in actions:
        page.key(key)
    page.picture(path, whole=int(width) < 860)
    page.requests.append(page.url)


# ---------------------------------------------------------------------------------------- the script

def true(is_so, otherwise):
    if not is_so:
        raise AssertionError(otherwise)


def equal(what, found, expected):
    true(found == expected, f"{what}: {found!r}, expected {expected!r}")


def main(check, file, *args):
    path = pathlib.Path(file).resolve()
    with Browser() as browser:
        page = browser.open(path.as_uri())
        page.path, page.url = str(path), path.as_uri()
        globals()[check](page, *args)
        asked = [url for url in page.requests if url != page.url and not url.startswith("data:")]
        equal("what the page asked for", asked, [])
        equal("what the console has", page.console + page.errors, [])


EVENTS = 100_000

if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (AssertionError, RuntimeError, TimeoutError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
