"""A kind of number: the Taylor series of a function of t, computed as far as asked for.

The series of y = op(x) follows from the rule of the operation: y' = partial * x', whose
coefficients ask for those of the partials and of x of lower order alone. An operation on
the same operands is one series, which closes the circle of sin and cos, of tanh and sech:
their number does not grow with the order, so that order n costs about n**2. Only the four
operations and powers, whose own rules would ask for ever new powers, have their lines here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from dendrograd import ops
from dendrograd.errors import DendrogradError, OperandError
from dendrograd.number import number, ranked
from dendrograd.op import Op, install_operators
from dendrograd.program import Program
from dendrograd.rules import traced

__all__ = ["Series", "SeriesError", "World"]

WHOLE = 16.0  # powers up to which are products


class SeriesError(DendrogradError, ValueError):
    """A function has no Taylor series at a point: a kink or a pole."""


class World:
    """The series of one computation, each operation on the same operands once."""

    def __init__(self) -> None:
        self.known: dict[Any, Series] = {}

    def constant(self, x: float) -> Series:
        key = x, str(x)  # 0.0 is not -0.0
        if key not in self.known:
            self.known[key] = Constant(self, x)
        return self.known[key]

    def end(self) -> None:
        """Let the series go: sin and cos, say, refer to one another."""
        for series in self.known.values():
            series.forget()
        self.known.clear()


class Series:
    """A number that depends on t; `series[k]` is the coefficient of t**k.

    It is what a function is given by `taylor`. Operators and dendrograd's functions make
    further ones; comparisons, as in an `if`, go by the first coefficient.

    >>> from dendrograd import exp
    >>> from dendrograd.series import taylor
    >>> taylor(lambda x: exp(x) if x > 0 else 3 * x, -1.0, 2)
    [-3.0, 3.0, 0.0]
    """

    __slots__ = ("_c", "world")
    _rank = 4  # above a recording

    def __init__(self, world: World) -> None:
        self._c: list[float] = []
        self.world = world

    def __getitem__(self, k: int) -> float:
        c = self._c
        while len(c) <= k:
            c.append(self.next(len(c)))
        return c[k]

    def upto(self, k: int) -> list[float]:
        """Return the coefficients of 1, t, ..., t**k."""
        _ = self[k]
        return self._c[: k + 1]

    def next(self, k: int) -> float:
        """Return the coefficient of t**k; those before it are known."""
        raise NotImplementedError  # pragma: no cover  # each kind has its own

    def forget(self) -> None:
        """Let go of the series that it is made of."""

    @staticmethod
    def _apply(op: Op, operands: tuple[Any, ...]) -> Series:
        world = next(x.world for x in operands if isinstance(x, Series))
        xs = [_lifted(world, op, x) for x in operands]
        if op not in OWN and (op.kinks or op.crease) and op.decides:
            point = [x[0] for x in xs]
            if (op.crease or op.decides)(*point) == 0.0:
                shown = ", ".join([f"{x:.6g}" for x in point])
                raise SeriesError(
                    f"{op.name}({shown}): a kink, where there is no Taylor series; take a "
                    "point beside it"
                )
        return applied(op, *xs)

    def __bool__(self) -> bool:
        return bool(self[0])

    def __float__(self) -> NoReturn:
        raise OperandError(
            "float() of a Series keeps one coefficient of many; use dendrograd's "
            "functions on it, or series[0] for the number alone"
        )

    def __eq__(self, other: object) -> bool:
        return bool(self[0] == _first(other))

    def __ne__(self, other: object) -> bool:
        return bool(self[0] != _first(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self[0] < _first(other))

    def __le__(self, other: Any) -> bool:
        return bool(self[0] <= _first(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self[0] > _first(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self[0] >= _first(other))

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        terms = [f"{self[k]:.6g}" + (f" t^{k}" if k else "") for k in range(3)]
        return f"<series {' + '.join(terms)} + ...>"


install_operators(Series, ops.OPS)


def _first(x: Any) -> Any:
    return x[0] if isinstance(x, Series) else x


def _lifted(world: World, op: Op, x: Any) -> Series:
    """Return an operand as a series; raise for a number that has a gradient."""
    if isinstance(x, Series):
        return x
    if ranked(x) and not isinstance(x, float):
        raise OperandError(
            f"{op.name}: a {type(x).__name__} beside a Series, whose coefficients are "
            "floats; give its .data"
        )
    return world.constant(number(x, op.name))


class Constant(Series):
    """A number that does not depend on t."""

    __slots__ = ()

    def __init__(self, world: World, x: float) -> None:
        super().__init__(world)
        self._c.append(x)

    def next(self, k: int) -> float:
        return 0.0


class Line(Series):
    """x + t * direction: what a function is given."""

    __slots__ = ()

    def __init__(self, world: World, x: float, direction: float) -> None:
        super().__init__(world)
        self._c += [x, direction]

    def next(self, k: int) -> float:
        return 0.0


class Solution(Series):
    """The solution of y' = f(y): its own right-hand side says how it goes on."""

    __slots__ = ("slope",)

    def __init__(self, world: World, x: float) -> None:
        super().__init__(world)
        self._c.append(x)
        self.slope: Any = None

    def next(self, k: int) -> float:
        return self.slope[k - 1] / k  # type: ignore[no-any-return]

    def forget(self) -> None:
        self.slope = None


