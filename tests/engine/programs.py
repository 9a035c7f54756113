"""hypothesis strategies: operands inside a domain, and random expression graphs.

A program is a list of (operation name, operand slots) over some leaves; slots may be
shared and repeated, and constants stand among the leaves. It can be run on floats,
Values or mpmath numbers alike, and always stays inside every operation's domain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from dendrograd.op import Interval, Op
from dendrograd.ops import OPS

MARGIN = 0.02  # from the ends of a domain, where rounding is magnified
BOUND = 4.0  # of the numbers in a program: tanh is not flat yet


def reals(interval: Interval, bound: float = 8.0) -> st.SearchStrategy[float]:
    """Return floats inside an interval, away from its ends and its gaps."""
    if interval.whole:
        return st.integers(int(interval.low), int(interval.high)).map(float)
    low = max(interval.low + MARGIN, -bound)
    high = min(interval.high - MARGIN, bound)
    drawn = st.floats(low, high)
    return drawn.filter(lambda x: _inside(interval, x))


def _inside(interval: Interval, x: float) -> bool:
    if interval.whole:
        return x in interval
    gaps = all(abs(x - gap) > MARGIN for gap in interval.without)
    return interval.low + MARGIN <= x <= interval.high - MARGIN and gaps


def smooth_at(op: Op, xs: Sequence[float]) -> bool:
    """Return whether an operation is smooth around a point."""
    inside = all(map(_inside, intervals(op, len(xs)), xs))
    if op.crease and inside:
        return abs(op.crease(*xs)) > MARGIN
    return inside


def intervals(op: Op, count: int) -> tuple[Interval, ...]:
    return op.domain * count if op.variadic else op.domain


@st.composite
def operands(draw: Any, op: Op) -> list[float]:
    """Draw operands where an operation is smooth."""
    count = draw(st.sampled_from([1, 3, 5])) if op.variadic else len(op.domain)
    drawn = st.tuples(*[reals(interval) for interval in intervals(op, count)])
    return list(draw(drawn.filter(lambda xs: smooth_at(op, xs))))


@dataclass(frozen=True)
class Program:
    leaves: tuple[float, ...]
    constants: tuple[float, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]

    def run(
        self, leaves: Sequence[Any], apply: Callable[..., Any] | None = None
    ) -> Any:
        """Return the last step's result, with an `apply(name, *operands)` of choice."""
        apply = apply or (lambda name, *xs: OPS[name](*xs))
        slots = [*leaves, *self.constants]
        for name, places in self.steps:
            slots.append(apply(name, *[slots[place] for place in places]))
        return slots[-1]


CHOICES = [op for op in OPS.values() if not any(i.whole for i in op.domain)]


@st.composite
def programs(draw: Any, longest: int = 12) -> Program:
    """Draw a program of up to `longest` operations with a smooth result."""
    number = st.floats(-BOUND, BOUND).filter(lambda x: x == 0.0 or abs(x) > 1e-3)
    leaves = tuple(draw(st.lists(number, min_size=1, max_size=3)))
    constants = tuple(draw(st.lists(number, max_size=2)))
    slots, steps = [*leaves, *constants], []
    for _ in range(draw(st.integers(1, longest))):
        op = draw(st.sampled_from(CHOICES))
        count = draw(st.sampled_from([1, 3, 5])) if op.variadic else len(op.domain)
        at = st.integers(0, len(slots) - 1)
        places = tuple(draw(st.lists(at, min_size=count, max_size=count)))
        name = op.name
        if not smooth_at(op, [slots[place] for place in places]):
            name, places = "tanh", places[:1]
        value = OPS[name](*[slots[place] for place in places])
        steps.append((name, places))
        slots.append(value)
        if abs(value) > BOUND:  # bring it back among small numbers
            steps.append(("sin", (len(slots) - 1,)))
            slots.append(OPS["sin"](value))
    return Program(leaves, constants, tuple(steps))
