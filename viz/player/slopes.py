"""How a local derivative comes about, as arithmetic that a person can follow.

The formula is the operation's rule in the table, as a textbook writes it, with the
numbers of the picture put in: that of tanh at 1.5 is 1 − 0.9051² = 0.1807. It is told
only where what is printed gives the derivative that the engine found.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from dendrograd.errors import TraceError
from dendrograd.languages.language import ATOM, UNARY, Spelling, Text
from dendrograd.languages.python import Python
from dendrograd.op import Op, Real
from dendrograd.printing import printed
from dendrograd.program import record
from dendrograd.viz.text import num

__all__ = ["Formula", "Number", "carried", "formula", "passed"]

MOST = 64  # operands of an operation whose formula is looked at
DIGITS = range(4, 18)
SIGN = re.compile(r"(?<!\*)\*(?!\*)")  # of a product
WHOLE = re.compile(r"\b([123])\.0\b")
RAISED = {"1.0": "", "2.0": "²", "3.0": "³"}
PLACE = re.compile(r"_(\d+)_")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text, by its place in the picture.

    kind     "data" or "grad" of a box; "local" or "term" of an arrow, which is what it
             contributes; "before" and "after" are the gradient that an arrow adds to;
             "passed" and "carried" are "local" in words
    of       the id of the box, or the index of the arrow
    guarded  whether it stands in parentheses if it is negative
    """

    kind: str
    of: int
    guarded: bool = False


Operand = Number | str


@dataclass(frozen=True, slots=True)
class Formula:
    """The arithmetic of one local derivative, with the numbers left open.

    arrow    the index of the arrow whose derivative it is
    op       the operation
    slot     by which of its operands
    parts    text, and the places of numbers among `numbers`, ~place where a negative
             one stands in parentheses
    numbers  the result and the operands, those that are plain as they are written
    """

    arrow: int
    op: Op = field(repr=False)
    slot: int
    parts: tuple[str | int, ...]
    numbers: tuple[Operand, ...] = ()

    def at(self, arrow: int, numbers: Sequence[Operand]) -> Formula:
        """Return the formula of one arrow."""
        return replace(self, arrow=arrow, numbers=tuple(numbers))

    @property
    def constant(self) -> str:
        """The one number that it is, as of a sum; "" if it depends on others."""
        (first, *more) = self.parts
        return first if isinstance(first, str) and not more else ""

    @property
    def only(self) -> int | None:
        """The one place that it consists of, as of a product."""
        (first, *more) = self.parts
        return None if more or isinstance(first, str) else first

    def text(self, value: Callable[[Number], float]) -> str:
        """Return ": 1 − 0.9051² = 0.1807", with as many digits as it takes."""
        local = value(Number("local", self.arrow))
        for digits in DIGITS:
            shown = [
                x if isinstance(x, str) else num(value(x), digits) for x in self.numbers
            ]
            given = [Real(read(text)) for text in shown]
            slopes = (self.op.slopes or self.op.partials)(*given)
            if alike(float(slopes[self.slot]), local):
                written = [
                    p if isinstance(p, str) else put(shown, p) for p in self.parts
                ]
                return f": {''.join(written)} = {num(local)}"
        return f", its slope here being {num(local)}"


def alike(a: float, b: float) -> bool:
    """Return whether two numbers differ by no more than what four digits hide."""
    return a == b or abs(a - b) <= 1e-3 * abs(b) < math.inf


def put(shown: Sequence[str], place: int) -> str:
    """Return a number at its place, in parentheses where that is needed."""
    text = shown[place if place >= 0 else ~place]
    return f"({text})" if place < 0 and text.startswith("−") else text


def read(text: str) -> float:
    """Return the number that a reader sees."""
    return float(text.replace("−", "-").replace("∞", "inf"))


def passed(local: float) -> str:
    """Return in words what becomes of a gradient that is multiplied by a number.

    >>> passed(0.18), passed(0.0), passed(-2.0)
    ('lets 18% through', 'lets nothing through', 'multiplies by −2')
    """
    if local == 0.0:
        return "lets nothing through"
    if local == 1.0:
        return "lets everything through"
    share = num(100.0 * local, 3)
    if 0.0 < local < 1.0:
        return f"lets {share}% through"
    return f"multiplies by {num(local)}"


def carried(local: float) -> str:
    """Return in words how a gradient arrives that is multiplied by 1 or by -1.

    >>> carried(1.0), carried(-1.0), carried(2.0)
    ('as it is', 'with the opposite sign', '2 times')
    """
    if abs(local) == 1.0:
        return "as it is" if local > 0.0 else "with the opposite sign"
    return f"{num(local)} times"


class Power(NamedTuple):
    """A power: x², or x ** y."""

    def of(self, operands: Sequence[Text]) -> Text:
        base, exponent = operands[0].inside(ATOM), operands[1].inside(UNARY)
        raised = RAISED.get(exponent)
        if raised is None:
            return Text(f"{base} ** {exponent}", UNARY)
        return Text(base + raised)


class Arithmetic(Python):
    """Arithmetic on paper: numbers of few digits, and squares."""

    signed = UNARY

    def number(self, x: Any) -> str:
        return repr(x) if repr(x) in RAISED else num(x).replace("−", "-")

    def spelling(self, op: Op) -> Spelling:
        power = op.infix and not self.has_operator(op)
        return Power() if power else super().spelling(op)  # type: ignore[return-value]


@lru_cache(1_000)
def formula(op: Op, plain: tuple[float | None, ...], slot: int) -> Formula | None:
    """Return the derivative of an operation by one of its operands; None if it has none.

    `plain` has the operands that are numbers, and None for each that is a box. An
    operation that chooses, as max does, has no formula, but a number in each case.
    """
    chooses = op.decides and not op.slopes
    if len(plain) > MOST or slot in op.constant or chooses:
        return None
    rule = op.slopes or op.partials

    def slope(y: Any, *given: Any) -> Any:
        left = iter(given)
        return rule(y, *[next(left) if x is None else x for x in plain])[slot]

    places = [0, *[i for i, x in enumerate(plain, 1) if x is None]]
    try:
        program = record(slope, len(places))
    except (TraceError, TypeError, ValueError):  # a user's own operation
        return None
    names = [f"_{i}_" for i in places]
    text = printed(program, names, Arithmetic()).outputs[0]
    text = WHOLE.sub(r"\1", SIGN.sub("×", text).replace("-", "−"))
    parts, end = list[str | int](), 0
    for place in PLACE.finditer(text):
        before, after = text[end : place.start()], text[place.end() :]
        base = after.startswith(("²", "³", " **")) or before.endswith("−")
        number = int(place[1])
        parts += [before] * bool(before) + [~number if base else number]
        end = place.end()
    parts += [text[end:]] * bool(text[end:])
    return Formula(-1, op, slot, tuple(parts))
