"use strict";
// The inbox in a browser. All that came by mail is put into the page as text, never as markup; HTML
// of a message is shown in a frame that may run nothing.

const at = (id) => document.getElementById(id);
const main = document.querySelector("main");
const wide = matchMedia("(min-width: 1500px)");

const state = {
  messages: [], total: 0, chosen: null, shown: null, tab: null, search: "", read: new Set(),
  known: null, about: { smtp: "", keep: 0 },
};

// ------------------------------------------------------------------------------------------ elements

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function drawing(path) {
  const name = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(name, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(name, "path");
  line.setAttribute("d", path);
  picture.append(line);
  return picture;
}

const CLIP = "M13 7.5 8 12.4a3 3 0 0 1-4.3-4.3l5.2-5a2 2 0 0 1 2.8 2.9l-5 4.8a1 1 0 0 1-1.4-1.4l4.2-4.1";

function size(octets) {
  if (octets < 1000) return `${octets} B`;
  if (octets < 1e6) return `${(octets / 1e3).toFixed(1)} kB`;
  return `${(octets / 1e6).toFixed(1)} MB`;
}

function when(milliseconds) {
  const then = new Date(milliseconds);
  const time = { hour: "2-digit", minute: "2-digit" };
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? then.toLocaleTimeString([], time) : then.toLocaleDateString([], { day: "numeric", month: "short" });
}

/** The name of `Ann <ann@x.example>`, or the address where there is none. */
function nameOf(person) {
  const name = /^\s*"?([^"<]*?)"?\s*</.exec(person);
  return (name && name[1]) || person;
}

let silence;
function tell(text) {
  at("told").textContent = text;
  at("told").classList.add("on");
  clearTimeout(silence);
  silence = setTimeout(() => at("told").classList.remove("on"), 1800);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    tell("Copied");
  } catch {
    tell("The browser does not let it be copied");
  }
}

// ------------------------------------------------------------------------------------------- the list

let asking = false;
let askAgain = false;

/** Asks for the list anew; while an answer is awaited, at most once more after it. */
async function refresh() {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(`/api/messages?search=${encodeURIComponent(state.search)}`);
    if (answer.ok) showList(await answer.json());
  } catch {
    setLive("off", "The sink cannot be reached");
  } finally {
    asking = false;
    if (askAgain) {
      askAgain = false;
      refresh();
    }
  }
}

function showList({ messages, total }) {
  const first = state.known === null;
  if (first) state.known = new Set(messages.map((message) => message.id));
  state.messages = messages;
  state.total = total;
  const there = new Map([...at("list").children].map((item) => [Number(item.dataset.id), item]));
  const items = messages.map((message) => there.get(message.id) || item(message));
  for (const message of messages) state.known.add(message.id);
  const wanted = new Set(items);
  for (const old of there.values()) if (!wanted.has(old)) old.remove();
  items.forEach((one, place) => {
    if (at("list").children[place] !== one) at("list").insertBefore(one, at("list").children[place] || null);
  });
  at("nothing").hidden = messages.length > 0 || total === 0;
  const found = state.search ? `${messages.length} of ${total}` : String(total);
  at("count").textContent = total === 0 ? "" : `${found} ${total === 1 ? "message" : "messages"}`;
  at("clear").hidden = total === 0;
  at("empty").hidden = total > 0;
  at("side").hidden = total === 0;
  const unread = messages.filter((message) => !state.read.has(message.id)).length;
  document.title = unread ? `(${unread}) Inbox` : "Inbox";
  // What is chosen may have been found no longer, or be gone.
  if (state.chosen !== null && !messages.some((message) => message.id === state.chosen)) {
    if (!state.search || total === 0) choose(null);
  }
  if (state.chosen === null && messages.length > 0 && innerWidth > 760 && !location.hash) choose(messages[0].id);
}

