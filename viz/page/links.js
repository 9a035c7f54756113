// A name in a text leads to its box: it opens what is folded around it, and lights it.

function go(route) {
  let view = views.get("v0-"), box = null;
  for (const id of route) {
    if (box) {
      if (!box.one.hasAttribute("hidden")) box.one.dispatchEvent(new MouseEvent("click"));
      view = box.view;
    }
    box = view?.boxes.get(String(id));
    if (!box) return;
  }
  light(box);
}

// Focus on a box, or on the frame that stands in its place, and bring it into sight.
function light(box) {
  const one = box.one.hasAttribute("hidden") ? box.view.fold : box.one;
  for (const old of svg.querySelectorAll(".found")) old.classList.remove("found");
  one.classList.add("found");
  one.focus({ preventScroll: true });
  const show = () => one.scrollIntoView({ block: "center", inline: "center" });
  show();
  setTimeout(show, calm.matches ? 0 : QUICK + 20); // where it stands once all has made way
}

svg.addEventListener("focusin", (event) => {
  for (const old of svg.querySelectorAll(".found")) {
    if (!old.contains(event.target)) old.classList.remove("found");
  }
});

function link(name, then) {
  const one = document.createElement("button");
  one.className = "link";
  one.textContent = name;
  one.addEventListener("click", then);
  return one;
}

// Where all that leaves a view goes to: the one box that it leads to, or just outside.
function beyond(view) {
  const { parent, box } = view;
  const ends = parent ? parent.arrows.filter(({ path }) => path.dataset.src === box.id).map(({ path }) => path.dataset.dst) : [];
  if (new Set(ends).size !== 1) return "outside";
  const next = parent.boxes.get(ends[0]);
  return next.side ? beyond(parent) : link(data.names[`v${parent.number}-`][ends[0]], () => light(next));
}

[...document.querySelectorAll("footer > ul > li")].forEach((line, k) => {
  const pieces = data.notes[k];
  if (pieces) line.replaceChildren(...pieces.map((x) => (typeof x === "string" ? x : link(x[0], () => go(x[1])))));
});
