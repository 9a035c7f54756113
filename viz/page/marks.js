// Where inf and nan begin and what they go through, as in broken.py: rings, bands below the
// lines, and words. They follow the numbers when a leaf is changed.

const KINDS = ["data", "grad"];

function element(name, attributes, ...inside) {
  const one = document.createElementNS(svg.namespaceURI, name);
  for (const [key, x] of Object.entries(attributes)) {
    if (x !== null && x !== undefined) one.setAttribute(key, typeof x === "number" ? short(x) : x);
  }
  one.append(...inside);
  return one;
}

// {kind: {first, nodes, edges}}: of each node and of each operand 1 where it is on the way.
function badWays({ count, starts, operands }, { data: held, partials, adjoints }) {
  const way = (first) => {
    const nodes = new Uint8Array(count);
    if (first >= 0) nodes[first] = 1;
    return { first, nodes, edges: new Uint8Array(operands.length) };
  };
  const bad = (x) => !Number.isFinite(x);
  const forth = way(held.findIndex(bad)), back = way(adjoints.findLastIndex(bad));
  for (let i = 0; forth.first >= 0 && i < count; i++) {
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      if (operands[e] >= count || !forth.nodes[operands[e]]) continue;
      forth.edges[e] = 1;
      if (bad(held[i])) forth.nodes[i] = 1;
    }
  }
  for (let i = count - 1; back.first >= 0 && i >= 0; i--) {
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      const v = operands[e];
      if (v >= count || (v !== back.first && !back.nodes[i])) continue;
      if (!bad(times(partials[e], adjoints[i]))) continue;
      back.edges[e] = back.nodes[v] = 1;
    }
  }
  return { data: forth, grad: back };
}

// What a node is called: as the box that is this node alone, else as the outermost that holds it.
function called(node) {
  let outermost = null;
  for (let number = 0; number !== undefined; ) {
    const prefix = `v${number}-`, { nodes, boxes, members } = tree.parts(prefix);
    const box = boxes[nodes.indexOf(node)] ?? -1;
    if (box < 0) {
      number = data.whole[number];
      continue;
    }
    outermost ??= data.names[prefix][box];
    if (members[box].length === 1) return data.names[prefix][box];
    number = data.plans[number].opens[box];
  }
  return outermost ?? `n${node}`;
}

// Read the ways anew for one view, in the form of data.bad.
function marksOf(prefix, found) {
  const { nodes, boxes, members, arrows } = tree.parts(prefix);
  const bad = { boxes: {}, arrows: {}, first: {} };
  for (const kind of KINDS) {
    const { first, nodes: through, edges } = found[kind];
    if (first < 0) continue;
    const [here, behind] = data.says[kind];
    const from = behind.replace("{}", () => called(first));
    bad.first[kind] = boxes[nodes.indexOf(first)] ?? -1;
    members.forEach((some, b) => {
      if (some.some((node) => through[node])) (bad.boxes[b] ??= []).push(b === bad.first[kind] ? here : from);
    });
    arrows.forEach((some, k) => {
      if (some.some((e) => edges[e])) (bad.arrows[k] ??= []).push(kind);
    });
  }
  return bad;
}

const beginsIn = (prefix, box) => KINDS.filter((kind) => data.bad[prefix].first[kind] === Number(box));
const goesAlong = (prefix, arrows) => KINDS.filter((kind) => arrows.some((k) => data.bad[prefix].arrows[k]?.includes(kind)));
const wayOf = (d, kind) => element("path", { d, class: `way ${kind}`, ...data.ways[kind] });

function ringsOf({ x, y, w, h }, round, kinds) {
  return kinds.map((kind, i) => {
    const far = 6 + 5 * i;
    const place = { x: x - far, y: y - far, width: w + 2 * far, height: h + 2 * far, rx: round + far };
    return element("rect", { class: `bad ${kind}`, ...place, fill: "none", "stroke-width": 3, ...data.rings[kind] });
  });
}

// Bands and dots below the lines of a view, as they stand now.
function drawWays(view) {
  const prefix = `v${view.number}-`;
  view.lines.parentNode.querySelector(":scope > .ways")?.remove();
  if (!Object.keys(data.bad[prefix].arrows).length) return;
  const ways = [...view.lines.querySelectorAll(":scope > path")].flatMap((path) => {
    const through = path.dataset.through?.split(" ") ?? [path.id.replace(/^.*a/, "")];
    return goesAlong(prefix, through).map((kind) => wayOf(path.getAttribute("d"), kind));
  });
  view.lines.before(element("g", { class: "ways", fill: "none", "aria-hidden": "true" }, ...ways));
}

function drawRings(view) {
  for (const [id, { one, side }] of view.boxes) {
    for (const old of one.querySelectorAll(":scope > .bad")) old.remove();
    if (side) continue;
    const [face, row] = ["> .box", "> text.data"].map((part) => one.querySelector(`:scope ${part}`));
    if (row && one.dataset.data) row.setAttribute("font-weight", Number.isFinite(Number(one.dataset.data)) ? 400 : 700);
    const [x, y, w, h, round] = ["x", "y", "width", "height", "rx"].map((name) => value(face, name));
    face.before(...ringsOf({ x, y, w, h }, round, beginsIn(`v${view.number}-`, id)));
  }
}

// After a leaf was changed: the marks of all that is open.
function remark() {
  const found = badWays(tree.graph, tree.state);
  for (const [prefix, view] of views) {
    if (!visible(view)) continue;
    data.bad[prefix] = marksOf(prefix, found);
    drawRings(view);
    drawWays(view);
  }
  for (const kind of KINDS) $(`key-${kind}`).toggleAttribute("hidden", found[kind].first < 0);
}
