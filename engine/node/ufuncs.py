"""Values in NumPy's and SciPy's functions: `np.isnan(v)`, `np.exp(v)`, `expit(v)`.

A function means the operation of the table that has its name, whichever operand is the
Value, or a composition of such; without one it is refused. NumPy is not imported here: it
is the caller. It asks a Value that it is given, and not those in an array of objects,
where it goes by Python's operators, comparisons and methods, if at all.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any, NoReturn

from dendrograd.compositions import COMPOSED, clip, sinc
from dendrograd.errors import OperandError
from dendrograd.notices.listen import LISTENING, hear
from dendrograd.number import number, ranked, single
from dendrograd.ops import OPS

__all__ = ["answer", "answer_function"]

OBJECTS = set("O->")
CLOSE = 0.7  # names as near as gamma and lgamma
NEAR = {  # what to write instead, where names alone would mislead
    "fmax": "maximum",  # which keeps the nan that fmax drops
    "fmin": "minimum",
    "log_ndtr": "ndtr",
    "matmul": "multiply",
}
NAMED: dict[str, Callable[..., Any]] = {
    **{name: op for op in OPS.values() for name in (op.name, *op.aliases)},
    **COMPOSED,
    "rint": lambda x: x.rint(),  # by data, as round() is
}

Answer = Callable[[str, tuple[Any, ...], dict[str, Any]], Any]
ANSWERS: dict[Any, Answer] = {}  # by function of NumPy


def answer(ufunc: Any, method: str, inputs: tuple[Any, ...], options: Any) -> Any:
    """Return what a function of NumPy makes of Values, arrays and numbers.

    What answers yes or no goes by data. Raises OperandError for a function that the table
    does not know: a float of NumPy's own would lose the gradient.

    >>> import numpy as np
    >>> from dendrograd import Value
    >>> bool(np.isnan(Value(1.0))), np.exp(Value(0.0)).op.name
    (False, 'exp')
    >>> np.arctan2(1.0, Value(1.0)).op.name
    'atan2'
    """
    found = ANSWERS.get(ufunc)
    if found is None:
        if all(
            set(loop) <= OBJECTS for loop in ufunc.types
        ):  # the user's np.frompyfunc
            return _boxing(ufunc, method, inputs, options)
        found = ANSWERS[ufunc] = _answering(ufunc)
    return found(method, inputs, options)


def _answering(ufunc: Any) -> Answer:
    """Return what a function of NumPy makes of its method, its inputs and its options."""
    name = ufunc.__name__
    if all(loop.endswith("?") or set(loop) <= OBJECTS for loop in ufunc.types):
        return lambda method, inputs, options: _asked(
            getattr(ufunc, method), inputs, options
        )
    if name not in NAMED or ufunc.signature:
        return lambda *_: _refuse(name)
    operation = NAMED[name]
    called = getattr(operation, "name", name)
    dunder = getattr(operation, "dunder", None)
    if dunder and "O" in "".join(ufunc.types):  # at the speed of Python's operators
        operation, loop = getattr(operator, dunder), partial(_boxing, ufunc)
    else:
        loop = partial(_looping, operation, ufunc.nin, ufunc.nout)

    def apply(method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if method == "__call__" and not options and all(map(single, inputs)):
            numbers = [x if ranked(x) else number(x, called) for x in inputs]
            return operation(*numbers)
        return loop(method, inputs, options)

    return apply


def _boxing(ufunc: Any, method: str, inputs: Any, options: Any) -> Any:
    return getattr(ufunc, method)(*map(_boxed, inputs), **options)


def _looping(
    operation: Any, nin: int, nout: int, method: str, inputs: Any, options: Any
) -> Any:
    """Go element by element. NumPy's warnings are not for Values, which have their own."""
    numpy = sys.modules["numpy"]
    with numpy.errstate(all="ignore"):
        return _boxing(numpy.frompyfunc(operation, nin, nout), method, inputs, options)


def answer_function(
    function: Any, kinds: Any, inputs: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """Return what a function of NumPy that is not a loop, as np.sinc, makes of a Value.

    >>> import numpy as np
    >>> from dendrograd import Value
    >>> np.sinc(Value(0.0)).data, np.allclose(Value(1.0), 1.0)
    (1.0, True)
    """
    numpy = sys.modules["numpy"]
    if not all(ranked(kind) or issubclass(kind, numpy.ndarray) for kind in kinds):
        return NotImplemented
    name = function.__name__
    if name in FUNCTIONS and inputs and ranked(inputs[0]):
        chosen = partial(FUNCTIONS[name], **options)
        return _looping(chosen, len(inputs), 1, "__call__", inputs, {})
    if name in QUESTIONS:
        by_data = partial(numpy.empty(0).__array_function__, function, ())
        return _asked(lambda *xs, **kw: by_data(xs, kw), inputs, options)
    return numpy.empty(0).__array_function__(function, (), inputs, options)


def _clip(x: Any, a_min: Any = None, a_max: Any = None, **options: Any) -> Any:
    """Return x between two bounds, which NumPy gives two names each."""
    low, high = options.pop("min", a_min), options.pop("max", a_max)
    for name, option in options.items():
        if option is not None:
            raise OperandError(
                f"clip: a Value takes no {name}=; use the result of np.clip"
            )
    return clip(x, low, high)


def _nan_to_num(x: Any, copy: bool = True, **instead: Any) -> Any:
    """Return x, or the number that stands in its place."""
    finite = math.isfinite(x.data)
    return x if finite else float(sys.modules["numpy"].nan_to_num(x.data, **instead))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "clip": _clip,
    "nan_to_num": _nan_to_num,
    "sinc": sinc,
    "std": lambda x, **how: sys.modules["numpy"].std([x], **how),
    "var": lambda x, **how: sys.modules["numpy"].var([x], **how),
}
QUESTIONS = {
    "allclose",
    "array_equal",
    "array_equiv",
    "isclose",
    "isneginf",
    "isposinf",
}


def _refuse(name: str) -> NoReturn:
    near = [NEAR[name]] if name in NEAR else get_close_matches(name, NAMED, 1, CLOSE)
    guess = f"the nearest is {near[0]}, or " if near else ""
    raise OperandError(
        f"{name}: no operation on Values has this name; {guess}write it in operations of "
        "dendrograd, or as one of your own with @dendrograd.primitive"
    )


def _asked(function: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return the answer to a question that goes by data."""

    def ask(*xs: Any) -> Any:
        given = dict(zip(options, map(_data, xs[len(inputs) :]), strict=True))
        return function(*map(_data, xs[: len(inputs)]), **given)

    operands = (*inputs, *options.values())
    outcome = ask(*operands)
    if LISTENING:
        hear(ask, operands, outcome)
    return outcome


def _data(x: Any) -> Any:
    return x._data if hasattr(x, "_data") else x


def _boxed(x: Any) -> Any:
    """Return a Value as an array without axes, which asks nobody else."""
    if not ranked(x):
        return x
    box = sys.modules["numpy"].empty((), dtype=object)
    box[()] = x
    return box
