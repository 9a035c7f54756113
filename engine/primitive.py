"""Operations of your own, with their own derivative."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from .op import REAL, Interval, Op, number

__all__ = ["primitive"]


def primitive(
    partials: Callable[..., tuple[Any, ...]],
    *,
    symbol: str = "",
    domain: tuple[Interval, ...] | None = None,
) -> Callable[[Callable[..., float]], Op]:
    """Make a function of floats an operation with the partials that you give.

    `partials(y, *xs)` returns a local derivative for each operand, `y` being the
    output. Write it with operators and dendrograd's functions and the operation can be
    differentiated any number of times; with a foreign function (math.cos) it works
    once, and a second derivative raises TraceError. Raises TypeError where the rule
    takes another number of operands than the function.

    >>> from dendrograd import Value, grad, primitive
    >>> @primitive(lambda y, x: (3 * x * x,))
    ... def cube(x):
    ...     return x * x * x
    >>> cube(2.0), grad(cube)(2.0), grad(grad(cube))(2.0)
    (8.0, 12.0, 12.0)
    """

    def decorate(primal: Callable[..., float]) -> Op:
        count = _arity(primal)
        if _arity(partials) not in (None, count and count + 1):
            raise TypeError(
                f"primitive: {primal.__name__} takes {count} operands, so its partials "
                f"take {count and count + 1}: the output, then the operands"
            )
        name = primal.__qualname__
        intervals = domain or (REAL,) * (count or 1)
        return Op(
            name,
            lambda *xs: number(primal(*xs), name),
            partials,
            intervals,
            symbol=symbol or primal.__name__,
            variadic=count is None,
            module=primal.__module__,
        )

    return decorate


def _arity(function: Callable[..., Any]) -> int | None:
    """Return the number of positional parameters; None where any number goes."""
    parameters = signature(function).parameters.values()
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return None
    return len(parameters)
