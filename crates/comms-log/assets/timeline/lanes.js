// The lanes on canvases, and the part of the time that they show.

/** The part of the time that is shown, in nanoseconds since the trace began. */
class View {
  constructor(begin, end) {
    const span = Math.max(1000, end - begin);
    Object.assign(this, { first: begin - span * EDGE, last: begin + span * (1 + EDGE) });
    this.fit();
  }

  fit() {
    this.show(this.first, this.last);
  }

  show(from, to) {
    const length = Math.min(Math.max(to - from, SHORTEST), this.last - this.first);
    const middle = (from + to) / 2;
    this.from = Math.min(Math.max(middle - length / 2, this.first), this.last - length);
    this.to = this.from + length;
  }

  get length() {
    return this.to - this.from;
  }

  get isWhole() {
    return this.length >= (this.last - this.first) * 0.999;
  }

  zoom(factor, at = (this.from + this.to) / 2) {
    const share = (at - this.from) / this.length;
    const length = Math.min(Math.max(this.length / factor, SHORTEST), this.last - this.first);
    this.show(at - share * length, at + (1 - share) * length);
  }

  move(share) {
    this.show(this.from + share * this.length, this.to + share * this.length);
  }

  /** Moves so that what lies between is seen. */
  reveal(from, to) {
    const room = this.length * 0.1;
    if (from >= this.from && to <= this.to) return;
    if (to - from > this.length - 2 * room) this.show(from - room, to + room);
    else if (from < this.from) this.show(from - room, from - room + this.length);
    else this.show(to + room - this.length, to + room);
  }
}

/** What is drawn with, as the style has it for dark or light. */
function paints() {
  const probe = document.body.appendChild(document.createElement("i"));
  const paint = {};
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    paint[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  paint.hatch = Object.fromEntries(["receive", "connect", "other", "bad"].map((name) => [name, hatch(paint[name])]));
  return paint;
}

function hatch(colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8 * DENSITY;
  const pen = tile.getContext("2d");
  pen.scale(DENSITY, DENSITY);
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  for (const at of [-8, 0, 8]) {
    pen.moveTo(at - 2, 10);
    pen.lineTo(at + 10, -2);
  }
  pen.stroke();
  const pattern = pen.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / DENSITY));
  return pattern;
}

/** Makes the canvas as sharp as the screen; gives a pen that counts in CSS pixels. */
function penOf(canvas, width, height, density = DENSITY) {
  const pen = canvas.getContext("2d");
  const [wide, high] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.height = `${height}px`;
  }
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

/** One session: a row for its phases, and a lane for each layer. */
class Plot {
  constructor(session, view) {
    Object.assign(this, { session, view, hits: new Set() });
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.focus = element("button", { class: "focus", type: "button", hidden: "" });
    const names = session.lanes.map((lane) =>
      element("li", { class: "lane-name", title: `${lane.name}: ${lane.calls} calls` }, lane.name));
    this.head = element("h2", { class: "plot-head" });
    const field = element("div", { class: "field" });
    field.append(this.canvas, this.focus);
    const list = element("ol", { class: "names", "aria-label": "Layers, top first" });
    list.append(element("li", { class: "phase-name" }, "Phase"), ...names);
    const rows = element("div", { class: "rows" });
    rows.append(list, field);
    this.root = element("section", { class: "plot", "aria-label": `Connection ${session.number}` });
    this.root.append(this.head, rows);
    this.rowsOf(LANE);
  }

  /** Makes the lanes so high. */
  rowsOf(height) {
    this.row = height;
    this.high = height - 2 * INSET - 2;
    this.height = PHASE + height * this.session.lanes.length + 6;
    this.root.style.setProperty("--row", `${height}px`);
  }

  x(at) {
    return (at - this.view.from) / this.view.length * this.width;
  }

  top(lane) {
    return PHASE + this.row * lane.at;
  }

  draw(paint, selected, density) {
    this.width = this.canvas.clientWidth;
    if (this.width === 0) return;
    this.pen = penOf(this.canvas, this.width, this.height, density);
    this.paint = paint;
    this.grid();
    this.phases();
    for (const lane of this.session.lanes) this.lane(lane);
    if (this.session.failure) this.failure(this.session.failure);
    this.place(selected?.session === this.session ? selected : undefined);
  }

