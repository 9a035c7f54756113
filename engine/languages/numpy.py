"""NumPy: operations of the table on whole arrays, where those have the bits of Python.

IEEE 754 leaves no choice in + - * / and sqrt, nor where a number is picked, rounded to a
whole one or given another sign. For all else NumPy may use an approximation of its own,
with SIMD instructions, so those operations are absent; so is a new row of the table,
until it gets a line in OWN.
"""

from __future__ import annotations

import math
from typing import Any

from dendrograd.op import Op
from dendrograd.ops import OPS

from .language import Body, Call, Inline, Language, Spelling, Text

__all__ = ["ABSENT", "OWN", "NumPy", "function"]

# A body is of the operands x, or a, b, or of an array x whose rows are the operands.
# accumulate adds from left to right, where np.sum would add in pairs.
OWN: dict[str, Spelling] = {
    "sqrt": Call("np.sqrt"),
    "relu": Body("return np.where((x > 0.0) | (x != x), x, 0.0)"),
    "abs": Call("np.abs"),
    "sign": Call("np.sign"),
    "step": Body("return np.where(x > 0.0, 1.0, np.where(x <= 0.0, 0.0, np.nan))"),
    "compare": Body("""\
order = np.where(a < b, -1.0, np.where(a == b, 0.0, np.nan))
return np.where(a > b, 1.0, order)"""),
    "floor": Call("np.floor"),
    "ceil": Call("np.ceil"),
    "trunc": Call("np.trunc"),
    "maximum": Body("""\
larger = np.where((a > b) | (a != a), a, b)
return np.where((a == 0.0) & (b == 0.0), a + b, larger)"""),
    "minimum": Body("""\
smaller = np.where((a < b) | (a != a), a, b)
return np.where((a == 0.0) & (b == 0.0), -(-a - b), smaller)"""),
    "where": Inline("np.where({} != 0.0, {}, {})"),
    "sum": Body("return np.add.accumulate(np.insert(x, 0, 0.0, axis=0))[-1]"),
    "dot": Body("""\
right = x[len(x) // 2 : -1]
terms = x[: len(right)] * right
return np.add.accumulate(np.insert(terms, 0, x[-1], axis=0))[-1]"""),
}
OPERATORS = frozenset("+-*/")
OTHER = "NumPy may compute it with other bits than Python does"
ABSENT = {
    name: OTHER
    for name, op in OPS.items()
    if name not in OWN and op.symbol not in OPERATORS
}


class NumPy(Language):
    """Python text of arrays, for which np is NumPy.

    >>> from dendrograd.ops import OPS
    >>> NumPy().apply(OPS["where"], [Text("c"), Text("a"), Text("b")]).text
    'np.where(c != 0.0, a, b)'
    """

    operators, own, absent = OPERATORS, OWN, ABSENT
    step, head = "{} = {}", "def {}({}):"

    def number(self, x: Any) -> str:
        return repr(x) if math.isfinite(x) else f"{'-' * (x < 0)}np.{abs(x)}"


def function(op: Op) -> str:
    """Return the function of arrays that computes an operation, as text.

    Raises LookupError, with the reason, where NumPy is not known to have its bits.

    >>> from dendrograd.ops import OPS
    >>> print(function(OPS["mul"]))
    def primal_mul(a, b):
        return a * b
    """
    one = op.variadic or len(op.domain) == 1
    names = ["x"] if one else list("abc"[: len(op.domain)])
    spelling = NumPy().spelling(op)
    if isinstance(spelling, Body):
        lines = spelling.text.splitlines()
    else:
        lines = [f"return {spelling.of([Text(name) for name in names]).text}"]
    return NumPy().function(f"primal_{op.name}", names, lines)
