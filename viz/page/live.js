// Numbers that follow the leaves: what a page needs to recompute and repaint a picture.
//
// The page holds, before this script, words.js, `sweep` and `OPERATIONS`
// (languages/javascript.py), and the data that live.py makes:
//
//   nodes, root   the recorded graph, as `sweep` reads it; a leaf is its number
//   drawn         {data, partials, adjoints} as they are drawn, where data changed after
//                 the graph was built, so that `sweep` gives other numbers; else null
//   pictures      what is drawn of it, by the prefix of the ids of its elements:
//     boxes         for each box its nodes: the one that holds its output first, -1 for
//                   several outputs, and all nodes that it stands for after it if there
//                   are more; empty for what is no part of the graph: stubs and ports
//     arrows        for each arrow the operands that it stands for: node, slot, ...
//   fills, strokes  the colours of tints and lines, in the theme of the attributes
//
//   const tree = live(data)
//   tree.edit(leaf, number)   change a leaf, by its index among the nodes, and recompute
//   tree.reset()              go back to what was drawn
//   tree.recompute()          sweep, repaint, and call each of tree.listeners with state
//   tree.state                {data, partials, adjoints}: an entry for each node
//   tree.edited               {leaf: number}
//   tree.shown                which pictures to paint, by their prefix: all, unless replaced
//   tree.paint()              paint them, as one that has just come to be shown
//
// Elements are those that svg.py draws: `${prefix}b3` is box 3, a3 an arrow, l3 its label.
// A page may set tree.painting = false where it paints by itself, as the player does.

// A factor times what comes back; an exact 0 times inf is 0, as in the engine.
function times(factor, back) {
  const term = factor * back;
  return Number.isNaN(term) && (factor === 0 || back === 0) ? 0 : term;
}

function live(data) {
  const { nodes, root, pictures } = data;
  const tree = { edited: {}, listeners: [], painting: true, shown: () => true, state: null };
  const at = (id) => document.getElementById(id);

  // d output / d member for what a box stands for: a reverse sweep inside it.
  function totals(box) {
    const bar = new Map([[box[0], 1]]);
    const inside = new Set(box);
    for (const i of [...inside].sort((a, b) => b - a)) {
      if (!bar.has(i) || !Array.isArray(nodes[i])) continue;
      nodes[i].slice(1).forEach((v, slot) => {
        if (typeof v === "string" || !inside.has(v)) return;
        bar.set(v, (bar.get(v) ?? 0) + times(tree.state.partials[i][slot], bar.get(i)));
      });
    }
    return bar;
  }

  // {boxes: [{data, grad, norm}], arrows: [{local, contribution, hands, effect}]} of one
  // picture; an arrow hands on the data of one node, and its effect is data times gradient
  function numbers({ boxes, arrows, ends }) {
    const { data, partials, adjoints } = tree.state;
    const swept = new Map();
    const inside = (box) => {
      if (!swept.has(box)) swept.set(box, totals(boxes[box]));
      return swept.get(box);
    };
    const lines = arrows.map((operands, k) => {
      const end = ends[k][1];
      const single = boxes[end].length && boxes[end][0] >= 0;
      let local = 0;
      let contribution = 0;
      let effect = 0;
      const sources = new Set();
      for (let i = 0; i < operands.length; i += 2) {
        const partial = partials[operands[i]][operands[i + 1]];
        const given = times(partial, adjoints[operands[i]]);
        const source = nodes[operands[i]][operands[i + 1] + 1];
        sources.add(source);
        effect += times(data[source], given);
        contribution += given;
        if (single) local += times(partial, inside(end).get(operands[i]) ?? 0);
      }
      const hands = sources.size === 1 ? data[[...sources][0]] : 0;
      return { local: single ? local : null, contribution, hands, effect };
    });
    const rows = boxes.map((box, b) => {
      if (!box.length) {
        const out = lines.filter((_, k) => ends[k][0] === b);
        const all = out.length ? out : lines.filter((_, k) => ends[k][1] === b);
        return { data: out[0]?.hands, grad: all.reduce((sum, line) => sum + line.contribution, 0) };
      }
      const leaves = box.slice(1).filter((i) => !Array.isArray(nodes[i]));
      const norm = Math.hypot(...leaves.map((i) => adjoints[i]));
      return box[0] < 0 ? { norm } : { data: data[box[0]], grad: adjoints[box[0]], norm };
    });
    return { boxes: rows, arrows: lines };
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
    const found = open.map((prefix) => [prefix, numbers(pictures[prefix])]);
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

  // The ends of arrows are read from the drawing, once.
  function read() {
    for (const [prefix, picture] of Object.entries(pictures)) {
      picture.ends = picture.arrows.map((_, k) => {
        const path = at(`${prefix}a${k}`);
        return path ? [Number(path.dataset.src), Number(path.dataset.dst)] : [-1, -1];
      });
    }
  }

  const drawn = () => {
    if (!data.drawn) return sweep(OPERATIONS, { nodes, root });
    const { data: held, partials, adjoints } = data.drawn;
    return {
      data: held.map(Number), partials: partials.map((row) => row.map(Number)), adjoints: adjoints.map(Number),
    };
  };

  tree.recompute = () => {
    const edited = Object.keys(tree.edited).length;
    tree.state = edited ? sweep(OPERATIONS, { nodes, root }, tree.edited) : drawn();
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
  tree.numbers = (prefix) => numbers(pictures[prefix]);
  read();
  tree.state = drawn();
  return tree;
}
