// A view as svg.py draws it, made when its box opens for the first time, from what drawing.py
// tells. A test holds both against each other.

const EM = 0.62, SMALL = 10, ROW = 14, CROWD = 8, LISTED = 30, NAME = 14;
const KINDS = { l: "leaf", o: "op", s: "sum", c: "call", r: "rest", i: "in", u: "out" };
const ROUND = { leaf: 1, op: 7, sum: 7, call: 5, rest: 10 };

function element(name, attributes, ...inside) {
  const one = document.createElementNS(svg.namespaceURI, name);
  for (const [key, x] of Object.entries(attributes)) {
    if (x !== null && x !== undefined) one.setAttribute(key, typeof x === "number" ? short(x) : x);
  }
  one.append(...inside);
  return one;
}

const textAt = (x, y, what, kind, look) => element("text", { class: kind, x, y, ...look }, what);
const rectangle = ({ x, y, w, h }, kind, look) => element("rect", { class: kind, x, y, width: w, height: h, ...look });
const grown = ({ x, y, w, h }, by) => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by });
const known = (x) => x !== null && x !== undefined;
const numberOf = (x) => (known(x) ? Number(x) : null);

// The boxes and arrows of a view with their numbers.
function numbered(number) {
  const { kinds, numbers, arrows } = data.views[number];
  const boxes = numbers.map(([data_, grad, norm], id) => ({
    id, kind: KINDS[kinds[id]], data: numberOf(data_), grad: numberOf(grad), norm: numberOf(norm),
  }));
  return { boxes, arrows: arrows.map(([src, dst, local, much]) => ({
    src, dst, local: numberOf(local),
    contribution: known(much) ? Number(much) : times(Number(local), boxes[dst].grad),
  })) };
}

const isPort = (box) => box.kind === "in" || box.kind === "out";

// The tint of a gradient and the width of an arrow, by all that the page holds.
let scales = null;
function byWholePage() {
  if (scales) return scales;
  const attribute = (selector, name) => [...svg.querySelectorAll(`#v0 > ${selector}`)].flatMap((one) => one.getAttribute(name) ?? []).map(python);
  const all = data.views.flatMap((view, k) => (view ? numbered(k) : []));
  const grads = all.flatMap(({ boxes }) => boxes.filter((box) => known(box.grad) && !isPort(box)).map((box) => box.grad));
  const terms = all.flatMap(({ arrows }) => arrows.map((arrow) => arrow.contribution));
  scales = {
    step: shades([...grads, ...attribute(".node", "data-grad")]),
    width: weights([...terms, ...attribute(".arrows > .arrow", "data-contribution")]),
  };
  return scales;
}

const python = (text) => Number(text.replace("inf", "Infinity"));

// What is said about a box, with every digit.
function described(prefix, id, numbers) {
  const [first, ...rest] = data.words[prefix][id];
  const remark = data.closed[prefix][id];
  const told = ["data", "grad"].filter((name) => known(numbers[name])).map((name) => `${name} ${numbers[name]}`);
  return [first, ...told, ...rest].join(", ") + (remark ? `. ${remark}` : "");
}

function drawnView(number, box) {
  const { theme } = data.paint, { title: [title, columns] } = data.views[number];
  const at = standing(solve(data.plans, number, new Set(), data.rankdir));
  const plan = data.plans[number];
  if (!plan.top) return element("g", { id: `v${number}`, transform: `translate(${MARGIN} ${MARGIN})` }, ...body(number, at));
  const border = element("rect", {
    width: at.size.w, height: at.size.h, rx: 8, fill: theme.frame, stroke: theme.line, "stroke-dasharray": "3 3",
  });
  const fold = element("g", { class: "fold", role: "button", tabindex: 0, "aria-expanded": "true", "aria-label": `${title}, fold it` },
    element("rect", { class: "hit", x: 4, y: 2, width: 28 + columns * EM * SMALL, height: 17, rx: 4, fill: "none" }),
    textAt(13, 15, "−", null, { "text-anchor": "middle", "font-weight": 700, fill: theme.ink }),
    textAt(25, 14, title, null, { "font-size": SMALL, fill: theme.ink }));
  return element("g", { id: `v${number}`, class: "view", hidden: "", "data-box": box },
    element("g", { class: "frame opened" }, border, fold),
    element("g", { class: "inside" }, ...body(number, at)));
}

function body(number, at) {
  const prefix = `v${number}-`, shown = numbered(number);
  const told = { number, prefix, at, ...shown, texts: localTexts(shown), ...byWholePage() };
  const crowded = onFocus(told);
  const boxes = shown.boxes.map((box) => {
    const text = described(prefix, box.id, { data: exactly(box.data), grad: exactly(box.grad) });
    return isPort(box) ? port(told, box, text) : boxOf(told, box, text, crowded.get(box.id));
  });
  return [...framesOf(told), linesOf_(told), locals(told, crowded), ...boxes].filter(Boolean);
}

