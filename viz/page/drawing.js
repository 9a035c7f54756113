// A view as svg.py draws it, made when its box opens for the first time, from what drawing.py
// tells. A test holds both against each other.

const EM = 0.62, SMALL = 10, ROW = 14, CROWD = 8, LISTED = 30, NAME = 14;
const SORTS = { l: "leaf", o: "op", s: "sum", c: "call", r: "rest", i: "in", u: "out" };
const ROUND = { leaf: 1, op: 7, sum: 7, call: 5, rest: 10 };

const textAt = (x, y, what, kind, look) => element("text", { class: kind, x, y, ...look }, what);
const rectangle = ({ x, y, w, h }, kind, look) => element("rect", { class: kind, x, y, width: w, height: h, ...look });
const grown = ({ x, y, w, h }, by) => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by });

const isPort = (box) => box.kind === "in" || box.kind === "out";

// What is said about a box, with every digit.
function described(prefix, id, numbers) {
  const [first, ...rest] = data.words[prefix][id];
  const remark = data.closed[prefix][id];
  const told = ["data", "grad"].filter((name) => known(numbers[name])).map((name) => `${name} ${numbers[name]}`);
  return [first, ...told, ...rest, ...(data.bad[prefix].boxes[id] ?? [])].join(", ") + (remark ? `. ${remark}` : "");
}

function drawnView(number, box) {
  const { theme } = data, { title: [title, columns] } = data.views[number];
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
  const told = { number, prefix, at, ...shown, texts: localTexts(shown), amounts: amountsOf(shown), ...scales() };
  const crowded = onFocus(told);
  const boxes = shown.boxes.map((box) => {
    const text = described(prefix, box.id, { data: exactly(box.data), grad: exactly(box.grad) });
    return isPort(box) ? port(told, box, text) : boxOf(told, box, text, crowded.get(box.id));
  });
  return [...framesOf(told), waysOf(told), linesOf_(told), locals(told, crowded), ...boxes].filter(Boolean);
}

const exactly = (x) => (known(x) ? exact(x) : null);

function framesOf({ number, at }) {
  const { theme } = data;
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
  const { at, arrows, width, prefix, amounts } = told;
  return element("g", { class: "arrows", fill: "none", "aria-hidden": "true" }, ...at.lines.flatMap((line) => {
    const [first] = line.arrows;
    const much = together(line.arrows.map((k) => amounts.arrows[k]));
    const kind = lineKind(much), stroke = data.strokes[kind], { src, dst, local, contribution, hands, effect } = arrows[first];
    const numbers = line.last
      ? { id: `${prefix}a${first}`, "data-dst": String(dst), "data-local": exactly(local), "data-contribution": exact(contribution), "data-hands": exactly(hands), "data-effect": exactly(effect) }
      : { "data-through": line.arrows.join(" ") };
    const path = element("path", {
      d: curve(line.points), class: `${line.last ? "arrow" : "trunk"} ${kind}`, stroke, "stroke-width": width(much),
      "stroke-dasharray": kind === "down" ? "5 3" : null, "data-src": String(src), ...numbers,
    });
    if (!line.last) return path;
    path.append(arrowTitle(told, arrows[first]));
    return [path, element("polygon", { points: head(line.points.at(-1), line.points.at(-2)), class: `tip ${kind}`, fill: stroke })];
  }));
}

function arrowTitle({ number, prefix, boxes }, { src, dst, local, contribution }) {
  const [tail, tip] = [src, dst].map((end) => {
    const name = data.names[prefix][end];
    return data.views[number].terms.includes(end) ? `(${name})` : name;
  });
  const rate = known(local) && !isPort(boxes[dst]);
  const text = rate ? `d ${tip} / d ${tail} = ${exact(local)}` : `${tip} adds to the gradient of ${tail} = ${exact(contribution)}`;
  return element("title", { class: rate ? "rate" : null }, text);
}

// What inf and nan go along, below the lines.
function waysOf({ prefix, at }) {
  const ways = at.lines.flatMap(({ points, arrows }) => goesAlong(prefix, arrows).map((kind) => wayOf(curve(points), kind)));
  return ways.length ? element("g", { class: "ways", fill: "none", "aria-hidden": "true" }, ...ways) : null;
}

// The local derivatives, and the boxes at which there are too many to be always shown.
function localTexts({ boxes, arrows }) {
  const texts = new Map();
  if (data.locals !== "none") {
    arrows.forEach(({ dst, local }, k) => known(local) && !isPort(boxes[dst]) && texts.set(k, `×${num(local, 3)}`));
  }
  return texts;
}

function onFocus({ texts, arrows }) {
  const ends = new Map();
  if (data.locals === "all") return ends;
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
      id: `${prefix}l${k}`, "text-anchor": left ? "start" : null, fill: data.theme.muted,
    });
  });
  if (!labels.length) return null;
  return element("g", { class: "locals", "aria-hidden": "true", "font-size": SMALL, "text-anchor": "end" }, ...labels);
}

function port({ prefix, at }, box, text) {
  const { x, y } = at.boxes.get(box.id);
  return element("g", { id: `${prefix}b${box.id}`, class: "port", "data-side": box.kind, ...attributesOf(box) },
    element("title", {}, text), element("circle", { cx: x, cy: y, r: 2.5, fill: data.theme.muted }));
}

const attributesOf = ({ id, data: number, grad, array }) => ({
  "data-id": String(id), "data-data": exactly(number), "data-grad": exactly(grad), "data-array": known(array) ? String(array) : null,
});

function boxOf(told, box, text, listing) {
  const { prefix, number, at, step, amounts } = told, rect = at.boxes.get(box.id), { kind } = box;
  const { theme, fills } = data;
  const root = data.views[number].root === box.id, opens = box.id in data.plans[number].opens || (kind === "rest" && number in data.whole);
  const amount = amounts.boxes[box.id], tint = known(amount) ? step(amount) : "zero", faint = kind === "rest";
  const parts = [element("title", {}, text)];
  if (kind === "call") parts.push(rectangle({ ...rect, x: rect.x + 3, y: rect.y + 3 }, "back", { rx: ROUND.call, fill: theme.zero, stroke: theme.line }));
  if (root) parts.push(rectangle(grown(rect, 3), "ring", { rx: ROUND[kind] + 3, fill: "none", stroke: theme.ink }));
  parts.push(...ringsOf(rect, ROUND[kind], beginsIn(prefix, box.id)), rectangle(rect, `box ${tint}`, {
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
  const { theme, values } = data, { heads, notes } = data.views[number];
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
  const { theme } = data, { wide } = data.views[number];
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
