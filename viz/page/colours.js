// What the colours show: the choice is made in the page, which changes colours alone.

function paintLine(path, amount) {
  const kind = lineKind(amount);
  const strong = path.classList.contains("strong");
  for (const one of ["up", "down", "flat", "bad"]) path.classList.toggle(one, one === kind);
  path.setAttribute("stroke", data.strokes[kind]);
  path.setAttribute("stroke-width", short(scales().width(amount) + (strong ? 1.5 : 0)));
  if (kind === "down") path.setAttribute("stroke-dasharray", "5 3");
  else path.removeAttribute("stroke-dasharray");
  const tip = path.nextElementSibling;
  if (!tip?.classList.contains("tip")) return;
  tip.setAttribute("class", `tip ${kind}`);
  tip.setAttribute("fill", data.strokes[kind]);
}

function paintBox(one, amount) {
  const name = amount === null ? "zero" : scales().step(amount);
  const face = one.querySelector(":scope > .box");
  face.setAttribute("class", `box ${name}`);
  face.setAttribute("fill", data.fills[name]);
}

function recolour() {
  repainted();
  for (const view of views.values()) {
    if (tree?.touched && !visible(view)) continue;
    const all = seen(view.group), amounts = amountsOf(all);
    all.boxes.forEach((box, id) => isPort(box) || paintBox(box.one, amounts.boxes[id]));
    all.arrows.forEach(({ path }, k) => paintLine(path, amounts.arrows[k]));
    for (const trunk of view.lines.querySelectorAll(":scope > .trunk")) {
      paintLine(trunk, together(trunk.dataset.through.split(" ").map((k) => amounts.arrows[k])));
    }
  }
  $("of").textContent = data.legends[color];
  $("loss").toggleAttribute("hidden", color !== "contribution");
  for (const sign of document.querySelectorAll("#legend .sign")) sign.toggleAttribute("hidden", color === "statement");
  $("broken").toggleAttribute("hidden", !scales().broken);
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