class Made(Series):
    """The result of an operation, by its rule: k y[k] = sum of j x[j] partial[k - j]."""

    __slots__ = ("op", "operands", "terms")

    def __init__(self, world: World, op: Op, operands: tuple[Series, ...]) -> None:
        super().__init__(world)
        self.op, self.operands = op, operands
        self.terms: list[tuple[Series, Series]] | None = None

    def next(self, k: int) -> float:
        if k == 0:
            return self.op.evaluate(*[x[0] for x in self.operands])
        if self.terms is None:
            self.terms = self._rule()
        total = 0.0
        for partial, x in self.terms:
            p, c = partial.upto(k - 1), x.upto(k)
            for j in range(1, k + 1):
                if c[j]:
                    total += j * c[j] * p[k - j]
        return total / k

    def _rule(self) -> list[tuple[Series, Series]]:
        """Return each partial that is not 0, with its operand."""
        places = [i for i, x in enumerate(self.operands) if type(x) is not Constant]
        moving = [self.operands[i] for i in places]
        program = rule(self.op, len(self.operands), tuple(places))
        found = program.run([self, *self.operands], applied)
        partials = [
            p if isinstance(p, Series) else self.world.constant(float(p)) for p in found
        ]
        pairs = zip(partials, moving, strict=True)
        return [(p, x) for p, x in pairs if type(p) is not Constant or p[0]]

    def forget(self) -> None:
        self.operands, self.terms = (), None


class Own(Series):
    """The result of one of the operations that have a line of their own."""

    __slots__ = ("operands", "step")

    def __init__(self, world: World, step: Any, operands: tuple[Series, ...]) -> None:
        super().__init__(world)
        self.step, self.operands = step, operands

    def next(self, k: int) -> float:
        return self.step(self, k, *self.operands)  # type: ignore[no-any-return]

    def forget(self) -> None:
        self.operands = ()


RULES: WeakKeyDictionary[Op, dict[Any, Program]] = WeakKeyDictionary()


def rule(op: Op, count: int, wanted: tuple[int, ...]) -> Program:
    """Return the partials of an operation by some operands, as a program."""
    known = RULES.setdefault(op, {})
    if (count, wanted) not in known:
        known[count, wanted] = traced(op, count).live(wanted)
    return known[count, wanted]


def applied(op: Op, *operands: Any) -> Series:
    """Return an operation on series and numbers, the same for the same operands."""
    world = next(x.world for x in operands if isinstance(x, Series))
    xs = tuple(
        [x if isinstance(x, Series) else world.constant(float(x)) for x in operands]
    )
    key = op, *map(id, xs)
    if key not in world.known:
        make = OWN.get(op)
        world.known[key] = make(world, *xs) if make else Made(world, op, xs)
    return world.known[key]


def _product(_: Series, k: int, a: Series, b: Series) -> float:
    total: float = sum(map(operator.mul, a.upto(k), b.upto(k)[::-1]))
    return total


def _quotient(y: Series, k: int, a: Series, b: Series) -> float:
    c = b.upto(k)
    if c[0] == 0.0:
        raise SeriesError(
            "a division by 0 at the point: a pole, or a root whose slope is infinite, "
            "where there is no Taylor series (0 / 0 has none here either)"
        )
    known: float = sum(map(operator.mul, y._c[:k], c[:0:-1]))
    return (a[k] - known) / c[0]


def _power_step(y: Series, k: int, x: Series, r: Series) -> float:
    """x y' = r x' y, coefficient by coefficient."""
    c, e = x.upto(k), r[0]
    if k == 0:
        return ops.pow.evaluate(c[0], e)
    terms = [((e + 1.0) * j / k - 1.0) * c[j] * y._c[k - j] for j in range(1, k + 1)]
    return sum(terms) / c[0]


def _power(world: World, x: Series, r: Series) -> Series:
    """Return x**r: by products, by the recurrence of a constant exponent, or by exp."""
    constant = type(r) is Constant
    whole = constant and r[0] == int(r[0]) and r[0] >= 0.0
    if whole and (r[0] <= WHOLE or x[0] == 0.0):
        found: Any = world.constant(1.0)
        for bit in f"{int(r[0]):b}":
            found = applied(ops.mul, found, found)
            found = applied(ops.mul, found, x) if bit == "1" else found
        return found  # type: ignore[no-any-return]
    if x[0] == 0.0 or (x[0] < 0.0 and not constant):
        raise SeriesError(
            f"pow({x[0]:.6g}, {r[0]:.6g}): a power without a Taylor series there; take a "
            "base above 0"
        )
    if constant:
        return Own(world, _power_step, (x, r))
    return applied(ops.exp, applied(ops.mul, r, applied(ops.log, x)))


def _own(step: Callable[..., float]) -> Callable[..., Series]:
    return lambda world, *xs: Own(world, step, xs)


OWN: dict[Op, Callable[..., Series]] = {
    ops.pos: lambda world, x: x,
    ops.neg: _own(lambda y, k, x: -x[k]),
    ops.add: _own(lambda y, k, a, b: a[k] + b[k]),
    ops.sub: _own(lambda y, k, a, b: a[k] - b[k]),
    ops.mul: _own(_product),
    ops.div: _own(_quotient),
    ops.pow: _power,
    ops.where: lambda world, c, a, b: a if c[0] else b,
}
