"""C: every operation of the table as text that has the bits of the engine's floats.

Python's math wraps the functions of C's library under the same names, and where it
raises, the library has the result of IEEE 754, which is the table's too. So an operation
is written by its name; one that C's library lacks, or that is an operator there, has a
line of its own; and one that Python computes by its own algorithm is left to Python.
The text of the rules is recorded from the table and printed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dendrograd.op import Op
from dendrograd.rules import formulas
from dendrograd.special import Constant

from .language import Body, Call, Inline, Language, Spelling, Text

__all__ = ["ABSENT", "OWN", "C", "body", "names", "origin"]

# A body is of the operands x, or a, b, or a, b, c, or of an array x of n numbers.
# EXACT(f) is what a compiler has for f without a call.
OWN: dict[str, Spelling] = {
    "floordiv": Body("""\
if (b == 0.0)
    return a / b;
double rest = fmod(a, b), quotient = (a - rest) / b; /* as float.__floordiv__ */
if (rest != 0.0 && (b < 0.0) != (rest < 0.0))
    quotient -= 1.0;
if (quotient == 0.0)
    return copysign(0.0, a / b);
double whole = floor(quotient);
return quotient - whole > 0.5 ? whole + 1.0 : whole;"""),
    "mod": Body("""\
double rest = fmod(a, b); /* as float.__mod__ */
if (rest == 0.0)
    return copysign(0.0, b);
return (b < 0.0) != (rest < 0.0) ? rest + b : rest;"""),
    "sqrt": Call("EXACT(sqrt)"),
    "sech": Inline("1.0 / cosh({})"),
    "sigmoid": Body("""\
if (x >= 0.0)
    return 1.0 / (1.0 + exp(-x));
double small = exp(x);
return small / (1.0 + small);"""),
    "softplus": Body("return primal_relu(x) + log1p(exp(-EXACT(fabs)(x)));"),
    "relu": Body("return x > 0.0 || x != x ? x : 0.0;"),
    "ndtr": Inline("0.5 * erfc(-{} * EXACT(sqrt)(0.5))"),
    "abs": Call("EXACT(fabs)"),
    "sign": Inline("primal_compare({}, 0.0)"),
    "step": Body("return x > 0.0 ? 1.0 : x <= 0.0 ? 0.0 : NAN;"),
    "compare": Body("return a > b ? 1.0 : a < b ? -1.0 : a == b ? 0.0 : NAN;"),
    "maximum": Body("""\
if (a == 0.0 && b == 0.0)
    return a + b;
return a > b || a != a ? a : b;"""),
    "minimum": Body("""\
if (a == 0.0 && b == 0.0)
    return -(-a - b);
return a < b || a != a ? a : b;"""),
    "where": Inline("{} != 0.0 ? {} : {}"),
    "xlogy": Body("return a == 0.0 && b == b ? 0.0 : a * log(b);"),
    "logaddexp": Body("return primal_logsumexp((const double[]){a, b}, 2);"),
    "logsumexp": Body("""\
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
return top + log1p(others);"""),
    "sum": Body("""\
double total = 0.0;
for (Py_ssize_t i = 0; i < n; i++)
    total += x[i];
return total;"""),
    "dot": Body("""\
const Py_ssize_t half = n / 2;
double total = x[n - 1];
for (Py_ssize_t i = 0; i < half && half + i < n - 1; i++)
    total += x[i] * x[half + i];
return total;"""),
}
LIBRARY = {name: Call(name) for name in dir(math)}
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


class C(Language):
    """C text, in which a number is hexadecimal, which every compiler reads exactly.

    A spelling that is an expression stands in place, so that C chooses before it
    computes the two sides of `where`; of one that is a body, the primal is called.
    Names of functions and parameters come with their types.
    """

    own, library, absent = OWN, LIBRARY, ABSENT
    step = "const double {} = {};"
    head, end = "static inline {}({})\n{{", "\n}\n"  # not warned of if it is not used

    def number(self, x: float) -> str:
        if not math.isfinite(x):
            return "NAN" if x != x else "INFINITY" if x > 0.0 else "-INFINITY"
        digits, exponent = float.hex(x).split("p")
        meaning = f" /* {x.formula} */" if isinstance(x, Constant) else ""
        return f"{digits.rstrip('0').rstrip('.')}p{exponent}{meaning}"

    def apply(self, op: Op, operands: Sequence[Text]) -> Text:
        if op.variadic:  # of an array and its length
            array = f"(const double[]){{{', '.join([x.text for x in operands])}}}"
            operands = [Text(array), Text(str(len(operands)))]
        return super().apply(op, operands)


def names(op: Op) -> list[str]:
    """Return what the operands of an operation are called; x and n of an array."""
    if op.variadic:
        return ["x", "n"]
    return ["x"] if len(op.domain) == 1 else list("abc"[: len(op.domain)])


def body(op: Op) -> list[str]:
    """Return the statements that compute a primal.

    Raises LookupError, with the reason, where C lacks the operation.

    >>> from dendrograd.ops import OPS
    >>> body(OPS["tanh"]), body(OPS["mul"])
    (['return tanh(x);'], ['return a * b;'])
    """
    spelling = C().spelling(op)
    if isinstance(spelling, Body):
        return spelling.text.splitlines()
    return [f"return {spelling.of([Text(name) for name in names(op)]).text};"]


def origin(op: Op) -> str:
    """Return what the C of an operation is made from: its name, rule and body.

    It is compiled into the native twin, so that one built from another table is noticed.

    >>> from dendrograd.ops import OPS
    >>> print(origin(OPS["div"]))
    div
    1.0 / b, -y / b
    return a / b;
    """
    count = 3 if op.variadic else len(op.domain)
    rule = ", ".join(formulas(op, list("abcdefgh"[:count])))
    try:
        text = "\n".join(body(op))
    except LookupError:  # Python computes it, or a new row lacks its line as yet
        text = ""
    return f"{op.name}\n{rule}\n{text}"
