// What happens when: the steps of a course, and the gradients as they grow in it.
//
// The page holds, before this script, page/words.js, sentences.js and this data:
//
//   courses   by name the steps [phase, view, box, arrows, words] as in steps.py, with 0
//             for forward and 1 for backward; words are those of sentences.js
//   views     the pictures: {prefix, boxes, arrows} as live.js has them, {ends} of arrows,
//             {norm} by box, {local, term} by arrow, and {terms} of an arrow that leaves a
//             call with several outputs: [node, term] for each of its operands
//   nodes     {data, grad} by node of the graph
//   fills     the colour of each tint, where no style sheet has one
//   tree, leaves   the data of `live` and the leaves that can be changed, where there are
//
// What is shown at a step depends on its index alone, so a jump costs what a step costs.

const at = (id) => document.getElementById(id);
const DATA = JSON.parse(at("data").textContent);
const { views, nodes } = DATA;
const parsed = (all) => all.map((x) => (x === null ? null : Number(x)));
for (const kind of ["data", "grad"]) nodes[kind] = parsed(nodes[kind]);
for (const one of views) {
  for (const kind of ["norm", "local", "term"]) one[kind] = parsed(one[kind]);
  for (const all of Object.values(one.terms)) all.forEach((pair) => (pair[1] = Number(pair[1])));
  one.edges = one.arrows.map((pairs) => {
    const names = [];
    for (let i = 0; i < pairs.length; i += 2) names.push(`${pairs[i]},${pairs[i + 1]}`);
    return names;
  });
}

let STEPS = [];
let BACK = 0; // the first step backward
let computed, used, history; // the step of a node, and of an edge; totals of a node

// The node whose number a box shows, -1 for several or none; and all that it stands for.
const nodeOf = (one, box) => one.boxes[box][0] ?? -1;
const membersOf = (one, box) => (one.boxes[box].length > 1 ? one.boxes[box].slice(1) : one.boxes[box]);

function take(name) {
  STEPS = DATA.courses[name].map(([phase, place, box, arrows, words]) => {
    const step = { backward: phase === 1, view: place, box, arrows, words };
    const { ends, terms } = views[place];
    const one = arrows.length === 1 && !(arrows[0] in terms);
    step.gains = one ? ends[arrows[0]][0] : -1;
    return step;
  });
  BACK = STEPS.findIndex((step) => step.backward);
  STEPS[BACK].gains = nodeOf(views[STEPS[BACK].view], STEPS[BACK].box) < 0 ? -1 : STEPS[BACK].box;
  [computed, used] = [new Map(), new Map()];
  STEPS.forEach((step, k) => {
    const one = views[step.view];
    if (!step.backward) membersOf(one, step.box).forEach((node) => computed.set(node, k));
    for (const i of step.arrows) one.edges[i].forEach((edge) => used.set(edge, k));
  });
  count();
}

// The partial sums of all gradients, in the order of the steps.
function count() {
  const waiting = new Map();
  const added = ({ view: place, arrows }) => arrows.flatMap((i) => {
    const one = views[place];
    return one.terms[i] ?? [[nodeOf(one, one.ends[i][0]), one.term[i]]];
  });
  const all = STEPS.map(added);
  for (const [node] of all.flat()) waiting.set(node, (waiting.get(node) ?? 0) + 1);
  const sum = new Map();
  history = new Map();
  const note = (node, k, total) => history.set(node, [...(history.get(node) ?? []), [k, total]]);
  STEPS.forEach((step, k) => {
    if (k === BACK && step.gains >= 0) note(nodeOf(views[step.view], step.box), k, 1);
    for (const [node, term] of all[k]) {
      const before = sum.get(node);
      const left = waiting.get(node) - 1;
      const total = left ? (before === undefined ? term : before + term) : nodes.grad[node];
      waiting.set(node, left);
      sum.set(node, total);
      note(node, k, total);
      [step.before, step.after] = [before ?? 0, total];
    }
  });
}

// The gradient of a node after step k; undefined before the first term has arrived.
function gradient(node, k) {
  let found;
  for (const [when, total] of history.get(node) ?? []) {
    if (when > k) break;
    found = total;
  }
  return found;
}

// When all that a box stands for is computed; a stub always is.
function computedAt(one, box) {
  return Math.max(-1, ...membersOf(one, box).map((node) => computed.get(node) ?? -1));
}

// An arrow to or from a stub, or out of several outputs, may have no step of its own.
function lastUse(one, through) {
  return Math.max(...through.map((i) => Math.max(...one.edges[i].map((edge) => used.get(edge) ?? BACK), -1)));
}

// A number of the text of a step.
function value(step, kind, of) {
  const one = views[step.view];
  if (kind === "data" || kind === "grad") return nodes[kind][nodeOf(one, of)];
  return kind === "before" || kind === "after" ? step[kind] : one[kind][of];
}
