"""What a language is to a printer: how it writes numbers, operations, steps, functions.

A `Language` spells an operation of the table by an operator that means the same on
floats, or as its tables say: `own` what is written for it, `library` what it has already,
and `absent` what it lacks, with the reason. A test asks each language for all the table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from dendrograd.op import Op
from dendrograd.ops import OPS

__all__ = [
    "ATOM",
    "LOOSE",
    "PRECEDENCE",
    "UNARY",
    "Body",
    "Call",
    "Infix",
    "Inline",
    "Language",
    "Spelling",
    "Text",
]

ATOM, UNARY, PRODUCT, TERM, LOOSE = 4, 3, 2, 1, 0
PRECEDENCE = {"+": TERM, "-": TERM} | dict.fromkeys(("*", "/", "//", "%"), PRODUCT)


class Text(NamedTuple):
    """An expression, and how tightly its outermost operator binds."""

    text: str
    level: int = ATOM

    def inside(self, level: int) -> str:
        """Return the text as an operand of an operator of some level."""
        return self.text if self.level >= level else f"({self.text})"


class Infix(NamedTuple):
    """An operator between two operands, or before one."""

    symbol: str

    def of(self, operands: Sequence[Text]) -> Text:
        if len(operands) == 1:  # -(-x), since --x counts down in C and in JavaScript
            return Text(self.symbol + operands[0].inside(ATOM), UNARY)
        level = PRECEDENCE[self.symbol]
        left, right = operands[0].inside(level), operands[1].inside(level + 1)
        return Text(f"{left} {self.symbol} {right}", level)


class Call(NamedTuple):
    """A function of the operands."""

    function: str

    def of(self, operands: Sequence[Text]) -> Text:
        return Text(f"{self.function}({', '.join([x.text for x in operands])})")


class Inline(NamedTuple):
    """An expression with a place {} for each operand, which binds at least so tightly."""

    text: str
    level: int = ATOM

    def of(self, operands: Sequence[Text]) -> Text:
        return Text(self.text.format(*[x.inside(self.level) for x in operands]), LOOSE)


class Body(NamedTuple):
    """Statements that return the result: the body of a function, which is then called."""

    text: str


Spelling = Infix | Call | Inline | Body


class Language(ABC):
    """A language that programs are printed in.

    >>> from dendrograd.languages.c import C
    >>> from dendrograd.ops import mul, tanh
    >>> C().spelling(mul), C().spelling(tanh), C().statement("t0", "a * b")
    (Infix(symbol='*'), Call(function='tanh'), 'const double t0 = a * b;')
    """

    operators: Collection[str] = frozenset("+-*/")
    own: Mapping[str, Spelling] = {}
    library: Mapping[str, Spelling] = {}
    absent: Mapping[str, str] = {}
    signed = LOOSE  # how tightly a minus binds to the digits of a number
    step: str  # the statement that gives a name to an expression
    head: str  # what a function begins with, for its name and its parameters
    tab, end = "    ", ""

    @abstractmethod
    def number(self, x: Any) -> str:
        """Return a number as it is written."""

    def constant(self, x: Any) -> Text:
        """Return a number as an operand."""
        text = self.number(x)
        return Text(text, self.signed if text.startswith("-") else ATOM)

    def statement(self, name: str, text: str) -> str:
        """Return the statement that gives a name to an expression."""
        return self.step.format(name, text)

    def function(
        self, name: str, parameters: Sequence[str], lines: Sequence[str]
    ) -> str:
        """Return a function of statements, the last of which returns."""
        head = self.head.format(name, ", ".join(parameters))
        return "\n".join([head, *[self.tab + line for line in lines]]) + self.end

    @classmethod
    def has_operator(cls, op: Op) -> bool:
        """Return whether an operation is written with an operator, not as a call."""
        return op.symbol in cls.operators and OPS.get(op.name) is op

    @classmethod
    def knows(cls, op: Op) -> bool:
        """Return whether it is an operation of the table that the language has."""
        return OPS.get(op.name) is op and op.name not in cls.absent

    def spelling(self, op: Op) -> Spelling:
        """Return how an operation is written.

        Raises LookupError, with the reason, where the language lacks it.
        """
        if self.has_operator(op):
            return Infix(op.symbol)
        found = self.own.get(op.name) or self.library.get(op.name)
        if found and self.knows(op):
            return found
        why = self.absent.get(op.name) or (
            "it is no operation of the table (ask knows(op) first), or needs a line in "
            "OWN, or in ABSENT with the reason"
        )
        raise LookupError(f"{op.name} has no spelling in {type(self).__name__}: {why}")

    def apply(self, op: Op, operands: Sequence[Text]) -> Text:
        """Return an operation on expressions; one that has a body is called by name."""
        spelling = self.spelling(op)
        if isinstance(spelling, Body):
            spelling = Call(f"primal_{op.name}")
        return spelling.of(operands)
