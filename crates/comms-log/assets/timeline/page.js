// The page: what is chosen and shown, and what mouse, fingers and keys do to it.

const id = (name) => document.getElementById(name);

function start() {
  const [header, ...events] = JSON.parse(id("trace").textContent);
  id("app").hidden = false;
  const sessions = sessionsOf(events);
  if (sessions.length === 0) {
    id("summary").append(figure("outcome", "Nothing happened", "the trace has no events"));
    foot(header, 0);
    return;
  }
  for (const session of sessions) {
    session.phases = phasesOf(session);
    session.lines = linesOf(session);
  }
  new Page(header, sessions, events.length).begin();
}

class Page {
  constructor(header, sessions, count) {
    const begin = Math.min(...sessions.map((session) => session.begin));
    const end = Math.max(...sessions.map((session) => session.end));
    Object.assign(this, { header, sessions, count, view: new View(begin, end), hits: [], hit: -1 });
    this.plots = sessions.map((session) => new Plot(session, this.view));
    this.dialogue = new Dialogue(id("lines"), (item, how) => this.choose(item, how));
    this.seen = new Set(this.plots);
  }

  begin() {
    this.paint = paints();
    this.several = this.sessions.length > 1;
    id("plots").append(...this.plots.map((plot) => plot.root));
    this.makeRoomForNames();
    this.choices();
    this.turnTo(this.sessions.find((session) => session.failure) ?? this.sessions[0]);
    foot(this.header, this.count);
    watchMouse(this);
    watchKeys(this);
    watchTools(this);
    this.watchSight();
    this.redraw();
  }

  /** The names of all layers are as wide as the longest, so that one axis suits all lanes. */
  makeRoomForNames() {
    const names = [...document.querySelectorAll(".lane-name")];
    const widest = Math.max(...names.map((name) => name.firstChild.textContent.length));
    document.documentElement.style.setProperty("--longest", String(Math.min(widest, 16)));
  }

  // ------------------------------------------------------------------------------------- choosing

  /** The connections, to choose one: above all, and over each one's lanes. */
  choices() {
    id("choice").hidden = !this.several;
    for (const plot of this.plots) {
      const { session } = plot;
      plot.head.hidden = !this.several;
      const state = session.failure ? "bad" : session.lines.some((line) => line.tone) ? "warn" : "good";
      const choose = (text) => {
        const button = element("button", { type: "button", class: `chip ${state}` }, text);
        button.addEventListener("click", () => this.turnTo(session, true));
        return button;
      };
      const sent = grouped(session.bottom.down + session.bottom.up);
      plot.head.append(choose(`Connection ${session.number}`),
        element("span", {}, `${duration(session.end - session.begin)} · ${sent} octets${session.failure ? ` · ✕ ${session.failure.layer}: ${named(session.failure.class)}` : ""}`));
      plot.chip = id("choice").appendChild(choose(String(session.number)));
      plot.chip.setAttribute("aria-label", `Connection ${session.number}`);
    }
  }

  /** Shows the summary, the dialogue and the seams of a session. */
  turnTo(session, scrolls = false) {
    if (this.session === session) return;
    this.session = session;
    for (const plot of this.plots) {
      const is = plot.session === session;
      plot.root.classList.toggle("current", is);
      plot.chip.setAttribute("aria-pressed", String(is));
      if (is && scrolls) plot.root.scrollIntoView({ block: "nearest" });
    }
    id("stack").textContent = stackOf(session);
    id("phases").replaceChildren(...phaseButtons(session, (phase) => near(this, phase)));
    id("summary").replaceChildren(...summary(session));
    id("failure")?.addEventListener("click", () => this.choose(session.failure.call, { opens: true }));
    seams(session, id("seams"));
    this.dialogue.show(session.lines);
    this.redraw();
  }

  /** Puts the frame around an item; with `opens` its details are shown as well. */
  choose(item, { opens = false, focuses = true } = {}) {
    if (!item) return;
    this.chosen = item;
    this.turnTo(item.session);
    this.view.reveal(item.at, item.end);
    this.dialogue.mark(item);
    if (opens || !id("panel").hidden) this.open(item);
    this.draw();
    const plot = this.plotOf(item.session);
    const bottom = plot.top(item.lane) + plot.row;
    bringIntoSight(id("plots"), plot.root.offsetTop + plot.canvas.offsetTop, bottom);
    if (focuses && !plot.focus.hidden) plot.focus.focus({ preventScroll: true });
    id("said").textContent = told(item);
  }

