"""The rule of an operation as a template: its partials at wanted operands, as steps.

A rule is recorded once for each operation, number of operands, choice of those that are
differentiated, and, where it computes anything, the bits of the constants among its
operands. What follows from these is computed here, exactly, and not at each call.
"""

from __future__ import annotations

import struct
from functools import cache
from math import inf, isfinite, nan
from typing import Any

from dendrograd.errors import TraceError
from dendrograd.op import Op
from dendrograd.ops import OPS, add, mul, pow, step, sub, where
from dendrograd.ops import abs as absolute
from dendrograd.program import Places, Program
from dendrograd.rules import traced

__all__ = ["LIMITS", "Folding", "bits", "template"]


LIMITS = (inf, -inf, nan)


def bits(x: float) -> bytes:
    """Return what tells 0.0 from -0.0, and is equal for equal nans."""
    return struct.pack("d", x)


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
    ours = OPS.get(op.name) is op  # others may be made anew at each recording
    return (_kept if ours else _made)(op, arity, wanted, known)


@cache
def _kept(
    op: Op, arity: int, wanted: Places, known: tuple[tuple[int, bytes], ...]
) -> Program:
    return _made(op, arity, wanted, known)


def _made(
    op: Op, arity: int, wanted: Places, known: tuple[tuple[int, bytes], ...]
) -> Program:
    """Make a template."""
    try:
        rule = traced(op, arity).live(wanted)
    except TraceError:  # a rule that is more than table operations: it is called back
        return _called_back(op, arity, wanted)
    numbers = {1 + i: struct.unpack("d", x)[0] for i, x in known}
    fold = Folding(rule.inputs, numbers)
    left = [i for i in range(1, arity + 1) if i not in numbers]
    if len(left) == 1 and OPS.get(op.name) is op:  # then y is a function of it
        fold.at[left[0]] = LIMITS
        operands = [[numbers.get(i, x) for i in range(1, arity + 1)] for x in LIMITS]
        fold.at[0] = tuple([op.evaluate(*xs) for xs in operands])
    return fold.folded(rule).shared()  # of one node: what it hands back is added later


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


class Folding:
    """A program that is being made, and what is known of its numbers.

    Each rewriting keeps every bit of the results. A choice whose condition is always 0,
    or never, for finite inputs becomes one branch, if that is right at the limits too:
    at infinities and nan, which are tried.
    """

    def __init__(self, inputs: int, numbers: dict[int, float]) -> None:
        self.made = Program(inputs)
        self.known: dict[int, float] = {}
        self.at: dict[int, tuple[float, ...]] = {}  # what a place holds at the limits
        self.place = {i: i for i in range(inputs)}
        for i, x in numbers.items():
            self.place[i] = self.constant(x)

    def folded(self, program: Program) -> Program:
        """Return a program of the same inputs with what is known folded in."""
        for i, x in enumerate(program.constants):
            self.place[~i] = self.constant(float(x))
        for slot, op, places in program.steps():
            self.place[slot] = self.step(op, tuple([self.place[i] for i in places]))
        self.made.outputs = [self.place[i] for i in program.outputs]
        return self.made.live()

    def constant(self, x: float) -> int:
        place = self.made.constant(x)
        self.known[place], self.at[place] = x, (x,) * len(LIMITS)
        return place

    def step(self, op: Op, places: Places) -> int:
        """Return the place of op(*places): one that is there, or that of a new step."""
        known = [self.known.get(i) for i in places]
        if None not in known:
            return self.constant(op.evaluate(*known))  # type: ignore[arg-type]
        if op is mul and 1.0 in known:
            return places[1 - known.index(1.0)]
        if op is pow and known[1] == 1.0:
            return places[0]
        if op is where:
            taken = self._taken(places[0])
            if taken is not None and self._right_at_limits(places, taken):
                return places[1] if taken else places[2]
        slot = self.made.add(op, places)
        if all(i in self.at for i in places):
            held = zip(*[self.at[i] for i in places], strict=True)
            self.at[slot] = tuple([op.evaluate(*xs) for xs in held])
        return slot

    def _taken(self, place: int) -> bool | None:
        """Return whether a condition holds for all finite inputs, or None if it depends."""
        if place in self.known:
            return bool(self.known[place])
        if self._is_zero(place):
            return False
        op, places = self._made(place)  # abs(x) + c with c > 0 is never 0
        rises = op is add and self._made(places[0])[0] is absolute
        return True if rises and self.known.get(places[1], 0.0) > 0.0 else None

    def _right_at_limits(self, places: Places, taken: bool) -> bool:
        if not all(i in self.at for i in places):
            return False
        condition, yes, no = [self.at[i] for i in places]
        chosen = [a if c else b for c, a, b in zip(condition, yes, no, strict=True)]
        return all(map(_alike, chosen, yes if taken else no))

    def _is_zero(self, place: int) -> bool:
        """Return whether a place holds 0 for all finite inputs."""
        if place in self.known:
            return self.known[place] == 0.0
        op, places = self._made(place)
        if op is where:
            return self._is_zero(places[1]) and self._is_zero(places[2])
        if op is not mul:
            return False
        a, b = places
        return (self._is_zero(a) and self._is_finite(b)) or (
            self._is_zero(b) and self._is_finite(a)
        )

    def _is_finite(self, place: int) -> bool:
        """Return whether a place holds a finite number for all finite inputs."""
        if place in self.known:
            return isfinite(self.known[place])
        op, places = self._made(place)
        if op is None:
            return place != 0  # an operand; y, the place 0, may be infinite
        return self._is_zero(place) or (op is step and self._is_number(places[0]))

    def _is_number(self, place: int) -> bool:
        """Return whether a place holds no nan for all finite inputs."""
        if self._is_finite(place):
            return True
        op, places = self._made(place)
        if op is mul:  # of finite numbers: it may leave the floats
            return all(map(self._is_finite, places))
        return (op is sub or op is add) and (
            (self._is_finite(places[0]) and self._is_number(places[1]))
            or (self._is_finite(places[1]) and self._is_number(places[0]))
        )

    def _made(self, place: int) -> tuple[Any, Places]:
        """Return the operation of a step and its operands; None of what is no step."""
        step = place - self.made.inputs
        return (
            (self.made.ops[step], self.made.operands[step]) if step >= 0 else (None, ())
        )


def _alike(x: float, y: float) -> bool:
    return bits(x) == bits(y) or (x != x and y != y)
