// Large type that follows the step: the picture is scaled so that its type has 14 pixels,
// or more where all of it fits, and moved so that the boxes of the step are in sight. What
// is too far off for that is shown again at the edge, as it is where it stands.

const TYPE = 11, LARGE = 14; // pixels of the type in boxes: as drawn, and as shown at least
const ROOM = 8; // pixels around the picture
const view = document.getElementById("view");
const near = document.createElementNS("http://www.w3.org/2000/svg", "g"); // boxes at the edge
near.id = "near";
near.setAttribute("aria-hidden", "true");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let whole = false; // shows all of the picture, however small

const drawn = (svg) => ["width", "height"].map((name) => Number(svg.getAttribute(name)));

function rescale(svg) {
  const [wide, high] = drawn(svg);
  const fits = Math.min((view.clientWidth - 2 * ROOM) / wide, (view.clientHeight - 2 * ROOM) / high, 2);
  const scale = whole ? fits : Math.max(fits, LARGE / TYPE);
  svg.style.width = `${wide * scale}px`;
  svg.style.height = `${high * scale}px`;
  return scale;
}

// The smallest rectangle around some, the first of them first, that can be seen at once.
function together(rects, wide, high) {
  let all = null;
  for (const one of rects) {
    const more = {
      left: Math.min(one.left, all?.left ?? one.left), right: Math.max(one.right, all?.right ?? one.right),
      top: Math.min(one.top, all?.top ?? one.top), bottom: Math.max(one.bottom, all?.bottom ?? one.bottom),
    };
    if (!all || (more.right - more.left <= wide && more.bottom - more.top <= high)) all = more;
  }
  return all;
}

// How far to scroll so that an interval is inside a window, from 0 to its size.
function aside(from, to, size) {
  if (from >= ROOM && to <= size - ROOM) return 0;
  if (to - from > size - 2 * ROOM) return from - ROOM;
  return from < ROOM ? from - (size - (to - from)) / 2 : to - (size + (to - from)) / 2;
}

// Bring boxes into sight: the first of all, and of the others as many as there is room for.
function follow(groups, svg, jump) {
  const scale = rescale(svg);
  near.replaceChildren();
  svg.append(near);
  if (whole || !groups.length) return;
  const { clientWidth: wide, clientHeight: high } = view;
  const origin = view.getBoundingClientRect();
  const [x, y] = [origin.left + view.clientLeft, origin.top + view.clientTop];
  const rects = groups.map((group) => {
    const { left, right, top, bottom } = group.querySelector(":scope > .box").getBoundingClientRect();
    return { group, left: left - x, right: right - x, top: top - y, bottom: bottom - y };
  });
  const seen = together(rects, wide - 2 * ROOM, high - 2 * ROOM);
  const left = reached(view.scrollLeft + aside(seen.left, seen.right, wide), view.scrollWidth - wide) - view.scrollLeft;
  const top = reached(view.scrollTop + aside(seen.top, seen.bottom, high), view.scrollHeight - high) - view.scrollTop;
  const corner = svg.getBoundingClientRect();
  near.setAttribute("transform", `scale(${1 / scale}) translate(${left - corner.left + x} ${top - corner.top + y})`);
  if (left || top) view.scrollBy({ left, top, behavior: jump || calm.matches ? "auto" : "smooth" });
  const moved = rects.map((r) => ({
    ...r, left: r.left - left, right: r.right - left, top: r.top - top, bottom: r.bottom - top,
  }));
  for (const { rect, at: place } of docked(moved, wide, high)) near.append(again(rect.group, place.left, place.top, scale));
}

const reached = (to, most) => Math.max(0, Math.min(most, to));
const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

// Where boxes that are out of sight are shown: along the edge that the first one leaves
// free. What is covered by that is out of sight, too.
function docked([main, ...others], wide, high) {
  const seen = (r) => r.left >= 0 && r.top >= 0 && r.right <= wide && r.bottom <= high;
  let off = others.filter((one) => !seen(one));
  for (;;) {
    const placed = places(off, main, wide, high);
    const free = (one) => placed.every(({ at: place }) => apart(one, place));
    const more = others.filter((one) => off.includes(one) || !free(one));
    if (more.length === off.length) return placed;
    off = more;
  }
}

function places(boxes, main, wide, high) {
  const below = main.top + main.bottom < high;
  const right = boxes.length && boxes[0].left + boxes[0].right > main.left + main.right;
  const placed = [];
  let [x, row, deep] = [2 * ROOM, 2 * ROOM, 0];
  for (const rect of boxes) {
    const [w, h] = [rect.right - rect.left, rect.bottom - rect.top];
    if (x + w > wide - ROOM && x > 2 * ROOM) [x, row, deep] = [2 * ROOM, row + deep + 3 * ROOM, 0];
    const left = right ? wide - x - w : x;
    const top = below ? high - row - h : row;
    if (below ? top < main.bottom + ROOM : top + h > main.top - ROOM) break;
    placed.push({ rect, at: { left, top, right: left + w, bottom: top + h } });
    [x, deep] = [x + w + 3 * ROOM, Math.max(deep, h)];
  }
  return placed;
}

// A box once more, on a sheet of its own: a picture, and no part of the page.
function again(group, x, y, scale) {
  const copy = group.cloneNode(true);
  const box = copy.querySelector(":scope > .box");
  const sheet = box.cloneNode();
  const [left, top, wide, high] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
  for (const [name, value] of Object.entries({ x: left - 6, y: top - 6, width: wide + 12, height: high + 12, rx: 8 })) {
    sheet.setAttribute(name, value);
  }
  sheet.setAttribute("class", "paper");
  copy.prepend(sheet);
  copy.setAttribute("transform", `translate(${x} ${y}) scale(${scale}) translate(${-left} ${-top})`);
  copy.classList.remove("node");
  copy.dataset.of = group.id;
  for (const name of ["id", "tabindex", "role", "aria-label"]) copy.removeAttribute(name);
  for (const part of copy.querySelectorAll("[id]")) part.removeAttribute("id");
  return copy;
}