  grid() {
    const { pen, paint, width } = this;
    pen.fillStyle = paint.line;
    for (const { at } of ticks(this.view, width)) pen.fillRect(Math.round(this.x(at)), 0, 1, this.height);
    for (const lane of this.session.lanes) pen.fillRect(0, this.top(lane), width, 1);
  }

  phases() {
    const { pen, paint } = this;
    for (const phase of this.session.phases) {
      const [from, to] = [this.x(phase.at), this.x(phase.end)];
      if (to < 0 || from > this.width) continue;
      const [left, right] = [Math.max(from, -4), Math.min(to, this.width + 4)];
      pen.fillStyle = paint[`phase-${PHASE_TONES[phase.name] ?? "other"}`];
      round(pen, left + 0.5, 3, Math.max(1.5, right - left - 1), PHASE - 8, 3);
      this.label(phase.name, left, right, PHASE / 2 - 1, paint.ink, "600 11px");
    }
  }

  lane(lane) {
    const { items } = lane;
    let drawn = -1;
    for (let at = this.firstSeen(lane); at < items.length && items[at].at <= this.view.to; at += 1) {
      const item = items[at];
      if (item.kind === "record") continue;
      const [from, to] = [this.x(item.at), this.x(item.end)];
      if (to < 0) continue;
      // Thousands of short calls in one pixel are one stroke.
      if (to <= drawn && !item.error && !this.hits.has(item)) continue;
      this.span(item, Math.max(from, drawn > from && to - from < 2 ? drawn : from), to);
      drawn = Math.max(drawn, Math.floor(Math.max(to, from + 1)));
    }
    this.marks(lane);
  }

  /** The first item that may reach into the view: calls of a lane do not overlap. */
  firstSeen(lane) {
    const at = lowest(lane.items, (item) => item.at >= this.view.from);
    let first = at - 1;
    while (first > 0 && lane.items[first].kind === "record") first -= 1;
    return Math.max(0, first);
  }

  span(call, from, to) {
    const { pen, paint } = this;
    const [left, right] = [Math.max(from, -4), Math.min(Math.max(to, from + 1.5), this.width + 4)];
    const [top, width] = [this.top(call.lane) + INSET, Math.max(1.5, right - left)];
    const tone = call.error ? "bad" : toneOf(call);
    pen.fillStyle = paint[tone];
    if (width < 4) {
      pen.globalAlpha = call.wait ? 0.5 : 0.75;
      pen.fillRect(left, top, width, this.high);
      pen.globalAlpha = 1;
    } else {
      this.body(call, left, right, top, tone);
      this.words(call, left, right, top);
    }
    if (this.hits.has(call)) {
      pen.fillStyle = paint.hit;
      pen.fillRect(left, top + this.high - 3, Math.max(3, width), 3);
    }
  }

  /** What it was, how much, and the octets: below that where there is room. */
  words(call, left, right, top) {
    const said = call.out?.data || call.in?.data || call.error?.text || "";
    const size = (call.out ?? call.in)?.octets;
    const what = [call.operation, call.object, size > 0 && grouped(size)].filter(Boolean).join(" ");
    if (this.high >= TWO_LINES) {
      this.label(what, left, right, top + this.high / 2 - 8, this.paint.ink, "600 11px");
      this.label(said, left, right, top + this.high / 2 + 8, this.paint.ink, "11px", MONO);
    } else {
      this.label(`${what} ${said}`, left, right, top + this.high / 2, this.paint.ink, "11px");
    }
  }

  /** The whole lightly; stronger where the layer works itself; hatched where it waits for the peer. */
  body(call, left, right, top, tone) {
    const { pen, paint } = this;
    pen.globalAlpha = 0.17;
    round(pen, left, top, right - left, this.high, 3);
    pen.globalAlpha = 1;
    if (call.wait) {
      pen.globalAlpha = 0.4;
      pen.fillStyle = paint.hatch[tone] ?? paint.hatch.other;
      round(pen, left, top, right - left, this.high, 3);
    } else {
      pen.globalAlpha = 0.4;
      this.ownWork(call, left, right, top);
    }
    pen.globalAlpha = call.error ? 1 : 0.55;
    pen.strokeStyle = paint[tone];
    pen.lineWidth = call.error ? 2 : 1;
    outline(pen, left + 0.5, top + 0.5, right - left - 1, this.high - 1, 3);
    pen.globalAlpha = 1;
  }

