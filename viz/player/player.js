// Plays back-propagation on a picture, one step at a time.
//
// The page holds, before this script, page/words.js, sentences.js,
// follow.js and this data:
//
//   steps     [phase, box, arrow, gains, last, words]: as in steps.py, with 0 for forward
//             and 1 for backward; words are those of sentences.js
//   ends      [source, end] of each arrow
//   numbers   {data, grad, norm} by box, {local, term} by arrow
//   fills     the colour of each tint, where no style sheet has one
//   tree      the data of `live` and the leaves that can be changed, null if none can
//
// What is shown at a step depends on its index alone, so a jump costs what a step costs.

const at = (id) => document.getElementById(id);
const DATA = JSON.parse(at("data").textContent);
const STEPS = DATA.steps.map(([phase, box, arrow, gains, last, words]) => ({
  backward: phase === 1, box, arrow, gains, last, words,
}));
const BACK = STEPS.findIndex((step) => step.backward);
const MISSING = "·";
const { numbers } = DATA;
for (const kind of Object.keys(numbers)) {
  numbers[kind] = numbers[kind].map((x) => (x === null ? null : Number(x)));
}

// When each thing happens: a box is computed, its gradient grows, an arrow is used.
const computed = new Map();
const arrivals = new Map();
const used = new Map();
STEPS.forEach((step, k) => {
  if (!step.backward) computed.set(step.box, k);
  if (step.gains >= 0) arrivals.set(step.gains, [...(arrivals.get(step.gains) ?? []), k]);
  if (step.arrow >= 0) used.set(step.arrow, k);
});

// The partial sums of all gradients, in the order of the steps.
function count() {
  const sum = new Map();
  numbers.before = [];
  numbers.after = [];
  for (const { arrow, gains, last } of STEPS) {
    if (arrow < 0 || gains < 0) continue;
    const term = numbers.term[arrow];
    const before = sum.get(gains);
    const grown = before === undefined ? term : before + term;
    numbers.before[arrow] = before ?? 0;
    numbers.after[arrow] = last ? numbers.grad[gains] : grown;
    sum.set(gains, numbers.after[arrow]);
  }
}

// The gradient of a box after step k; undefined before the first term has arrived.
function gradient(box, k) {
  const when = arrivals.get(box) ?? [];
  let found;
  for (const i of when) {
    if (i > k) break;
    found = STEPS[i].arrow < 0 ? 1 : numbers.after[STEPS[i].arrow];
  }
  return found;
}

const drawing = at("view").querySelector("svg");
// The picture, once: what of it changes, and what it looks like now.
const BOXES = [...document.querySelectorAll("#view .node")].map((group) => {
  const part = (name) => group.querySelector(`:scope > text.${name}`);
  const rect = group.querySelector(":scope > .box");
  const room = columnsIn(Number(rect.getAttribute("width")));
  const id = Number(group.dataset.id);
  const stub = group.classList.contains("rest");
  return { id, group, rect, room, stub, data: part("data"), grad: part("grad"), norm: part("norm") };
});
const LINES = [...document.querySelectorAll("#view .arrow, #view .trunk")].map((path) => {
  const through = path.dataset.through ?? path.id.slice(1);
  return { path, through: through.split(" ").map(Number) };
});
const LABELS = [...document.querySelectorAll("#view .local")].map((text) => {
  const arrow = at(`a${text.id.slice(1)}`);
  return { text, end: Number(arrow.dataset.dst) };
});
// An arrow to or from a stub, or out of several outputs, may have no step of its own.
const lastUse = ({ through }) => Math.max(...through.map((i) => used.get(i) ?? BACK));

// What #about, a tooltip and a screen reader say of a box, before and after its numbers.
const NORM = /, norm of the gradient of its leaves [^,]*/;
const WORDS = BOXES.map(({ group }) => {
  const label = group.getAttribute("aria-label");
  const { data, grad } = group.dataset;
  const said = (data ? `, data ${data}` : "") + (grad ? `, grad ${grad}` : "");
  const from = said ? label.indexOf(said) : label.search(NORM);
  if (from < 0) return [label, "", ""];
  const after = label.slice(from + said.length);
  return [label.slice(0, from), after.replace(NORM, ""), NORM.exec(after)?.[0] ?? ""];
});

