// What stands around the lanes: summary, dialogue, seams, details. Text goes in as text, never as HTML.

function element(name, attributes = {}, text = undefined) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function stackOf(session) {
  return session.lanes.map((lane) => lane.name).join(" › ");
}

// ----------------------------------------------------------------------------------------- summary

function summary(session) {
  const { failure, peer, busy } = session;
  const writing = session.bottom.write;
  const length = session.end - session.begin;
  const refused = session.lines.filter((line) => line.side === "S" && line.tone).length;
  const parts = [];
  if (failure) {
    const soft = failure.root.operation === "disconnect";
    const tile = element("button", { class: `tile outcome ${soft ? "warn" : "bad"}`, type: "button", id: "failure" });
    tile.append(element("b", {}, `✕ Failed in ${failure.layer}: ${named(failure.class)}`), element("span", {}, failure.text));
    parts.push(tile);
  } else if (session.roots.some((call) => call.open)) {
    parts.push(figure("outcome", "Not over", "when the trace ended"));
  } else if (refused > 0) {
    parts.push(figure("outcome warn", `! ${refused} refused`, "no call failed"));
  } else {
    parts.push(figure("outcome good", "✓ Went well", "no call failed"));
  }
  parts.push(figure("", duration(length), "in all"));
  parts.push(shares([
    ["wait", "peer", peer], ["write", "writing", writing],
    ["own", "us", Math.max(0, busy - peer - writing)], ["idle", "outside", Math.max(0, length - busy)],
  ], length));
  parts.push(figure("", grouped(session.roundTrips), session.roundTrips === 1 ? "round trip" : "round trips"));
  parts.push(figure("", `${grouped(session.bottom.down)} ↓ ${grouped(session.bottom.up)} ↑`, `octets through ${session.bottom.name}`));
  return parts;
}

function figure(kind, large, small) {
  const tile = element("div", { class: `tile ${kind}` });
  tile.append(element("b", {}, large), element("span", {}, small));
  return tile;
}

/**
 * How much of the time was the peer's and how much ours; writes, which the network or the peer may
 * hold up; and what was spent outside of the stack.
 */
function shares(parts, whole) {
  const tile = element("div", { class: "tile shares" });
  const seen = parts.filter(([kind, , time]) => kind === "wait" || kind === "own" || time > whole * 0.005);
  const bar = element("div", { class: "share-bar", "aria-hidden": "true" });
  for (const [kind, , time] of seen) {
    const part = bar.appendChild(element("i", { class: kind }));
    part.style.flexGrow = String(time / (whole || 1));
  }
  const words = seen.map(([, who, time]) => `${who} ${percent(time, whole)}`.replaceAll(" ", "\u00a0")).join(" · ");
  tile.title = seen.map(([, who, time]) => `${who}: ${duration(time)}`).join("\n");
  tile.append(element("b", {}, words), bar);
  return tile;
}

/** The phases, to see one alone; where they are many, one button for all of a name. */
function phaseButtons(session, show) {
  const groups = new Map();
  for (const phase of session.phases) {
    const key = session.phases.length > MOST_PHASES ? phase.name : phase;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(phase);
  }
  return [...groups.values()].map((phases) => {
    const [{ name }] = phases;
    const took = phases.reduce((sum, phase) => sum + phase.end - phase.at, 0);
    const times = phases.length > 1 ? `${grouped(phases.length)} times, ` : "";
    const button = element("button", { type: "button", class: `phase ${PHASE_TONES[name] ?? "other"}` });
    button.append(element("b", {}, name), ` ${times}${duration(took)}`);
    let next = 0;
    button.addEventListener("click", () => {
      show(phases[next % phases.length]);
      next += 1;
    });
    const item = element("li");
    item.append(button);
    return item;
  });
}

// ------------------------------------------------------------------------------------------- seams

