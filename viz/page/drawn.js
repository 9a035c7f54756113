// What Python drew, read into the views that the rest of the page's script works on.
//
// A page's boxes open in place. Python drew every view; the script moves what is there
// and writes attributes and text, nothing else. Its files share one scope: page.py joins
// them in one order, from this one to keys.js.

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
      if (line.label?.closest(".entries")) line.label = null; // it moves with its box
      const port = entered.get(path.dataset.dst) ?? 0;
      entered.set(path.dataset.dst, port + 1);
      const last = line.points[line.points.length - 1];
      line.ends.stop = end(path.dataset.dst, view.boxes.get(path.dataset.dst), last, port);
      if (line.label) {
        line.above = { x: value(line.label, "x") - last.x, y: value(line.label, "y") - last.y };
      }
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

const short = (x) => String(Math.round(x * 100) / 100);
const move = (one, x, y) => one.setAttribute("transform", `translate(${short(x)} ${short(y)})`);
const setRect = (one, { x, y, w, h }) => {
  for (const [name, v] of Object.entries({ x, y, width: w, height: h })) one.setAttribute(name, short(v));
};
