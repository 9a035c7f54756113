// Where the columns of a group stand, and the curves between them: viz/layout/routing.py in
// the same words, as rule.js is.

function measure(group, sizes, wires, trunks, tops, insets, narrowest) {
  const { columns, column, entries, exits } = group;
  const sum = (some) => some.reduce((a, b) => a + b, 0);
  const widths = columns.map((some) => most(some.filter((v) => v < sizes.length).map((v) => sizes[v][0])));
  const zones = zonesOf(group, trunks);
  const gaps = [insets[0], ...gapsOf(group, wires, tops, zones.slice(1)), insets[1]];
  if (entries) gaps.splice(0, 2, 0, insets[0] + gaps[1]);
  if (exits) gaps.splice(-2, 2, gaps.at(-2) + insets[1], 0);
  const spare = Math.max(0, narrowest - sum(widths) - sum(gaps)) / 2;
  gaps[entries ? 1 : 0] += spare;
  gaps[gaps.length - (exits ? 2 : 1)] += spare;
  const left = [], right = [];
  let x = 0;
  widths.forEach((width, c) => {
    left.push(x + gaps[c]);
    x += gaps[c] + width;
    right.push(x);
  });
  const tails = new Set(wires.map((w) => w.tail)), heads = new Set(wires.map((w) => w.head));
  const lefts = sizes.map(([width], v) => {
    const c = column[v], rest = right[c] - left[c] - width;
    const aside = rest > width && tails.has(v) !== heads.has(v);
    return left[c] + (aside ? (tails.has(v) ? 1 : 0) : 0.5) * rest;
  });
  const rights = lefts.map((l, v) => l + sizes[v][0]);
  return { left: left.map((l, c) => l - zones[c]), right, lefts, rights, width: x + gaps.at(-1) };
}

// How much room the labels before each column take.
function zonesOf({ columns, column }, trunks) {
  const zones = columns.map(() => 0);
  for (const { item, label } of trunks.flatMap((trunk) => trunk.rows.flat())) {
    if (label[0]) zones[column[item]] = Math.max(zones[column[item]], BEFORE + label[0] + TIP);
  }
  return zones;
}

function gapsOf({ column, entries, exits }, wires, tops, zones) {
  const gaps = zones.map((zone) => (zone ? CURVES : GAP));
  if (entries) gaps[0] = PORT_GAP;
  if (exits) gaps[gaps.length - 1] = PORT_GAP;
  for (const w of wires) {
    const way = Math.abs(tops[w.tail] + w.out - tops[w.head] - w.into);
    const c = column[w.tail];
    gaps[c] = Math.max(gaps[c], Math.min(way / SLOPE, WIDEST));
  }
  return gaps.map((gap, c) => gap + zones[c]);
}

function route(group, trunks, tops, at, top) {
  const segments = [];
  for (const trunk of trunks) {
    let left = trunk.rows.flat(), column = group.column[trunk.tail], y = tops[trunk.tail] + trunk.out;
    let path = [[at.rights[trunk.tail], y]];
    trunk.rows.forEach((ends, k) => {
      const edge = at.right[column++];
      run(path, [edge, y]);
      const going = ends.length < left.length;
      if (ends.length && (going || ends.length > 1)) {
        const arrows = left.flatMap((head) => head.arrows).sort((a, b) => a - b);
        if (path.length > 1) segments.push({ points: path, arrows, last: false });
        path = [[edge, y]];
      }
      for (const head of ends) {
        const own = [...path], end = tops[head.item] + head.wire.into;
        run(own, [at.left[column], end]);
        run(own, [at.lefts[head.item], end]);
        segments.push({ points: own, arrows: head.arrows, last: head.last });
      }
      if (!going) return;
      left = left.slice(ends.length);
      y = trunk.lane === null ? tops[trunk.bends[k]] : top + laneHeight(trunk.lane);
      run(path, [at.left[column], y]);
    });
  }
  return segments;
}

// Append a piece that is level at both ends; a straight one goes on straight.
function run(path, end) {
  let [x, y] = path.at(-1);
  const [u, v] = end;
  if (y !== v) path.push([(x + u) / 2, y], [(x + u) / 2, v], end);
  else if (x !== u) {
    if (path.length > 1 && path.at(-4)[1] === y && path.at(-2)[1] === y) {
      x = path.at(-4)[0];
      path.length -= 3;
    }
    path.push([x + (u - x) / 3, y], [u - (u - x) / 3, y], end);
  }
}
