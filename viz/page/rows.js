// A drawing that is too wide goes on in further rows, cut right of the columns that Python
// chose. It is viz/layout/rows.py and cuts.py in the same words; a test holds both together.

const ROW_SIDE = 14, ROW_CORNER = 5, BEROW_SIDE = 8, LABEL = 8;

function inRows(drawing, plan, cuts) {
  if (!cuts.length) return drawing;
  const { size, boxes, frames, lines } = drawing;
  const rects = [...boxes.values(), ...frames.values()];
  const edges = [0, ...cuts.map((column) => columnEnd(drawing, plan, column)), size.w + 1];
  const rows = [];
  edges.slice(1).forEach((end, k) => {
    const start = edges[k];
    const gap = least(rects.map((r) => r.x).filter((x) => x > start), start);
    const entries = k ? rowEntries(lines, start, gap, [...rows[k - 1].lines.keys()]) : new Map();
    rows.push({ start, end, gap, entries, lines: partedBy(lines, end), pieces: [] });
  });
  const rowOf = (x) => rows.filter((row) => x >= row.start).length - 1;
  for (const line of lines) divided(line, rows, rowOf(line.points[0][0]));
  const labelled = new Set(plan.groups.flatMap((group) => group.trunks.flatMap((trunk) =>
    trunk[5].flat().flatMap(([, , arrows, last, , label]) => (last && label[0] ? arrows : [])))));
  let y = 0;
  rows.forEach((row, k) => {
    const [low, high] = extentOf(row, rects, labelled);
    const inset = k ? ROW_SIDE + BEROW_SIDE * rows[k - 1].lines.size : 0;
    row.shift = [inset - row.start, y - low];
    row.bottom = y + high - low;
    y = row.bottom + 2 * ROW_SIDE + BEROW_SIDE * Math.max(0, row.lines.size - 1);
  });
  const moved = (r) => {
    const [right, down] = rows[rowOf(r.x)].shift;
    return { ...r, x: r.x + right, y: r.y + down };
  };
  const all = (some) => new Map([...some].map(([key, r]) => [key, moved(r)]));
  const made = [...rows.flatMap((row) => row.pieces.map((one) => ({ ...one, points: shiftedBy(one.points, row) }))), ...runsBetween(rows)];
  const right = [...made.flatMap((one) => one.points.map(([x]) => x)), ...rects.map(moved).map((r) => r.x + r.w)];
  return { ...drawing, size: { w: most(right), h: rows.at(-1).bottom }, boxes: all(boxes), frames: all(frames), lines: made };
}

// Where a column ends.
function columnEnd({ boxes, frames }, plan, column) {
  const { items, columns } = plan.groups[0];
  const rects = columns[column].map((v) => items[v]).map((item) => boxes.get(item) ?? frames.get(plan.groups[item - plan.boxes]?.frame));
  return most(rects.filter(Boolean).map((r) => r.x + r.w));
}