const exactly = (x) => (known(x) ? exact(x) : null);

function framesOf({ number, at }) {
  const { theme } = data.paint;
  return data.views[number].frames.flatMap((title, k) => {
    const rect = at.frames.get(k);
    if (!rect) return [];
    return element("g", { class: "frame" },
      rectangle(rect, null, { rx: 8, fill: theme.frame, "fill-opacity": 0.6, stroke: theme.line, "stroke-dasharray": "3 3" }),
      textAt(rect.x + 8, rect.y + 12, title, null, { "font-size": SMALL, fill: theme.muted }));
  });
}

// The lines; the last piece of each arrow has its numbers, and its tip follows.
function linesOf_(told) {
  const { at, arrows, width, prefix } = told;
  return element("g", { class: "arrows", fill: "none", "aria-hidden": "true" }, ...at.lines.flatMap((line) => {
    const [first] = line.arrows;
    const together = line.arrows.reduce((sum, k) => sum + arrows[k].contribution, 0);
    const kind = lineKind(together), stroke = data.strokes[kind], { src, dst, local, contribution } = arrows[first];
    const numbers = line.last
      ? { id: `${prefix}a${first}`, "data-dst": String(dst), "data-local": exactly(local), "data-contribution": exact(contribution) }
      : { "data-through": line.arrows.join(" ") };
    const path = element("path", {
      d: curve(line.points), class: `${line.last ? "arrow" : "trunk"} ${kind}`, stroke, "stroke-width": width(together),
      "stroke-dasharray": kind === "down" ? "5 3" : null, "data-src": String(src), ...numbers,
    });
    if (!line.last) return path;
    path.append(arrowTitle(told, arrows[first]));
    return [path, element("polygon", { points: head(line.points.at(-1), line.points.at(-2)), class: `tip ${kind}`, fill: stroke })];
  }));
}

function arrowTitle({ prefix, boxes }, { src, dst, local, contribution }) {
  const [tail, tip] = [src, dst].map((end) => data.names[prefix][end]);
  const rate = known(local) && !isPort(boxes[dst]);
  const text = rate ? `d ${tip} / d ${tail} = ${exact(local)}` : `${tip} adds to the gradient of ${tail} = ${exact(contribution)}`;
  return element("title", { class: rate ? "rate" : null }, text);
}

// The local derivatives, and the boxes at which there are too many to be always shown.
function localTexts({ boxes, arrows }) {
  const texts = new Map();
  if (data.paint.locals !== "none") {
    arrows.forEach(({ dst, local }, k) => known(local) && !isPort(boxes[dst]) && texts.set(k, `×${num(local, 3)}`));
  }
  return texts;
}

function onFocus({ texts, arrows }) {
  const ends = new Map();
  if (data.paint.locals === "all") return ends;
  for (const k of texts.keys()) ends.set(arrows[k].dst, [...(ends.get(arrows[k].dst) ?? []), k]);
  return new Map([...ends].filter(([, some]) => some.length > CROWD));
}

function locals({ number, prefix, at, texts, arrows }, crowded) {
  const sizes = new Map();
  for (const { trunks } of data.plans[number].groups) {
    for (const [, , some, last, , label] of trunks.flatMap((trunk) => trunk[5].flat())) {
      if (last && label[0]) sizes.set(some[0], label);
    }
  }
  const places = at.lines.filter(({ arrows: [k], last }) => last && texts.has(k) && !crowded.has(arrows[k].dst));
  places.sort((a, b) => a.arrows[0] - b.arrows[0]);
  const labels = places.map(({ arrows: [k], end: [x, y] }) => {
    const [w, h] = sizes.get(k);
    const rect = at.rect([x - TIP - w, y - CLEAR / 2 - h], [w, h]);
    const left = data.rankdir === "RL";
    return textAt(left ? rect.x : rect.x + rect.w, rect.y + rect.h, texts.get(k), "local", {
      id: `${prefix}l${k}`, "text-anchor": left ? "start" : null, fill: data.paint.theme.muted,
    });
  });
  if (!labels.length) return null;
  return element("g", { class: "locals", "aria-hidden": "true", "font-size": SMALL, "text-anchor": "end" }, ...labels);
}

function port({ prefix, at }, box, text) {
  const { x, y } = at.boxes.get(box.id);
  return element("g", { id: `${prefix}b${box.id}`, class: "port", "data-side": box.kind, ...attributesOf(box) },
    element("title", {}, text), element("circle", { cx: x, cy: y, r: 2.5, fill: data.paint.theme.muted }));
}

