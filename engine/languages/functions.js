// Functions of the table that JavaScript's Math lacks, or means otherwise at a limit,
// step by step as in engine/special.py. A blank line ends a function: a page is given
// those alone that it needs. None of them is a derivative.

// Math.pow, but 1 where C says so: 1 ** nan, and (-1) ** inf.
function pow(a, b) {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}

function copysign(size, x) {
  return x < 0 || Object.is(x, -0) ? -Math.abs(size) : Math.abs(size);
}

// The remainder with the sign of b, as Python has it.
function mod(a, b) {
  const rest = a % b;
  if (rest === 0) return copysign(0, b);
  return b < 0 !== rest < 0 ? rest + b : rest;
}

// The floor of a / b, by the remainder, as Python rounds it.
function floordiv(a, b) {
  if (b === 0) return a / b;
  const quotient = (a - (a % b)) / b - (a % b !== 0 && b < 0 !== a % b < 0 ? 1 : 0);
  if (quotient === 0) return copysign(0, a / b);
  const below = Math.floor(quotient);
  return quotient - below > 0.5 ? below + 1 : below;
}

function compare(a, b) {
  return a > b ? 1 : a < b ? -1 : a === b ? 0 : NaN;
}

function sign(x) {
  return compare(x, 0);
}

function step(x) {
  return x > 0 ? 1 : x <= 0 ? 0 : NaN;
}

function relu(x) {
  return x > 0 || x !== x ? x : 0;
}

// A nan is a condition that holds, as in Python.
function where(condition, a, b) {
  return condition !== 0 ? a : b;
}

function sigmoid(x) {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const small = Math.exp(x);
  return small / (1 + small);
}

function softplus(x) {
  return relu(x) + Math.log1p(Math.exp(-Math.abs(x)));
}

function direction(a, b) {
  const length = Math.hypot(a, b);
  if (length === Infinity && Number.isFinite(b))
    return Math.abs(a) === Infinity ? Math.sign(a) : direction(a / 4, b / 4);
  return length !== 0 ? a / length : a;
}

function sum(...xs) {
  return xs.reduce((total, x) => total + x, 0);
}

function dot(...v) {
  const n = (v.length - 1) / 2;
  let total = v[2 * n];
  for (let i = 0; i < n; i++) total += v[i] * v[n + i];
  return total;
}

function logsumexp(...xs) {
  const top = Math.max(...xs);
  if (!Number.isFinite(top)) return top;
  const at = xs.indexOf(top);
  const others = xs.map((x, i) => (i === at ? 0 : Math.exp(x - top)));
  return top + Math.log1p(others.reduce((total, x) => total + x, 0));
}

// exp(-x * x), with the part of x * x that is rounded away.
function gauss(x) {
  const near = Math.fround(x);
  return Math.exp(-near * near) * Math.exp((near - x) * (near + x));
}

// 2/sqrt(pi) exp(-x^2) (x + 2 x^3/3 + 4 x^5/15 + ...), whose terms have one sign: DLMF 7.6.2.
function erf(x) {
  if (!(Math.abs(x) < 2)) return x > 0 ? 1 - erfc(x) : x < 0 ? erfc(-x) - 1 : x;
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * total * gauss(x);
}

// exp(-x^2)/sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))): DLMF 7.9.1.
function erfc(x) {
  if (x < 1.5) return 1 - erf(x);
  if (x > 28) return 0;
  let tail = x;
  for (let k = 100; k > 0; k--) tail = x + k / 2 / tail;
  return gauss(x) / Math.sqrt(Math.PI) / tail;
}

function ndtr(x) {
  return 0.5 * erfc(-x * Math.sqrt(0.5));
}

// The y with erf(y) = x: Winitzki's start of four digits, then three steps of Halley.
function erfinv(x) {
  const size = Math.abs(x);
  if (!(size < 1)) return size === 1 ? x * Infinity : NaN;
  const slope = 2 / Math.sqrt(Math.PI);
  if (size < 1e-9) return x / slope;
  const rest = 1 - size;
  const logarithm = Math.log(rest * (1 + size));
  const half = 2 / (Math.PI * 0.147) + 0.5 * logarithm;
  let y = Math.sqrt(Math.sqrt(half * half - logarithm / 0.147) - half);
  for (let k = 0; k < 3; k++) {
    const miss = size < 0.5 ? erf(y) - size : rest - erfc(y);
    const move = (miss * Math.exp(y * y)) / slope;
    y -= move / (1 + y * move);
  }
  return copysign(y, x);
}

// Of a polynomial in 1 / x for large x, so that no power overflows.
function polynomial(coefficients, x) {
  if (x < 5) return coefficients.reduceRight((total, c) => total * x + c, 0);
  return coefficients.reduce((total, c) => total / x + c, 0);
}

// Lanczos' approximation with the coefficients of Boost, which Python's math has too.
const LANCZOS = [
  23531376880.410759, 42919803642.6491, 35711959237.355668, 17921034426.03721,
  6039542586.352028, 1439720407.3117216, 248874557.86205415, 31426415.5854002,
  2876370.6289353725, 186056.26539522350, 8071.6720023658163, 210.82427775157935,
  2.5066282746310002,
];

