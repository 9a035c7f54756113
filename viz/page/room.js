// Making room for what opens.
//
// Opening a box puts the frame of its view where it stood, and makes room by one rule:
// what lies beyond it in the direction of the data moves on, and what lies to the sides
// moves apart, half each way. A shift never decreases along an axis, so what was apart
// stays apart. Points of curves move by the same rule, and those at an opened box end at
// the ports of its frame (curves.js).

function shifted(v, [lo, hi], [before, after]) {
  if (v <= lo) return v - before;
  if (v >= hi) return v + after;
  return v - before + ((before + after) * (v - lo)) / (hi - lo);
}

function step(low, high, [lo, hi], [before, after]) {
  return low >= hi ? after : high <= lo ? -before : 0;
}

function makeRoom(state, opened, w, h) {
  const old = { ...opened };
  const grown = { x: Math.max(0, w - old.w), y: Math.max(0, h - old.h) };
  for (const axis of ["x", "y"]) {
    const size = SIZE[axis];
    const range = [old[axis], old[axis] + old[size]];
    const grow = GROWS[axis].map((share) => share * grown[axis]);
    for (const rect of state.rects.values()) {
      if (rect === opened) continue;
      if (axis === along) rect[axis] += step(rect[axis], rect[axis] + rect[size], range, grow);
      else {
        const middle = rect[axis] + rect[size] / 2;
        rect[axis] += shifted(middle, range, grow) - middle;
      }
    }
    for (const rect of [...state.frames, state.whole]) {
      const edge = (v) => (axis === along ? v + step(v, v, range, grow) : shifted(v, range, grow));
      const [low, high] = [edge(rect[axis]), edge(rect[axis] + rect[size])];
      [rect[axis], rect[size]] = [low, high - low];
    }
    for (const line of state.lines) {
      for (const point of line) point[axis] = shifted(point[axis], range, grow);
    }
    opened[axis] = range[0] - grow[0];
    opened[size] = old[size] + grown[axis];
  }
}

// Place a view with all that is open in it; return its size with the frame around it.
function place(view) {
  const copy = (r) => ({ ...r });
  const state = {
    rects: new Map([...view.boxes].map(([id, box]) => [id, copy(box.rect)])),
    frames: view.frames.map((frame) => copy(frame.rect)),
    lines: view.lines.map((line) => line.points.map(copy)),
    whole: { x: 0, y: 0, w: view.w, h: view.h },
  };
  const inner = new Map();
  for (const [id, child] of view.children) {
    if (!child.open) continue;
    const size = place(child);
    inner.set(id, size);
    makeRoom(state, state.rects.get(id), size.w, size.h);
  }
  for (const [id, size] of inner) enclose(view.children.get(id), state.rects.get(id), size);
  for (const [id, box] of view.boxes) {
    const at = state.rects.get(id);
    move(box.one, at.x - box.rect.x, at.y - box.rect.y);
  }
  view.frames.forEach((frame, k) => {
    const at = state.frames[k];
    setRect(frame.box, at);
    frame.text.setAttribute("x", short(at.x + 8));
    frame.text.setAttribute("y", short(at.y + 12));
  });
  view.lines.forEach((line, k) => draw(line, state.lines[k], state.rects, inner));
  const at = { x: -state.whole.x, y: view.strip - state.whole.y };
  const margin = view.parent ? 0 : MARGIN;
  move(view.body, at.x + margin, at.y + margin);
  const ports = [...state.rects].filter(([id]) => view.boxes.get(id).side);
  return {
    w: state.whole.w,
    h: state.whole.h + view.strip,
    ports: ports.map(([id, { x, y }]) => ({ side: view.boxes.get(id).side, x: x + at.x, y: y + at.y })),
  };
}

function enclose(child, at, size) {
  move(child.group, at.x + (at.w - size.w) / 2, at.y + (at.h - size.h) / 2);
  setRect(child.frame, { x: 0, y: 0, w: size.w, h: size.h });
}
