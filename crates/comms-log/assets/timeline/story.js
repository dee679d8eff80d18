// What a session comes to in the words of a mail engineer: its phases, and what was said.

/** The phases of a session, one behind the other. */
function phasesOf(session) {
  let starts = session.roots.map(rootPhase);
  for (const lane of session.lanes) {
    for (const item of lane.items) {
      if (item.kind === "record" && item.level === "script") starts.push(saidPhase(item));
      if (item.operation === "start_tls") starts.push({ at: item.at, name: "TLS" });
    }
  }
  // Where there is a dialogue, it says more than the calls of the program.
  const speaks = starts.some((start) => start?.said);
  starts = starts.filter((start) => start && !(start.weak && speaks)).sort((a, b) => a.at - b.at);
  const phases = starts.filter((start, at) => start.name !== starts[at - 1]?.name);
  let root = 0;
  let over = session.begin;
  phases.forEach((phase, at) => {
    const next = phases[at + 1]?.at ?? Infinity;
    while (root < session.roots.length && session.roots[root].at < next) {
      over = Math.max(over, session.roots[root].end);
      root += 1;
    }
    phase.end = Math.min(next, Math.max(over, phase.at));
  });
  return phases;
}

function rootPhase(call) {
  const { at, operation, lane, session } = call;
  if (operation === "accept") return { at, name: "accept" };
  if (operation === "disconnect" || operation === "flush") return { at, name: "close", weak: true };
  if (operation !== "connect") return { at, name: "exchange", weak: true };
  if (lane === session.bottom) return { at, name: "connect" };
  if (call.children.length === 0) return undefined;
  if (/^(Socks5|HttpConnect)/.test(lane.name)) return { at, name: "proxy" };
  return { at, name: lane.name.startsWith("Tls") ? "TLS" : "greeting" };
}

function saidPhase(record) {
  const verb = /^C: ([A-Za-z]{3,10})\b/.exec(record.text)?.[1].toUpperCase();
  const name = PHASES[verb];
  return name && { at: record.at, name, said: true };
}

const PHASES = {
  EHLO: "EHLO", HELO: "EHLO", LHLO: "EHLO", CAPA: "EHLO", STARTTLS: "TLS", STLS: "TLS",
  AUTH: "AUTH", USER: "AUTH", PASS: "AUTH", APOP: "AUTH",
  MAIL: "transfer", RCPT: "transfer", DATA: "transfer", BDAT: "transfer", RSET: "transfer",
  STAT: "transfer", LIST: "transfer", UIDL: "transfer", RETR: "transfer", TOP: "transfer",
  DELE: "transfer", VRFY: "ask", EXPN: "ask", HELP: "ask", NOOP: "ask", QUIT: "quit",
};

/** What was said, a line each, with what else somebody should know. */
function linesOf(session) {
  const lines = [];
  for (const lane of session.lanes) {
    for (const item of lane.items) lines.push(item.kind === "record" ? recordLine(item) : failureLine(item));
  }
  const spoken = lines.filter(Boolean);
  const top = spoken.find((line) => line.side !== "note")?.item.lane;
  spoken.push(...(top ? contentLines(session, top) : bareLines(session)));
  spoken.sort((a, b) => a.at - b.at);
  spoken.forEach((line, at) => {
    line.index = at;
    line.lapse = at > 0 ? line.at - spoken[at - 1].at : 0;
  });
  return spoken;
}

function recordLine(item) {
  const said = item.level === "script" && /^([CS]): ?(.*)$/s.exec(item.text);
  if (said) return { at: item.at, side: said[1], text: said[2], tone: tone(said), item };
  const matters = item.severity !== "info" || item.level === "production" || item.level === "script";
  const tones = { warn: "warn", error: "bad" };
  return matters ? { at: item.at, side: "note", text: item.text, tone: tones[item.severity], item } : undefined;
}

/** A refusal for now is a warning, one for good is worse. */
function tone([, side, text]) {
  if (side === "S" && /^5\d\d/.test(text)) return "bad";
  return side === "S" && /^(4\d\d|-ERR)/.test(text) ? "warn" : undefined;
}

