// The one rule from sizes to coordinates, for a plan in which Python has decided all order.
//
// It is viz/layout/rule.py with placing.py and half of routing.py, in the same words. It
// calculates in the same order, so it comes to the same bits; a test holds that. An opened
// box is a frame: its inside is solved first, and its ports are where its lines end.

const LINE = 4, BOX = 7, FRAME = 9, ENTRY = 9, CLEAR = 6, EDGE = 3, SLACK = 1.1;
const GAP = 44, CURVES = 26, TIP = 8, BEFORE = 5, PORT_GAP = 20, WIDEST = 120, SLOPE = 5, PAD = 10, TITLE = 18;
const MIDDLE = -1;
const most = (some, none = 0) => some.reduce((a, b) => Math.max(a, b), some.length ? -Infinity : none);
const least = (some, none = 0) => some.reduce((a, b) => Math.min(a, b), some.length ? Infinity : none);

// The coordinates of a view within its frames, with those of the views open in it.
function solve(plans, number, open, rankdir) {
  const plan = plans[number];
  const sizes = [...plan.sizes, ...plan.groups.map(() => [0, 0])];
  const got = { plan, sizes, spots: [], ports: {}, segments: plan.groups.map(() => []), inner: new Map() };
  for (const [box, child] of Object.entries(plan.opens)) {
    if (!open.has(child)) continue;
    const inside = solve(plans, child, open, rankdir);
    got.inner.set(Number(box), inside);
    sizes[box] = inside.sizes[plans[child].boxes + plans[child].top];
  }
  for (let k = plan.groups.length - 1; k >= plan.top; k--) solveGroup(got, k, rankdir);
  const { items, entries, exits } = plan.groups[plan.top];
  got.into = items.slice(0, entries).map((port) => got.ports[port]);
  got.out = exits ? got.ports[items[items.length - 1]] : MIDDLE;
  return got;
}

// How far below the top of its item a line ends, or starts where there is no arrow.
function endOf({ plan, ports, inner }, k, terminal, arrow) {
  if (terminal >= plan.boxes) return plan.group[terminal] === k ? 0 : ports[terminal];
  const inside = inner.get(terminal);
  if (!inside) return MIDDLE;
  if (arrow === null) return inside.out;
  return inside.into[plan.into[terminal].indexOf(arrow)] ?? inside.into[0] ?? MIDDLE;
}

function solveGroup(got, k, rankdir) {
  const group = got.plan.groups[k];
  const sizes = group.items.map((item) => got.sizes[item] ?? [0, 0]);
  const heights = group.column.map((_, v) => (v < sizes.length ? sizes[v][1] : 0));
  const frames = new Set(group.frames);
  group.items.forEach((item, v) => got.inner.has(item) && frames.add(v));
  const { wires, trunks } = linesOf(got, k, group, heights);
  spread(group, heights, trunks);
  let tops = place(group, heights, frames, wires, trunks);
  let [top, bottom, insets, leastHeight, leastWidth] = roomOf(k, group.title, rankdir);
  const height = most(tops.map((y, v) => y + heights[v]));
  const spare = Math.max(0, leastHeight - height - top - bottom);
  top += spare / 2;
  tops = tops.map((y) => y + top);
  const at = measure(group, sizes, wires, trunks, tops, insets, leastWidth);
  got.segments[k] = route(group, trunks, tops, at, top);
  group.items.forEach((item, v) => {
    if (item < got.sizes.length) got.spots[item] = [at.lefts[v], tops[v]];
    else got.ports[item] = tops[v];
  });
  got.sizes[got.plan.boxes + k] = [at.width, height + spare / 2 + top + bottom];
}

// What a frame keeps free: above, below, at the sides; its least height and width.
function roomOf(k, title, rankdir) {
  if (!k) return [0, 0, [0, 0], 0, 0];
  const strip = TITLE + PAD / 2;
  if (rankdir === "TB") return [PAD, PAD, [strip, PAD], title, 0];
  if (rankdir === "BT") return [PAD, PAD, [PAD, strip], title, 0];
  return [strip, PAD, [PAD, PAD], 0, title];
}

