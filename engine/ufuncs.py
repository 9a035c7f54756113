"""Values in NumPy's functions: `np.isnan(v)`, `np.exp(v)`, `np.multiply(array, v)`.

NumPy calls the method of an object that bears the function's name, `v.exp()`, but has no
loop over objects for what answers yes or no. NumPy is not imported here: it is the caller.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["answer"]


ASKS: dict[Any, bool] = {}  # whether all that a function answers is yes or no


def answer(ufunc: Any, method: str, inputs: tuple[Any, ...], options: Any) -> Any:
    """Return what a function of NumPy makes of Values, arrays and numbers.

    What answers yes or no goes by data; the rest goes element by element, with the
    operators and the methods of Value. NumPy raises TypeError where it has no loop over
    objects, as for np.logaddexp: a float of its own would lose the gradient.

    >>> import numpy as np
    >>> from dendrograd import Value
    >>> bool(np.isnan(Value(1.0))), np.exp(Value(0.0)).op.name
    (False, 'exp')
    """
    numpy = sys.modules["numpy"]
    asks = ASKS.get(ufunc)
    if asks is None:
        asks = ASKS[ufunc] = all(loop.endswith("->?") for loop in ufunc.types)
    boxes = [_number(x) if asks else _boxed(numpy, x) for x in inputs]
    return getattr(ufunc, method)(*boxes, **options)


def _number(x: Any) -> Any:
    return x._data if hasattr(x, "_data") else x


def _boxed(numpy: Any, x: Any) -> Any:
    """Return a Value as an array without axes, which asks nobody else."""
    if not hasattr(x, "_rank"):
        return x
    box = numpy.empty((), dtype=object)
    box[()] = x
    return box
