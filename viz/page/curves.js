// The curves of a view, drawn anew where its boxes have moved.

// A curve begins and ends at its boxes; where their column is wider than they are, since
// something opened there, it runs straight until it is out of the column.
function draw(line, moved, rects, inner) {
  const last = moved.length - 1;
  const [start, stop] = [line.ends.start, line.ends.stop];
  const from = start && goal(start, "out", rects, inner);
  const to = stop && goal(stop, "in", rects, inner);
  const half = moved.length / 2;
  if (from) level(moved.slice(0, half), from);
  if (to) level(moved.slice(half).reverse(), to);
  const [first, ...rest] = moved;
  let text = from ? `M${pair(from)}L${pair(first)}` : `M${pair(first)}`;
  text += `C${rest.map(pair).join(" ")}`;
  const straight = to && Math.abs(to[along] - moved[last][along]) > 0.5;
  if (straight) text += `L${pair(to)}`;
  line.path.setAttribute("d", text);
  if (line.tip) line.tip.setAttribute("points", head(to, straight ? moved[last] : moved[last - 1]));
  if (line.label) {
    const tip = to ?? moved[last];
    line.label.setAttribute("x", short(tip.x + line.above.x));
    line.label.setAttribute("y", short(tip.y + line.above.y));
  }
}

// Where a curve ends at a box, or at a port of the frame that is open there.
function goal(end, side, rects, inner) {
  const rect = rects.get(end.id);
  const size = inner.get(end.id);
  const ports = (size?.ports ?? []).filter((port) => port.side === side);
  const port = ports[end.port ?? 0] ?? ports[0];
  if (!port) return { x: rect.x + end.x, y: rect.y + end.y };
  return {
    x: rect.x + (rect.w - size.w) / 2 + port.x,
    y: rect.y + (rect.h - size.h) / 2 + port.y,
  };
}

// Bring the end of a curve, and the straight piece before it, to where it must end.
function level(some, to) {
  const across = along === "x" ? "y" : "x";
  const lane = some[0][across];
  some[1][across] = lane;
  for (const point of some) {
    if (Math.abs(point[across] - lane) > 0.5) break;
    point[across] = to[across];
  }
  if (Math.abs(some[0][along] - to[along]) <= 0.5) some[0][along] = to[along];
}

const pair = (p) => `${short(p.x)} ${short(p.y)}`;

function head(to, from) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [u, v] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const corners = [[to.x, to.y], [to.x - 6 * u - 3 * v, to.y - 6 * v + 3 * u], [to.x - 6 * u + 3 * v, to.y - 6 * v - 3 * u]];
  return corners.map(([x, y]) => `${short(x)},${short(y)}`).join(" ");
}
