// Opening and folding boxes, and the zoom of the whole.

// The rule for all that is open; then each element is given its place.
function arrange() {
  const opened = new Set([...views.values()].filter((view) => view.open).map((view) => view.number));
  const { w, h } = put(whole, solve(data.plans, 0, opened, data.rankdir));
  size = { w: w + 2 * MARGIN, h: h + 2 * MARGIN };
  svg.setAttribute("viewBox", `0 0 ${short(size.w)} ${short(size.h)}`);
  setRect(svg.querySelector(":scope > .bg"), { x: 0, y: 0, ...size });
  rescale();
}

function open(child) {
  child.open = true;
  child.group.removeAttribute("hidden");
  child.box.one.setAttribute("hidden", "");
  child.box.one.setAttribute("aria-expanded", "true");
  arrange();
  child.fold.focus({ preventScroll: true });
  child.group.scrollIntoView({ block: "nearest", inline: "nearest" });
  child.fold.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function shut(child, focus = true) {
  child.open = false;
  child.group.setAttribute("hidden", "");
  child.box.one.removeAttribute("hidden");
  child.box.one.setAttribute("aria-expanded", "false");
  if (!focus) return;
  arrange();
  child.box.one.focus({ preventScroll: true });
  child.box.one.scrollIntoView({ block: "nearest", inline: "nearest" });
}

let size = null;
let scale = 1;
let fit = false;

function rescale() {
  // while a window is made small the stage may have no room at all
  if (fit) scale = Math.max(0.01, Math.min(1, (stage.clientWidth - 2) / size.w, (stage.clientHeight - 2) / size.h));
  svg.setAttribute("width", short(size.w * scale));
  svg.setAttribute("height", short(size.h * scale));
  $("zoom").textContent = `${Math.round(scale * 100)} %`;
  $("fit").setAttribute("aria-pressed", String(fit));
}

function zoom(to) {
  fit = to === "fit";
  if (!fit) scale = Math.max(0.1, Math.min(4, to));
  rescale();
}

$("in").addEventListener("click", () => zoom(scale * 1.25));
$("out").addEventListener("click", () => zoom(scale / 1.25));
$("full").addEventListener("click", () => zoom(1));
$("fit").addEventListener("click", () => zoom("fit"));
$("shut").addEventListener("click", () => {
  for (const view of views.values()) if (view.parent && view.open) shut(view, false);
  arrange();
});
addEventListener("resize", () => rescale());
