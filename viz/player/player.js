// Plays back-propagation on pictures, one step at a time: buttons, keys, and what is said.

let now = 0;
let pointed = null; // the box that #about tells of
const hint = at("about").textContent;

function show(k) {
  now = Math.max(0, Math.min(STEPS.length - 1, k));
  const step = STEPS[now];
  const svg = SVGS[step.view];
  const moved = svg.hasAttribute("hidden");
  const held = moved && document.activeElement?.closest("#view .node");
  draw(now);
  if (held) counterpart(held, step.view)?.focus({ preventScroll: true });
  const [phase, nth, all] = step.backward
    ? ["backward", now - BACK + 1, STEPS.length - BACK]
    : ["forward", now + 1, BACK];
  put(at("caption"), said(step));
  put(at("phase"), `${phase} ${nth}/${all}`);
  at("slider").max = STEPS.length - 1;
  at("slider").value = now;
  at("slider").setAttribute("aria-valuetext", `${phase} ${nth} of ${all}: ${said(step)}`);
  if (pointed) tell(svg.contains(pointed) ? pointed : null);
  follow(boxesOf(step), svg, moved);
}

// The box of a picture that holds what a box of another one shows.
function counterpart(group, place) {
  const from = views[SVGS.indexOf(group.closest("svg"))];
  const [node] = membersOf(from, Number(group.dataset.id)).slice(-1);
  const to = views[place].boxes.findIndex((_, box) => membersOf(views[place], box).includes(node));
  return at(`${views[place].prefix}b${to}`);
}

// Numbers have changed: sum anew, and show the same step.
function refresh() {
  count();
  show(now);
}

// Go on in another course where that is about the same node.
function change(name) {
  const { view: place, box, backward } = STEPS[now];
  const of = new Set(membersOf(views[place], box));
  take(name);
  const same = (step) => step.backward === backward && membersOf(views[step.view], step.box).some((node) => of.has(node));
  go(Math.max(0, STEPS.findIndex(same)));
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
  put(at("about"), group ? group.getAttribute("aria-label") : hint);
}

at("slider").addEventListener("input", (event) => go(Number(event.target.value)));
at("previous").addEventListener("click", () => go(now - 1));
at("next").addEventListener("click", () => go(now + 1));
at("backward").addEventListener("click", () => go(BACK));
at("play").addEventListener("click", toggle);
at("by")?.addEventListener("change", (event) => change(event.target.value));
at("speed").addEventListener("change", () => timer && play(true));
at("fit").addEventListener("click", () => {
  whole = !whole;
  at("fit").textContent = whole ? "Follow" : "Whole";
  show(now);
});
addEventListener("resize", () => show(now));
document.addEventListener("keydown", pressed);
for (const svg of SVGS) {
  for (const group of svg.querySelectorAll(".node")) {
    group.addEventListener("focus", () => tell(group));
    group.addEventListener("mouseenter", () => tell(group));
  }
}
document.documentElement.classList.add("plays");
at("view").classList.remove("fit"); // as it is without a script
take(at("by")?.value ?? "call");
show(0);
