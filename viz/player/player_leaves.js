// In the player, the number of a leaf can be typed or dragged, and all others follow.
//
// `live` (live.js) recomputes the recorded program; this hands its numbers to the player.
// DATA.leaves has the node of each leaf that is drawn, as the options of #leaf.

const TREE = live(DATA.tree);
const WAS = DATA.leaves.map((node) => TREE.state.data[node]);

// How far a drag over 100 pixels, or half of the range, changes a leaf.
const reach = (k) => (Number.isFinite(WAS[k]) ? Math.max(1, 2 * Math.abs(WAS[k])) : 1);
const chosen = () => at("leaf").selectedIndex;
const tidy = (x) => Number(x.toPrecision(4));

function choose(k) {
  const value = TREE.state.data[DATA.leaves[k]];
  const middle = Number.isFinite(WAS[k]) ? WAS[k] : 0;
  at("leaf").selectedIndex = k;
  at("number").value = tidy(value);
  at("range").min = middle - reach(k);
  at("range").max = middle + reach(k);
  at("range").value = value;
}

function edit(k, value) {
  if (!Number.isFinite(value)) return; // an empty field, or half a number
  play(false);
  TREE.edit(DATA.leaves[k], value);
}

TREE.listeners.push(() => {
  const { data, partials, adjoints } = TREE.state;
  [nodes.data, nodes.grad] = [data, adjoints];
  for (const one of views) {
    const { boxes, arrows } = TREE.numbers(one.prefix);
    one.norm = one.norm.map((x, box) => (x === null ? null : (boxes[box].norm ?? 0)));
    arrows.forEach(({ local, contribution }, i) => {
      if (one.local[i] !== null) one.local[i] = local;
      one.term[i] = contribution;
      one.terms[i]?.forEach((pair, k) => {
        const [end, slot] = one.arrows[i].slice(2 * k);
        pair[1] = times(partials[end][slot], adjoints[end]);
      });
    });
  }
  refresh();
  at("reset").disabled = !Object.keys(TREE.edited).length;
});

at("leaf").addEventListener("change", () => choose(chosen()));
at("number").addEventListener("input", () => {
  edit(chosen(), at("number").valueAsNumber);
  at("range").value = at("number").value;
});
at("range").addEventListener("input", () => {
  edit(chosen(), tidy(at("range").valueAsNumber));
  at("number").value = tidy(at("range").valueAsNumber);
});
at("reset").addEventListener("click", () => {
  TREE.reset();
  choose(chosen());
});

function draggable(group, k) {
  const node = DATA.leaves[k];
  let from = null;
  group.classList.add("live");
  group.addEventListener("focus", () => choose(k));
  group.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, value: TREE.state.data[node] };
    group.setPointerCapture(event.pointerId);
    choose(k);
  });
  group.addEventListener("pointermove", (event) => {
    if (!from || Math.abs(event.clientX - from.x) < 3) return;
    edit(k, tidy(from.value + ((event.clientX - from.x) / 100) * reach(k)));
    choose(k);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    group.addEventListener(end, () => (from = null));
  }
}
views.forEach((one) => one.boxes.forEach((_, box) => {
  const k = membersOf(one, box).length === 1 ? DATA.leaves.indexOf(nodeOf(one, box)) : -1;
  if (k >= 0) draggable(at(`${one.prefix}b${box}`), k);
}));
choose(0);
