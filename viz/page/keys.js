// Keys and what is pointed at; then the page begins.

const focusable = () =>
  [...svg.querySelectorAll(".node, .fold")].filter((one) => !one.closest("[hidden]"));

function neighbour(from, dx, dy) {
  const middle = (one) => {
    const r = one.getBoundingClientRect();
    return { x: r.left + r.width / 2, y: r.top + r.height / 2 };
  };
  const here = middle(from);
  let best = null;
  for (const one of focusable()) {
    const there = middle(one);
    const ahead = (there.x - here.x) * dx + (there.y - here.y) * dy;
    if (one === from || ahead < 4) continue;
    const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
    const far = ahead + 2 * aside;
    if (!best || far < best.far) best = { one, far };
  }
  return best?.one;
}

function innermost(one) {
  const group = one.closest?.(".view");
  return group ? views.get(group.id + "-") : null;
}

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const ZOOMS = { "+": () => zoom(scale * 1.25), "=": () => zoom(scale * 1.25), "-": () => zoom(scale / 1.25), 0: () => zoom("fit"), 1: () => zoom(1) };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const one = event.target;
  if (one.matches("input, #details .link")) {
    if (event.key === "Escape") shown?.focus();
    return;
  }
  const inTree = svg.contains(one) && one !== svg;
  if (inTree && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    if (one.classList.contains("leaf") && !$("edit").hidden) $("number").select();
    else if (one.matches(".opens, .fold")) one.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    else $("chain").querySelector(".link")?.focus();
  } else if (event.key === "Escape" && inTree && innermost(one)) {
    shut(innermost(one));
  } else if (inTree && ARROWS[event.key]) {
    event.preventDefault();
    neighbour(one, ...ARROWS[event.key])?.focus();
  } else if (ZOOMS[event.key]) {
    event.preventDefault();
    ZOOMS[event.key]();
  }
});

svg.addEventListener("focusin", (event) => {
  const one = event.target.closest(".node") ?? innermost(event.target)?.box.one;
  if (one) details(one);
});
svg.addEventListener("pointerdown", (event) => {
  const one = event.target.closest(".node");
  if (one) details(one);
});
const whole = read($("v0"));
const root = svg.querySelector(".root");
rescale();
drawMap();
details(root);
if (!fit) root?.scrollIntoView({ block: "center", inline: "center" });
window.dendrograd = { tree, views };