function linesOf(got, k, group, heights) {
  const wires = group.wires.map(([tail, head, weight]) => ({ tail, head, weight, out: 0, into: 0 }));
  const trunks = group.trunks.map(([tail, terminal, bends, lane, links, heads]) => {
    const start = endOf(got, k, terminal, null);
    const out = start < 0 ? heights[tail] / 2 : start;
    for (const link of links) wires[link].out = wires[link].tail === tail ? out : 0;
    const rows = heads.map((row) => row.map(([item, end, arrows, last, number, label]) => {
      const wire = wires[number] ?? { tail, head: item, weight: 1, out: 0, into: 0 };
      const into = endOf(got, k, end, last ? arrows[0] : null);
      wire.out = wire.tail === tail ? out : 0;
      wire.into = Math.max(into, 0);
      return { item, into, arrows, last: Boolean(last), wire, label };
    }));
    return { tail, out, bends, lane, rows };
  });
  return { wires, trunks };
}

function spread(group, heights, trunks) {
  const at = [];
  for (const column of group.columns) column.forEach((v, i) => (at[v] = i));
  const into = new Map();
  for (const head of trunks.flatMap((trunk) => trunk.rows.flat()).filter((one) => one.last)) {
    if (!into.has(head.item)) into.set(head.item, []);
    into.get(head.item).push(head);
  }
  for (const [item, heads] of into) {
    heads.sort((a, b) => at[a.wire.tail] - at[b.wire.tail] || a.wire.out - b.wire.out || a.arrows[0] - b.arrows[0]);
    const ys = entered(heights[item], heads.map((head) => room(head.label[1])));
    heads.forEach((head, k) => (head.wire.into = head.into >= 0 ? head.into : ys[k]));
  }
}

const room = (across) => (across ? Math.max(ENTRY, across + CLEAR) : ENTRY);

// How far below the top of a box each line enters it, close to its middle.
function entered(height, rooms) {
  const count = rooms.length;
  let total = rooms.slice(1).reduce((a, b) => a + b, 0);
  const all = Math.max(height - 2 * EDGE, (height * (count - 1)) / (count + 1));
  const scale = total ? Math.min(1, all / total) : 1;
  total *= scale;
  const lowest = height - total - EDGE;
  let y = Math.max((height - total) / 2, Math.min(rooms[0] - CLEAR, lowest));
  return rooms.map((own, k) => (y = k ? y + own * scale : y));
}

function place(group, heights, frames, wires, trunks) {
  const { columns } = group;
  const left = heights.map(() => []), right = heights.map(() => []);
  for (const w of wires) {
    right[w.tail].push([w.head, w.into - w.out, w.weight]);
    left[w.head].push([w.tail, w.out - w.into, w.weight]);
  }
  const around = left.map((some, v) => some.concat(right[v]));
  const free = heights.map((h, v) => (frames.has(v) ? FRAME : h ? BOX : LINE));
  const stacks = columns.map((column) => {
    const stack = [];
    let end = 0, above = 0;
    for (const v of column) {
      const top = stack.length ? end + above + free[v] : 0;
      stack.push(top);
      [end, above] = [top + heights[v], free[v]];
    }
    return stack;
  });
  const lengths = columns.map((column, c) => (column.length ? stacks[c].at(-1) + heights[column.at(-1)] : 0));
  const ground = SLACK * most(lengths);
  const rooms = lengths.map((length) => ground - length);
  const tops = heights.map(() => 0);
  columns.forEach((column, c) => column.forEach((v, i) => (tops[v] = stacks[c][i] + rooms[c] / 2)));
  const order = columns.map((_, c) => c), back = [...order].reverse();
  const sweeps = [">", "<"];
  for (let k = heights.length < 5000 ? 3 : 1; k; k--) sweeps.push(">=", "<=");
  for (const sweep of sweeps) {
    const near = { "<": right, ">": left }[sweep] ?? around;
    for (const c of sweep[0] === ">" ? order : back) settle(columns[c], stacks[c], rooms[c], near, around, tops);
  }
  straighten(columns, heights, free, wires, tops);
  const lanes = trunks.filter((trunk) => trunk.lane !== null).map((trunk) => trunk.lane + 1);
  const shift = laneHeight(most(lanes)) - least(tops);
  return tops.map((y) => y + shift);
}

