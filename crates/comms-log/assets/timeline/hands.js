// Mouse, fingers, keys and buttons.

function watchTools(page) {
  const on = (name, action) => id(name).addEventListener("click", action);
  on("zoom-in", () => zoom(page, 1.6));
  on("zoom-out", () => zoom(page, 1 / 1.6));
  on("fit", () => fit(page));
  on("theme", () => otherTheme(page));
  on("keys", () => id("help").showModal());
  on("hit-next", () => page.next(1));
  on("hit-before", () => page.next(-1));
  id("find").addEventListener("input", () => page.search(id("find").value));
  id("find").addEventListener("keydown", (event) => {
    if (event.key === "Enter") page.next(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape") return;
    event.preventDefault();
    page.shut();
    if (id("find").value === "") id("plots").focus();
  });
  for (const plot of page.plots) {
    plot.focus.addEventListener("click", () => page.chosen && page.open(page.chosen));
  }
  page.tellHits();
}

function zoom(page, factor, at = undefined) {
  const { chosen, view } = page;
  const middle = chosen && (chosen.at + chosen.end) / 2;
  const inSight = middle >= view.from && middle <= view.to;
  view.zoom(factor, at ?? (inSight ? middle : undefined));
  page.redraw();
}

function fit(page) {
  page.view.fit();
  page.redraw();
}

function otherTheme(page) {
  const root = document.documentElement;
  const isDark = getComputedStyle(root).colorScheme === "dark" ||
    (getComputedStyle(root).colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "light" : "dark";
  page.repaint();
}

// -------------------------------------------------------------------------------------------- keys

function watchKeys(page) {
  const keys = {
    "+": () => zoom(page, 1.6), "=": () => zoom(page, 1.6), "-": () => zoom(page, 1 / 1.6),
    0: () => fit(page), f: () => fit(page),
    a: () => move(page, -0.2), d: () => move(page, 0.2),
    z: () => page.chosen && near(page, page.chosen),
    n: () => page.next(1), N: () => page.next(-1),
    "/": () => id("find").select(),
    "[": () => page.turnBy(-1), "]": () => page.turnBy(1),
    t: () => otherTheme(page), "?": () => id("help").showModal(),
    Escape: () => page.shut(),
  };
  for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) keys[key] = () => page.step(key);
  addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || id("help").open) return;
    if (target.matches("input")) return;
    if (key.startsWith("Arrow") && target.closest("pre, .lines, .panel, .scroll")) return;
    if (!Object.hasOwn(keys, key)) return;
    event.preventDefault();
    keys[key]();
  });
}

function move(page, share) {
  page.view.move(share);
  page.redraw();
}

/** Shows a span, and a little around it. */
function near(page, item) {
  const room = Math.max((item.end - item.at) * 0.15, SHORTEST);
  page.view.show(item.at - room, item.end + room);
  page.redraw();
}

// ---------------------------------------------------------------------------------- mouse, fingers

function watchMouse(page) {
  for (const plot of page.plots) watchPlot(page, plot);
  watchOverview(page);
}

function watchPlot(page, plot) {
  const field = plot.canvas.parentElement;
  const timeAt = (x) => page.view.from + x / plot.width * page.view.length;
  const place = (event) => {
    const box = plot.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const fingers = new Map();
  let drag;

  field.addEventListener("wheel", (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    const box = id("plots");
    const scrolls = box.scrollHeight > box.clientHeight + 1 && !event.ctrlKey;
    if (!sideways && (scrolls || (event.deltaY > 0 && page.view.isWhole && !event.ctrlKey))) return;
    event.preventDefault();
    if (sideways) page.view.move((event.deltaX || event.deltaY) / plot.width);
    else page.view.zoom(1.0015 ** -event.deltaY, timeAt(place(event)[0]));
    page.redraw();
  }, { passive: false });

  field.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x, y] = place(event);
    fingers.set(event.pointerId, x);
    drag = { x, y, from: page.view.from, to: page.view.to, selects: event.shiftKey, far: fingers.size > 1 };
    page.tip(undefined);
  });
  field.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    if (!drag || !fingers.has(event.pointerId)) {
      if (event.pointerType === "mouse") hover(page, plot, event, x, y);
      return;
    }
    const before = [...fingers.values()];
    fingers.set(event.pointerId, x);
    if (before.length === 2) {
      pinch(page, before, [...fingers.values()], timeAt);
      return;
    }
    if (!drag.far && Math.abs(x - drag.x) < 4) return;
    if (!drag.far) field.setPointerCapture(event.pointerId);
    drag.far = true;
    if (drag.selects) {
      page.brush(plot, Math.min(drag.x, x), Math.max(drag.x, x));
    } else {
      const moved = (drag.x - x) / plot.width * (drag.to - drag.from);
      page.view.show(drag.from + moved, drag.to + moved);
      page.redraw();
    }
  });
  const over = (event) => {
    const [x, y] = place(event);
    fingers.delete(event.pointerId);
    if (!drag || fingers.size > 0) return;
    if (event.type === "pointerup" && drag.far && drag.selects) {
      page.view.show(timeAt(Math.min(drag.x, x)), timeAt(Math.max(drag.x, x)));
    } else if (event.type === "pointerup" && !drag.far) {
      page.choose(plot.itemAt(x, y), { opens: true });
    }
    drag = undefined;
    page.brush(undefined);
    page.redraw();
  };
  field.addEventListener("pointerup", over);
  field.addEventListener("pointercancel", over);
  field.addEventListener("pointerleave", () => page.tip(undefined));
  field.addEventListener("dblclick", (event) => {
    const item = plot.itemAt(...place(event));
    if (item) near(page, item);
  });
}

