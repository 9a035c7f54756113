// The size of the whole and the part of it that is seen: buttons, wheel, pinch and drag, and a
// small map while not all is seen.

const READABLE = 0.6; // the least scale at which a page opens with all of it in sight
let scale = 1;
let fit = "first"; // until something is chosen, all is shown as long as it can be read

function rescale() {
  // while a window is made small the stage may have no room at all
  const whole = Math.min(1, (stage.clientWidth - 2) / size.w, (stage.clientHeight - 2) / size.h);
  if (fit === "first" && whole < READABLE) fit = false;
  if (fit) scale = Math.max(0.01, whole);
  svg.setAttribute("width", short(size.w * scale));
  svg.setAttribute("height", short(size.h * scale));
  $("zoom").textContent = `${Math.round(scale * 100)} %`;
  $("fit").setAttribute("aria-pressed", String(Boolean(fit)));
  drawSeen();
}

function zoom(to) {
  fit = to === "fit";
  if (!fit) scale = Math.max(0.1, Math.min(4, to));
  rescale();
}

// Zoom so that what is at a point of the window stays there.
function zoomAt(to, x, y) {
  const before = svg.getBoundingClientRect(), old = scale;
  zoom(to);
  const after = svg.getBoundingClientRect();
  stage.scrollLeft += after.left - x + ((x - before.left) / old) * scale;
  stage.scrollTop += after.top - y + ((y - before.top) / old) * scale;
}

stage.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomAt(scale * Math.exp(-Math.max(-50, Math.min(50, event.deltaY)) / 200), event.clientX, event.clientY);
}, { passive: false });

// One mouse drags, two fingers pinch; one finger scrolls, as everywhere.
const held = new Map();
const apart = () => {
  const [a, b] = [...held.values()];
  return { far: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
};
stage.addEventListener("pointerdown", (event) => {
  const empty = !event.target.closest(".node, .fold");
  if (event.pointerType === "mouse" && (event.button || !empty)) return;
  if (event.pointerType === "mouse" && event.target === stage) event.preventDefault(); // no selection
  held.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
addEventListener("pointermove", (event) => {
  const last = held.get(event.pointerId);
  if (!last) return;
  const before = held.size === 2 ? apart() : null;
  const now = { x: event.clientX, y: event.clientY };
  held.set(event.pointerId, now);
  if (before) {
    const after = apart();
    if (before.far) zoomAt((scale * after.far) / before.far, after.x, after.y);
    stage.scrollLeft -= after.x - before.x;
    stage.scrollTop -= after.y - before.y;
  } else if (event.pointerType === "mouse") {
    stage.classList.add("dragging");
    stage.scrollLeft -= now.x - last.x;
    stage.scrollTop -= now.y - last.y;
  }
});
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, (event) => {
    held.delete(event.pointerId);
    stage.classList.remove("dragging");
  });
}

// The map: a rectangle for each box, and one for what is seen.
const map = document.createElementNS(svg.namespaceURI, "svg");
map.id = "map";
map.setAttribute("aria-hidden", "true");
stage.after(map);
function drawMap() {
  const whole = svg.getBoundingClientRect();
  const part = (rect) => ({
    x: (rect.left - whole.left) / scale, y: (rect.top - whole.top) / scale,
    w: rect.width / scale, h: rect.height / scale,
  });
  const boxes = [...svg.querySelectorAll(".node > .box")].filter((one) => !one.closest("[hidden]"));
  map.setAttribute("viewBox", `0 0 ${short(size.w)} ${short(size.h)}`);
  map.replaceChildren(...[...boxes.map((box) => part(box.getBoundingClientRect())), { x: 0, y: 0, w: 0, h: 0 }].map((rect) => {
    const one = document.createElementNS(svg.namespaceURI, "rect");
    setRect(one, rect);
    return one;
  }));
  drawSeen();
}

function drawSeen() {
  const { clientWidth: w, clientHeight: h, scrollLeft: x, scrollTop: y } = stage;
  map.toggleAttribute("hidden", size.w * scale <= w + 1 && size.h * scale <= h + 1);
  if (!map.lastChild) return;
  map.lastChild.setAttribute("class", "seen");
  setRect(map.lastChild, { x: x / scale, y: y / scale, w: Math.min(w / scale, size.w), h: Math.min(h / scale, size.h) });
}

map.addEventListener("pointerdown", (event) => {
  const rect = map.getBoundingClientRect();
  const share = Math.min(rect.width / size.w, rect.height / size.h);
  const x = (event.clientX - rect.left - (rect.width - size.w * share) / 2) / share;
  const y = (event.clientY - rect.top - (rect.height - size.h * share) / 2) / share;
  stage.scrollTo(x * scale - stage.clientWidth / 2, y * scale - stage.clientHeight / 2);
});
stage.addEventListener("scroll", drawSeen);
$("in").addEventListener("click", () => zoom(scale * 1.25));
$("out").addEventListener("click", () => zoom(scale / 1.25));
$("full").addEventListener("click", () => zoom(1));
$("fit").addEventListener("click", () => zoom("fit"));
addEventListener("resize", () => rescale());