function item(message) {
  const from = message.from[0] || message.sender || "nobody";
  const files = message.attachments
    ? make("span", { className: "files", title: `${message.attachments} attached` }, drawing(CLIP), String(message.attachments))
    : null;
  const link = make("a", { href: `#${message.id}` },
    make("span", { className: "from", title: message.from.join(", ") }, nameOf(from)),
    make("span", { className: "when", title: new Date(message.received).toLocaleString() }, files, when(message.received)),
    make("span", { className: "subject" }, message.subject || "(no subject)"),
    make("span", { className: "words" }, message.preview));
  const isNew = !state.read.has(message.id);
  const fresh = isNew && !state.known.has(message.id);
  link.className = `${isNew ? "new" : ""} ${fresh ? "fresh" : ""}`;
  return make("li", { "data-id": message.id }, link);
}

function mark() {
  for (const one of at("list").children) {
    const link = one.firstElementChild;
    const id = Number(one.dataset.id);
    if (id === state.chosen) {
      link.setAttribute("aria-current", "true");
      one.scrollIntoView({ block: "nearest" });
    } else {
      link.removeAttribute("aria-current");
    }
    link.classList.toggle("new", !state.read.has(id));
  }
}

// ---------------------------------------------------------------------------------------- the message

async function choose(id, push = true) {
  state.chosen = id;
  if (id !== null) state.read.add(id);
  if (push) history.replaceState(null, "", id === null ? location.pathname : `#${id}`);
  mark();
  if (id === null) {
    state.shown = null;
    at("message").hidden = true;
    at("beside").hidden = true;
    main.classList.remove("reading", "with-session");
    return;
  }
  main.classList.add("reading");
  const answer = await fetch(`/api/messages/${id}`).catch(() => null);
  if (state.chosen !== id) return;
  if (!answer || !answer.ok) {
    tell("The message is gone");
    choose(null);
    return;
  }
  const message = await answer.json();
  if (state.chosen === id) show(message);
}

function show(message) {
  state.shown = message;
  at("message").hidden = false;
  at("subject").textContent = message.subject || "(no subject)";
  at("subject").classList.toggle("none", !message.subject);
  at("download").href = `/api/messages/${message.id}/source?download=1`;
  at("people").replaceChildren(...people(message));
  at("session").replaceChildren(...sessionLine(message).map((text) => make("span", {}, text)));
  const names = Object.keys(VIEWS).filter((name) => VIEWS[name].has(message));
  at("tabs").replaceChildren(...names.map((name) => {
    const count = VIEWS[name].count ? VIEWS[name].count(message) : null;
    return make("button", { role: "tab", "data-tab": name, onclick: () => open(name) },
      VIEWS[name].title, count ? make("small", {}, String(count)) : null);
  }));
  showBeside();
  const isThere = state.tab && names.includes(state.tab) && !(state.tab === "session" && wide.matches);
  open(isThere ? state.tab : names[0], false);
}

function people(message) {
  const row = (name, ...what) => [make("dt", {}, name), make("dd", {}, ...what)];
  const rows = [...row("From", message.from.join(", ") || "nobody")];
  if (message.to.length) rows.push(...row("To", message.to.join(", ")));
  if (message.cc.length) rows.push(...row("Cc", message.cc.join(", ")));
  const named = [...message.to, ...message.cc].join(" ").toLowerCase();
  const unnamed = message.recipients.filter((one) => !named.includes(one.toLowerCase()));
  if (unnamed.length) rows.push(...row("Also to", make("span", {}, unnamed.join(", ")), make("small", {}, "  not named in the message")));
  const from = message.from.join(" ").toLowerCase();
  if (!message.sender) rows.push(...row("Returns to", "nobody (<>)"));
  else if (!from.includes(message.sender.toLowerCase())) rows.push(...row("Returns to", message.sender));
  return rows;
}

function sessionLine(message) {
  const { peer, name, user, tls } = message.session;
  const parts = [new Date(message.received).toLocaleString(), size(message.octets)];
  if (peer) parts.push(`from ${peer}${name ? ` (${name})` : ""}`);
  parts.push(tls ? "over TLS" : "not encrypted");
  if (user) parts.push(`logged in as ${user}`);
  return parts;
}