const LANCZOS_BELOW = [
  0, 39916800, 120543840, 150917976, 105258076, 45995730, 13339535, 2637558, 357423,
  32670, 1925, 66, 1,
];

function lgamma(x) {
  const size = Math.abs(x);
  if (x === Math.floor(x) && x <= 2) return x > 0 ? 0 : Infinity;
  if (size === Infinity) return size;
  if (size < 1e-20) return -Math.log(size);
  const g = 6.024680040776729583740234375;
  const quotient = polynomial(LANCZOS, size) / polynomial(LANCZOS_BELOW, size);
  const right = Math.log(quotient) - g + (size - 0.5) * (Math.log(size + g - 0.5) - 1);
  if (!(x < 0)) return right;
  const sine = Math.abs(sinpi(size % 2));
  return Math.log(Math.PI) - Math.log(sine) - Math.log(size) - right;
}

// sin(pi x) for 0 <= x < 2, up to its sign.
function sinpi(x) {
  const rest = x % 1;
  return rest > 0.25 && rest < 0.75
    ? Math.cos(Math.PI * (rest - 0.5))
    : Math.sin(Math.PI * Math.min(rest, 1 - rest));
}

const BERNOULLI = [
  1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
  43867 / 798,
];

// The power series of digamma about its root, which is known in two parts.
const DIGAMMA_ROOT = [1.4616321449683622, 9.549995429965697e-17];

const DIGAMMA_TAYLOR = [
  0.9676722454476212,
  -0.4427631689835921,
  0.258499760955651,
  -0.16394270544240652,
  0.10782405069126237,
  -0.07219956125645471,
  0.04880428816414311,
  -0.03316112647484736,
  0.022597648232218104,
  -0.01542476590494896,
  0.010538791616612175,
  -0.007204534386356869,
  0.004926781395729853,
  -0.003369801655439328,
  0.002305126326734928,
  -0.0015769367714301972,
  0.0010788252019162967,
  -0.0007380709389960052,
  0.000504953265834602,
  -0.0003454680251063077,
  0.00023635601564027053,
  -0.00016170622091974803,
  0.0001106337276874741,
  -7.569179582195066e-05,
];

function digammaBesideRoot(x) {
  const off = x - DIGAMMA_ROOT[0] - DIGAMMA_ROOT[1];
  return DIGAMMA_TAYLOR.reduceRight((y, weight) => y * off + weight, 0) * off;
}

function digamma(x) {
  if (x > 1.2 && x < 1.7) return digammaBesideRoot(x);
  if (x === Infinity) return x;
  if (x === 0) return copysign(Infinity, -x);
  if (x <= 0 && x === Math.floor(x)) return NaN;
  if (x < 0) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x % 1));
  let shift = 0;
  for (; x < 12; x++) shift += 1 / x;
  const square = 1 / (x * x);
  const series = BERNOULLI.reduceRight(
    (total, b, i) => (total + b / (2 * i + 2)) * square,
    0,
  );
  return Math.log(x) - 0.5 / x - series - shift;
}

function polygamma(n, x) {
  if (n === 0) return digamma(x);
  if (!(n > 0 && n <= 170) || n !== Math.floor(n) || x === -Infinity) return NaN;
  if (x <= 0) return polygammaBelow(n, x);
  let tail = 0;
  for (; x < 12 + n; x++) tail += factorialByPower(n + 1, x);
  const series = BERNOULLI.reduceRight((total, b, i) => {
    let term = b; // times (2k+n-1)! / (2k)! / (n-1)! / x^2k, for k = i + 1
    for (let j = 1; j <= 2 * i + 2; j++) term *= (n - 1 + j) / j / x;
    return total + term;
  }, 0);
  const size = tail + factorialByPower(n, x) * (1 + (0.5 * n) / x + series);
  return n % 2 ? size : -size;
}

// (n-1)! / x^n, though either alone may leave the range of floats.
function factorialByPower(n, x) {
  let product = 1;
  for (let k = 1; k < n; k++) product *= k / x;
  return product / x;
}

// psi_n(x) = (-1)^n psi_n(1 - x) - pi d^n cot(pi x) / dx^n, a polynomial in cot.
function polygammaBelow(n, x) {
  if (x === Math.floor(x) || x * x === 0)
    return n % 2 ? Infinity : x * x === 0 ? copysign(Infinity, -x) : NaN;
  let powers = [0, Math.PI]; // of c = cot(pi x), lowest first; c' = -pi (1 + c^2)
  for (let k = 0; k < n; k++) {
    const next = new Array(powers.length + 1).fill(0);
    for (let i = 1; i < powers.length; i++) {
      next[i - 1] -= Math.PI * i * powers[i];
      next[i + 1] -= Math.PI * i * powers[i];
    }
    powers = next;
  }
  const cot = 1 / Math.tan(Math.PI * (x % 1));
  const turned = powers.reduceRight((total, a) => total * cot + a, 0);
  return (n % 2 ? -1 : 1) * polygamma(n, 1 - x) - turned;
}

// The rule for as many operands as it is given.
function counted(rules) {
  return (y, ...xs) => rules[xs.length](y, ...xs);
}