function seams(session, table) {
  const head = element("tr");
  for (const [name, why] of COLUMNS) head.append(element("th", { scope: "col", title: why }, name));
  const body = element("tbody");
  const whole = Math.max(1, session.busy);
  let above;
  for (const lane of session.lanes) {
    const row = element("tr");
    row.append(element("th", { scope: "row" }, lane.name), element("td", {}, grouped(lane.calls)));
    row.append(amount(lane, above, "down"), amount(lane, above, "up"));
    const time = element("td", { class: "own-time" });
    const bar = element("span", { class: "share-bar", "aria-hidden": "true" });
    for (const [kind, spent] of [["own", lane.own], ["write", lane.write], ["wait", lane.wait]]) {
      const part = bar.appendChild(element("i", { class: kind }));
      part.style.width = `${100 * spent / whole}%`;
    }
    time.append(bar, element("span", {}, duration(lane.own)));
    if (lane.write > 0) time.append(" ", element("small", {}, `+ ${duration(lane.write)} writing`));
    if (lane.wait > 0) time.append(" ", element("small", {}, `+ ${duration(lane.wait)} waiting`));
    row.append(time);
    body.append(row);
    if (lane.carries && !lane.objects.size) above = lane;
  }
  const top = element("thead");
  top.append(head);
  table.replaceChildren(element("caption", { class: "unseen" }, "What crossed the seam above each layer"), top, body);
}

/** Octets, and by how many per cent they are more or fewer than at the seam above. */
function amount(lane, above, way) {
  const cell = element("td");
  const objects = way === "down" ? [...lane.objects].map(([kind, count]) => `${grouped(count)} ${kind}`) : [];
  const octets = lane[way] > 0 || objects.length === 0 ? [grouped(lane[way])] : [];
  cell.append([...octets, ...objects].join(", "));
  if (!lane.carries && objects.length === 0) cell.textContent = "—";
  if (above && above[way] > 0 && lane[way] > 0) {
    const more = 100 * (lane[way] / above[way] - 1);
    const shown = more === 0 ? "±0 %" : `${more > 0 ? "+" : "−"}${Math.abs(more).toFixed(Math.abs(more) < 10 ? 1 : 0)} %`;
    cell.append(" ", element("small", { title: `against ${above.name}` }, shown));
  } else {
    cell.append(" ", element("small"));
  }
  return cell;
}

// ---------------------------------------------------------------------------------------- dialogue

/** A list of which only the rows in sight exist. */
class Dialogue {
  constructor(list, choose) {
    Object.assign(this, { list, choose, lines: [], chosen: -1, hits: new Set() });
    this.space = list.appendChild(element("div", { class: "space", role: "presentation" }));
    list.addEventListener("scroll", () => this.draw(), { passive: true });
    list.addEventListener("click", (event) => {
      const row = event.target.closest(".line");
      if (row) choose(this.lines[Number(row.dataset.index)].item, { opens: true });
    });
    list.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1, Enter: 0 }[event.key];
      const line = this.lines[this.chosen < 0 ? 0 : this.chosen + by];
      if (by === undefined || !line) return;
      event.preventDefault();
      choose(line.item, { opens: event.key === "Enter", focuses: false });
      this.turnTo(line);
    });
    new ResizeObserver(() => this.draw()).observe(list);
  }

  show(lines) {
    this.lines = lines;
    this.chosen = -1;
    this.list.scrollTop = 0;
    this.space.style.height = `${lines.length * ROW}px`;
    this.draw();
  }

  /** Marks the line of an item: its own, or the last that began before it was over. */
  mark(item) {
    const own = this.lines.find((line) => line.item === item);
    const last = item.kind === "call" && /^receive/.test(item.operation) ? item.end + LATER : item.at;
    this.turnTo(own ?? this.lines[lowest(this.lines, (line) => line.at > last) - 1]);
  }

  turnTo(line) {
    this.chosen = line?.index ?? -1;
    const top = this.chosen * ROW;
    const { scrollTop, clientHeight } = this.list;
    if (this.chosen >= 0 && (top < scrollTop + ROW || top > scrollTop + clientHeight - 2 * ROW)) {
      this.list.scrollTop = top - clientHeight / 2;
    }
    this.draw();
  }

  draw(all = false) {
    const { scrollTop, clientHeight } = this.list;
    const first = all ? 0 : Math.max(0, Math.floor(scrollTop / ROW) - 5);
    const behind = all ? Math.min(this.lines.length, MOST_PRINTED) : Math.ceil((scrollTop + clientHeight) / ROW) + 5;
    this.list.setAttribute("aria-activedescendant", "chosen-line");
    this.space.replaceChildren(...this.lines.slice(first, behind).map((line) => this.row(line)));
  }

  row(line) {
    const kind = `line ${line.side} ${line.tone ?? ""} ${line.content ? "content" : ""}`;
    const is = line.index === this.chosen;
    const row = element("div", { class: kind, role: "option", title: line.text.slice(0, 2000), "aria-selected": String(is) });
    if (is) row.id = "chosen-line";
    row.dataset.index = String(line.index);
    row.style.top = `${line.index * ROW}px`;
    row.classList.toggle("chosen", is);
    row.classList.toggle("hit", this.hits.has(line.item));
    const lapse = line.lapse > 0 ? `+${duration(line.lapse)}` : "";
    row.append(
      element("time", {}, duration(line.at)),
      element("span", { class: `lapse ${line.lapse >= LONG ? "long" : ""}` }, lapse),
      element("b", {}, line.side === "note" ? "·" : line.side),
      element("span", { class: "text" }, line.text.slice(0, 600)),
    );
    return row;
  }
}