  open(item) {
    const panel = id("panel");
    panel.replaceChildren(...details(item, (other) => this.choose(other), () => this.shut()));
    panel.hidden = false;
  }

  /** Closes what is open: the panel, else the search, else the frame. */
  shut() {
    if (!id("panel").hidden) {
      id("panel").hidden = true;
      const plot = this.chosen && this.plotOf(this.chosen.session);
      if (plot && !plot.focus.hidden) plot.focus.focus({ preventScroll: true });
    } else if (id("find").value !== "") {
      id("find").value = "";
      this.search("");
    } else {
      this.chosen = undefined;
      this.redraw();
    }
  }

  plotOf(session) {
    return this.plots[this.sessions.indexOf(session)];
  }

  /** From the chosen item: in its lane, or to another lane. */
  step(key) {
    const item = this.chosen;
    if (!item) {
      this.choose(this.session.lanes[0].items[0] ?? this.session.roots[0]);
      return;
    }
    const { lane, session } = item;
    const steps = {
      ArrowLeft: () => lane.items[item.index - 1],
      ArrowRight: () => lane.items[item.index + 1],
      ArrowUp: () => item.parent ?? closest(session.lanes[lane.at - 1], item),
      ArrowDown: () => item.children?.[0] ?? closest(session.lanes[lane.at + 1], item),
    };
    this.choose(steps[key]());
  }

  turnBy(count) {
    const at = this.sessions.indexOf(this.session) + count;
    if (this.sessions[at]) this.turnTo(this.sessions[at], true);
  }

  // -------------------------------------------------------------------------------------- search

  search(text) {
    const wanted = text.toLowerCase();
    this.hits = wanted ? this.sessions.flatMap((session) =>
      session.lanes.flatMap((lane) => lane.items.filter((item) => has(item, wanted)))) : [];
    this.hits.sort((a, b) => a.at - b.at || a.lane.depth - b.lane.depth);
    this.hit = -1;
    const all = new Set(this.hits);
    this.dialogue.hits = all;
    for (const plot of this.plots) plot.hits = all;
    this.tellHits();
    this.dialogue.draw();
    this.redraw();
  }

  next(by) {
    if (this.hits.length === 0) return;
    this.hit = (this.hit + by + this.hits.length + (this.hit < 0 && by < 0 ? 1 : 0)) % this.hits.length;
    this.tellHits();
    this.choose(this.hits[this.hit], { focuses: document.activeElement !== id("find") });
  }

  tellHits() {
    const searched = id("find").value !== "";
    const of = this.hit >= 0 ? `${grouped(this.hit + 1)} of ` : "";
    id("hits").textContent = searched ? `${of}${grouped(this.hits.length)}` : "";
    id("hit-before").disabled = id("hit-next").disabled = this.hits.length === 0;
  }

  // ------------------------------------------------------------------------------------- drawing

