// What Python drew, read into the views that the rest of the page's script works on.
//
// A page's boxes open in place. Python drew every view; the script finds where all of it
// stands (rule.js) and writes attributes and text. Its files share one scope: page.py
// joins them in one order, from this one to keys.js.

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const svg = $("tree");
const stage = $("stage");
const MARGIN = 12;
const views = new Map();

const value = (one, name) => Number(one.getAttribute(name));
const short = (x) => String(Math.round(x * 100) / 100);
const move = (one, x, y) => one.setAttribute("transform", `translate(${short(x)} ${short(y)})`);
const setRect = (one, { x, y, w, h }) => {
  for (const [name, v] of Object.entries({ x, y, width: w, height: h })) one.setAttribute(name, short(v));
};

function read(group) {
  const body = group.querySelector(":scope > .inside") ?? group;
  const own = (selector) => [...body.querySelectorAll(`:scope > ${selector}`)];
  const view = { group, number: Number(group.id.slice(1)), boxes: new Map(), children: new Map() };
  view.open = view.number === 0;
  view.bad = data.bad[`${group.id}-`];
  for (const one of own(".node, :scope > .port")) {
    const mark = one.querySelector(":scope > .box");
    const dot = mark ?? one.querySelector("circle");
    const rect = { x: value(dot, mark ? "x" : "cx"), y: value(dot, mark ? "y" : "cy") };
    view.boxes.set(one.dataset.id, { one, rect, id: one.dataset.id, side: one.dataset.side });
  }
  view.ports = [...view.boxes.values()].filter((box) => box.side);
  view.frames = own(".frame").map((one) => ({ box: one.querySelector("rect"), text: one.querySelector("text") }));
  view.lines = body.querySelector(":scope > .arrows");
  view.arrows = [];
  for (const path of view.lines.querySelectorAll(":scope > .arrow")) {
    const number = Number(path.id.replace(/^.*a/, ""));
    const label = $(path.id.replace(/a(\d+)$/, "l$1"));
    const listed = label?.closest(".entries"); // then it moves with its box
    view.arrows[number] = { path, tip: path.nextElementSibling, label: listed ? null : label };
    if (label && !listed) view.arrows[number].above = above(label, path);
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
  inOrder(view, body);
  views.set(`${group.id}-`, view);
  return view;
}

// How far from the end of its arrow a label stands.
function above(label, path) {
  const [x, y] = path.getAttribute("d").match(/-?[\d.]+/g).slice(-2).map(Number);
  return { x: value(label, "x") - x, y: value(label, "y") - y };
}

// Bring the boxes of a view into the order of the picture, in which Tab then goes: column
// by column from top to bottom, and through a frame before what stands behind it.
function inOrder(view, body) {
  const plan = data.plans[view.number];
  const visit = (k) => {
    const { items, columns } = plan.groups[k];
    for (const item of columns.flat().map((v) => items[v])) {
      const box = view.boxes.get(String(item));
      if (box) body.append(...[box.one, box.view?.group].filter(Boolean));
      else if (item >= plan.boxes && item < plan.boxes + plan.groups.length) visit(item - plan.boxes);
    }
  };
  visit(plan.top);
}
