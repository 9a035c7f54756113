// Which number colours a box or a line, as in colours.py, and the scale on which all of a page
// is painted: what is drawn is read from its elements, other views from the page's data.

let color = data.color;

const known = (x) => x !== null && x !== undefined;
const numberOf = (x) => (!known(x) ? null : typeof x === "string" ? Number(x.replace("inf", "Infinity")) : x);

// The boxes and arrows of a view with their numbers, as Python told them.
function numbered(number) {
  const { kinds, numbers, arrows, tells, classes } = data.views[number];
  const boxes = numbers.map(([data_, grad, norm], id) => ({
    id, kind: SORTS[kinds[id]], data: numberOf(data_), grad: numberOf(grad), norm: numberOf(norm),
    array: classes[id] ?? null,
  }));
  return { boxes, arrows: arrows.map(([src, dst, local, much], k) => ({
    src, dst, local: numberOf(local),
    contribution: known(much) ? Number(much) : times(Number(local), boxes[dst].grad),
    hands: numberOf(tells[k]?.[0]), effect: numberOf(tells[k]?.[1]),
  })) };
}

// The same of what is drawn, as far as it has a colour.
function seen(group) {
  const body = group.querySelector(":scope > .inside") ?? group, boxes = [];
  for (const one of body.querySelectorAll(":scope > .node, :scope > .port")) {
    const { id, side, data: held, grad, array } = one.dataset;
    const kind = one.classList.contains("rest") ? "rest" : side;
    boxes[id] = { one, kind, data: numberOf(held), grad: numberOf(grad), array: numberOf(array) };
  }
  const arrows = [];
  for (const path of body.querySelectorAll(":scope > .arrows > .arrow")) {
    const { src, contribution, hands, effect } = path.dataset;
    const numbers = { contribution: numberOf(contribution), hands: numberOf(hands), effect: numberOf(effect) };
    arrows[path.id.replace(/^.*a/, "")] = { path, src, ...numbers };
  }
  return { boxes, arrows };
}

// The number of each box, null where there is none, and of each arrow.
function amountsOf({ boxes, arrows }) {
  return { boxes: boxes.map(amountOf), arrows: arrows.map((arrow) => amountAlong(arrow, boxes[arrow.src])) };
}

function amountOf({ kind, data: held, grad, array }) {
  if (color === "statement") return array;
  if (kind === "rest") return null;
  if (color !== "contribution") return color === "data" ? held : grad;
  return held === null || grad === null ? null : times(held, grad);
}

// Where a box has several outputs its arrows tell what they hand on themselves.
function amountAlong({ contribution, hands, effect }, { data: held }) {
  if (color === "statement") return 0;
  if (color === "grad") return contribution;
  const own = color === "data" ? hands : effect;
  if (own !== null) return own;
  return color === "data" ? held ?? 0 : times(held ?? 0, contribution);
}

// Of a line that several arrows share; they add up, but all hand on the same data.
function together(some) {
  if (color !== "data") return some.reduce((sum, x) => sum + x, 0);
  return some.every((x) => x === some[0] || (Number.isNaN(x) && Number.isNaN(some[0]))) ? some[0] : 0;
}

// The tint of a number and the width of a line, by all views, or by those that are open once
// numbers change; `broken` tells whether a box has a number that is not finite.
let painted = null;
const repainted = () => (painted = null);
function scales() {
  if (painted) return painted;
  const drawn = tree?.touched ? [...views.values()].filter(visible).map(({ group }) => group) : [svg.querySelector("#v0")];
  const told = tree?.touched ? [] : data.views.flatMap((view, number) => (view ? numbered(number) : []));
  const all = [...drawn.map(seen), ...told].map((view) => ({ ...view, amounts: amountsOf(view) }));
  const tinted = all.flatMap(({ boxes, amounts }) => amounts.boxes.filter((x, id) => known(x) && !isPort(boxes[id])));
  painted = {
    step: color === "statement" ? (x) => `class${x % data.classes}` : shades(tinted),
    width: weights(all.flatMap(({ amounts }) => amounts.arrows)),
    broken: !tinted.every(Number.isFinite),
  };
  return painted;
}
