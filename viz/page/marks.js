// Where inf and nan begin and what they go through, as in broken.py: rings, bands below the
// lines, and words. They follow the numbers when a leaf is changed.

const KINDS = ["data", "grad"];

// {kind: {first, nodes, edges}} for numbers of nodes; an edge is "dst slot".
function badWays(nodes, { data: held, partials, adjoints }) {
  const operands = (dst) =>
    Array.isArray(nodes[dst]) ? nodes[dst].slice(1).map((src, slot) => [src, slot]).filter(([src]) => typeof src === "number") : [];
  const found = { data: { first: held.findIndex((x) => !Number.isFinite(x)) } };
  found.grad = { first: adjoints.findLastIndex((x) => !Number.isFinite(x)) };
  for (const way of Object.values(found)) Object.assign(way, { nodes: new Set(way.first < 0 ? [] : [way.first]), edges: new Set() });
  const { data: forth, grad: back } = found;
  for (let dst = 0; forth.first >= 0 && dst < nodes.length; dst++) {
    for (const [src, slot] of operands(dst)) {
      if (!forth.nodes.has(src)) continue;
      forth.edges.add(`${dst} ${slot}`);
      if (!Number.isFinite(held[dst])) forth.nodes.add(dst);
    }
  }
  for (let dst = nodes.length - 1; back.first >= 0 && dst >= 0; dst--) {
    for (const [src, slot] of operands(dst)) {
      if (src !== back.first && !back.nodes.has(dst)) continue;
      if (Number.isFinite(product(partials[dst][slot], adjoints[dst]))) continue;
      back.edges.add(`${dst} ${slot}`);
      back.nodes.add(src);
    }
  }
  return found;
}

// What a node is called: as the box that is this node alone, else as one that holds it.
function called(node) {
  const held = Object.entries(data.live.pictures).flatMap(([prefix, { boxes }]) =>
    boxes.flatMap((box, b) => (box.includes(node) ? [{ alone: box.length === 1, name: data.names[prefix][b] }] : [])));
  return (held.find(({ alone }) => alone) ?? held[0])?.name ?? `n${node}`;
}

// Read the ways anew for one view, in the form of data.bad.
function marksOf(prefix, found) {
  const { boxes, arrows } = data.live.pictures[prefix];
  const bad = { boxes: {}, arrows: {}, first: {} };
  for (const kind of KINDS) {
    const { first, nodes, edges } = found[kind];
    if (first < 0) continue;
    const [here, behind] = data.says[kind];
    const from = behind.replace("{}", () => called(first));
    boxes.forEach((box, b) => {
      if (box.includes(first)) bad.first[kind] = b;
      if (box.some((node) => nodes.has(node))) (bad.boxes[b] ??= []).push(box.includes(first) ? here : from);
    });
    arrows.forEach((ends, k) => {
      for (let i = 0; i < ends.length; i += 2) {
        if (!edges.has(`${ends[i]} ${ends[i + 1]}`)) continue;
        (bad.arrows[k] ??= []).push(kind);
        break;
      }
    });
  }
  return bad;
}

function made(name, attributes) {
  const one = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

// Bands and dots below the lines of a view, as they stand now.
function drawWays(view) {
  view.lines.parentNode.querySelector(":scope > .ways")?.remove();
  if (!Object.keys(view.bad.arrows).length) return;
  const group = made("g", { class: "ways", fill: "none", "aria-hidden": "true" });
  view.lines.before(group);
  for (const path of view.lines.querySelectorAll(":scope > path")) {
    const through = path.dataset.through?.split(" ") ?? [path.id.replace(/^.*a/, "")];
    for (const kind of KINDS.filter((kind) => through.some((k) => view.bad.arrows[k]?.includes(kind)))) {
      group.append(made("path", { d: path.getAttribute("d"), class: `way ${kind}`, ...data.ways[kind] }));
    }
  }
}

function drawRings(view) {
  for (const [id, { one, side }] of view.boxes) {
    for (const old of one.querySelectorAll(":scope > .bad")) old.remove();
    const [face, row] = ["> .box", "> text.data"].map((part) => one.querySelector(`:scope ${part}`));
    if (row && one.dataset.data) row.setAttribute("font-weight", Number.isFinite(Number(one.dataset.data)) ? 400 : 700);
    KINDS.filter((kind) => !side && view.bad.first[kind] === Number(id)).forEach((kind, i) => {
      const [far, at] = [6 + 5 * i, (name) => value(face, name)];
      face.before(made("rect", {
        class: `bad ${kind}`, x: short(at("x") - far), y: short(at("y") - far), width: short(at("width") + 2 * far),
        height: short(at("height") + 2 * far), rx: short(at("rx") + far), fill: "none", "stroke-width": 3, ...data.rings[kind],
      }));
    });
  }
}

// After a leaf was changed: the marks of all that is open.
function remark() {
  const found = badWays(data.live.nodes, tree.state);
  for (const [prefix, view] of views) {
    if (!visible(view)) continue;
    view.bad = marksOf(prefix, found);
    drawRings(view);
    drawWays(view);
  }
  for (const kind of KINDS) $(`key-${kind}`).toggleAttribute("hidden", found[kind].first < 0);
}
