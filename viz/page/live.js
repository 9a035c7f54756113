// Numbers that follow the leaves: what a page needs to recompute and repaint a picture.
//
// The page holds, before this script, words.js, `sweep` and `FORWARD`
// (languages/javascript.py), and the data that live.py makes:
//
//   nodes         the recorded graph, as `unrolled` reads it
//   drawn         {data, partials, adjoints} as they are drawn, where data changed after
//                 the graph was built, so that `sweep` gives other numbers; else null
//   pictures      what is drawn of it, as `live_picture` returns it, by the prefix of the
//                 ids of its elements
//   fills, strokes  the colours of tints and lines, in the theme of the attributes
//
//   const tree = live(data)
//   tree.edit(leaf, number)   change a leaf, by its index among the nodes, and recompute
//   tree.reset()              go back to what was drawn
//   tree.recompute()          sweep, repaint, and call each of tree.listeners with state
//   tree.state                {data, adjoints}: an entry for each node; partials: for each
//                             operand of each, in one row
//   tree.edited               {leaf: number}
//   tree.leaf(prefix, box)    the leaf that a box is, and tree.recorded(leaf) what it was
//   tree.shown                which pictures to paint, by their prefix: all, unless replaced
//   tree.paint()              paint them, as one that has just come to be shown
//
// Elements are those that svg.py draws: `${prefix}b3` is box 3, a3 an arrow, l3 its label.
// A page may set tree.painting = false where it paints by itself, as the player does.

