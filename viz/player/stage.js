// The pictures: what of them changes, and what it looks like at a step.

const MISSING = "·";
const NORM = /, norm of the gradient of its leaves [^,]*/;
const SVGS = [...document.querySelectorAll("#view > svg")];
const STAGES = new Map();

// The parts of a picture, found when it is first shown.
function stage(place) {
  if (!STAGES.has(place)) STAGES.set(place, staged(views[place], SVGS[place]));
  return STAGES.get(place);
}

function staged(one, svg) {
  const boxes = [...svg.querySelectorAll(".node")].map((group) => {
    const part = (name) => group.querySelector(`:scope > text.${name}`);
    const rect = group.querySelector(":scope > .box");
    const room = columnsIn(Number(rect.getAttribute("width")));
    const id = Number(group.dataset.id);
    const stub = group.classList.contains("rest");
    const rows = { data: part("data"), grad: part("grad"), norm: part("norm") };
    return { id, group, rect, room, stub, words: around(group), ...rows };
  });
  const number = (element) => element.id.slice(one.prefix.length + 1);
  const lines = [...svg.querySelectorAll(".arrow, .trunk")].map((path) => {
    return { path, through: (path.dataset.through ?? number(path)).split(" ").map(Number) };
  });
  const labels = [...svg.querySelectorAll(".local")].map((text) => {
    return { text, end: one.ends[Number(number(text))][1] };
  });
  return { one, svg, boxes, lines, labels };
}

// What #about, a tooltip and a screen reader say of a box, before and after its numbers.
function around(group) {
  const label = group.getAttribute("aria-label");
  const { data, grad } = group.dataset;
  const said = (data ? `, data ${data}` : "") + (grad ? `, grad ${grad}` : "");
  const from = said ? label.indexOf(said) : label.search(NORM);
  if (from < 0) return [label, "", ""];
  const after = label.slice(from + said.length);
  return [label.slice(0, from), after.replace(NORM, ""), NORM.exec(after)?.[0] ?? ""];
}

// A number is told from its step on: who predicts it must not find it by pointing.
function describe({ group, id, words: [before, after, norm] }, one, k, sum) {
  const { data, grad } = group.dataset;
  const known = data && computedAt(one, id) <= k;
  const told = known ? `, data ${exact(nodes.data[nodeOf(one, id)])}` : "";
  const gained = grad && sum !== undefined ? `, grad ${exact(sum)}` : "";
  const length = norm && k === STEPS.length - 1 ? exact(one.norm[id]) : "";
  const last = length && `, norm of the gradient of its leaves ${length}`;
  const label = before + told + gained + last + after;
  if (group.getAttribute("aria-label") === label) return;
  group.setAttribute("aria-label", label);
  put(group.querySelector(":scope > title"), label);
}

// Write only what changed: a page of thousands of boxes stays quick.
function put(text, words) {
  if (text && text.textContent !== words) text.textContent = words;
}

function mark(element, name, on) {
  if (element.classList.contains(name) !== on) element.classList.toggle(name, on);
}

function paint(rect, tint) {
  if (rect.classList.contains(tint)) return;
  rect.setAttribute("class", `box ${tint}`);
  rect.setAttribute("fill", DATA.fills[tint]); // the dark has a style sheet
}

// Show the picture of a step as it is then.
function draw(k) {
  const step = STEPS[k];
  const { one, boxes, lines, labels } = stage(step.view);
  SVGS.forEach((svg, place) => svg.toggleAttribute("hidden", place !== step.view));
  const complete = k === STEPS.length - 1;
  const shade = shades(boxes.filter((box) => box.grad).map(({ id }) => nodes.grad[nodeOf(one, id)]));
  for (const box of boxes) {
    const { id, group, rect, room, stub, data, grad, norm } = box;
    const node = nodeOf(one, id);
    const sum = gradient(node, k);
    mark(group, "off", !stub && computedAt(one, id) > k);
    mark(group, "now", id === (step.gains >= 0 ? step.gains : step.box));
    mark(group, "giver", step.arrows.length === 1 && id === step.box);
    if (data) put(data, fitted("data", nodes.data[node], room));
    if (grad) put(grad, sum === undefined ? `grad ${MISSING}` : fitted("grad", sum, room));
    if (norm) put(norm, complete ? fitted("‖grad‖", one.norm[id], room) : `‖grad‖ ${MISSING}`);
    describe(box, one, k, sum);
    if (!stub) paint(rect, sum === undefined ? "zero" : shade(sum));
  }
  for (const { path, through } of lines) {
    mark(path, "waiting", lastUse(one, through) > k);
    mark(path, "lit", through.some((i) => step.arrows.includes(i)));
  }
  for (const { text, end } of labels) mark(text, "off", computedAt(one, end) > k);
}

// The boxes of a step, what it is about first: what gains or is computed, then what gives
// or what it is computed from.
function boxesOf({ backward, view: place, box, arrows, gains }) {
  const { ends, prefix } = views[place];
  const operands = ends.filter(([, end]) => end === box).map(([start]) => start);
  const others = backward ? arrows.map((i) => ends[i][0]) : operands;
  const all = gains >= 0 ? [gains, box] : [box, ...others];
  return [...new Set(all)].map((id) => at(`${prefix}b${id}`));
}
