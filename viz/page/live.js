// Numbers that follow the leaves: what a page needs to recompute and repaint a picture.
//
// The page holds, before this script, `sweep` and `OPERATIONS` (languages/javascript.py)
// and the data that live.py makes:
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
//
// Elements are those that svg.py draws: `${prefix}b3` is box 3, a3 an arrow, l3 its label.
// A page may set tree.painting = false where it paints by itself, as the player does.
"use strict";

// The words of Python's text.num: 4 digits, a true minus, never 0.0000 for 3e-7.
function num(x, digits = 4) {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  let [mantissa, exponent] = rounded(Math.abs(x), digits);
  if (exponent >= -4 && exponent < digits) {
    mantissa = Number(`${mantissa}e${exponent}`).toFixed(digits - 1 - exponent);
    exponent = 0;
  }
  if (mantissa.includes(".")) mantissa = mantissa.replace(/\.?0+$/, "");
  return (x < 0 ? "−" : "") + mantissa + (exponent ? `e${exponent}`.replace("-", "−") : "");
}

// [mantissa, exponent] of a positive number; a tie goes to the even digit, as in Python.
function rounded(x, digits) {
  const [all, power] = x.toExponential(60).split("e");
  const plain = all.replace(".", "");
  const odd = Number(plain[digits - 1]) % 2;
  const tie = /^50*$/.test(plain.slice(digits));
  let [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  if (tie && !odd) {
    mantissa = plain[0] + (digits > 1 ? "." + plain.slice(1, digits) : "");
    exponent = power;
  }
  return [mantissa, Number(exponent)];
}

// Every digit, as Python's repr.
function exact(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  const size = Math.abs(x);
  if (size >= 1e-4 && size < 1e16) {
    const text = String(x);
    return text.includes(".") ? text : text + ".0";
  }
  const [mantissa, power] = x.toExponential().split("e");
  return `${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

// A factor times what comes back; an exact 0 times inf is 0, as in the engine.
function times(factor, back) {
  const term = factor * back;
  return Number.isNaN(term) && (factor === 0 || back === 0) ? 0 : term;
}

// value -> name of a tint, as in style.py: log |value|, the median in the third of five.
function shades(values) {
  const sizes = values.filter((v) => v && Number.isFinite(v));
  const logs = sizes.map((v) => Math.log10(Math.abs(v))).sort((a, b) => a - b);
  const middle = logs.length ? logs[Math.floor(logs.length / 2)] : 0;
  const away = logs.map((v) => Math.abs(v - middle)).sort((a, b) => a - b);
  const far = away.length ? away[Math.floor((9 * away.length - 1) / 10)] : 0;
  const reach = Math.max(far, 0.5);
  return (value) => {
    if (!Number.isFinite(value)) return "broken";
    if (value === 0) return "zero";
    const place = (Math.log10(Math.abs(value)) - middle) / reach;
    const step = Math.max(0, Math.min(4, Math.floor(((place + 1) / 2) * 5)));
    return (value > 0 ? "positive" : "negative") + step;
  };
}

// contribution -> width of a line, as in arrows.py: four decades from thick to thin.
function weights(contributions) {
  const sizes = contributions.filter(Number.isFinite).map(Math.abs);
  const top = Math.log10(sizes.reduce((a, b) => Math.max(a, b), 0));
  return (contribution) => {
    if (!contribution || !Number.isFinite(contribution)) return 0.9;
    const share = 1 + (Math.log10(Math.abs(contribution)) - top) / 4;
    return 0.9 + 2.1 * Math.max(0, Math.min(1, share));
  };
}

// contribution -> class of a line
function lineKind(contribution) {
  if (!Number.isFinite(contribution)) return "bad";
  return contribution === 0 ? "flat" : contribution > 0 ? "up" : "down";
}

function live(data) {
  const { nodes, root, pictures } = data;
  const tree = { edited: {}, listeners: [], painting: true, state: null };
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

  // {boxes: [{data, grad, norm}], arrows: [{local, contribution}]} of one picture
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
      for (let i = 0; i < operands.length; i += 2) {
        const partial = partials[operands[i]][operands[i + 1]];
        contribution += times(partial, adjoints[operands[i]]);
        if (single) local += times(partial, inside(end).get(operands[i]) ?? 0);
      }
      return { local: single ? local : null, contribution };
    });
    const rows = boxes.map((box, b) => {
      if (!box.length) {
        const out = lines.filter((_, k) => ends[k][0] === b);
        const all = out.length ? out : lines.filter((_, k) => ends[k][1] === b);
        return { grad: all.reduce((sum, line) => sum + line.contribution, 0) };
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
    const room = Math.floor((wide - 16) / 6.82) - word.length - 1;
    let digits = 4;
    while (digits > 1 && num(x, digits).length > room) digits--;
    text.textContent = `${word} ${num(x, digits)}`;
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
    const found = Object.keys(pictures).map((prefix) => [prefix, numbers(pictures[prefix])]);
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
      arrows.forEach(({ local, contribution }, k) => {
        const path = at(`${prefix}a${k}`);
        if (!path) return;
        path.setAttribute("data-contribution", exact(contribution));
        if ("data-local" in attributes(path) && local !== null) {
          path.setAttribute("data-local", exact(local));
          const label = at(`${prefix}l${k}`);
          if (label) label.textContent = `×${num(local, 3)}`;
        }
        line(path, contribution, width);
      });
      for (const [trunk, through] of pictures[prefix].trunks) {
        line(trunk, through.reduce((sum, k) => sum + arrows[k].contribution, 0), width);
      }
    }
  }

  const attributes = (one) => Object.fromEntries([...one.attributes].map((a) => [a.name, a]));

  // The ends of arrows and the shared pieces of lines are read from the drawing, once.
  function read() {
    for (const [prefix, picture] of Object.entries(pictures)) {
      picture.ends = picture.arrows.map((_, k) => {
        const path = at(`${prefix}a${k}`);
        return path ? [Number(path.dataset.src), Number(path.dataset.dst)] : [-1, -1];
      });
      const arrow = at(`${prefix}a0`);
      const beside = arrow ? [...arrow.parentNode.querySelectorAll(":scope > .trunk")] : [];
      picture.trunks = beside.map((t) => [t, t.dataset.through.split(" ").map(Number)]);
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
  tree.numbers = (prefix) => numbers(pictures[prefix]);
  read();
  tree.state = drawn();
  return tree;
}