const attributesOf = ({ id, data: number, grad }) => ({ "data-id": String(id), "data-data": exactly(number), "data-grad": exactly(grad) });

function boxOf(told, box, text, listing) {
  const { prefix, number, at, step } = told, rect = at.boxes.get(box.id), { kind } = box;
  const { theme, fills } = data.paint;
  const root = data.views[number].root === box.id, opens = box.id in data.plans[number].opens || (kind === "rest" && number in data.whole);
  const tint = known(box.grad) ? step(box.grad) : "zero", faint = kind === "rest";
  const parts = [element("title", {}, text)];
  if (kind === "call") parts.push(rectangle({ ...rect, x: rect.x + 3, y: rect.y + 3 }, "back", { rx: ROUND.call, fill: theme.zero, stroke: theme.line }));
  if (root) parts.push(rectangle(grown(rect, 3), "ring", { rx: ROUND[kind] + 3, fill: "none", stroke: theme.ink }));
  parts.push(rectangle(rect, `box ${tint}`, {
    rx: ROUND[kind], fill: fills[tint], stroke: faint ? theme.line : theme.ink,
    "stroke-width": kind === "leaf" ? 1.6 : null, "stroke-dasharray": faint ? "2 2" : null,
  }), ...textsOf(number, box, rect));
  if (listing) parts.push(listed(told, listing, rect));
  return element("g", {
    id: `${prefix}b${box.id}`, class: `node ${kind}${root ? " root" : ""}${opens ? " opens" : ""}`,
    role: opens ? "button" : "graphics-symbol", "aria-expanded": opens ? "false" : null, "aria-label": text, tabindex: 0, ...attributesOf(box),
  }, ...parts);
}

function textsOf(number, box, { x, y, w }) {
  const { theme, values } = data.paint, { heads, notes } = data.views[number];
  const [title, operation] = heads[box.id], faint = box.kind === "rest", fill = faint ? theme.muted : theme.ink;
  const found = [faint
    ? textAt(x + w / 2, y + 14, title, "faint", { "text-anchor": "middle", fill })
    : textAt(x + 8, y + 15, title, "label", { "font-weight": 700, fill })];
  if (operation) found.push(textAt(x + w - 8, y + 15, operation, "operation", { "text-anchor": "end", fill }));
  const rows = (notes[box.id] ?? []).map((text) => ["note", text]);
  if (!faint && values && known(box.data) && known(box.grad)) rows.push(["data", `data ${num(box.data)}`], ["grad", `grad ${num(box.grad)}`]);
  else if (known(box.norm)) rows.push(["norm", `‖grad‖ ${num(box.norm)}`]);
  rows.forEach(([kind, text], i) => {
    const weight = kind === "data" && !Number.isFinite(box.data) ? 700 : null;
    found.push(textAt(x + 8, y + 16 + ROW * (i + 1), text, kind, { fill, "font-weight": weight }));
  });
  return found;
}

// The labels of a box that has too many, as a list beside it that is shown on focus.
function listed({ number, prefix, arrows, texts }, some, { x: left, y: top, h }) {
  const { theme } = data.paint, { wide } = data.views[number];
  const size = ({ contribution }) => (Number.isFinite(contribution) ? Math.abs(contribution) : Infinity);
  const order = [...some].sort((a, b) => { const by = size(arrows[b]) - size(arrows[a]); return by || a - b; }).slice(0, LISTED);
  const rows = order.sort((a, b) => a - b).map((k) => {
    const { src } = arrows[k], name = data.names[prefix][src];
    const [text, columns] = wide[src] ?? [name.length > NAME ? `${name.slice(0, NAME - 1)}…` : name, Math.min(name.length, NAME)];
    return { text, columns: columns + texts.get(k).length, label: texts.get(k), id: `${prefix}l${k}` };
  });
  if (some.length > rows.length) {
    const text = `${(some.length - rows.length).toLocaleString("en-US")} more`;
    rows.push({ text, columns: text.length });
  }
  const width = (most(rows.map((row) => row.columns)) + 2) * EM * SMALL + 12, height = ROW * rows.length + 8;
  const x = Math.max(left - 10 - width, 0), y = Math.max(top + (h - height) / 2, 0);
  const lines = rows.flatMap(({ text, label, id }, k) => {
    const name = textAt(x + 6, y + ROW * (k + 1), text, "faint", { fill: theme.muted });
    return label ? [name, textAt(x + width - 6, y + ROW * (k + 1), label, "local", { "text-anchor": "end", id, fill: theme.ink })] : name;
  });
  return element("g", { class: "entries", visibility: "hidden", "aria-hidden": "true", "font-size": SMALL },
    rectangle({ x, y, w: width, h: height }, "sheet", { rx: 4, fill: theme.background, stroke: theme.line }), ...lines);
}
