// A page whose boxes open in place. Python drew every view; this moves what is there and
// writes attributes and text, nothing else.
//
// Opening a box puts the frame of its view where it stood, and makes room by one rule:
// what lies beyond it in the direction of the data moves on, and what lies to the sides
// moves apart, half each way. A shift never decreases along an axis, so what was apart
// stays apart. Points of curves move by the same rule, and those at an opened box end at
// the ports of its frame.
"use strict";

(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const svg = $("tree");
  const stage = $("stage");
  const MARGIN = 12;
  // how much of the growth of a box goes before it and after it, along x and y
  const GROWS = {
    LR: { x: [0, 1], y: [0.5, 0.5] },
    RL: { x: [1, 0], y: [0.5, 0.5] },
    TB: { x: [0.5, 0.5], y: [0, 1] },
    BT: { x: [0.5, 0.5], y: [1, 0] },
  }[data.rankdir];
  const SIZE = { x: "w", y: "h" };
  const along = data.rankdir === "LR" || data.rankdir === "RL" ? "x" : "y";
  const views = new Map();

  // Reading what Python drew

  const value = (one, name) => Number(one.getAttribute(name));
  const rectOf = (one) => ({
    x: value(one, "x"), y: value(one, "y"), w: value(one, "width"), h: value(one, "height"),
  });
  const points = (path) => {
    const all = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    return all.filter((_, i) => i % 2 === 0).map((x, i) => ({ x, y: all[2 * i + 1] }));
  };

  function read(group) {
    const body = group.querySelector(":scope > .inside") ?? group;
    const own = (selector) => [...body.querySelectorAll(`:scope > ${selector}`)];
    const [w, h] = [value(group, "data-width"), value(group, "data-height")];
    const view = { group, body, w, h, boxes: new Map(), children: new Map(), lines: [] };
    view.strip = Number(group.dataset.strip ?? 0);
    view.open = group === $("v0");
    for (const one of own(".node")) {
      view.boxes.set(one.dataset.id, { one, rect: rectOf(one.querySelector(":scope > .box")) });
    }
    for (const one of own(".port")) {
      const dot = one.querySelector("circle");
      const rect = { x: value(dot, "cx"), y: value(dot, "cy"), w: 0, h: 0 };
      view.boxes.set(one.dataset.id, { one, rect, side: one.dataset.side });
    }
    view.frames = own(".frame").map((one) => ({
      box: one.querySelector("rect"), text: one.querySelector("text"),
      rect: rectOf(one.querySelector("rect")),
    }));
    const entered = new Map();
    const prefix = group.id + "-";
    const paths = own(".arrows > path");
    const number = (path) => (path.id ? Number(path.id.slice(prefix.length + 1)) : -1);
    paths.sort((a, b) => number(a) - number(b));
    for (const path of paths) {
      const line = { path, points: points(path), tip: null, label: null, ends: {} };
      const from = view.boxes.get(path.dataset.src);
      if (touches(from.rect, line.points[0])) line.ends.start = end(path.dataset.src, from, line.points[0]);
      if (path.id) {
        line.tip = path.nextElementSibling;
        line.label = $(path.id.replace(/a(\d+)$/, "l$1"));
        const port = entered.get(path.dataset.dst) ?? 0;
        entered.set(path.dataset.dst, port + 1);
        const last = line.points[line.points.length - 1];
        line.ends.stop = end(path.dataset.dst, view.boxes.get(path.dataset.dst), last, port);
      }
      view.lines.push(line);
    }
    for (const one of own(".view")) {
      const child = read(one);
      child.parent = view;
      child.box = view.boxes.get(one.dataset.box);
      child.frame = one.querySelector(":scope > .frame > rect");
      child.fold = one.querySelector(":scope > .frame > .fold");
      view.children.set(one.dataset.box, child);
      child.box.view = child;
      child.fold.addEventListener("click", () => shut(child));
      child.box.one.addEventListener("click", () => open(child));
    }
    views.set(prefix, view);
    return view;
  }

  const touches = (r, p) =>
    p.x > r.x - 1 && p.x < r.x + r.w + 1 && p.y > r.y - 1 && p.y < r.y + r.h + 1;
  const end = (id, box, p, port) => ({ id, port, x: p.x - box.rect.x, y: p.y - box.rect.y });

  // Making room

  function shifted(v, [lo, hi], [before, after]) {
    if (v <= lo) return v - before;
    if (v >= hi) return v + after;
    return v - before + ((before + after) * (v - lo)) / (hi - lo);
  }

  function step(low, high, [lo, hi], [before, after]) {
    return low >= hi ? after : high <= lo ? -before : 0;
  }

  function makeRoom(state, opened, w, h) {
    const old = { ...opened };
    const grown = { x: Math.max(0, w - old.w), y: Math.max(0, h - old.h) };
    for (const axis of ["x", "y"]) {
      const size = SIZE[axis];
      const range = [old[axis], old[axis] + old[size]];
      const grow = GROWS[axis].map((share) => share * grown[axis]);
      for (const rect of state.rects.values()) {
        if (rect === opened) continue;
        if (axis === along) rect[axis] += step(rect[axis], rect[axis] + rect[size], range, grow);
        else {
          const middle = rect[axis] + rect[size] / 2;
          rect[axis] += shifted(middle, range, grow) - middle;
        }
      }
      for (const rect of [...state.frames, state.whole]) {
        const edge = (v) => (axis === along ? v + step(v, v, range, grow) : shifted(v, range, grow));
        const [low, high] = [edge(rect[axis]), edge(rect[axis] + rect[size])];
        [rect[axis], rect[size]] = [low, high - low];
      }
      for (const line of state.lines) {
        for (const point of line) point[axis] = shifted(point[axis], range, grow);
      }
      opened[axis] = range[0] - grow[0];
      opened[size] = old[size] + grown[axis];
    }
  }

  // Place a view with all that is open in it; return its size with the frame around it.
  function place(view) {
    const copy = (r) => ({ ...r });
    const state = {
      rects: new Map([...view.boxes].map(([id, box]) => [id, copy(box.rect)])),
      frames: view.frames.map((frame) => copy(frame.rect)),
      lines: view.lines.map((line) => line.points.map(copy)),
      whole: { x: 0, y: 0, w: view.w, h: view.h },
    };
    const inner = new Map();
    for (const [id, child] of view.children) {
      if (!child.open) continue;
      const size = place(child);
      inner.set(id, size);
      makeRoom(state, state.rects.get(id), size.w, size.h);
    }
    for (const [id, size] of inner) enclose(view.children.get(id), state.rects.get(id), size);
    for (const [id, box] of view.boxes) {
      const at = state.rects.get(id);
      move(box.one, at.x - box.rect.x, at.y - box.rect.y);
    }
    view.frames.forEach((frame, k) => {
      const at = state.frames[k];
      setRect(frame.box, at);
      frame.text.setAttribute("x", short(at.x + 8));
      frame.text.setAttribute("y", short(at.y + 12));
    });
    view.lines.forEach((line, k) => draw(line, state.lines[k], state.rects, inner));
    const at = { x: -state.whole.x, y: view.strip - state.whole.y };
    const margin = view.parent ? 0 : MARGIN;
    move(view.body, at.x + margin, at.y + margin);
    const ports = [...state.rects].filter(([id]) => view.boxes.get(id).side);
    return {
      w: state.whole.w,
      h: state.whole.h + view.strip,
      ports: ports.map(([id, { x, y }]) => ({ side: view.boxes.get(id).side, x: x + at.x, y: y + at.y })),
    };
  }

  function enclose(child, at, size) {
    move(child.group, at.x + (at.w - size.w) / 2, at.y + (at.h - size.h) / 2);
    setRect(child.frame, { x: 0, y: 0, w: size.w, h: size.h });
  }

  // A curve begins and ends at its boxes; where their column is wider than they are, since
  // something opened there, it runs straight until it is out of the column.
  function draw(line, moved, rects, inner) {
    const last = moved.length - 1;
    const [start, stop] = [line.ends.start, line.ends.stop];
    const from = start && goal(start, "out", rects, inner);
    const to = stop && goal(stop, "in", rects, inner);
    const half = moved.length / 2;
    if (from) level(moved.slice(0, half), from);
    if (to) level(moved.slice(half).reverse(), to);
    const [first, ...rest] = moved;
    let text = from ? `M${pair(from)}L${pair(first)}` : `M${pair(first)}`;
    text += `C${rest.map(pair).join(" ")}`;
    const straight = to && Math.abs(to[along] - moved[last][along]) > 0.5;
    if (straight) text += `L${pair(to)}`;
    line.path.setAttribute("d", text);
    if (line.tip) line.tip.setAttribute("points", head(to, straight ? moved[last] : moved[last - 1]));
    if (line.label) {
      const spot = onCurve(moved.slice(-4), Number(line.label.dataset.spot));
      line.label.setAttribute("x", short(spot.x));
      line.label.setAttribute("y", short(spot.y + 3.5));
    }
  }

  // Where a curve ends at a box, or at a port of the frame that is open there.
  function goal(end, side, rects, inner) {
    const rect = rects.get(end.id);
    const size = inner.get(end.id);
    const ports = (size?.ports ?? []).filter((port) => port.side === side);
    const port = ports[end.port ?? 0] ?? ports[0];
    if (!port) return { x: rect.x + end.x, y: rect.y + end.y };
    return {
      x: rect.x + (rect.w - size.w) / 2 + port.x,
      y: rect.y + (rect.h - size.h) / 2 + port.y,
    };
  }

  // Bring the end of a curve, and the straight piece before it, to where it must end.
  function level(some, to) {
    const across = along === "x" ? "y" : "x";
    const lane = some[0][across];
    some[1][across] = lane;
    for (const point of some) {
      if (Math.abs(point[across] - lane) > 0.5) break;
      point[across] = to[across];
    }
    if (Math.abs(some[0][along] - to[along]) <= 0.5) some[0][along] = to[along];
  }

  const pair = (p) => `${short(p.x)} ${short(p.y)}`;

  function head(to, from) {
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const [u, v] = [(to.x - from.x) / length, (to.y - from.y) / length];
    const corners = [[to.x, to.y], [to.x - 6 * u - 3 * v, to.y - 6 * v + 3 * u], [to.x - 6 * u + 3 * v, to.y - 6 * v - 3 * u]];
    return corners.map(([x, y]) => `${short(x)},${short(y)}`).join(" ");
  }

  function onCurve(four, t) {
    const u = 1 - t;
    const weight = [u ** 3, 3 * u * u * t, 3 * u * t * t, t ** 3];
    const sum = (axis) => four.reduce((all, p, i) => all + weight[i] * p[axis], 0);
    return { x: sum("x"), y: sum("y") };
  }

  const short = (x) => String(Math.round(x * 100) / 100);
  const move = (one, x, y) => one.setAttribute("transform", `translate(${short(x)} ${short(y)})`);
  const setRect = (one, { x, y, w, h }) => {
    for (const [name, v] of Object.entries({ x, y, width: w, height: h })) one.setAttribute(name, short(v));
  };

  // Opening and folding

  function arrange() {
    const { w, h } = place(whole);
    size = { w: w + 2 * MARGIN, h: h + 2 * MARGIN };
    svg.setAttribute("viewBox", `0 0 ${short(size.w)} ${short(size.h)}`);
    const back = svg.querySelector(":scope > .bg");
    setRect(back, { x: 0, y: 0, ...size });
    rescale();
  }

  function open(child) {
    child.open = true;
    child.group.removeAttribute("hidden");
    child.box.one.setAttribute("hidden", "");
    child.box.one.setAttribute("aria-expanded", "true");
    arrange();
    child.fold.focus({ preventScroll: true });
    child.group.scrollIntoView({ block: "nearest", inline: "nearest" });
    child.fold.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function shut(child, focus = true) {
    child.open = false;
    child.group.setAttribute("hidden", "");
    child.box.one.removeAttribute("hidden");
    child.box.one.setAttribute("aria-expanded", "false");
    if (!focus) return;
    arrange();
    child.box.one.focus({ preventScroll: true });
    child.box.one.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Zoom

  let size = null;
  let scale = 1;
  let fit = false;

  function rescale() {
    if (fit) scale = Math.min(1, (stage.clientWidth - 2) / size.w, (stage.clientHeight - 2) / size.h);
    svg.setAttribute("width", short(size.w * scale));
    svg.setAttribute("height", short(size.h * scale));
    $("zoom").textContent = `${Math.round(scale * 100)} %`;
    $("fit").setAttribute("aria-pressed", String(fit));
  }

  function zoom(to) {
    fit = to === "fit";
    if (!fit) scale = Math.max(0.1, Math.min(4, to));
    rescale();
  }

  // Details of the box that has the focus

  let shown = null;

  function viewOf(one) {
    const prefix = one.id.replace(/b\d+$/, "");
    return { prefix, view: views.get(prefix), id: one.dataset.id };
  }

  function details(one) {
    if (!one) return;
    shown = one;
    const { prefix, view, id } = viewOf(one);
    const names = data.names[prefix];
    $("name").textContent = names[id];
    $("about").textContent = data.words[prefix][id].join(", ");
    for (const which of ["data", "grad"]) {
      $(`the-${which}`).textContent = one.getAttribute(`data-${which}`) ?? "several";
    }
    const out = view.lines.filter((line) => line.path.id && line.path.dataset.src === id);
    const terms = out.map(({ path }) => {
      const back = view.boxes.get(path.dataset.dst);
      const grad = back.one.getAttribute("data-grad");
      const via = back.side ? "outside" : names[path.dataset.dst];
      const [local, whole] = [path.dataset.local, Number(path.dataset.contribution)];
      const product = local && grad && !back.side;
      return `${product ? `${num(Number(local))}·${num(Number(grad))}` : num(whole)} (via ${via})`;
    });
    const root = one.classList.contains("root");
    $("chain").textContent = root ? "grad = 1 (the root itself)" : terms.length ? `grad = ${terms.join("\n     + ")}` : "";
    for (const line of view.lines) line.path.classList.toggle("lit", out.includes(line));
    edits(one, prefix, id);
  }

  // Leaves that can be changed

  const tree = data.live ? live(data.live) : null;
  let leaf = null;

  function edits(one, prefix, id) {
    const can = tree !== null && one.classList.contains("leaf");
    $("edit").hidden = !can;
    if (!can) return;
    const node = data.live.pictures[prefix].boxes[id][0];
    const now = tree.state.data[node];
    if (leaf !== node) {
      leaf = node;
      const first = Number(data.live.nodes[node]);
      const reach = Number.isFinite(first) ? Math.max(1, 2 * Math.abs(first)) : 1;
      const middle = Number.isFinite(first) ? first : 0;
      $("slider").min = middle - reach;
      $("slider").max = middle + reach;
    }
    if (document.activeElement !== $("number")) $("number").value = now;
    if (document.activeElement !== $("slider")) $("slider").value = now;
  }

  function changed(text) {
    const x = Number(text);
    if (leaf === null || text.trim() === "" || Number.isNaN(x)) return;
    tree.edit(leaf, x);
  }

  function told() {
    for (const [prefix, view] of views) {
      for (const [id, box] of view.boxes) {
        const words = data.words[prefix][id];
        if (!words) continue;
        const numbers = ["data", "grad"]
          .filter((name) => box.one.hasAttribute(`data-${name}`))
          .map((name) => `${name} ${box.one.getAttribute(`data-${name}`)}`);
        const text = [words[0], ...numbers, ...words.slice(1)].join(", ");
        if (box.one.hasAttribute("aria-label")) box.one.setAttribute("aria-label", text);
        box.one.querySelector("title").textContent = text;
      }
    }
    const edited = Object.keys(tree.edited).length;
    $("reset").disabled = !edited;
    $("stale").hidden = !edited;
    details(shown);
  }

  if (tree) {
    tree.listeners.push(told);
    $("number").addEventListener("input", (event) => changed(event.target.value));
    $("slider").addEventListener("input", (event) => changed(event.target.value));
    $("reset").addEventListener("click", () => tree.reset());
  }

  // Keys

  const focusable = () =>
    [...svg.querySelectorAll(".node, .fold")].filter((one) => !one.closest("[hidden]"));

  function neighbour(from, dx, dy) {
    const middle = (one) => {
      const r = one.getBoundingClientRect();
      return { x: r.left + r.width / 2, y: r.top + r.height / 2 };
    };
    const here = middle(from);
    let best = null;
    for (const one of focusable()) {
      const there = middle(one);
      const ahead = (there.x - here.x) * dx + (there.y - here.y) * dy;
      if (one === from || ahead < 4) continue;
      const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      const far = ahead + 2 * aside;
      if (!best || far < best.far) best = { one, far };
    }
    return best?.one;
  }

  function innermost(one) {
    const group = one.closest?.(".view");
    return group ? views.get(group.id + "-") : null;
  }

  const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  const ZOOMS = { "+": () => zoom(scale * 1.25), "=": () => zoom(scale * 1.25), "-": () => zoom(scale / 1.25), 0: () => zoom("fit"), 1: () => zoom(1) };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const one = event.target;
    if (one.matches("input")) return;
    const inTree = svg.contains(one) && one !== svg;
    if (inTree && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      one.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    } else if (event.key === "Escape" && inTree && innermost(one)) {
      shut(innermost(one));
    } else if (inTree && ARROWS[event.key]) {
      event.preventDefault();
      neighbour(one, ...ARROWS[event.key])?.focus();
    } else if (ZOOMS[event.key]) {
      event.preventDefault();
      ZOOMS[event.key]();
    }
  });

  svg.addEventListener("focusin", (event) => {
    const one = event.target.closest(".node") ?? innermost(event.target)?.box.one;
    if (one) details(one);
  });
  svg.addEventListener("pointerdown", (event) => {
    const one = event.target.closest(".node");
    if (one) details(one);
  });
  $("in").addEventListener("click", () => zoom(scale * 1.25));
  $("out").addEventListener("click", () => zoom(scale / 1.25));
  $("full").addEventListener("click", () => zoom(1));
  $("fit").addEventListener("click", () => zoom("fit"));
  $("shut").addEventListener("click", () => {
    for (const view of views.values()) if (view.parent && view.open) shut(view, false);
    arrange();
  });
  addEventListener("resize", () => rescale());

  const whole = read($("v0"));
  arrange();
  details(svg.querySelector(".root"));
  window.dendrograd = { tree, views };
})();