  redraw() {
    if (this.due || !this.paint) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.draw();
    });
  }

  draw(density = undefined) {
    const began = performance.now();
    this.spread();
    for (const plot of this.plots) {
      if (density || this.seen.has(plot)) plot.draw(this.paint, this.chosen, density);
    }
    this.drawOverview(density);
    this.drawAxis(density);
    // For whoever measures: how long it took, in milliseconds.
    document.documentElement.dataset.drawn = (performance.now() - began).toFixed(1);
  }

  /** A single session takes the room that there is. */
  spread() {
    const [plot] = this.plots;
    if (this.several) return;
    const room = id("plots").parentElement;
    const taken = [...room.children].filter((part) => part !== id("plots")).reduce((sum, part) => sum + part.offsetHeight, 0);
    const row = Math.floor((room.clientHeight - taken - PHASE - 8) / plot.session.lanes.length);
    const height = innerWidth > NARROW ? Math.min(Math.max(row, LANE), HIGHEST) : LANE + 6;
    if (height !== plot.row) plot.rowsOf(height);
  }

  drawOverview(density) {
    const { view, paint } = this;
    const canvas = id("overview");
    const width = canvas.clientWidth;
    const pen = penOf(canvas, width, OVERVIEW, density);
    const x = (at) => (at - view.first) / (view.last - view.first) * width;
    const row = Math.max(1, Math.min(OVERVIEW - 8, (OVERVIEW - 8) / this.sessions.length));
    this.sessions.forEach((session, at) => {
      const top = 4 + at * row;
      for (const phase of session.phases) {
        pen.fillStyle = paint[`phase-${PHASE_TONES[phase.name] ?? "other"}`];
        pen.fillRect(x(phase.at), top, Math.max(1, x(phase.end) - x(phase.at)), Math.max(1, row - 1));
      }
      if (session.failure) {
        pen.fillStyle = paint.bad;
        pen.fillRect(x(session.failure.call.end) - 1, top, 3, Math.max(2, row - 1));
      }
    });
    pen.fillStyle = paint.hit;
    for (const hit of this.hits) pen.fillRect(x(hit.at) - 1, OVERVIEW - 4, 2, 4);
    const [from, to] = [x(view.from), x(view.to)];
    if (view.isWhole) return;
    pen.fillStyle = paint.line;
    pen.globalAlpha = 0.7;
    pen.fillRect(0, 0, from, OVERVIEW);
    pen.fillRect(to, 0, width - to, OVERVIEW);
    pen.globalAlpha = 1;
    pen.strokeStyle = paint.accent;
    pen.lineWidth = 1.5;
    outline(pen, from + 0.75, 0.75, Math.max(3, to - from - 1.5), OVERVIEW - 1.5, 3);
  }

  drawAxis(density) {
    const canvas = id("axis");
    const width = canvas.clientWidth;
    const pen = penOf(canvas, width, AXIS, density);
    pen.font = `11px ${FONT}`;
    pen.textBaseline = "middle";
    for (const { at, text } of ticks(this.view, width)) {
      const x = Math.round((at - this.view.from) / this.view.length * width);
      pen.fillStyle = this.paint.line;
      pen.fillRect(x, AXIS - 7, 1, 7);
      pen.fillStyle = this.paint.soft;
      if (x + 4 + pen.measureText(text).width < width) pen.fillText(text, x + 4, AXIS / 2);
    }
  }

  /** Draws what is in sight alone, and again when something has changed in size or colour. */
  watchSight() {
    this.seen.clear();
    const sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const plot = this.plots.find((one) => one.root === target);
        if (isIntersecting) this.seen.add(plot);
        else this.seen.delete(plot);
      }
      this.redraw();
    }, { rootMargin: "200px" });
    for (const plot of this.plots) sight.observe(plot.root);
    const sizes = new ResizeObserver(() => this.redraw());
    sizes.observe(id("plots"));
    sizes.observe(id("plots").parentElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
    addEventListener("beforeprint", () => this.print("light"));
    addEventListener("afterprint", () => this.print(""));
  }

  repaint() {
    this.paint = paints();
    this.redraw();
  }

  /** On paper it is dark on white, with all of the dialogue. */
  print(scheme) {
    document.documentElement.classList.toggle("printed", scheme !== "");
    this.paint = paints();
    this.dialogue.draw(scheme !== "");
    this.draw(scheme ? 3 : undefined);
  }
}

/** The item of a lane that goes on while another begins, or the one closest to it. */
function closest(lane, item) {
  if (!lane) return undefined;
  const behind = lowest(lane.items, (other) => other.at > item.at);
  return lane.items[behind - 1] ?? lane.items[behind];
}

function has(item, wanted) {
  const texts = item.kind === "record" ? [item.text] : [item.operation, item.out?.data, item.in?.data, item.error?.text];
  return texts.some((text) => text?.toLowerCase().includes(wanted));
}

/** Scrolls a box so that a row of it is in sight. */
function bringIntoSight(box, top, bottom) {
  if (top + bottom > box.scrollTop + box.clientHeight) box.scrollTop = top + bottom - box.clientHeight + 8;
  else if (top + bottom - LANE < box.scrollTop) box.scrollTop = top + bottom - LANE - 8;
}

function foot(header, count) {
  const began = header.began ? new Date(header.began) : undefined;
  id("began").textContent = began ? `${header.began.slice(0, 10)} ${header.began.slice(11, 23)} UTC` : "";
  const { leftOut } = id("trace").dataset;
  const left = leftOut > 0 ? `, ${grouped(leftOut)} more left out, as there were too many` : "";
  id("foot").append(
    element("span", {}, `${grouped(count)} events${left}`),
    element("span", {}, "Secrets are masked: their number of octets alone is shown"),
    element("span", {}, header.program ?? ""),
  );
}

const [OVERVIEW, AXIS, NARROW] = [30, 22, 860];
