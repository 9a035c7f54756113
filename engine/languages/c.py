"""C: every operation of the table as text that has the bits of the engine's floats.

Python's math wraps the functions of C's library under the same names, and where it
raises, the library has the result of IEEE 754, which is the table's too. So an operation
is written by its name; one that C's library lacks, or that is an operator there, has a
line of its own; and one that Python computes by its own algorithm is left to Python.
The text of the rules is recorded from the table and printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from dendrograd.op import Op
from dendrograd.printing import ATOM, LOOSE, UNARY, Python, Text
from dendrograd.rules import formulas
from dendrograd.special import Constant

__all__ = ["ABSENT", "OWN", "C", "body", "names", "origin", "spelled", "spelling"]

NAME = re.compile(r"\b[abcxn]\b")  # of an operand, in a spelling

# An expression of the operands x, or a, b, or a, b, c, or of an array x of n numbers;
# or statements that return one. EXACT(f) is what a compiler has for f without a call.
OWN: dict[str, str] = {
    "pos": "+x",
    "neg": "-x",
    "add": "a + b",
    "sub": "a - b",
    "mul": "a * b",
    "div": "a / b",
    "floordiv": """\
if (b == 0.0)
    return a / b;
double rest = fmod(a, b), quotient = (a - rest) / b; /* as float.__floordiv__ */
if (rest != 0.0 && (b < 0.0) != (rest < 0.0))
    quotient -= 1.0;
if (quotient == 0.0)
    return copysign(0.0, a / b);
double whole = floor(quotient);
return quotient - whole > 0.5 ? whole + 1.0 : whole;""",
    "mod": """\
double rest = fmod(a, b); /* as float.__mod__ */
if (rest == 0.0)
    return copysign(0.0, b);
return (b < 0.0) != (rest < 0.0) ? rest + b : rest;""",
    "sqrt": "EXACT(sqrt)(x)",
    "sech": "1.0 / cosh(x)",
    "sigmoid": """\
if (x >= 0.0)
    return 1.0 / (1.0 + exp(-x));
double small = exp(x);
return small / (1.0 + small);""",
    "softplus": "primal_relu(x) + log1p(exp(-EXACT(fabs)(x)))",
    "relu": "x > 0.0 || x != x ? x : 0.0",
    "ndtr": "0.5 * erfc(-x * EXACT(sqrt)(0.5))",
    "abs": "EXACT(fabs)(x)",
    "sign": "primal_compare(x, 0.0)",
    "step": "x > 0.0 ? 1.0 : x <= 0.0 ? 0.0 : NAN",
    "compare": "a > b ? 1.0 : a < b ? -1.0 : a == b ? 0.0 : NAN",
    "maximum": """\
if (a == 0.0 && b == 0.0)
    return a + b;
return a > b || a != a ? a : b;""",
    "minimum": """\
if (a == 0.0 && b == 0.0)
    return -(-a - b);
return a < b || a != a ? a : b;""",
    "where": "a != 0.0 ? b : c",
    "logaddexp": "primal_logsumexp((const double[]){a, b}, 2)",
    "logsumexp": """\
double top = -INFINITY, others = 0.0;
for (Py_ssize_t i = 0; i < n; i++)
    top = primal_maximum(top, x[i]);
if (!isfinite(top))
    return top;
Py_ssize_t at = 0;
while (x[at] != top)
    at++;
for (Py_ssize_t i = 0; i < n; i++)
    if (i != at)
        others += exp(x[i] - top);
return top + log1p(others);""",
    "sum": """\
double total = 0.0;
for (Py_ssize_t i = 0; i < n; i++)
    total += x[i];
return total;""",
    "dot": """\
const Py_ssize_t half = n / 2;
double total = x[n - 1];
for (Py_ssize_t i = 0; i < half && half + i < n - 1; i++)
    total += x[i] * x[half + i];
return total;""",
}
ALGORITHM = "Python has an algorithm of its own, which changes with its version"
LONG = "it is a long computation in special.py"
ABSENT: dict[str, str] = {
    "hypot": ALGORITHM,
    "norm": ALGORITHM,
    "direction": "it is made of hypot",
    "lgamma": ALGORITHM,
    "erfinv": LONG,
    "digamma": LONG,
    "polygamma": LONG,
}


def spelled(op: Op) -> bool:
    """Return whether C has the primal of an operation of the table, bit for bit.

    Raises LookupError for one that has neither a spelling nor a reason for its absence.
    """
    known = op.name in OWN or hasattr(math, op.name) or op.name in ABSENT
    if not known:
        raise LookupError(
            f"{op.name} has no spelling in C: give it a line in OWN, or say in ABSENT "
            "why Python computes it"
        )
    return op.name not in ABSENT


def names(op: Op) -> list[str]:
    """Return what the operands of an operation are called; x and n of an array."""
    if op.variadic:
        return ["x", "n"]
    return ["x"] if len(op.domain) == 1 else list("abc"[: len(op.domain)])


def spelling(op: Op) -> str:
    """Return an expression of the operands, or statements that return one.

    >>> from dendrograd.ops import OPS
    >>> spelling(OPS["tanh"]), spelling(OPS["mul"])
    ('tanh(x)', 'a * b')
    """
    return OWN.get(op.name) or f"{op.name}({', '.join(names(op))})"


def body(op: Op) -> list[str]:
    """Return the statements that compute a primal."""
    text = spelling(op)
    return text.splitlines() if "return" in text else [f"return {text};"]


def origin(op: Op) -> str:
    """Return what the C of an operation is made from: its name, rule and spelling.

    It is compiled into the native twin, so that one built from another table is noticed.

    >>> from dendrograd.ops import OPS
    >>> print(origin(OPS["div"]))
    div
    1.0 / b, -y / b
    a / b
    """
    count = 3 if op.variadic else len(op.domain)
    rule = ", ".join(formulas(op, list("abcdefgh"[:count])))
    return f"{op.name}\n{rule}\n{'' if op.name in ABSENT else spelling(op)}"


class C(Python):
    """C text, in which a number is hexadecimal, which every compiler reads exactly.

    A spelling that names each operand once stands in place, so that C chooses before it
    computes the two sides of `where`; of any other, the primal is called.
    """

    def constant(self, x: float) -> Text:
        if not math.isfinite(x):
            name = "NAN" if x != x else "INFINITY" if x > 0.0 else "-INFINITY"
            return Text(name, LOOSE if x < 0.0 else ATOM)
        digits, exponent = float.hex(x).split("p")
        meaning = f" /* {x.formula} */" if isinstance(x, Constant) else ""
        text = f"{digits.rstrip('0').rstrip('.')}p{exponent}{meaning}"
        return Text(text, LOOSE if text.startswith("-") else ATOM)

    def apply(self, op: Op, operands: Sequence[Text]) -> Text:
        text, named = spelling(op), names(op)
        if text == f"a {op.symbol} b":
            return super().apply(op, operands)  # with the parentheses that it needs
        function = text.removesuffix(f"({', '.join(named)})")
        if sorted(NAME.findall(text)) != named or op.variadic:
            function = f"primal_{op.name}"
        elif function == text or " " in function:
            inside = dict(zip(named, [x.inside(ATOM) for x in operands], strict=True))
            level = UNARY if text == f"{op.symbol}x" else LOOSE
            return Text(NAME.sub(lambda found: inside[found[0]], text), level)
        shown = ", ".join([operand.text for operand in operands])
        if op.variadic:
            shown = f"(const double[]){{{shown}}}, {len(operands)}"
        return Text(f"{function}({shown})")