/** The session stands at the side where there is room for it. */
function showBeside() {
  const message = state.shown;
  const shows = wide.matches && message !== null;
  main.classList.toggle("with-session", shows);
  at("beside").hidden = !shows;
  const tab = document.querySelector('[data-tab="session"]');
  if (tab) tab.hidden = shows;
  const frame = at("beside").querySelector("iframe");
  const wanted = shows ? `/api/messages/${message.id}/timeline` : null;
  if (frame && frame.getAttribute("src") === wanted) return;
  if (frame) frame.remove();
  if (shows) {
    at("beside").querySelector("p").textContent = sessionLine(message).slice(2).join(" · ");
    at("beside").append(sessionFrame(message));
  }
}

const sessionFrame = (message) => make("iframe", {
  className: "session", title: "Session", sandbox: "allow-scripts", src: `/api/messages/${message.id}/timeline`,
});

const VIEWS = {
  html: {
    title: "HTML",
    has: (message) => message.html,
    note: (message) => message.remote
      ? `It asks for ${message.remote === 1 ? "one thing" : `${message.remote} things`} from elsewhere, such as pictures. Nothing was fetched.`
      : null,
    view: (message) => make("iframe", {
      className: "html", title: "HTML", sandbox: "allow-popups allow-popups-to-escape-sandbox",
      referrerPolicy: "no-referrer", src: `/api/messages/${message.id}/html`,
    }),
  },
  text: {
    title: "Text",
    has: (message) => message.text !== null || !message.html,
    note: (message) => message.text_is_cut ? "This is its beginning; the source has all of it." : null,
    view: (message) => make("div", { className: "scroll", tabIndex: 0 }, message.text === null
      ? make("p", { className: "quiet" }, "There is no text.")
      : make("pre", { className: "text" }, message.text)),
  },
  attachments: {
    title: "Attachments",
    has: (message) => message.parts.some((part) => part.attachment),
    count: (message) => message.parts.filter((part) => part.attachment).length,
    view: (message) => make("div", { className: "scroll" }, make("ul", { className: "files" },
      ...message.parts.filter((part) => part.attachment).map((part) => make("li", {},
        make("strong", {}, part.name || `part ${part.number}`),
        make("span", {}, [part.content_type, size(part.octets), part.disposition === "inline" ? "inline" : null].filter(Boolean).join(" · ")),
        make("a", { className: "button", href: `/api/messages/${message.id}/parts/${part.number}`, download: "" }, "Download"))))),
  },
  headers: {
    title: "Headers",
    has: () => true,
    view: (message) => make("div", { className: "scroll", tabIndex: 0 }, make("table", {}, make("tbody", {},
      ...message.headers.map(({ name, value }) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)))))),
  },
  source: {
    title: "Source",
    has: () => true,
    note: (message) => message.octets > message.kept ? `Of its ${size(message.octets)} the first ${size(message.kept)} are kept here.` : null,
    view: (message) => {
      const text = make("pre", { className: "source" });
      fetch(`/api/messages/${message.id}/source?begin=1`).then((answer) => answer.text()).then((source) => {
        text.append(source);
        if (message.kept > 1 << 20) text.append(make("p", { className: "quiet" }, "… and more: keep it as a file to see all."));
      }).catch(() => text.append("It cannot be read."));
      return make("div", { className: "scroll", tabIndex: 0 }, text);
    },
  },
  session: {
    title: "Session",
    has: () => true,
    view: (message) => sessionFrame(message),
  },
};

function open(name, keep = true) {
  const message = state.shown;
  if (!message || !VIEWS[name]) return;
  if (keep) state.tab = name;
  for (const tab of at("tabs").children) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  const notes = [message.unread && `It could not be read whole: ${message.unread}.`, VIEWS[name].note && VIEWS[name].note(message)];
  const note = notes.filter(Boolean).join(" ");
  at("note").textContent = note;
  at("note").hidden = !note;
  at("views").replaceChildren(VIEWS[name].view(message));
}

// ------------------------------------------------------------------------------------------- deleting

async function discard(id) {
  const place = state.messages.findIndex((message) => message.id === id);
  const next = state.messages[place + 1] || state.messages[place - 1];
  const answer = await fetch(`/api/messages/${id}`, { method: "DELETE" }).catch(() => null);
  if (!answer || (!answer.ok && answer.status !== 404)) {
    tell("It could not be deleted");
    return;
  }
  tell("Deleted");
  if (state.chosen === id) await choose(next && (innerWidth > 760 || next.id === id) ? next.id : null);
  refresh();
}