  ownWork(call, left, right, top) {
    const { children } = call;
    let free = left;
    let at = Math.max(0, lowest(children, (child) => child.at >= this.view.from) - 1);
    for (; at < children.length && free < right; at += 1) {
      const [from, to] = [this.x(children[at].at), this.x(children[at].end)];
      if (from - free >= 0.5) this.pen.fillRect(free, top, Math.min(from, right) - free, this.high);
      free = Math.max(free, to);
    }
    if (right > free) this.pen.fillRect(free, top, right - free, this.high);
  }

  /** Records: down for what was said, up for what was heard, a dot for the rest. */
  marks(lane) {
    const { pen, paint } = this;
    let drawn = -9;
    const first = lowest(lane.items, (item) => item.at >= this.view.from);
    for (let at = first; at < lane.items.length && lane.items[at].at <= this.view.to; at += 1) {
      const item = lane.items[at];
      if (item.kind === "call") continue;
      const x = this.x(item.at);
      const tone = markTone(item);
      if (x - drawn < 5 && tone !== "bad" && !this.hits.has(item)) continue;
      drawn = x;
      const middle = this.top(lane) + this.row - 4;
      pen.fillStyle = paint[tone];
      pen.beginPath();
      if (/^[CS]: /.test(item.text)) {
        const tip = item.text.startsWith("C") ? 3.5 : -3.5;
        pen.moveTo(x - 4, middle - tip);
        pen.lineTo(x + 4, middle - tip);
        pen.lineTo(x, middle + tip);
      } else {
        pen.arc(x, middle, 3, 0, 7);
      }
      pen.fill();
      if (this.hits.has(item)) {
        pen.fillStyle = paint.hit;
        pen.fillRect(x - 4, this.top(lane) + 1, 8, 3);
      }
    }
  }

  failure(failure) {
    const { pen, paint } = this;
    const x = Math.round(this.x(failure.call.end));
    if (x < -1 || x > this.width + 1) return;
    pen.fillStyle = paint.bad;
    pen.fillRect(x - 1, 0, 2, this.height);
    const text = `✕ ${failure.layer}: ${named(failure.class)}`;
    pen.font = `600 11px ${FONT}`;
    const wide = pen.measureText(text).width + 12;
    const left = x + wide > this.width ? x - wide : x;
    round(pen, Math.max(0, left), 2, wide, PHASE - 6, 3);
    pen.fillStyle = paint.sheet;
    pen.textBaseline = "middle";
    pen.fillText(text, Math.max(0, left) + 6, PHASE / 2 - 0.5);
  }

  /** Text between two places, as much as fits. */
  label(text, left, right, middle, colour, font, family = FONT) {
    const { pen } = this;
    const from = Math.max(left, 0) + 5;
    const room = Math.min(right, this.width) - from - 4;
    if (room < 14) return;
    pen.font = `${font} ${family}`;
    pen.fillStyle = colour;
    pen.textBaseline = "middle";
    pen.fillText(fitting(pen, text, room), from, middle + 0.5);
  }

  /** Puts the frame of the chosen item, which has the focus, where it lies. */
  place(item) {
    const { focus } = this;
    const [from, to] = item ? [this.x(item.at), this.x(item.end)] : [0, 0];
    const record = item?.kind === "record";
    focus.hidden = !item || to < 0 || from > this.width;
    if (focus.hidden) return;
    const left = Math.max(from - (record ? 6 : 2), -2);
    const right = Math.min(Math.max(to, from + 2) + (record ? 4 : 2), this.width + 2);
    focus.style.left = `${left}px`;
    focus.style.width = `${Math.max(right - left, 6)}px`;
    focus.style.top = `${this.top(item.lane) + (record ? this.row - 11 : INSET - 2)}px`;
    focus.style.height = `${record ? 14 : this.high + 4}px`;
    focus.setAttribute("aria-label", told(item));
  }

