// The body of a function of `selector`: [text, contrast] for each element it finds.
const canvas = document.createElement("canvas");
canvas.width = canvas.height = 1;
const brush = canvas.getContext("2d", { willReadFrequently: true });

// Any CSS colour as [red, green, blue, alpha], painted by the browser itself.
const painted = (color) => {
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = color;
  brush.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = ([r, g, b, a], below) =>
  [r, g, b].map((x, i) => x * a + below[i] * (1 - a)).concat(1);
const luminance = (color) => {
  const [r, g, b] = color.slice(0, 3).map((x) => {
    const c = x / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const drawn = (element) => element.ownerSVGElement && element.localName !== "foreignObject";
const fillOf = (element) => {
  const style = getComputedStyle(element);
  if (!drawn(element)) return style.backgroundColor;
  return ["g", "a", "text", "tspan"].includes(element.localName) ? "transparent" : style.fill;
};
const behind = (element) => {
  const box = element.getBoundingClientRect();
  const layers = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  document.documentElement.style.outlineColor = "Canvas"; // the browser's own paper
  const paper = painted(getComputedStyle(document.documentElement).outlineColor);
  document.documentElement.style.outlineColor = "";
  return layers.reverse().map((layer) => painted(fillOf(layer)))
    .reduce((below, color) => over(color, below), paper);
};

const everything = new CSSStyleSheet(); // also what lets a pointer through is painted
everything.replaceSync("* { pointer-events: all !important; }");
document.adoptedStyleSheets.push(everything);
const found = [...document.querySelectorAll(selector)].map((element) => {
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const style = getComputedStyle(element);
  const below = behind(element);
  const ink = over(painted(drawn(element) ? style.fill : style.color), below);
  const [dark, light] = [luminance(ink), luminance(below)].sort((a, b) => a - b);
  return [element.textContent.trim(), (light + 0.05) / (dark + 0.05)];
});
document.adoptedStyleSheets.pop();
return found;
