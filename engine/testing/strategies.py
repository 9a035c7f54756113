"""hypothesis strategies: numbers inside a domain, and random expression graphs.

A number, an operand and a node keep a margin from everything that is not smooth: from
the ends and gaps of a domain and from creases, so that a difference quotient sees one
branch only. Raw material is drawn without looking at what it is for and then made
valid (`grower.py`), so that hypothesis can delete any part of it to shrink.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dendrograd.domain import REAL, Interval
from dendrograd.errors import OperandError
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.tools import tool

from .expression import Expression
from .grower import PLACES, Grower
from .safe_domain import MOST, counts, ends, inside, intervals, smooth_at

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["expressions", "operands", "reals"]

__tracebackhide__ = True  # pytest shows a person's own lines

BOUND = 4.0  # of the numbers in an expression: tanh is not flat yet
TINY = 1e-3  # below it a number is drawn as 0, and no quotient of two explodes
LANDMARKS = (0.0, 1.0, -1.0, 2.0)  # where kinks lie and ties are made


def reals(domain: Interval = REAL, *, bound: float = 8.0) -> SearchStrategy[float]:
    """Return floats inside a domain, a margin away from its ends and its gaps.

    `domain` is an Interval, as in `op.domain[0]`; one of whole numbers gives whole
    numbers. They lie within `bound` of 0, or of the end that is nearest to 0. Raises
    ValueError where that leaves no number, MissingToolError without hypothesis.

    >>> from hypothesis import given
    >>> from dendrograd.domain import POSITIVE
    >>> from dendrograd.ops import log
    >>> @given(reals(POSITIVE))
    ... def test_log_of_the_inverse(x):
    ...     assert abs(log(1 / x) + log(x)) < 1e-12
    >>> test_log_of_the_inverse()
    """
    st = strategies("reals")
    low, high = ends(domain, bound)
    if domain.whole:
        low, high = math.ceil(low), math.floor(high)
    if not low <= high or bound <= 0.0:
        raise ValueError(
            f"reals: no number of {domain} is within {bound!r}; give a domain that is "
            "not empty and a positive bound"
        )
    if domain.whole:
        return st.integers(low, high).map(float)
    return st.floats(low, high).filter(lambda x: inside(domain, x))


def operands(op: Op) -> SearchStrategy[list[float]]:
    """Return lists of operands at which an operation is smooth.

    `op` is an entry of the table or your own `@primitive`; its domain and crease are
    respected, and an operation of any number of operands gets one to five. Raises
    MissingToolError without hypothesis.

    >>> from hypothesis import given
    >>> from dendrograd.ops import maximum
    >>> @given(operands(maximum))
    ... def test_one_branch_of_maximum_has_the_slope(xs):
    ...     assert sorted(maximum.linearize(*xs)[1]) == [0.0, 1.0]
    >>> test_one_branch_of_maximum_has_the_slope()
    """
    st = strategies("operands")
    sizes = [
        st.tuples(*[reals(interval) for interval in intervals(op, count)])
        for count in counts(op)
    ]
    return st.one_of(sizes).filter(lambda xs: smooth_at(op, xs)).map(list)


def expressions(
    ops: Op | str | Iterable[Op | str] | None = None,
    leaves: int | SearchStrategy[float] = 3,
    depth: int = 4,
    smooth: bool = True,
) -> SearchStrategy[Expression]:
    """Return random expressions, each with the point at which it is to be tried.

    ops     operations, or names of the table; the whole table, if not given
    leaves  the most leaves, or a strategy for the number in a leaf (then up to three)
    depth   the longest chain of operations between a leaf and the result
    smooth  whether each node keeps a margin from domain ends and kinks; if not, nodes
            at kinks are drawn too: ties, relu at 0, sqrt at 0

    Operands are leaves, earlier results (shared and repeated) and constants; each step
    is inside its operation's domain at the point, each number moderate, each leaf and
    step used. A failing expression shrinks to few steps and simple numbers and prints
    as Python source (`Expression`). Raises ValueError for an unknown name, OperandError
    for what is not an operation, MissingToolError without hypothesis.

    >>> from hypothesis import given
    >>> from dendrograd import grad, jvp
    >>> @given(expressions(ops=["sin", "mul", "sum"], leaves=2))
    ... def test_forward_mode_equals_reverse_mode(f):
    ...     every = range(len(f.point))
    ...     reverse = sum(grad(f, tuple(every))(*f.point))
    ...     _, forward = jvp(f, f.point, [1.0 for _ in every])
    ...     assert abs(forward - reverse) < 1e-9
    >>> test_forward_mode_equals_reverse_mode()
    """
    st = strategies("expressions")
    chosen = operations(ops)
    most = leaves if isinstance(leaves, int) else 3
    for name, limit in (("leaves", most), ("depth", depth)):
        if not isinstance(limit, int) or limit < 1:
            raise ValueError(f"expressions: {name}={limit!r}; give an int of 1 or more")
    fixed_leaves = not isinstance(leaves, int)
    number = numbers(chosen, smooth)
    leaf = leaves.map(float) if not isinstance(leaves, int) else number
    places = st.lists(st.sampled_from(PLACES), max_size=MOST)
    several = [op for op in chosen if op.variadic or len(op.domain) > 1]
    step = st.tuples(  # what joins results is drawn more often, so that few are lost
        st.sampled_from(chosen + several), places
    )
    raw = st.tuples(
        st.lists(leaf, min_size=1, max_size=most),
        st.lists(number, min_size=1, max_size=2),
        st.lists(step, min_size=1, max_size=3 * depth),
    )
    grown = raw.map(Grower(depth, smooth, fixed_leaves).grow)
    return grown.filter(lambda found: found is not None)


def strategies(name: str) -> Any:
    """Return hypothesis.strategies; raise MissingToolError in the name of a function."""
    return tool("hypothesis", f"dendrograd.testing.{name}").strategies


def operations(ops: Op | str | Iterable[Op | str] | None) -> list[Op]:
    """Return operations told as such or by their names in the table."""
    if ops is None:
        return list(OPS.values())
    chosen = [named(op) for op in ([ops] if isinstance(ops, (Op, str)) else ops)]
    if not chosen:
        raise ValueError("expressions: ops is empty; give one operation or more")
    return chosen


def named(op: Any) -> Op:
    """Return an operation, or that of the table with a name."""
    if isinstance(op, Op):
        return op
    if not isinstance(op, str):
        raise OperandError(
            f"expressions: {op!r} in ops is a {type(op).__name__}, not an operation; "
            "make a function one with @dendrograd.primitive, or name one of the table"
        )
    if op not in OPS:
        close = " or ".join(get_close_matches(op, OPS)) or "one of dendrograd.ops.OPS"
        raise ValueError(
            f"expressions: no operation is named {op!r}; did you mean {close}?"
        )
    return OPS[op]


def numbers(ops: Iterable[Op], smooth: bool) -> SearchStrategy[float]:
    """Return the numbers of leaves and constants; some at kinks, if not smooth."""
    st = strategies("expressions")
    near_one = st.floats(-BOUND - 1.0, BOUND - 1.0)  # shrinks to 1: in most domains
    drawn = near_one.map(lambda x: x + 1.0 if abs(x + 1.0) >= TINY else 0.0)
    if smooth:
        return drawn
    kinks = [x for op in ops for at, _ in op.kinks for x in at]
    for interval in [interval for op in ops for interval in op.domain]:
        if not interval.whole:
            kinks += [*interval.without, interval.low, interval.high]
    marks = dict.fromkeys([*LANDMARKS, *filter(math.isfinite, kinks)])
    return st.one_of(st.sampled_from(list(marks)), drawn)
