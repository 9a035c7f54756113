"""A program as text: each step printed by a `Printer` for some language.

`Python` prints the operators and calls of Python, with the parentheses they need.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .op import Op
from .ops import OPS
from .program import Program
from .special import Constant, where

__all__ = [
    "ATOM",
    "LOOSE",
    "UNARY",
    "Code",
    "Printed",
    "Printer",
    "Python",
    "Text",
    "code",
    "compiled",
    "has_operator",
    "printed",
]

ATOM, UNARY, PRODUCT, TERM, LOOSE = 4, 3, 2, 1, 0
PRECEDENCE = {"+": TERM, "-": TERM} | dict.fromkeys(("*", "/", "//", "%"), PRODUCT)


def has_operator(op: Op) -> bool:
    """Return whether Python writes an operation with an operator, not as a call."""
    return op.symbol in PRECEDENCE and OPS.get(op.name) is op


class Text(NamedTuple):
    """An expression, and how tightly its outermost operator binds."""

    text: str
    level: int = ATOM

    def inside(self, level: int) -> str:
        """Return the text as an operand of an operator of some level."""
        return self.text if self.level >= level else f"({self.text})"


class Printer(Protocol):
    """What prints the steps of a program in a language."""

    def constant(self, x: Any) -> Text:
        """Return a number."""
        ...

    def apply(self, op: Op, operands: Sequence[Text]) -> Text:
        """Return an operation on expressions."""
        ...


class Python:
    """Python text. `name` says what an operation is called; its own name, if not given.

    Operators stand where Python's means the operation on floats: `abs` is a function,
    and the `**` of floats raises where the table's `pow` has a value.
    """

    def __init__(self, name: Callable[[Op], str] = lambda op: op.name) -> None:
        self.name = name

    def constant(self, x: Any) -> Text:
        if not isinstance(x, float):
            return Text(repr(x))
        if not math.isfinite(x):
            return Text(f'float("{x}")')
        return Text(repr(x), ATOM if math.copysign(1.0, x) > 0.0 else LOOSE)

    def apply(self, op: Op, operands: Sequence[Text]) -> Text:
        if not has_operator(op):
            shown = ", ".join([operand.text for operand in operands])
            return Text(f"{self.name(op)}({shown})")
        if len(operands) == 1:
            return Text(op.symbol + operands[0].inside(UNARY), UNARY)
        level = PRECEDENCE[op.symbol]
        left, right = operands[0].inside(level), operands[1].inside(level + 1)
        return Text(f"{left} {op.symbol} {right}", level)


class Compiled(Python):
    """Python text in which a constant that is meant keeps its meaning, by a name."""

    def __init__(self, name: Callable[[Op], str], meant: Mapping[Any, str]) -> None:
        super().__init__(name)
        self.meant = meant

    def constant(self, x: Any) -> Text:
        return Text(self.meant[x]) if isinstance(x, Constant) else super().constant(x)

    def apply(self, op: Op, operands: Sequence[Text]) -> Text:
        """Return the text; of `where`, one that computes the branch that it takes alone."""
        if op.primal is not where:
            return super().apply(op, operands)
        c, a, b = [x.inside(LOOSE + 1) for x in operands]
        return Text(f"{a} if {c} else {b}", LOOSE)


class Printed(NamedTuple):
    """A program's text: (name, expression) of the steps that have one, and results."""

    lines: list[tuple[str, str]]
    outputs: list[str]


def printed(
    program: Program,
    names: Sequence[str],
    printer: Printer,
    named: str = "none",
    deepest: int = 50,
) -> Printed:
    """Return the text of a program whose inputs have names.

    `named` says which steps get a name t0, t1, ... of their own: "none", so that each
    output is one expression, "shared" those that are used twice, or "all". Of "shared"
    also a step that nests `deepest` others, since parsers give up: Python's at 200
    brackets.

    >>> from dendrograd.program import record
    >>> program = record(lambda a, b: (a - (b - 1.0)) * -a, 2)
    >>> printed(program, ["a", "b"], Python()).outputs
    ['(a - (b - 1.0)) * -a']
    """
    used = Counter(i for places in program.operands for i in places)
    used.update(program.outputs)
    shown: dict[int, Text] = {i: Text(name) for i, name in enumerate(names)}
    shown |= {~i: printer.constant(x) for i, x in enumerate(program.constants)}
    lines: list[tuple[str, str]] = []
    depth: dict[int, int] = {}  # of the expressions that have no name
    for slot, op, places in program.steps():
        text = printer.apply(op, [shown[i] for i in places])
        nested = 1 + max([depth.get(i, 0) for i in places], default=0)
        apart = used[slot] > 1 or nested >= deepest
        if named == "all" or (named == "shared" and apart):
            name = f"t{slot - program.inputs}"
            lines.append((name, text.text))
            text = Text(name)
        else:
            depth[slot] = nested
        shown[slot] = text
    return Printed(lines, [shown[i].text for i in program.outputs])


class Code(NamedTuple):
    """A program as Python: statements, an expression of each result, what they name."""

    lines: list[str]
    outputs: list[str]
    space: dict[str, Any]


def code(
    program: Program, names: Sequence[str], meaning: Callable[[Op], Any], mark: str = ""
) -> Code:
    """Return a program as Python text, and the names that have to be known to it.

    `meaning` says what is called for an operation. Where the table has an operator, the
    operator of Python is used, so the numbers have to obey it. The names of programs
    with different marks do not collide.
    """
    called = {
        op: f"{op.name.rpartition('.')[2]}_{mark}{i}"
        for i, op in enumerate(program.ops)
    }
    meant = {
        x: f"c{mark}{i}"
        for i, x in enumerate(program.constants)
        if isinstance(x, Constant)
    }
    text = printed(program, names, Compiled(called.__getitem__, meant), "shared")
    lines = [f"{name} = {line}" for name, line in text.lines]
    space: dict[str, Any] = {name: meaning(op) for op, name in called.items()}
    return Code(lines, text.outputs, space | {name: x for x, name in meant.items()})


def compiled(
    program: Program, names: Sequence[str], meaning: Callable[[Op], Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return a program as a Python function of its inputs, which returns a tuple.

    `meaning` says what is called for an operation, as in `code`.
    """
    lines, outputs, space = code(program, names, meaning)
    results = "".join([output + ", " for output in outputs])
    head = f"def function({', '.join(names)}):"
    body = [f"    {line}" for line in [*lines, f"return ({results})"]]
    exec("\n".join([head, *body]), space)  # noqa: S102  # our own text
    function: Callable[..., tuple[Any, ...]] = space["function"]
    return function