function live(data) {
  const { pictures } = data;
  const graph = unrolled(FORWARD, data.nodes);
  const { count, codes, starts, operands, ends: consumers } = graph;
  const tree = { edited: {}, listeners: [], painting: true, shown: () => true, state: null };
  const at = (id) => document.getElementById(id);

  // What a picture stands for: its nodes with the box of each, and the operands of arrows.
  // Found when it is first asked for, since most are never shown.
  function parts(prefix) {
    const picture = pictures[prefix];
    if (picture.boxes) return picture;
    const { outputs, places, around } = picture;
    const outer = around && parts(around[0]).members[around[1]];
    const nodes = outer ?? Int32Array.from({ length: count }, (_, i) => i);
    const boxes = new Int32Array(nodes.length);
    for (let k = 0, from = 0; k < places.length; k += 2) boxes.fill(places[k], from, (from += places[k + 1]));
    const sizes = outputs.map(() => 0);
    for (const box of boxes) if (box >= 0) sizes[box]++;
    const members = sizes.map((size) => new Int32Array(size)), filled = outputs.map(() => 0);
    nodes.forEach((node, k) => boxes[k] >= 0 && (members[boxes[k]][filled[boxes[k]]++] = node));
    const leaves = members.map((some) => (some.length > 1 ? some.filter((i) => codes[i] < 0) : []));
    for (const arrow of picture.arrows) for (let k = 1; k < arrow.length; k++) arrow[k] += arrow[k - 1];
    return Object.assign(picture, { nodes, boxes, members, leaves });
  }

  // The boxes at the ends of each arrow of a picture that is drawn.
  function endsOf(prefix) {
    const picture = parts(prefix);
    return (picture.ends ??= picture.arrows.map((_, k) => {
      const path = at(`${prefix}a${k}`);
      return path ? [Number(path.dataset.src), Number(path.dataset.dst)] : [-1, -1];
    }));
  }

  // d output / d node for each node in a box of one output: reverse sweeps inside all of the
  // boxes of a picture, at once. `within` and `bar` are zeroed again when they were used.
  const within = new Int32Array(count).fill(-1), bar = new Float64Array(count), met = new Uint8Array(count);
  function totals({ nodes, boxes, outputs }) {
    for (let k = 0; k < nodes.length; k++) within[nodes[k]] = boxes[k];
    for (const output of outputs) if (output >= 0) bar[output] = met[output] = 1;
    const { partials } = tree.state;
    for (let k = nodes.length - 1; k >= 0; k--) {
      const i = nodes[k], box = boxes[k];
      if (box < 0 || !met[i]) continue;
      for (let e = starts[i], end = starts[i + 1]; e < end; e++) {
        const v = operands[e];
        if (v >= count || within[v] !== box) continue;
        bar[v] += times(partials[e], bar[i]);
        met[v] = 1;
      }
    }
  }

  function cleared({ nodes }) {
    for (const i of nodes) {
      within[i] = -1;
      bar[i] = met[i] = 0;
    }
  }

  // {boxes: [{data, grad, norm}], arrows: [{local, contribution, hands, effect}]} of one
  // picture; an arrow hands on the data of one node, and its effect is data times gradient
  function numbers(prefix) {
    const picture = parts(prefix), { outputs, members, leaves, arrows } = picture, ends = endsOf(prefix);
    const { data, partials, adjoints } = tree.state;
    totals(picture);
    const lines = arrows.map((some, k) => {
      const single = (outputs[ends[k][1]] ?? -1) >= 0;
      let local = 0, contribution = 0, effect = 0;
      for (const e of some) {
        const i = consumers[e], given = times(partials[e], adjoints[i]);
        contribution += given;
        effect += times(data[operands[e]], given);
        if (single) local += times(partials[e], bar[i]);
      }
      const one = some.length && some.every((e) => operands[e] === operands[some[0]]);
      const hands = one ? data[operands[some[0]]] : 0;
      return { local: single ? local : null, contribution, hands, effect };
    });
    cleared(picture);
    const rows = outputs.map((output, b) => {
      if (!members[b].length) {
        const out = lines.filter((_, k) => ends[k][0] === b);
        const all = out.length ? out : lines.filter((_, k) => ends[k][1] === b);
        return { data: out[0]?.hands, grad: all.reduce((sum, line) => sum + line.contribution, 0) };
      }
      const norm = normOf(leaves[b], adjoints);
      return output < 0 ? { norm } : { data: data[output], grad: adjoints[output], norm };
    });
    return { boxes: rows, arrows: lines };
  }

  // The length of some gradients, scaled by the largest, so that no square is out of range.
  function normOf(leaves, adjoints) {
    let top = 0, sum = 0;
    for (const i of leaves) top = Math.max(top, Math.abs(adjoints[i]));
    if (Number.isNaN(top)) return leaves.some((i) => Math.abs(adjoints[i]) === Infinity) ? Infinity : NaN;
    if (!top || top === Infinity) return top;
    for (const i of leaves) sum += (adjoints[i] / top) ** 2;
    return top * Math.sqrt(sum);
  }

  // A number in the words that fit the box: fewer digits where it is narrow.
  function write(group, kind, word, x) {
    const text = group.querySelector(`:scope > text.${kind}`);
    if (!text) return;
    const wide = Number(group.querySelector(":scope > .box").getAttribute("width"));
    text.textContent = fitted(word, x, columnsIn(wide));
  }

  function line(path, contribution, width) {
    const kind = lineKind(contribution);
    const strong = path.classList.contains("strong");
    for (const one of ["up", "down", "flat", "bad"]) path.classList.toggle(one, one === kind);
    path.setAttribute("stroke", data.strokes[kind]);
    path.setAttribute("stroke-width", (width(contribution) + (strong ? 1.5 : 0)).toFixed(2));
    if (kind === "down") path.setAttribute("stroke-dasharray", "5 3");
    else path.removeAttribute("stroke-dasharray");
    const tip = path.nextElementSibling;
    if (tip && tip.classList.contains("tip")) {
      tip.setAttribute("class", `tip ${kind}`);
      tip.setAttribute("fill", data.strokes[kind]);
    }
  }

  function paint() {
    const open = Object.keys(pictures).filter(tree.shown);
    const found = open.map((prefix) => [prefix, numbers(prefix)]);
    const grads = found.flatMap(([, { boxes }]) => boxes.map((box) => box.grad));
    const shade = shades(grads.filter((g) => g !== undefined));
    const width = weights(found.flatMap(([, { arrows }]) => arrows.map((a) => a.contribution)));
    for (const [prefix, { boxes, arrows }] of found) {
      boxes.forEach((box, b) => {
        const group = at(`${prefix}b${b}`);
        if (!group) return;
        for (const name of ["data", "grad"]) {
          if (`data-${name}` in attributes(group) && box[name] !== undefined) {
            group.setAttribute(`data-${name}`, exact(box[name]));
            write(group, name, name, box[name]);
          }
        }
        if (box.norm !== undefined) write(group, "norm", "‖grad‖", box.norm);
        const tint = group.querySelector(":scope > .box");
        if (tint && box.grad !== undefined && !group.classList.contains("rest")) {
          const name = shade(box.grad);
          tint.setAttribute("class", `box ${name}`);
          tint.setAttribute("fill", data.fills[name]);
        }
      });
      arrows.forEach(({ local, contribution, ...more }, k) => {
        const path = at(`${prefix}a${k}`);
        if (!path) return;
        for (const [name, x] of Object.entries(more)) {
          if (`data-${name}` in attributes(path)) path.setAttribute(`data-${name}`, exact(x));
        }
        path.setAttribute("data-contribution", exact(contribution));
        if ("data-local" in attributes(path) && local !== null) {
          path.setAttribute("data-local", exact(local));
          const label = at(`${prefix}l${k}`);
          if (label) label.textContent = `×${num(local, 3)}`;
        }
        const title = path.querySelector("title"); // its number comes last
        if (title && (local !== null || !title.classList.contains("rate"))) {
          const end = title.textContent.lastIndexOf(" = ");
          const number = title.classList.contains("rate") ? local : contribution;
          title.textContent = `${title.textContent.slice(0, end)} = ${exact(number)}`;
        }
        line(path, contribution, width);
      });
      for (const trunk of at(`${prefix}a0`)?.parentNode.querySelectorAll(":scope > .trunk") ?? []) {
        const through = trunk.dataset.through.split(" ");
        line(trunk, through.reduce((sum, k) => sum + arrows[k].contribution, 0), width);
      }
    }
  }

  const attributes = (one) => Object.fromEntries([...one.attributes].map((a) => [a.name, a]));

  const drawn = () => {
    if (!data.drawn) return sweep(FORWARD, graph);
    const { data: held, partials, adjoints } = data.drawn;
    return { data: held.map(Number), partials: partials.map(Number), adjoints: adjoints.map(Number) };
  };

  tree.recompute = () => {
    const edited = Object.keys(tree.edited).length;
    tree.state = edited ? sweep(FORWARD, graph, tree.edited) : drawn();
    if (tree.painting) paint();
    for (const listener of tree.listeners) listener(tree.state);
  };
  tree.edit = (leaf, number) => {
    tree.edited[leaf] = number;
    tree.recompute();
  };
  tree.reset = () => {
    tree.edited = {};
    tree.recompute();
  };
  tree.paint = paint;
  tree.numbers = numbers;
  tree.parts = parts;
  tree.graph = graph;
  tree.leaf = (prefix, box) => pictures[prefix].outputs[box];
  tree.recorded = (leaf) => graph.recorded[leaf];
  tree.state = drawn();
  return tree;
}
