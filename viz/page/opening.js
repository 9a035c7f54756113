// Opening and folding boxes.

const QUICK = 200; // milliseconds in which boxes glide to their new places
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let size = { w: svg.viewBox.baseVal.width, h: svg.viewBox.baseVal.height };

const visible = (view) => view.open && (!view.parent || visible(view.parent));

// The rule for all that is open; then each element is given its place.
function arrange() {
  const opened = new Set([...views.values()].filter((view) => view.open).map((view) => view.number));
  const { w, h } = put(whole, solve(data.plans, whole.number, opened, data.rankdir));
  size = { w: w + 2 * MARGIN, h: h + 2 * MARGIN };
  svg.setAttribute("viewBox", `0 0 ${short(size.w)} ${short(size.h)}`);
  setRect(svg.querySelector(":scope > .bg"), { x: 0, y: 0, ...size });
  rescale();
}

// Arrange, and call `then` when all stands where it will.
let gliding = null;
function glide(then) {
  clearTimeout(gliding);
  const rest = () => {
    svg.classList.remove("gliding");
    then();
    drawMap();
  };
  if (!calm.matches) svg.classList.add("gliding");
  arrange();
  if (calm.matches) rest();
  else gliding = setTimeout(rest, QUICK);
}

// The view in a box, drawn the first time that it is asked for.
function viewIn(view, box) {
  const outer = view.boxes.get(box), number = data.plans[view.number].opens[box];
  outer.view = views.get(`v${number}-`);
  if (outer.view) return outer.view;
  const group = drawnView(number, box);
  outer.one.after(group);
  const child = read(group);
  child.parent = view;
  child.box = outer;
  child.frame = group.querySelector(":scope > .frame > rect");
  child.fold = group.querySelector(":scope > .frame > .fold");
  child.fold.addEventListener("click", () => shut(child));
  outer.view = child;
  return child;
}

function open(view, box) {
  const child = viewIn(view, box);
  child.open = true;
  child.group.removeAttribute("hidden");
  child.box.one.setAttribute("hidden", "");
  child.box.one.setAttribute("aria-expanded", "true");
  glide(() => {
    child.group.scrollIntoView({ block: "nearest", inline: "nearest" });
    child.fold.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  if (tree?.touched) {
    tree.paint();
    told();
  }
  child.fold.focus({ preventScroll: true });
}

function shut(child, focus = true) {
  child.open = false;
  child.group.setAttribute("hidden", "");
  child.box.one.removeAttribute("hidden");
  child.box.one.setAttribute("aria-expanded", "false");
  if (!focus) return;
  glide(() => child.box.one.scrollIntoView({ block: "nearest", inline: "nearest" }));
  if (tree?.touched) {
    tree.paint();
    told();
  }
  child.box.one.focus({ preventScroll: true });
}

// A stub opens: the view in which all is drawn takes the place of the one that was cut.
function uncut(view) {
  const number = data.whole[view.number];
  if (view.parent) {
    const { parent, box } = view;
    view.open = false;
    view.group.setAttribute("hidden", "");
    data.plans[parent.number].opens[box.id] = number;
    open(parent, box.id);
    return;
  }
  if (!views.has(`v${number}-`)) {
    svg.append(drawnView(number, null));
    read(svg.lastChild);
  }
  showFirst(views.get(`v${number}-`));
}

// Show another view in place of the outermost one.
function showFirst(view) {
  for (const [one, shown] of [[whole, false], [view, true]]) {
    one.open = shown;
    one.group.toggleAttribute("hidden", !shown);
  }
  whole = view;
  const root = view.group.querySelector(".root");
  glide(() => root?.scrollIntoView({ block: "center", inline: "center" }));
  if (tree?.touched) {
    tree.paint();
    told();
  }
  root?.focus({ preventScroll: true });
}

$("shut").addEventListener("click", () => {
  for (const view of views.values()) if (view.parent && view.open) shut(view, false);
  if (whole.number) return showFirst(views.get("v0-"));
  glide(() => {});
});
