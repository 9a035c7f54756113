// The sentence of a step, said again with the numbers of the page, as slopes.py says it.
//
// A word is a text, a number [kind, of, guarded], or the arithmetic of a local derivative
// {arrow, op, slot, parts, numbers}; TEXTBOOK has the rules that the latter is taken from,
// and value(step, kind, of) of course.js the numbers.

const read = (text) => Number(text.replaceAll("−", "-").replace("∞", "Infinity"));

const alike = (a, b) => a === b || (Math.abs(a - b) <= 1e-3 * Math.abs(b) && Number.isFinite(b));

function passed(local) {
  if (local === 0) return "lets nothing through";
  if (local === 1) return "lets everything through";
  if (local > 0 && local < 1) return `lets ${num(100 * local, 3)}% through`;
  return `multiplies by ${num(local)}`;
}

function carried(local) {
  if (Math.abs(local) === 1) return local > 0 ? "as it is" : "with the opposite sign";
  return `${num(local)} times`;
}

// ": 1 − 0.9051² = 0.1807", with as many digits as it takes.
function arithmetic(step, { arrow, op, slot, parts, numbers }) {
  const local = value(step, "local", arrow);
  for (let digits = 4; digits < 18; digits++) {
    const shown = numbers.map((x) => (typeof x === "string" ? x : num(value(step, x[0], x[1]), digits)));
    const slope = TEXTBOOK[op].d(...shown.map(read))[slot];
    if (!alike(slope, local)) continue;
    const put = (place) => {
      const text = shown[place < 0 ? ~place : place];
      return place < 0 && text.startsWith("−") ? `(${text})` : text;
    };
    return `: ${parts.map((p) => (typeof p === "string" ? p : put(p))).join("")} = ${num(local)}`;
  }
  return `, its slope here being ${num(local)}`;
}

function said(step) {
  const word = ([kind, of, guarded]) => {
    if (kind === "passed") return passed(value(step, "local", of));
    if (kind === "carried") return carried(value(step, "local", of));
    const text = num(value(step, kind, of));
    return guarded && text.startsWith("−") ? `(${text})` : text;
  };
  const one = (w) => (typeof w === "string" ? w : Array.isArray(w) ? word(w) : arithmetic(step, w));
  return step.words.map(one).join("");
}