// ----------------------------------------------------------------------------------------- details

/** The panel of an item: where it belongs, its figures, its octets. */
function details(item, choose, shut) {
  const head = element("header");
  const close = element("button", { type: "button", id: "shut", "aria-label": "Close", title: "Close (Esc)" }, "×");
  close.addEventListener("click", shut);
  const title = item.kind === "call" ? `${item.lane.name} ${item.operation}` : `${item.lane.name}: a record`;
  head.append(element("h2", { id: "panel-title" }, title), trail(item, choose), close);
  const parts = [head];
  if (item.error) {
    const error = element("p", { class: "error", role: "alert" });
    const where = item.error.layer ? ` in ${item.error.layer}` : "";
    error.append(element("b", {}, `${named(item.error.class)}${where}`), element("span", {}, item.error.text));
    parts.push(error);
  }
  const list = element("dl");
  for (const [name, value] of item.kind === "call" ? callFigures(item) : recordFigures(item)) {
    const pair = list.appendChild(element("div"));
    pair.append(element("dt", {}, name), element("dd", {}, value));
  }
  parts.push(list);
  if (item.kind === "record") parts.push(element("pre", { tabindex: "0" }, item.text));
  if (item.out) parts.push(...shown("Down", item.out));
  if (item.in) parts.push(...shown("Up", item.in));
  return parts;
}

/** The calls that it lies in, and those in it, to go to. */
function trail(item, choose) {
  const row = element("nav", { class: "trail", "aria-label": "Calls around it" });
  const above = [];
  for (let call = item.parent; call; call = call.parent) above.unshift(call);
  const below = (item.children ?? []).slice(0, 8);
  const link = (call, before) => {
    const button = element("button", { type: "button" }, `${before}${call.lane.name} ${call.operation}`);
    button.addEventListener("click", () => choose(call));
    return button;
  };
  row.append(...above.map((call) => link(call, "↑ ")), ...below.map((call) => link(call, "↓ ")));
  const rest = (item.children?.length ?? 0) - below.length;
  if (rest > 0) row.append(element("span", {}, `and ${grouped(rest)} more`));
  return row;
}

function callFigures(call) {
  const took = call.end - call.at;
  const figures = [["Began", duration(call.at)], ["Took", call.open ? `${duration(took)}, and was not over` : duration(took)]];
  if (call.wait) figures.push(["Of it", "all waiting for the peer"]);
  else if (call.children.length > 0) figures.push(["Of its own", duration(Math.max(0, took - call.inner))]);
  if (call.left !== undefined) {
    figures.push(["Deadline", `${duration(call.left)} left at first`]);
  }
  if (call.object) figures.push(["Object", call.object]);
  if (call.children.length > 0) figures.push(["Calls below", grouped(call.children.length)]);
  return figures;
}

function recordFigures(record) {
  return [["At", duration(record.at)], ["Level", record.level], ["Severity", record.severity]];
}

function shown(way, { octets, data, cut }) {
  const text = cut ? `${way}: ${counted(octets)}, of which the beginning` : `${way}: ${counted(octets)}`;
  const title = element("h3", {}, text);
  return data ? [title, element("pre", { tabindex: "0" }, broken(data) + (cut ? " …" : ""))] : [title];
}

const ROW = 26;
const MOST_PHASES = 12;
const LONG = 1e8;
const LATER = 2e5;
const MOST_PRINTED = 2000;
const COLUMNS = [
  ["Layer", "top first"],
  ["Calls", "how often it was asked for something"],
  ["Down", "octets handed down to it, and how that compares with the layer above"],
  ["Up", "octets handed up by it, and how that compares with the layer above"],
  ["Own work", "time in it and in no layer below; of the bottom, what is neither writing nor waiting for the peer"],
];
