"""Functions of sequences, and the activations that are compositions of the table.

Each works on floats, on Values, and on any mixture; with floats alone it returns
floats. `sum`, `dot`, `logsumexp` and `norm` make one node with n parents. (The first
overload of each is the all-floats case of the second, which mypy calls an overlap.)
The native twin reads lists, tuples and arrays as they are; it answers None where there
is more to think of than it does, and the line after it says what is meant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from . import ops
from .errors import ShapeError
from .native import twin

if TYPE_CHECKING:
    from .op import Op
    from .value import Value

__all__ = [
    "dot",
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "mean",
    "norm",
    "silu",
    "softmax",
    "sum",
]

Scalar = TypeVar("Scalar", float, "Value")


@overload
def sum(xs: Iterable[float]) -> float: ...
@overload
def sum(xs: Iterable[Value | float]) -> Value: ...
def sum(xs: Iterable[Any]) -> Any:
    """Return the sum from left to right, as one node; 0.0 of nothing.

    >>> from dendrograd import Value, sum
    >>> len(sum([Value(1.0), Value(2.0), Value(3.0)]).parents)
    3
    """
    return _node(ops.sum, xs)


@overload
def dot(ws: Iterable[float], xs: Iterable[float], bias: float = 0.0) -> float: ...
@overload
def dot(
    ws: Iterable[Value | float], xs: Iterable[Value | float], bias: Value | float = 0.0
) -> Value: ...
def dot(ws: Iterable[Any], xs: Iterable[Any], bias: Any = 0.0) -> Any:
    """Return bias + w1*x1 + ... + wn*xn, rounded in that order, as one node.

    Raises ShapeError where ws and xs differ in length.

    >>> from dendrograd import Value, dot
    >>> dot([Value(2.0), Value(3.0)], [10.0, 100.0], bias=1.0).data
    321.0
    """
    if twin is not None:
        found = twin.gathered(ops.dot, 2, ws, xs, bias)
        if found is not None:
            return found
    ws, xs = _sequence("dot", ws), _sequence("dot", xs)
    if len(ws) != len(xs):
        raise ShapeError(
            f"dot: {len(ws)} weights but {len(xs)} inputs; give as many of each"
        )
    return ops.dot(*ws, *xs, bias)


@overload
def logsumexp(xs: Iterable[float]) -> float: ...
@overload
def logsumexp(xs: Iterable[Value | float]) -> Value: ...
def logsumexp(xs: Iterable[Any]) -> Any:
    """Return log(exp(x1) + ... + exp(xn)) without overflow, as one node.

    Its partials are softmax(xs). -inf of nothing.

    >>> from dendrograd import logsumexp
    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return _node(ops.logsumexp, xs)


@overload
def norm(xs: Iterable[float]) -> float: ...
@overload
def norm(xs: Iterable[Value | float]) -> Value: ...
def norm(xs: Iterable[Any]) -> Any:
    """Return the Euclidean length of xs, as one node; its gradient at 0 is 0.

    >>> from dendrograd import norm
    >>> norm([3.0, 4.0])
    5.0
    """
    return _node(ops.norm, xs)


