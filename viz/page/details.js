// The box that has the focus: its numbers, its gradient term by term, and the fields that
// change it where it is a leaf. live.js recomputes.

let shown = null;

function viewOf(one) {
  const prefix = one.id.replace(/b\d+$/, "");
  return { prefix, view: views.get(prefix), id: one.dataset.id };
}

function details(one) {
  if (!one) return;
  shown = one;
  const { prefix, view, id } = viewOf(one);
  const names = data.names[prefix];
  $("name").textContent = names[id];
  $("about").textContent = [...data.words[prefix][id], ...(view.bad.boxes[id] ?? [])].join(", ");
  for (const which of ["data", "grad"]) {
    $(`the-${which}`).textContent = one.getAttribute(`data-${which}`) ?? "several";
  }
  const out = view.arrows.filter((line) => line.path.dataset.src === id);
  const terms = out.map(({ path }) => {
    const back = view.boxes.get(path.dataset.dst);
    const grad = back.one.getAttribute("data-grad");
    const via = back.side ? beyond(view) : link(names[path.dataset.dst], () => light(back));
    const [local, whole] = [path.dataset.local, Number(path.dataset.contribution)];
    const product = local && grad && !back.side;
    return [`${product ? `${num(Number(local))}·${num(Number(grad))}` : num(whole)} (via `, via, ")"];
  });
  const root = one.classList.contains("root");
  const sum = terms.flatMap((term, k) => [k ? "\n     + " : "grad = ", ...term]);
  $("chain").replaceChildren(...(root ? ["grad = 1 (the root itself)"] : sum));
  for (const line of view.arrows) line.path.classList.toggle("lit", out.includes(line));
  edits(one, prefix, id);
}

const tree = data.live ? live(data.live) : null;
let leaf = null;
const ranges = new Map(); // leaf: the ends of its slider, once they are set by hand

// Where a slider goes at first: what was drawn positive stays positive.
function range(first) {
  if (!Number.isFinite(first)) return [-1, 1];
  if (first > 0) return [first / 100, 3 * first];
  const reach = Math.max(1, 2 * Math.abs(first));
  return [first - reach, first + reach];
}

function edits(one, prefix, id) {
  const can = tree !== null && one.classList.contains("leaf");
  $("edit").hidden = !can;
  if (!can) return;
  const node = data.live.pictures[prefix].boxes[id][0];
  const now = tree.state.data[node];
  if (leaf !== node) {
    leaf = node;
    const [lo, hi] = ranges.get(node) ?? range(Number(data.live.nodes[node]));
    for (const [name, end, x] of [["lo", "min", lo], ["hi", "max", hi]]) {
      $(name).value = Number(x.toPrecision(4));
      $("slider")[end] = x;
    }
  }
  if (document.activeElement !== $("number")) $("number").value = now;
  if (document.activeElement !== $("slider")) $("slider").value = now;
}

function ranged() {
  const [lo, hi] = [$("lo"), $("hi")].map((field) => Number(field.value));
  if (leaf === null || !(lo < hi)) return;
  ranges.set(leaf, [lo, hi]);
  [$("slider").min, $("slider").max] = [lo, hi];
  $("slider").value = tree.state.data[leaf];
}

function changed(text) {
  const x = Number(text);
  if (leaf === null || text.trim() === "" || Number.isNaN(x)) return;
  tree.edit(leaf, x);
}

function told() {
  tree.touched = true;
  remark();
  for (const [prefix, view] of views) {
    if (!visible(view)) continue;
    for (const [id, box] of view.boxes) {
      const words = data.words[prefix][id];
      if (!words) continue;
      const numbers = ["data", "grad"]
        .filter((name) => box.one.hasAttribute(`data-${name}`))
        .map((name) => `${name} ${box.one.getAttribute(`data-${name}`)}`);
      const text = [words[0], ...numbers, ...words.slice(1), ...(view.bad.boxes[id] ?? [])].join(", ");
      if (box.one.hasAttribute("aria-label")) box.one.setAttribute("aria-label", text);
      box.one.querySelector("title").textContent = text;
    }
  }
  const edited = Object.keys(tree.edited).length;
  $("reset").disabled = !edited;
  $("stale").hidden = !edited;
  details(shown);
}

if (tree) {
  tree.shown = (prefix) => visible(views.get(prefix));
  for (const name of ["lo", "hi"]) $(name).addEventListener("input", ranged);
  tree.listeners.push(told);
  $("number").addEventListener("input", (event) => changed(event.target.value));
  $("slider").addEventListener("input", (event) => changed(event.target.value));
  $("reset").addEventListener("click", () => tree.reset());
}
