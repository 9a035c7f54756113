// What the colours show: the choice is made in the page, which changes colours alone.
//
// Python says the same of a picture that it draws (colours.py), from the same numbers; here
// they are read from the elements. Where a box has several outputs its arrows carry
// data-hands and data-effect.

let color = data.color;
const numberOf = (one, name) => (one.hasAttribute(name) ? Number(one.getAttribute(name)) : null);

// An exact 0 times inf is 0, as in the engine.
function product(factor, back) {
  const term = factor * back;
  return Number.isNaN(term) && (factor === 0 || back === 0) ? 0 : term;
}

function amountOf(one) {
  const [held, grad] = ["data-data", "data-grad"].map((name) => numberOf(one, name));
  if (one.classList.contains("rest")) return null;
  if (color !== "contribution") return color === "data" ? held : grad;
  return held === null || grad === null ? null : product(held, grad);
}

function amountAlong(view, path) {
  const given = Number(path.dataset.contribution);
  if (color === "grad") return given;
  const own = numberOf(path, color === "data" ? "data-hands" : "data-effect");
  if (own !== null) return own;
  const held = numberOf(view.boxes.get(path.dataset.src).one, "data-data") ?? 0;
  return color === "data" ? held : product(held, given);
}

// Of a line that several arrows share; they add up, but all hand on the same data.
function together(view, arrows) {
  const some = arrows.map((k) => amountAlong(view, view.arrows[k].path));
  if (color !== "data") return some.reduce((sum, x) => sum + x, 0);
  return some.every((x) => x === some[0] || (Number.isNaN(x) && Number.isNaN(some[0]))) ? some[0] : 0;
}

function paintLine(path, amount) {
  const kind = lineKind(amount);
  const strong = path.classList.contains("strong");
  for (const one of ["up", "down", "flat", "bad"]) path.classList.toggle(one, one === kind);
  path.setAttribute("stroke", data.strokes[kind]);
  path.setAttribute("stroke-width", short(widthOf(amount) + (strong ? 1.5 : 0)));
  if (kind === "down") path.setAttribute("stroke-dasharray", "5 3");
  else path.removeAttribute("stroke-dasharray");
  const tip = path.nextElementSibling;
  if (!tip?.classList.contains("tip")) return;
  tip.setAttribute("class", `tip ${kind}`);
  tip.setAttribute("fill", data.strokes[kind]);
}

// One scale for all views, or for those that are open, once numbers change.
const scaled = () => [...views.values()].filter((view) => !tree?.touched || visible(view));
const amountsOf = (some) => some.flatMap((view) => view.arrows.map(({ path }) => [path, amountAlong(view, path)]));
let thickness = null; // amount -> width of a line
function widthOf(amount) {
  thickness ??= weights(amountsOf(scaled()).map(([, x]) => x));
  return thickness(amount);
}

function recolour() {
  const some = scaled();
  const boxes = some.flatMap((view) => [...view.boxes.values()].filter((box) => !box.side).map((box) => [box.one, amountOf(box.one)]));
  const lines = amountsOf(some);
  const tint = shades(boxes.map(([, x]) => x).filter((x) => x !== null));
  thickness = weights(lines.map(([, x]) => x));
  let broken = false;
  for (const [one, amount] of boxes) {
    const name = amount === null ? "zero" : tint(amount);
    const face = one.querySelector(":scope > .box");
    face.setAttribute("class", `box ${name}`);
    face.setAttribute("fill", data.fills[name]);
    broken ||= name === "broken";
  }
  for (const [path, amount] of lines) paintLine(path, amount);
  for (const view of some) {
    for (const trunk of view.lines.querySelectorAll(":scope > .trunk")) {
      paintLine(trunk, together(view, trunk.dataset.through.split(" ").map(Number)));
    }
  }
  $("of").textContent = data.legends[color];
  $("loss").toggleAttribute("hidden", color !== "contribution");
  $("broken").toggleAttribute("hidden", !broken);
}

$("color").addEventListener("change", (event) => {
  color = event.target.value;
  recolour();
});
if (tree) {
  const numbers = tree.paint;
  tree.paint = () => {
    numbers();
    recolour();
  };
  tree.listeners.push(recolour);
}