function pinch(page, before, after, timeAt) {
  const apart = Math.max(20, Math.abs(before[0] - before[1]));
  const now = Math.max(20, Math.abs(after[0] - after[1]));
  page.view.zoom(now / apart, timeAt((after[0] + after[1]) / 2));
  page.redraw();
}

function hover(page, plot, event, x, y) {
  const item = plot.itemAt(x, y);
  plot.canvas.parentElement.classList.toggle("over", Boolean(item));
  page.tip(item ?? plot.phaseAt(x, y), event);
}

/** The overview: drag the window to move it, anything else to choose a part. */
function watchOverview(page) {
  const canvas = id("overview");
  const timeAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return page.view.first + share * (page.view.last - page.view.first);
  };
  let grip;
  canvas.addEventListener("pointerdown", (event) => {
    const at = timeAt(event);
    const { from, to, isWhole } = page.view;
    grip = { at, from, to, moves: !isWhole && at > from && at < to };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const at = timeAt(event);
    if (grip.moves) page.view.show(grip.from + at - grip.at, grip.to + at - grip.at);
    else if (at !== grip.at) page.view.show(Math.min(at, grip.at), Math.max(at, grip.at));
    page.redraw();
  });
  canvas.addEventListener("pointerup", (event) => {
    const at = timeAt(event);
    // A click beside the window brings it there.
    if (grip && !grip.moves && at === grip.at) {
      page.view.show(at - page.view.length / 2, at + page.view.length / 2);
      page.redraw();
    }
    grip = undefined;
  });
  canvas.addEventListener("pointercancel", () => { grip = undefined; });
  canvas.addEventListener("dblclick", () => fit(page));
}

/** What stands beside the pointer. */
Page.prototype.tip = function tip(item, event = undefined) {
  const box = id("tip");
  box.hidden = !item;
  if (!item) return;
  const lines = [element("b", {}, item.kind ? told(item) : `${item.name}: ${duration(item.end - item.at)}`)];
  if (item.kind === "call") {
    if (item.wait) lines.push(element("span", { class: "soft" }, "waiting for the peer"));
    for (const [way, said] of [["↓", item.out], ["↑", item.in]]) {
      if (said?.data) lines.push(element("code", {}, `${way} ${said.data.slice(0, 160)}${said.data.length > 160 ? " …" : ""}`));
    }
    if (item.error) lines.push(element("span", { class: "bad" }, item.error.text));
  }
  lines.push(element("span", { class: "soft" }, `at ${duration(item.at)}`));
  box.replaceChildren(...lines);
  const { width, height } = box.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, innerWidth - width - 8);
  const below = event.clientY + 18;
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${below + height > innerHeight ? Math.max(8, event.clientY - height - 12) : below}px`;
};

/** The part that is being chosen. */
Page.prototype.brush = function brush(plot, from = 0, to = 0) {
  this.brushed?.remove();
  if (!plot) return;
  this.brushed = plot.canvas.parentElement.appendChild(element("div", { class: "brush" }));
  this.brushed.style.left = `${from}px`;
  this.brushed.style.width = `${to - from}px`;
};

start();