@overload
def mean(xs: Iterable[float]) -> float: ...
@overload
def mean(xs: Iterable[Value | float]) -> Value: ...
def mean(xs: Iterable[Any]) -> Any:
    """Return the arithmetic mean. Raises ShapeError of nothing.

    >>> from dendrograd import mean
    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    xs = _sequence("mean", xs)
    if not xs:
        raise ShapeError("mean: of no values; give at least one")
    return ops.sum(*xs) / len(xs)


def log_softmax(xs: Iterable[Scalar]) -> list[Scalar]:
    """Return x - logsumexp(xs) for each x: logarithms of probabilities.

    Stable however large: each is -softplus of how far the others are above x, which
    keeps the digits of a logarithm near 0, and of its slope.

    >>> from dendrograd import log_softmax
    >>> log_softmax([0.0, 0.0])
    [-0.6931471805599453, -0.6931471805599453]
    """
    items: list[Any] = _sequence("log_softmax", xs)
    if len(items) < 2:
        return [x - x for x in items]
    top = reduce(ops.maximum, items)
    logits: list[Any] = [x - top for x in items]
    before: list[Any] = [*accumulate(logits[:-1], ops.logaddexp)]
    after: list[Any] = [*accumulate(logits[:0:-1], ops.logaddexp)][::-1]
    between: list[Any] = [
        ops.logaddexp(b, a) for b, a in zip(before, after[1:], strict=False)
    ]
    others = [after[0], *between, before[-1]]  # the logsumexp of all but each
    return [-ops.softplus(o - x) for o, x in zip(others, logits, strict=True)]


def softmax(xs: Iterable[Scalar]) -> list[Scalar]:
    """Return exp(x) / sum(exp(xs)) for each x: probabilities that add up to 1.

    >>> from dendrograd import softmax
    >>> softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    items: list[Any] = _sequence("softmax", xs)
    near = ops.floor(ops.logsumexp(*items))  # no exponential overflows; it has slope 0
    exps: list[Any] = [ops.exp(x - near) for x in items]
    total = ops.sum(*exps)
    return [e / total for e in exps]


def leaky_relu(x: Scalar, slope: float = 0.01) -> Scalar:
    """Return x where x > 0, else slope * x (Maas et al. 2013).

    >>> from dendrograd import leaky_relu
    >>> leaky_relu(-2.0)
    -0.02
    """
    return cast("Scalar", ops.relu(x) - slope * ops.relu(-x))


def elu(x: Scalar, alpha: float = 1.0) -> Scalar:
    """Return x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2016).

    >>> from dendrograd import elu
    >>> elu(2.0)
    2.0
    """
    above = ops.step(x)
    below = alpha * ops.expm1(ops.where(above, 0.0, x))  # no overflow where not taken
    return cast("Scalar", ops.where(above, x, below))


def gelu(x: Scalar) -> Scalar:
    """Return x * Phi(x), Phi the normal distribution (Hendrycks & Gimpel 2016).

    >>> from dendrograd import gelu
    >>> gelu(0.0)
    0.0
    """
    return cast("Scalar", x * (0.5 * ops.erfc(x * -math.sqrt(0.5))))


def silu(x: Scalar) -> Scalar:
    """Return x * sigmoid(x), also known as swish (Elfwing et al. 2018).

    >>> from dendrograd import silu
    >>> silu(0.0)
    0.0
    """
    return cast("Scalar", x * ops.sigmoid(x))


def _node(op: Op, xs: Iterable[Any]) -> Any:
    """Return an operation of any number of operands on the items of a sequence."""
    if twin is not None and (found := twin.gathered(op, 1, xs)) is not None:
        return found
    return op(*_sequence(op.name, xs))


def _sequence(name: str, xs: Iterable[Any]) -> list[Any]:
    """Return the items; raise where a single operand is given in place of them."""
    try:
        return _viewed(name, xs) if isinstance(xs, memoryview) else list(xs)
    except TypeError:
        raise ShapeError(
            f"{name}: {xs!r} is one operand, not a sequence; write {name}([...])"
        ) from None


def _viewed(name: str, view: memoryview) -> list[Any]:
    """Return the items of a view, which Python does not read in every format or shape.

    One that was released it would read on, and hand out what lies there now.
    """
    try:
        if view.ndim < 2:
            return list(view)
        kind = f"{view.ndim} axes"
    except NotImplementedError:
        kind = f"the format {view.format!r}"
    except ValueError:
        raise ShapeError(
            f"{name}: the memoryview was released; give its numbers before, as a list"
        ) from None
    raise ShapeError(
        f"{name}: Python cannot read a memoryview of {kind} as a row of numbers; "
        "give a list, or an array of one axis"
    )