  /** The phase at a place of the canvas. */
  phaseAt(x, y) {
    const at = this.view.from + x / this.width * this.view.length;
    return y < PHASE ? this.session.phases.find((phase) => phase.at <= at && at <= phase.end) : undefined;
  }

  /** What lies at a place of the canvas, or close by. */
  itemAt(x, y) {
    const lane = this.session.lanes[Math.floor((y - PHASE) / this.row)];
    if (!lane) return undefined;
    const at = this.view.from + x / this.width * this.view.length;
    const near = this.view.length / this.width * 5;
    const low = y - this.top(lane) > this.row - 10;
    let best;
    const from = lowest(lane.items, (item) => item.at > at + near);
    for (let index = from - 1, calls = 0; index >= 0 && calls < 3; index -= 1) {
      const item = lane.items[index];
      const far = Math.max(item.at - at, at - item.end, 0);
      if (item.kind === "record" && (at - item.at > near || !low)) continue;
      calls += item.kind === "call" ? 1 : 0;
      const cost = far - (item.kind === "record" ? near : 0);
      if (far <= near && (!best || cost < best.cost)) best = { item, cost };
    }
    return best?.item;
  }
}

// ----------------------------------------------------------------------------------------- helpers

/** The place of the first for which it is true; it is true for all behind that. */
function lowest(items, isTrue) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isTrue(items[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

function fitting(pen, text, room) {
  const most = Math.ceil(room / 4);
  let shown = text.length > most ? text.slice(0, most) : text;
  if (shown === text && pen.measureText(shown).width <= room) return shown;
  let [low, high] = [0, shown.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${shown.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low < 3 ? "" : `${shown.slice(0, low).trimEnd()}…`;
}

function round(pen, left, top, width, height, radius) {
  pen.beginPath();
  pen.roundRect(left, top, width, height, Math.min(radius, width / 2));
  pen.fill();
}

function outline(pen, left, top, width, height, radius) {
  pen.beginPath();
  pen.roundRect(left, top, Math.max(0, width), height, Math.min(radius, width / 2));
  pen.stroke();
}

function toneOf(call) {
  return TONES[call.operation] ?? "other";
}

function markTone(record) {
  const said = /^([CS]): ?(.*)$/s.exec(record.text);
  const bad = { warn: "warn", error: "bad" }[record.severity] ?? (said && tone(said));
  return bad ?? { C: "send", S: "receive" }[said?.[1]] ?? "other";
}

/** Where the axis has its ticks, and what stands there. */
function ticks(view, width) {
  const rough = view.length / Math.max(2, width / 110);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const [unit, size] = UNITS.findLast(([, size]) => view.to >= size * 2) ?? UNITS[0];
  const digits = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
  const found = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    if (at > -step / 2) found.push({ at, text: `${(at / size).toFixed(digits)} ${unit}` });
  }
  return found;
}

const DENSITY = Math.max(1, globalThis.devicePixelRatio || 1);
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Cantarell, sans-serif";
const MONO = "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const [PHASE, LANE, HIGHEST, INSET, TWO_LINES] = [26, 34, 96, 5, 38];
const EDGE = 0.012;
const SHORTEST = 2000;
const UNITS = [["µs", 1e3], ["ms", 1e6], ["s", 1e9]];
const TONES = {
  send: "send", receive: "receive", receive_until: "receive", unread: "receive",
  connect: "connect", accept: "connect", bind: "connect", listen: "connect", start_tls: "secure",
};
const PHASE_TONES = {
  connect: "connect", accept: "connect", proxy: "connect", TLS: "secure", AUTH: "warn",
  transfer: "send", exchange: "send", EHLO: "receive", greeting: "receive",
};
const COLOURS = [
  "ink", "soft", "line", "sheet", "send", "receive", "connect", "secure", "other", "bad", "warn",
  "hit", "accent", "phase-send", "phase-receive", "phase-connect", "phase-secure", "phase-warn",
  "phase-other",
];