// The arrows of the lines that a cut parts, by their heights, from the top.
function partedBy(lines, x) {
  const found = new Map();
  for (const { points, arrows } of lines) {
    if (points[0][0] > x || x >= points.at(-1)[0]) continue;
    const y = curvesOf(points).find(([a, , , b]) => a[0] <= x && x < b[0])[0][1];
    found.set(y, new Set([...(found.get(y) ?? []), ...arrows]));
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

// A line in its curves, each of four points.
const curvesOf = (points) => points.slice(0, -1).flatMap((_, k) => (k % 3 ? [] : [points.slice(k, k + 4)]));

// How high each line enters a row: where it goes first, if that may be.
function rowEntries(lines, x, gap, heights) {
  const entries = new Map();
  let last = -Infinity;
  for (const y of heights) {
    const ends = lines.flatMap(({ points }) => curvesOf(points)
      .filter(([a, , , b]) => a[1] === y && a[0] < gap && b[0] > x && (b[1] !== y || b[0] >= gap)).map(([, , , b]) => b[1]));
    const near = ends.reduce((best, end) => (Math.abs(end - y) < Math.abs(best - y) ? end : best), ends[0] ?? y);
    const entry = ends.includes(y) ? y : Math.max(near, last + BEROW_SIDE);
    if (entry < last + BEROW_SIDE) return new Map();
    entries.set(y, entry);
    last = entry;
  }
  return entries;
}

// Put the pieces of a line into their rows.
function divided(line, rows, number) {
  let { points } = line;
  for (; ; number++) {
    const row = rows[number];
    if (number) points = intoRow(points, line.arrows, rows[number - 1], row);
    if (points.at(-1)[0] <= row.end) break;
    const [left, right] = splitAt(points, row.end);
    if (left.length > 1) row.pieces.push({ points: left, arrows: line.arrows, last: false });
    points = right;
  }
  rows[number].pieces.push({ ...line, points });
}

function intoRow(points, arrows, before, row) {
  const [x, y] = points[0];
  const own = before.lines.get(y);
  if (!(row.start <= x && x < row.gap && own && arrows.every((arrow) => own.has(arrow)))) return points;
  const there = row.entries.get(y) ?? y;
  const level = points.findIndex((point) => point[1] !== y);
  return points.map(([u, v], k) => [u, level < 0 || k < level ? there : v]);
}

function splitAt(points, x) {
  for (let k = 0; k < points.length - 1; k += 3) {
    const [a, y] = points[k], b = points[k + 3][0];
    if (a === x) return [points.slice(0, k + 1), points.slice(k)];
    if (a < x && x < b) {
      const cut = [x, y];
      return [[...points.slice(0, k + 1), ...straightTo(points[k], cut)], [cut, ...straightTo(cut, [b, y]), ...points.slice(k + 4)]];
    }
  }
  throw new Error("the line does not pass there");
}

const straightTo = ([x, y], [u, v]) => [[x + (u - x) / 3, y + (v - y) / 3], [u - (u - x) / 3, v - (v - y) / 3], [u, v]];

// The highest and the lowest point of a row.
function extentOf(row, rects, labelled) {
  const inside = (x) => row.start <= x && x < row.end;
  const some = rects.filter((r) => inside(r.x));
  const ends = row.pieces.filter((one) => one.last);
  const tops = ends.filter((one) => labelled.has(one.arrows[0])).map((one) => one.points.at(-1)[1] - CLEAR / 2 - LABEL);
  const ys = [
    ...row.pieces.flatMap((one) => one.points.map(([, y]) => y)),
    ...row.lines.keys(), ...some.flatMap((r) => [r.y, r.y + r.h]), ...tops,
  ];
  return [least(ys), most(ys)];
}

const shiftedBy = (points, { shift: [right, down] }) => points.map(([x, y]) => [x + right, y + down]);

// The lines from the end of each row to the beginning of the next.
function runsBetween(rows) {
  return rows.slice(0, -1).flatMap((row, k) => {
    const next = rows[k + 1], count = row.lines.size;
    return [...row.lines].map(([y, arrows], line) => {
      const [start] = shiftedBy([[row.end, y]], row);
      const [stop] = shiftedBy([[row.end, next.entries.get(y) ?? y]], next);
      const inner = count - 1 - line;
      const right = start[0] + ROW_SIDE + BEROW_SIDE * inner;
      const base = row.bottom + ROW_SIDE + BEROW_SIDE * inner;
      const left = stop[0] - ROW_SIDE / 2 - BEROW_SIDE * line;
      const points = cornered([start, [right, start[1]], [right, base], [left, base], [left, stop[1]], stop]);
      return { points, arrows: [...arrows].sort((a, b) => a - b), last: false };
    });
  });
}

// A line along some corners, each of them rounded.
function cornered(corners) {
  const path = [corners[0]];
  for (let k = 1; k < corners.length - 1; k++) {
    const [[a, b], [x, y], [u, v]] = corners.slice(k - 1, k + 2);
    const before = [x - Math.sign(x - a) * ROW_CORNER, y - Math.sign(y - b) * ROW_CORNER];
    const after = [x + Math.sign(u - x) * ROW_CORNER, y + Math.sign(v - y) * ROW_CORNER];
    path.push(...straightTo(path.at(-1), before), [x, y], [x, y], after);
  }
  path.push(...straightTo(path.at(-1), corners.at(-1)));
  return path;
}
