// From the lines of a trace to sessions: calls that nest, records, and lanes for them to lie in.

/** A layer in its place, with the calls and records that lie in its lane. */
class Lane {
  constructor(name, depth) {
    Object.assign(this, { name, depth, items: [], calls: 0, down: 0, up: 0, own: 0, wait: 0, write: 0 });
    this.objects = new Map();
    this.carries = false;
  }
}

/** What happened in one stack. */
class Session {
  constructor(number, at) {
    Object.assign(this, { number, begin: at, end: at, calls: 0, lanes: [], roots: [], open: [] });
    this.byLayer = new Map();
  }

  add(event) {
    this.end = Math.max(this.end, event.at);
    if (event.event === "begin") this.begun(event);
    else if (event.event === "end") this.ended(event);
    else this.recorded(event);
  }

  lane(event) {
    const key = `${event.depth} ${event.layer}`;
    let lane = this.byLayer.get(key);
    if (!lane) {
      lane = new Lane(event.layer, event.depth);
      this.byLayer.set(key, lane);
    }
    return lane;
  }

  call(event, at) {
    const lane = this.lane(event);
    const parent = this.open.at(-1);
    const call = {
      kind: "call", session: this, lane, parent, at, end: at, operation: event.operation,
      children: [], inner: 0, open: true,
    };
    lane.items.push(call);
    lane.calls += 1;
    this.calls += 1;
    if (parent) parent.children.push(call);
    else this.roots.push(call);
    return call;
  }

  begun(event) {
    const call = this.call(event, event.at);
    call.left = event.left;
    call.object = event.object;
    if (event.octets !== undefined) call.out = octets(event);
    this.open.push(call);
  }

  ended(event) {
    const at = this.open.findLastIndex((call) =>
      call.operation === event.operation && call.lane === this.lane(event));
    // Its begin was left out, where there were too many events.
    let call = at < 0 ? this.call(event, event.at - event.took) : this.open[at];
    if (at >= 0) {
      for (const inner of this.open.splice(at).slice(1)) close(inner, event.at);
    } else {
      this.begin = Math.min(this.begin, call.at);
    }
    close(call, event.at);
    call.open = false;
    call.error = event.error;
    if (event.octets !== undefined) call.in = octets(event);
  }

  recorded(event) {
    const lane = this.lane(event);
    lane.items.push({
      kind: "record", session: this, lane, parent: this.open.at(-1), at: event.at, end: event.at,
      severity: event.severity, level: event.level, text: event.text,
    });
  }

  /** Sums up, when all events are there. */
  settle() {
    for (const call of this.open) close(call, this.end);
    this.lanes = [...this.byLayer.values()].sort((a, b) => a.depth - b.depth);
    this.bottom = this.lanes.at(-1);
    this.lanes.forEach((lane, at) => {
      lane.at = at;
      lane.items.sort((a, b) => a.at - b.at);
      lane.items.forEach((item, index) => { item.index = index; });
      lane.items.filter((item) => item.kind === "call").forEach((call) => this.count(lane, call));
    });
    this.peer = this.bottom.wait;
    this.busy = this.roots.reduce((sum, call) => sum + call.end - call.at, 0);
    this.roundTrips = roundTrips(this.bottom);
    this.failure = failureOf(this);
    return this;
  }

  count(lane, call) {
    const took = call.end - call.at;
    call.wait = lane === this.bottom && WAITS.has(call.operation);
    if (call.wait) lane.wait += took;
    else if (lane === this.bottom && call.operation === "send") lane.write += took;
    else lane.own += Math.max(0, took - call.inner);
    lane.down += call.out?.octets ?? 0;
    lane.up += call.in?.octets ?? 0;
    lane.carries ||= Boolean(call.out || call.in);
    if (call.object) lane.objects.set(call.object, (lane.objects.get(call.object) ?? 0) + 1);
  }
}

function octets(event) {
  return { octets: event.octets, data: event.data ?? "", cut: Boolean(event.cut) };
}

function close(call, at) {
  call.end = Math.max(call.at, at);
  if (call.parent) call.parent.inner += call.end - call.at;
}

/** How often something was sent and an answer to it waited for. */
function roundTrips(bottom) {
  let trips = 0;
  let asked = false;
  for (const call of bottom.items) {
    if (call.operation === "send" && call.out?.octets > 0) asked = true;
    if (RECEIVES.has(call.operation) && asked) {
      asked = false;
      trips += 1;
    }
  }
  return trips;
}

/** The call that failed for the program, and where that began; a goodbye only if nothing else did. */
function failureOf(session) {
  const failed = session.roots.filter((call) => call.error);
  const root = failed.find((call) => call.operation !== "disconnect") ?? failed[0];
  if (!root) return undefined;
  let call = root;
  for (let inner = root; inner; inner = inner.children.findLast((child) => child.error)) call = inner;
  return { root, call, layer: root.error.layer ?? call.lane.name, ...root.error };
}

/** The sessions of a trace, by their numbers. */
function sessionsOf(events) {
  const sessions = new Map();
  for (const event of events) {
    let session = sessions.get(event.stack);
    if (!session) {
      session = new Session(event.stack, event.at);
      sessions.set(event.stack, session);
    }
    session.add(event);
  }
  const settled = [...sessions.values()].map((session) => session.settle());
  return settled.sort((a, b) => a.number - b.number);
}

const RECEIVES = new Set(["receive", "receive_until"]);
const WAITS = new Set(["receive", "receive_until", "connect", "accept"]);
