"""Operations of your own, with their own derivative."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from .domain import REAL, Interval
from .errors import OperandError
from .number import number, ranked
from .op import Op

__all__ = ["primitive"]


def primitive(
    partials: Callable[..., Any],
    *,
    symbol: str = "",
    domain: tuple[Interval, ...] | None = None,
) -> Callable[[Callable[..., float]], Op]:
    """Make a function of floats an operation with the partials that you give.

    `partials(y, *xs)` returns a local derivative for each operand, `y` being the
    output; for one operand it may be a bare number. Write it with operators and
    dendrograd's functions and the operation can be differentiated any number of times;
    with a foreign function (math.cos) it works once, and a second derivative raises
    TraceError. Raises TypeError where the rule takes another number of operands than
    the function, or is missing, and OperandError where it returns no such tuple.

    >>> from dendrograd import Value, grad, primitive
    >>> @primitive(lambda y, x: (3 * x * x,))
    ... def cube(x):
    ...     return x * x * x
    >>> cube(2.0), grad(cube)(2.0), grad(grad(cube))(2.0)
    (8.0, 12.0, 12.0)
    """
    if not callable(partials) or _arity(partials) in (0, 1):  # the output, an operand
        raise _misused(partials)

    def decorate(*given: Any) -> Op:
        if len(given) != 1 or not callable(given[0]):  # called as a function
            raise _misused(partials)
        primal = given[0]
        count = _arity(primal)
        if _arity(partials) not in (None, count and count + 1):
            takes, rule = (count, count + 1) if count else ("any number of", "(y, *xs)")
            raise TypeError(
                f"primitive: {_title(primal)} takes {takes} operands, so its partials "
                f"take {rule}: the output, then the operands"
            )
        name = primal.__qualname__
        intervals = domain or (REAL,) * (count or 1)
        return Op(
            name,
            lambda *xs: number(primal(*xs), name),
            _rule(name, partials),
            intervals,
            symbol=symbol or primal.__name__,
            variadic=count is None,
            module=primal.__module__,
        )

    return decorate


def _misused(partials: Any) -> TypeError:
    return TypeError(
        f"primitive: {_title(partials)} was given where the rule of its derivative goes; "
        "write @primitive(lambda y, x: (dy_dx,)) above the function, where y is the "
        "output, with one local derivative for each operand"
    )


def _title(function: Any) -> str:
    return getattr(function, "__name__", None) or reprlib.repr(function)


def _rule(name: str, partials: Callable[..., Any]) -> Callable[..., tuple[Any, ...]]:
    """Return a rule that always returns a tuple, of a rule that may return a number."""

    def rule(y: Any, *xs: Any) -> tuple[Any, ...]:
        found = partials(y, *xs)
        listed = isinstance(found, (tuple, list))
        slopes = tuple(found) if listed else (found,)
        if (listed or len(xs) == 1) and all(map(_is_number, slopes)):
            return slopes
        raise OperandError(
            f"{name}: its rule returned {reprlib.repr(found)} for {len(xs)} operand(s); "
            "return a tuple of numbers, one local derivative for each: (dy_da, dy_db)"
        )

    return rule


def _is_number(x: Any) -> bool:
    """Return whether x is a number of any kind: a float, a Value, a recording."""
    try:
        _ = ranked(x) or number(x, "partials")
    except OperandError:
        return False
    return True


def _arity(function: Callable[..., Any]) -> int | None:
    """Return the number of positional parameters; None where any number goes."""
    parameters = signature(function).parameters.values()
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return None
    return len(parameters)