let unsure;
at("clear").onclick = async (event) => {
  const button = event.currentTarget;
  clearTimeout(unsure);
  const back = () => {
    button.classList.remove("sure");
    button.textContent = "Delete all";
  };
  if (!button.classList.contains("sure")) {
    button.classList.add("sure");
    button.textContent = `Delete ${state.total}?`;
    unsure = setTimeout(back, 4000);
    return;
  }
  back();
  const answer = await fetch("/api/messages", { method: "DELETE" }).catch(() => null);
  tell(answer && answer.ok ? "All deleted" : "They could not be deleted");
  refresh();
};
at("delete").onclick = () => state.chosen !== null && discard(state.chosen);
at("back").onclick = () => choose(null);

// ----------------------------------------------------------------------------------- keys and searches

let due;
at("search").oninput = () => {
  clearTimeout(due);
  due = setTimeout(() => {
    state.search = at("search").value.trim();
    refresh();
  }, 120);
};

function step(by) {
  const place = state.messages.findIndex((message) => message.id === state.chosen);
  const next = state.messages[place === -1 ? 0 : place + by];
  if (next) choose(next.id);
}

const KEYS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  "/": () => at("search").select(),
  "#": () => state.chosen !== null && discard(state.chosen),
  u: () => choose(null),
  "?": () => at("keys").showModal(),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || at("keys").open) return;
  if (event.target === at("search")) {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    if (event.key === "Escape") at("search").value = state.search = "";
    at("search").blur();
    refresh();
    return;
  }
  const scrolls = event.target instanceof Element && event.target.closest(".scroll") && event.key.startsWith("Arrow");
  if (scrolls) return;
  const tab = at("tabs").children[Number(event.key) - 1];
  if (tab && !tab.hidden) open(tab.dataset.tab);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

at("list").onclick = (event) => {
  const one = event.target.closest("li");
  if (!one || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(Number(one.dataset.id));
};
at("help").onclick = () => at("keys").showModal();
at("smtp").onclick = () => copy(state.about.smtp);
addEventListener("hashchange", () => choose(Number(location.hash.slice(1)) || null, false));
wide.onchange = () => state.shown && show(state.shown);

// ---------------------------------------------------------------------------------------------- news

let news = null;

function setLive(how, title) {
  at("live").className = how;
  at("live").title = title;
}

function listen() {
  if (news) return;
  news = new EventSource("/api/events");
  news.onopen = () => setLive("on", "New mail is shown at once");
  news.onmessage = () => refresh();
  news.onerror = () => setLive("off", "The sink cannot be reached");
}

// A window that nobody sees holds no connection.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) listen();
  else if (news) {
    news.close();
    news = null;
  }
});

function commands(smtp) {
  return [
    `comms send --url 'smtp://${smtp}?tls=none' \\\n    --from ann@example.com --to bob@example.com \\\n    --subject 'A first mail' --text 'It works.'`,
    `printf 'Subject: A first mail\\r\\n\\r\\nIt works.\\r\\n' |\n    curl smtp://${smtp} -T - \\\n    --mail-from ann@example.com --mail-rcpt bob@example.com`,
  ];
}

async function begin() {
  const answer = await fetch("/api/about").catch(() => null);
  if (answer && answer.ok) state.about = await answer.json();
  const { smtp } = state.about;
  const cut = smtp.lastIndexOf(":");
  document.querySelector("#smtp code").textContent = smtp;
  at("host").textContent = smtp.slice(0, cut).replace(/^\[|\]$/g, "");
  at("port").textContent = smtp.slice(cut + 1);
  at("commands").replaceChildren(...commands(smtp).map((command) =>
    make("li", {}, make("code", {}, command), make("button", { onclick: () => copy(command) }, "Copy"))));
  const wanted = Number(location.hash.slice(1));
  await refresh();
  if (wanted) choose(wanted, false);
  listen();
}

begin();
