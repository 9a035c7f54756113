"""The rule of an operation as a template: its partials at wanted operands, as steps.

A rule is recorded once for each operation, number of operands, choice of those that are
differentiated, and, where it computes anything, the bits of the constants among its
operands. What follows from these is computed here, exactly, and not at each call.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from dendrograd.errors import TraceError
from dendrograd.op import Op
from dendrograd.ops import abs as absolute
from dendrograd.ops import add, mul, pow, sub, where
from dendrograd.program import Places, Program
from dendrograd.rules import traced

__all__ = ["bits", "template"]


def bits(x: float) -> bytes:
    """Return what tells 0.0 from -0.0, and is equal for equal nans."""
    return struct.pack("d", x)


@cache
def template(
    op: Op, arity: int, wanted: Places, known: tuple[tuple[int, bytes], ...] = ()
) -> Program:
    """Return (y, *operands) -> the partials at wanted operands.

    `known` are operands that are constants: their places, and their bits.

    >>> from dendrograd.ops import OPS
    >>> two = template(OPS["pow"], 2, (0,), ((1, bits(2.0)),))
    >>> [op.name for op in two.ops], two.constants
    (['mul'], [2.0])
    """
    try:
        rule = traced(op, arity).live(wanted)
    except TraceError:  # a rule that is more than table operations: it is called back
        return _called_back(op, arity, wanted)
    numbers = {1 + i: struct.unpack("d", x)[0] for i, x in known}
    return folded(rule, numbers)


def _called_back(op: Op, arity: int, wanted: Places) -> Program:
    program = Program(arity + 1)
    for i in wanted:
        partial = Op(
            f"{op.name}, partial {i}",
            lambda y, *xs, at=i: float(op.partials(y, *xs)[at]),
            op.partials,
            op.domain,
            variadic=True,
            module=__name__,
        )
        program.outputs.append(program.add(partial, tuple(range(arity + 1))))
    return program


def folded(program: Program, numbers: dict[int, float]) -> Program:
    """Return a program with some of its inputs known, and what follows from them.

    Each rewriting keeps every bit of the results.
    """
    fold = Folding(program.inputs)
    place = {i: i for i in range(program.inputs)}
    for i, x in [*numbers.items(), *((~i, x) for i, x in enumerate(program.constants))]:
        place[i] = fold.constant(float(x))
    for slot, op, places in program.steps():
        place[slot] = fold.step(op, tuple([place[i] for i in places]))
    fold.made.outputs = [place[i] for i in program.outputs]
    return fold.made.live()


class Folding:
    """A program that is being made, with what is known of its numbers."""

    def __init__(self, inputs: int) -> None:
        self.made = Program(inputs)
        self.known: dict[int, float] = {}

    def constant(self, x: float) -> int:
        place = self.made.constant(x)
        self.known[place] = x
        return place

    def step(self, op: Op, places: Places) -> int:
        """Return the place of op(*places): one that is there, or that of a new step."""
        known = [self.known.get(i) for i in places]
        if None not in known:
            return self.constant(op.evaluate(*known))  # type: ignore[arg-type]
        if op is where:
            taken = self._taken(places[0])
            if taken is not None:
                return places[1] if taken else places[2]
        if op is mul and 1.0 in known:
            return places[1 - known.index(1.0)]
        if op is pow and known[1] == 1.0:
            return places[0]
        return self.made.add(op, places)

    def _taken(self, place: int) -> bool | None:
        """Return whether a condition is true, or None where it depends on the inputs."""
        if place in self.known:
            return bool(self.known[place])
        if self._is_positive(place):
            return True
        return False if self._is_zero(place) else None

    def _is_positive(self, place: int) -> bool:
        """Return whether a step is abs(x) + c with c > 0: never 0, and a nan is true."""
        op, places = self._made(place)
        return (
            op is add
            and self._made(places[0])[0] is absolute
            and self.known.get(places[1], 0.0) > 0.0
        )

    def _is_zero(self, place: int) -> bool:
        """Return whether a step is where(x - x, 0, x * 0): 0 for finite x and for others."""
        op, places = self._made(place)
        if op is not where or self.known.get(places[1]) != 0.0:
            return False
        (minus, a), (times, b) = self._made(places[0]), self._made(places[2])
        return (
            minus is sub
            and a[0] == a[1]
            and times is mul
            and b[0] == a[0]
            and self.known.get(b[1]) == 0.0
        )

    def _made(self, place: int) -> tuple[Any, Places]:
        step = place - self.made.inputs
        return (
            (self.made.ops[step], self.made.operands[step]) if step >= 0 else (None, ())
        )