// A number is told from its step on: who predicts it must not find it by pointing.
function describe({ group, id }, k, sum) {
  const [before, after, norm] = WORDS[k];
  const { data, grad } = group.dataset;
  const known = data && !(computed.get(id) > now) ? `, data ${exact(numbers.data[id])}` : "";
  const gained = grad && sum !== undefined ? `, grad ${exact(sum)}` : "";
  const length = norm && now === STEPS.length - 1 ? exact(numbers.norm[id]) : "";
  const told = length && `, norm of the gradient of its leaves ${length}`;
  const words = before + known + gained + told + after;
  if (group.getAttribute("aria-label") === words) return;
  group.setAttribute("aria-label", words);
  put(group.querySelector(":scope > title"), words);
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

let now = 0;
let pointed = null; // the box that #about tells of
let shade = shades([]);
function show(k) {
  now = Math.max(0, Math.min(STEPS.length - 1, k));
  const step = STEPS[now];
  for (const [place, box] of BOXES.entries()) {
    const { id, group, rect, room, stub, data, grad, norm } = box;
    const sum = gradient(id, now);
    mark(group, "off", !stub && computed.get(id) > now);
    mark(group, "now", id === (step.gains >= 0 ? step.gains : step.box));
    mark(group, "giver", step.arrow >= 0 && id === step.box);
    if (data) put(data, fitted("data", numbers.data[id], room));
    if (grad) put(grad, sum === undefined ? `grad ${MISSING}` : fitted("grad", sum, room));
    const complete = now === STEPS.length - 1;
    if (norm) put(norm, complete ? fitted("‖grad‖", numbers.norm[id], room) : `‖grad‖ ${MISSING}`);
    describe(box, place, sum);
    if (!stub) paint(rect, sum === undefined ? "zero" : shade(sum));
  }
  for (const line of LINES) {
    mark(line.path, "waiting", lastUse(line) > now);
    mark(line.path, "lit", line.through.includes(step.arrow));
  }
  for (const { text, end } of LABELS) mark(text, "off", computed.get(end) > now);
  const [phase, nth, all] = step.backward
    ? ["backward", now - BACK + 1, STEPS.length - BACK]
    : ["forward", now + 1, BACK];
  put(at("caption"), said(step));
  put(at("phase"), `${phase} ${nth}/${all}`);
  at("slider").value = now;
  at("slider").setAttribute("aria-valuetext", `${phase} ${nth} of ${all}: ${said(step)}`);
  if (pointed) tell(pointed);
  follow(boxesOf(step), drawing);
}

// The boxes of a step, what it is about first: what gains or is computed, then what gives
// or what it is computed from.
function boxesOf({ backward, box, arrow, gains }) {
  const operands = DATA.ends.filter(([, end]) => end === box).map(([start]) => start);
  const other = backward ? (arrow < 0 ? [] : [DATA.ends[arrow][0], box]) : operands;
  const boxes = new Set([gains >= 0 ? gains : backward && arrow >= 0 ? DATA.ends[arrow][0] : box, ...other]);
  return [...boxes].map((id) => at(`b${id}`));
}

// Numbers of the whole picture have changed: sum anew, and show the same step.
function refresh() {
  count();
  shade = shades(numbers.grad.filter((x) => x !== null));
  show(now);
}

let timer = 0;
function play(on) {
  clearInterval(timer);
  timer = 0;
  at("play").textContent = on ? "Pause" : "Play";
  // A screen reader is told of steps that a person takes, not of a film.
  at("caption").setAttribute("aria-live", on ? "off" : "polite");
  if (on) timer = setInterval(advance, Number(at("speed").value));
}
function advance() {
  show(now + 1);
  if (now === STEPS.length - 1) play(false);
}
function toggle() {
  if (!timer && now === STEPS.length - 1) show(0);
  play(!timer);
}
function go(k) {
  play(false);
  show(k);
}

const KEYS = {
  ArrowRight: () => go(now + 1),
  ArrowLeft: () => go(now - 1),
  Home: () => go(0),
  End: () => go(STEPS.length - 1),
  b: () => go(BACK),
  " ": toggle,
};
function pressed(event) {
  const key = KEYS[event.key];
  if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
  const own = event.target.closest("select, input");
  if (own && own.id !== "slider") return; // arrows move a choice or a number
  if (event.key === " " && event.target.closest("button, summary")) return; // its click
  event.preventDefault();
  key();
}

function tell(group) {
  pointed = group;
  put(at("about"), group.getAttribute("aria-label"));
}

at("slider").max = STEPS.length - 1;
at("slider").addEventListener("input", (event) => go(Number(event.target.value)));
at("previous").addEventListener("click", () => go(now - 1));
at("next").addEventListener("click", () => go(now + 1));
at("backward").addEventListener("click", () => go(BACK));
at("play").addEventListener("click", toggle);
at("speed").addEventListener("change", () => timer && play(true));
at("fit").addEventListener("click", () => {
  whole = !whole;
  at("fit").textContent = whole ? "Follow" : "Whole";
  show(now);
});
addEventListener("resize", () => show(now));
document.addEventListener("keydown", pressed);
for (const { group } of BOXES) {
  group.addEventListener("focus", () => tell(group));
  group.addEventListener("mouseenter", () => tell(group));
}
document.documentElement.classList.add("plays");
at("view").classList.remove("fit"); // as it is without a script
refresh();
