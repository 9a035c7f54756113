"""A rule of any number of operands as loops of C, found from how it looks at a few sizes.

The rule is recorded at several sizes n. The expression of partial i is written relative
to i: the operand x[i] has offset 0, its neighbour 1. Neighbouring partials of the same
expression are a loop; an operation on all n of an expression is a loop and a reduction.
Then the bounds and the offsets of all sizes have to follow one formula in n.

    shares of logsumexp    out[i] = exp(x[i] - y) for all i; whole = sum(out, n);
                           out[i] = out[i] / whole for all i
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from dendrograd.op import Op
from dendrograd.program import Program
from dendrograd.rules import traced
from dendrograd.special import Constant

from .language import Language, Text

__all__ = ["loops"]

SIZES = range(3, 9)
Y, X, NUMBER, ALL, STEP = "y", "x", "number", "all", "step"  # kinds of expression
Expression = tuple[Any, ...]

# What a bound or an offset may be, up to a constant, in C and here
FORMULAS: dict[str, Callable[[int], int]] = {
    "": lambda n: 0,
    "n": lambda n: n,
    "n / 2": lambda n: n // 2,
    "(n - 1) / 2": lambda n: (n - 1) // 2,
    "-(n / 2)": lambda n: -(n // 2),
    "-((n - 1) / 2)": lambda n: -((n - 1) // 2),
}


def loops(op: Op, printer: Language) -> list[str]:
    """Return the statements that write the partials of n operands into `out`.

    Raises LookupError where the rule has no such form.
    """
    parts = agreed([segments(traced(op, n), n) for n in SIZES], op)
    lines: list[str] = []
    shown: dict[Expression, Text] = {}  # the reductions, and what `out` holds
    for _, expression in parts:
        for whole in reductions(expression):
            if whole not in shown:
                _, reduction, each = whole
                lines += loop("0", "n", text(each, shown, printer))
                shown = {e: t for e, t in shown.items() if e[0] == ALL}
                shown[each] = Text("out[i]")
                name = f"t{len(shown) - 1}"
                shown[whole] = Text(name)
                call = f"primal_{reduction.name}(out, n)"
                lines.append(printer.statement(name, call))
    start = "0"
    for stop, expression in parts:
        lines += loop(start, stop, text(expression, shown, printer))
        start = stop
    return lines


def loop(start: str, stop: str, value: Text) -> list[str]:
    head = f"for (Py_ssize_t i = {start}; i < {stop}; i++)"
    return [head, f"    out[i] = {value.text};"]


def segments(program: Program, n: int) -> list[tuple[int, Expression]]:
    """Return (end, expression) of each run of partials that have one expression."""

    @cache
    def seen(place: int, i: int) -> Expression:
        """Return what a place holds, as partial i sees it."""
        if place < 0:
            x = program.constants[~place]
            return NUMBER, float.hex(x), getattr(x, "formula", "")
        if place <= n:
            return (X, place - 1 - i) if place else (Y,)
        step = place - program.inputs
        op, places = program.ops[step], program.operands[step]
        if op.variadic and len(places) == n:
            each = {seen(p, j) for j, p in enumerate(places)}
            if len(each) == 1:
                return ALL, op, each.pop()
        return STEP, op, *[seen(p, i) for p in places]

    found = groupby(seen(place, i) for i, place in enumerate(program.outputs))
    ends, end = [], 0
    for expression, run in found:
        end += len(list(run))
        ends.append((end, expression))
    return ends


def agreed(versions: Sequence[Any], op: Op) -> Any:
    """Return what the versions of all sizes have in common, with numbers as formulas."""
    first = versions[0]
    if type(first) is int:
        return formula(versions, op)
    if isinstance(first, (tuple, list)) and {len(v) for v in versions} == {len(first)}:
        return type(first)([agreed(parts, op) for parts in zip(*versions, strict=True)])
    if any(v != first for v in versions):
        raise LookupError(f"{op.name}: its partials are no loops over its operands")
    return first


def formula(numbers: Sequence[int], op: Op) -> str:
    """Return the formula in n that gives a number of each size."""
    for shown, value in FORMULAS.items():
        rests = {x - value(n) for n, x in zip(SIZES, numbers, strict=True)}
        if len(rests) == 1:
            rest = rests.pop()
            more = f" {'+' if rest > 0 else '-'} {abs(rest)}" if rest else ""
            return shown + more if shown else str(rest)
    raise LookupError(
        f"{op.name}: {list(numbers)} is no known formula of {list(SIZES)}"
    )


def reductions(expression: Expression) -> list[Expression]:
    """Return the operations on all operands inside an expression, innermost first."""
    inner = [e for part in expression if type(part) is tuple for e in reductions(part)]
    return [*inner, expression] if expression[0] == ALL else inner


def text(
    expression: Expression, shown: dict[Expression, Text], printer: Language
) -> Text:
    """Return an expression in the loop variable i."""
    if expression in shown:
        return shown[expression]
    match expression:
        case ("y",):
            return Text("y")
        case ("x", offset):
            minus = offset.startswith("-")
            place = f"i - {offset[1:]}" if minus else f"i + {offset}"
            return Text("x[i]" if offset == "0" else f"x[{place}]")
        case ("number", digits, meaning):
            x = Constant(meaning) if meaning else float.fromhex(digits)
            return printer.constant(x)
        case _:
            _, op, *operands = expression
            return printer.apply(op, [text(e, shown, printer) for e in operands])