/** Told once, where it began. */
function failureLine(call) {
  if (!call.error || call.children.some((child) => child.error)) return undefined;
  const text = `${call.lane.name} ${call.operation} failed (${named(call.error.class)}): ${call.error.text}`;
  return { at: call.end, side: "note", text, tone: "bad", item: call };
}

/** The content of messages, which has no lines of its own: what crosses the seam below the speaker. */
function contentLines(session, speaker) {
  const below = session.lanes[speaker.at + 1];
  if (!below) return [];
  const isContent = speaker.name.includes("Server") ? contentHeard(speaker) : contentSaid(speaker);
  const lines = [];
  let group;
  for (const call of below.items) {
    const [carried, follows] = isContent(call);
    if (!follows) group = undefined;
    if (!carried?.octets) continue;
    if (!group) {
      group = { at: call.at, side: "C", octets: 0, first: carried.data, item: call, content: true };
      lines.push(group);
    }
    group.octets += carried.octets;
  }
  for (const line of lines) {
    const first = line.first.split("\\r\\n", 1)[0].slice(0, 200);
    line.text = `… ${counted(line.octets)} of content: ${first}`;
  }
  return lines;
}

/** A client: each command is told and then sent; what else is sent is content. */
function contentSaid(speaker) {
  const said = speaker.items.filter((item) => item.kind === "record" && item.text.startsWith("C: "));
  let next = 0;
  return (call) => {
    if (call.operation !== "send") return [undefined, true];
    const isCommand = said[next]?.at <= call.at;
    while (said[next]?.at <= call.at) next += 1;
    return isCommand ? [undefined, false] : [call.out, true];
  };
}

/** A server: what comes after it has asked for content, until it says something else. */
function contentHeard(speaker) {
  const said = speaker.items.filter((item) => item.kind === "record" && /^[CS]: /.test(item.text));
  let next = 0;
  let asked = false;
  return (call) => {
    for (; said[next]?.at <= call.at; next += 1) asked = /^(S: 354|C: BDAT)/.test(said[next].text);
    return asked && call.in ? [call.in, true] : [undefined, asked];
  };
}

/** Where nobody speaks in lines: the octets themselves, of the highest layer that has any. */
function bareLines(session) {
  const lane = session.lanes.find((one) => one.carries);
  const lines = [];
  for (const call of lane?.items ?? []) {
    if (call.out?.octets) lines.push({ at: call.at, side: "C", text: call.out.data, item: call });
    if (call.in?.octets) lines.push({ at: call.end, side: "S", text: call.in.data, item: call });
  }
  return lines;
}

// ------------------------------------------------------------------------------------------- words

function duration(ns) {
  const [value, unit] = ns < 1e6 ? [ns / 1e3, "µs"] : ns < 1e9 ? [ns / 1e6, "ms"] : [ns / 1e9, "s"];
  const seconds = Math.round(value);
  if (unit === "s" && seconds >= 60) return [`${Math.floor(seconds / 60)} min`, seconds % 60 && `${seconds % 60} s`].filter(Boolean).join(" ");
  const digits = value >= 100 || unit === "µs" ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

/** A number with thin spaces: 18 208. */
function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function counted(octets) {
  return `${grouped(octets)} octet${octets === 1 ? "" : "s"}`;
}

/** The name of a class of errors, in words. */
function named(kind) {
  return kind.replaceAll("_", " ");
}

function percent(part, whole) {
  const share = whole > 0 ? 100 * part / whole : 0;
  return share > 0 && share < 1 ? "< 1 %" : share > 99 && share < 100 ? "> 99 %" : `${Math.round(share)} %`;
}

/** An item in a line, for those who hear and for the tooltip. */
function told(item) {
  if (item.kind === "record") return `${item.lane.name}: ${item.text}`;
  const out = item.out ? ` ${counted(item.out.octets)}` : item.object ? ` ${item.object}` : "";
  const back = item.in ? `, received ${counted(item.in.octets)}` : "";
  const end = item.error ? `, failed: ${named(item.error.class)}` : item.open ? ", not over when the trace ended" : "";
  return `${item.lane.name} ${item.operation}${out}${back} in ${duration(item.end - item.at)}${end}`;
}

/** Escaped octets, a line each where they have one. */
function broken(data) {
  return data.replace(/\\\\|\\r\\n(?!$)/g, (found) => (found === "\\\\" ? found : `${found}\n`));
}
