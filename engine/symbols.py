"""Reading a derivative rule as text: run `partials` on symbols and see what it does.

A Symbol stands for "any number". It answers operators and table operations with a
larger Symbol and refuses all else, so a rule that calls `math.` or branches is found.
The text serves the docs, and `slopes` turns it back into float code that computes only
the partials that a node needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from .errors import TraceError
from .op import Op, install_operators
from .ops import OPS

__all__ = ["Symbol", "ensure_traceable", "formulas", "slopes"]

ATOM, UNARY, PRODUCT, TERM = 4, 3, 2, 1
PRECEDENCE = {"+": TERM, "-": TERM} | dict.fromkeys(("*", "/", "//", "%"), PRODUCT)


class Symbol:
    """An expression known by its Python text.

    >>> x = Symbol("x")
    >>> OPS["tanh"].partials(Symbol("y"), x)
    (sech(x) * sech(x),)
    """

    def __init__(self, text: str, precedence: int = ATOM) -> None:
        self.text, self.precedence = text, precedence

    def _apply(self, op: Op, operands: tuple[Any, ...]) -> Symbol:
        if op.dunder in (None, "abs", "pow"):  # pow: its primal is not Python's **
            return Symbol(f"{op.name}({', '.join(map(_show, operands))})")
        if len(operands) == 1:
            return Symbol(op.symbol + _show(operands[0], UNARY), UNARY)
        level = PRECEDENCE[op.symbol]
        left, right = _show(operands[0], level), _show(operands[1], level + 1)
        return Symbol(f"{left} {op.symbol} {right}", level)

    def _refuse(self, *_: object) -> NoReturn:
        raise TraceError(
            f"partials: {self.text} left the table (a call such as math.cos, a "
            "comparison, an `if` or a float()); use operators, dendrograd's functions, "
            "and where() for a choice"
        )

    __bool__ = __float__ = __int__ = __index__ = __round__ = __len__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __iter__ = _refuse
    __eq__ = __ne__ = _refuse
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return self.text


install_operators(Symbol, OPS)


def _show(operand: Any, level: int = 0) -> str:
    if isinstance(operand, Symbol):
        return operand.text if operand.precedence >= level else f"({operand.text})"
    if not math.isfinite(operand):
        return f'float("{operand}")'
    return f"({operand!r})" if operand < 0.0 and level else repr(operand)


def formulas(op: Op, names: Sequence[str]) -> tuple[str, ...]:
    """Return the text of each partial, in the output `y` and the names of operands.

    Raises TraceError where the rule calls a foreign function or branches.

    >>> formulas(OPS["div"], ["a", "b"])
    ('1.0 / b', '-y / b')
    """
    try:
        found = op.partials(Symbol("y"), *map(Symbol, names))
    except TraceError as error:
        raise TraceError(f"{op.name}: {error}") from None
    except TypeError as error:  # a function of arrays, say, that no Symbol satisfies
        raise TraceError(f"{op.name}: its partials left the table: {error}") from None
    return tuple([_show(partial) for partial in found])


TRACED: WeakKeyDictionary[Op, set[int]] = WeakKeyDictionary()  # with how many operands


def ensure_traceable(op: Op, count: int) -> None:
    """Raise TraceError where an operation's rule cannot be differentiated again."""
    if op.module == OPS["add"].module:  # the table itself is tested
        return
    counts = TRACED.setdefault(op, set())
    if count not in counts:
        formulas(op, [f"x{i}" for i in range(count)])
        counts.add(count)


def slopes(op: Op, wanted: tuple[int, ...]) -> Callable[..., tuple[float, ...]]:
    """Return float code (y, *xs) -> the partials of the operands at `wanted` alone.

    The names in it mean primals, which may raise where IEEE 754 has a value; use
    `op.linearize` then. A rule that cannot be traced is called whole.
    """
    names = [f"x{i}" for i in range(len(op.domain))]
    try:
        found = formulas(op, names)
    except TraceError:
        return lambda *xs: tuple([op.partials(*xs)[i] for i in wanted])
    body = "".join([found[i] + ", " for i in wanted])
    primals = {name: entry.primal for name, entry in OPS.items()}
    code = f"lambda y, {', '.join(names)}: ({body})"
    function: Callable[..., tuple[float, ...]] = eval(code, primals)  # our own text
    return function
