// What a picture says in Python, said again where its numbers change in a page: numbers as
// text, the tint of a box, the class and the width of a line. A test holds each function
// against Python's. Each script begins with this file, so it is strict as a whole.
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

// A coordinate in pixels, to a hundredth, as markup.short writes it: a tie is an odd number of
// eighths, and goes to the even digit.
function short(x) {
  return String(Math.abs((8 * x) % 2) === 1 ? (2 * Math.round(50 * x)) / 100 : Number(x.toFixed(2)));
}

// A factor times what comes back; an exact 0 times inf is 0, as in the engine.
function times(factor, back) {
  const term = factor * back;
  return Number.isNaN(term) && (factor === 0 || back === 0) ? 0 : term;
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
  const top = sizes.reduce((a, b) => Math.max(a, b), 0);
  return (contribution) => {
    if (!contribution || !Number.isFinite(contribution) || !top) return 0.9;
    const share = 1 + (Math.log10(Math.abs(contribution)) - Math.log10(top)) / 4;
    return 0.9 + 2.1 * Math.max(0, Math.min(1, share));
  };
}

// contribution -> class of a line
function lineKind(contribution) {
  if (!Number.isFinite(contribution)) return "bad";
  return contribution === 0 ? "flat" : contribution > 0 ? "up" : "down";
}

// Columns of text that fit into a box of this width, as in labels.py: glyphs of 6.82 pixels.
function columnsIn(width) {
  return Math.floor((width - 16) / 6.82);
}

// A number behind its word, with as many digits as fit into some columns.
function fitted(word, x, columns) {
  let digits = 4;
  while (digits > 1 && `${word} ${num(x, digits)}`.length > columns) digits--;
  return `${word} ${num(x, digits)}`;
}
