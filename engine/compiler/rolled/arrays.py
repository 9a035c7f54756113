"""Operations of the table on arrays, into an array: what the lines of a page call.

A ufunc of NumPy that has an operation's name, or an alias of it, computes it. What NumPy
lacks and networks need is written here. Everything else is computed number by number, by
the table's own function. All are the table's to some bits in the last place, which is
less than `languages.numpy` promises: there, only operations that have all bits are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from dendrograd.compiler.code import HOLD
from dendrograd.compiler.schedule import native
from dendrograd.op import Op

__all__ = ["function_of", "products", "ufunc", "view"]

Array = NDArray[np.float64]
HUGE = 1e300


def relu(x: Array, out: Array) -> None:
    """Return x where it is above 0, else 0.0: the maximum may be -0.0."""
    np.maximum(x, 0.0, out=out)
    np.add(out, 0.0, out=out)


def step(x: Array, out: Array) -> None:
    """Return 1 where x is above 0, else 0; of nan nan."""
    np.greater(x, 0.0, out=out)
    if np.isnan(np.add.reduce(x, axis=None)):  # or of infinities of both signs
        np.copyto(out, x, where=np.isnan(x))


def compare(a: Array, b: Array, out: Array) -> None:
    """Return -1, 0 or 1; the difference of infinities is no number, that of signs is."""
    np.subtract(np.greater(a, b), np.less(a, b), out=out, dtype=np.float64)
    unordered = np.not_equal(a, a) | np.not_equal(b, b)
    if unordered.any():
        out[np.broadcast_to(unordered, out.shape)] = np.nan


def where(c: Array, a: Array, b: Array, out: Array) -> None:
    """Return a where c is not 0, else b."""
    np.copyto(out, b)
    np.copyto(out, a, where=np.not_equal(c, 0.0))


def sech(x: Array, out: Array) -> None:
    """Return 2 / (exp(|x|) + exp(-|x|)), by the exponential that is not past the floats."""
    np.abs(x, out=out)
    np.negative(out, out=out)
    small = np.exp(out)
    np.multiply(small, small, out=out)
    out += 1.0
    small *= 2.0
    np.divide(small, out, out=out)


def sigmoid(x: Array, out: Array) -> None:
    """Return 1 / (1 + exp(-x))."""
    np.negative(x, out=out)
    with np.errstate(over="ignore"):  # 1 / inf is right
        np.exp(out, out=out)
    out += 1.0
    np.divide(1.0, out, out=out)


def softplus(x: Array, out: Array) -> None:
    """Return log(exp(0) + exp(x))."""
    np.logaddexp(0.0, x, out=out)


def products(left: Array, right: Array, out: Array) -> None:
    """Return sums of left[c, i, n, l] * right[c, k, n, l] over n, at c, i, k, l."""
    if native is not None:
        if native.products(left, right, out):
            np.multiply(
                HUGE, HUGE
            )  # so that NumPy tells of the overflow, as of its own
        return
    factors = left.transpose(0, 3, 1, 2), right.transpose(0, 3, 2, 1)
    np.matmul(*factors, out=out.transpose(0, 3, 1, 2))


OWN = {
    function.__name__: function
    for function in (relu, step, compare, where, sech, sigmoid, softplus)
}


def function_of(op: Op) -> tuple[str, Callable[..., None] | None]:
    """Return what a page calls an operation by, and the function, if that is not NumPy's.

    >>> from dendrograd.ops import OPS
    >>> function_of(OPS["add"])[0], function_of(OPS["erf"])[0]
    ('np.add', 'erf')
    """
    if op is HOLD:
        return "np.positive", None
    for name in (op.name, *op.aliases):
        ufunc = getattr(np, name, None)
        if isinstance(ufunc, np.ufunc) and ufunc.nin == len(op.domain):
            return f"np.{name}", None
    return op.name if op.name.isidentifier() else "operation", OWN.get(
        op.name, _each(op)
    )


def ufunc(op: Op) -> Callable[..., Any]:
    """Return what `function_of` names."""
    text, function = function_of(op)
    return function or getattr(np, text.removeprefix("np."))


@cache
def _each(op: Op) -> Callable[..., None]:
    """Return an operation that is applied number by number."""
    one = np.vectorize(op.evaluate, otypes=[np.float64])

    def each(*operands: Any, out: Array) -> None:
        out[...] = one(*operands)

    return each


def view(
    array: Array, start: int, shape: tuple[int, ...], steps: tuple[int, ...]
) -> Array:
    """Return a grid of rows of an array: row start + i * steps[0] + j * steps[1] + ...

    >>> view(np.arange(10.0), 1, (2, 3), (4, 1)).tolist()
    [[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]]
    """
    each, *rest = array.strides
    strides = [step * each for step in steps]
    if array.flags.c_contiguous:  # the quick way
        return np.ndarray(
            (*shape, *array.shape[1:]),
            array.dtype,
            array,
            start * each,
            (*strides, *rest),
        )
    return as_strided(array[start:], (*shape, *array.shape[1:]), (*strides, *rest))