const laneHeight = (lane) => 2 * LINE * lane;

function settle(column, stack, room, near, around, tops) {
  const means = [], weights = [], counts = [];
  column.forEach((v, i) => {
    const pulls = near[v].length ? near[v] : around[v];
    let mean = tops[v] - stack[i], weight = 0.1, count = 1;
    if (pulls.length === 1) {
      mean = tops[pulls[0][0]] + pulls[0][1] - stack[i];
      weight = pulls[0][2];
    } else if (pulls.length) {
      mean = median(pulls, tops) - stack[i];
      weight = pulls.length;
    }
    while (means.length && means.at(-1) > mean) {
      const other = weights.pop();
      mean = (means.pop() * other + mean * weight) / (other + weight);
      weight += other;
      count += counts.pop();
    }
    means.push(mean);
    weights.push(weight);
    counts.push(count);
  });
  let i = 0;
  means.forEach((mean, k) => {
    for (let n = counts[k]; n; n--, i++) tops[column[i]] = stack[i] + Math.max(0, Math.min(mean, room));
  });
}

// The top at which as much weight pulls up as down.
function median(pulls, tops) {
  const wanted = pulls.map(([v, offset, weight]) => [tops[v] + offset, weight]);
  if (wanted.length === 2) {
    const [[a, light], [b, heavy]] = wanted;
    if (light === heavy) {
      const [[u, low], [v, high]] = pulls;
      return (tops[u] + low + tops[v] + high) / 2;
    }
    return light > heavy ? a : b;
  }
  wanted.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let rest = wanted.reduce((sum, one) => sum + one[1], 0) / 2, k = 0;
  while (rest > wanted[k][1]) rest -= wanted[k++][1];
  return rest < wanted[k][1] ? wanted[k][0] : (wanted[k][0] + wanted[k + 1][0]) / 2;
}

// Rows of nodes, each with its top relative to a straight line through them.
function straightLines(wires, tops) {
  const off = wires.map((w) => Math.abs(tops[w.tail] + w.out - tops[w.head] - w.into));
  const order = wires.map((_, k) => k);
  order.sort((a, b) => wires[b].weight - wires[a].weight || off[a] - off[b]);
  const after = new Map(), before = new Set();
  for (const w of order.map((k) => wires[k])) {
    if (after.has(w.tail) || before.has(w.head)) continue;
    after.set(w.tail, w);
    before.add(w.head);
  }
  return [...after.keys()].filter((v) => !before.has(v)).map((v) => {
    const nodes = [v], offsets = [0];
    for (let w = after.get(v); w; w = after.get(w.head)) {
      nodes.push(w.head);
      offsets.push(offsets.at(-1) + w.out - w.into);
    }
    return [nodes, offsets];
  });
}

function straighten(columns, heights, free, wires, tops) {
  const above = {}, below = {};
  for (const column of columns) column.forEach((v, i) => ([above[v], below[v]] = [column[i - 1], column[i + 1]]));
  const roof = least(tops), ground = most(tops.map((y, v) => y + heights[v]));
  for (const [nodes, offsets] of straightLines(wires, tops)) {
    for (let start = 0, end = 0; start < nodes.length; start = end) {
      let low = -Infinity, high = Infinity;
      for (; end < nodes.length; end++) {
        const v = nodes[end], offset = offsets[end], a = above[v], b = below[v];
        const floor = a === undefined ? roof - offset : tops[a] + heights[a] + free[a] + free[v] - offset;
        const ceiling = b === undefined ? ground - heights[v] - offset : tops[b] - (heights[v] + free[v] + free[b]) - offset;
        if (end > start && Math.max(low, floor) > Math.min(high, ceiling)) break;
        [low, high] = [Math.max(low, floor), Math.min(high, ceiling)];
      }
      const run = nodes.slice(start, end).map((v, i) => tops[v] - offsets[start + i]).sort((a, b) => a - b);
      const y = Math.max(low, Math.min(run[run.length >> 1], high));
      for (let i = start; i < end; i++) tops[nodes[i]] = y + offsets[i];
    }
  }
}
