// The coordinates that the rule finds, given to what Python drew.
//
// A view is a group with coordinates of its own, and so is a box: where nothing opened,
// nothing changes. The shared pieces of lines are made anew, since their number changes.

// Points and rectangles of a view that is `wide` along the data, as they are on the screen.
function turning(wide) {
  const mirrored = data.rankdir === "RL" || data.rankdir === "BT";
  const upright = data.rankdir === "TB" || data.rankdir === "BT";
  const point = (x, y) => (upright ? [y, mirrored ? wide - x : x] : [mirrored ? wide - x : x, y]);
  const rect = ([x, y], [w, h]) => {
    const [a, b] = point(mirrored ? x + w : x, y);
    return { x: a, y: b, w: upright ? h : w, h: upright ? w : h };
  };
  return { point, rect };
}

// Where all of a view stands on the screen: boxes by number, frames by their order, lines.
function standing(view, { plan, sizes, spots, ports, segments }) {
  const size = sizes[plan.boxes + plan.top];
  const { point, rect } = turning(size[0]);
  const origins = plan.groups.map(() => [0, 0]);
  const boxes = new Map(), frames = new Map();
  const { items, entries } = plan.groups[plan.top];
  const points = view.ports.filter((port) => port.side === "in");
  items.slice(0, entries).forEach((port, k) => boxes.set(points[k].id, rect([0, ports[port]], [0, 0])));
  for (let k = plan.top; k < plan.groups.length; k++) {
    const [x, y] = origins[k];
    for (const item of plan.groups[k].members) {
      const spot = [x + spots[item][0], y + spots[item][1]];
      if (item < plan.boxes) boxes.set(item, rect(spot, sizes[item]));
      else {
        origins[item - plan.boxes] = spot;
        frames.set(plan.groups[item - plan.boxes].frame, rect(spot, sizes[item]));
      }
    }
  }
  const lines = segments.flatMap((some, k) => (k < plan.top ? [] : some.map((one) => ({
    ...one,
    points: one.points.map(([u, v]) => point(origins[k][0] + u, origins[k][1] + v)),
    arrows: one.arrows.flatMap((arrow) => (arrow < plan.arrows ? arrow : plan.leaving)),
  }))));
  return { size: rect([0, 0], size), boxes, frames, lines };
}

// Place a view with all that is open in it; return its size on the screen.
function put(view, got) {
  const { size, boxes, frames, lines } = inRows(standing(view, got), got.plan, view.number ? [] : data.cuts);
  for (const [item, at] of boxes) putBox(view, item, at, got.inner.get(item));
  for (const [frame, at] of frames) putFrame(view.frames[frame], at);
  putLines(view, lines);
  return size;
}

function putBox(view, id, at, inside) {
  const box = view.boxes.get(String(id));
  if (inside) {
    const size = put(box.view, inside);
    move(box.view.group, at.x, at.y);
    setRect(box.view.frame, size);
  }
  if (box) move(box.one, at.x - box.rect.x, at.y - box.rect.y);
}

function putFrame(frame, at) {
  if (!frame) return;
  setRect(frame.box, at);
  frame.text.setAttribute("x", short(at.x + 8));
  frame.text.setAttribute("y", short(at.y + 12));
}

function putLines(view, lines) {
  const made = lines.filter((line) => !line.last).map(({ points, arrows }) => {
    const path = document.createElementNS(svg.namespaceURI, "path");
    const amount = together(view, arrows);
    const kind = lineKind(amount);
    path.setAttribute("class", `trunk ${kind}`);
    path.setAttribute("stroke", data.strokes[kind]);
    path.setAttribute("stroke-width", short(widthOf(amount)));
    if (kind === "down") path.setAttribute("stroke-dasharray", "5 3");
    path.setAttribute("data-through", arrows.join(" "));
    path.setAttribute("data-src", view.arrows[arrows[0]].path.dataset.src);
    path.setAttribute("d", curve(points));
    return path;
  });
  for (const old of view.lines.querySelectorAll(":scope > .trunk")) old.remove();
  view.lines.prepend(...made);
  for (const { points, arrows, last } of lines) {
    if (!last) continue;
    const { path, tip, label, above } = view.arrows[arrows[0]];
    path.setAttribute("d", curve(points));
    tip.setAttribute("points", head(points.at(-1), points.at(-2)));
    if (!label) continue;
    label.setAttribute("x", short(points.at(-1)[0] + above.x));
    label.setAttribute("y", short(points.at(-1)[1] + above.y));
  }
  drawWays(view);
}

const pair = ([x, y]) => `${short(x)} ${short(y)}`;
const curve = ([first, ...rest]) => `M${pair(first)}C${rest.map(pair).join(" ")}`;

// The tip of an arrow, along the direction in which its curve ends.
function head([x, y], [a, b]) {
  const length = Math.hypot(x - a, y - b) || 1;
  const [u, v] = [(x - a) / length, (y - b) / length];
  const corners = [[x, y], [x - 6 * u - 3 * v, y - 6 * v + 3 * u], [x - 6 * u + 3 * v, y - 6 * v - 3 * u]];
  return corners.map(([p, q]) => `${short(p)},${short(q)}`).join(" ");
}
