"""Derivatives of functions: grad, jvp, vjp and what they make up.

The functions take scalars, lists, tuples, dicts and NumPy arrays of scalars, and
nestings of them, as positional arguments; a derivative comes back in the same structure.
In the function, an array is one of Values (dtype object), of the same shape. `argnums`
says by which argument to differentiate (an int, or several as a tuple); the others, and
keyword arguments, are passed as they are. With numbers in, results are floats (arrays of
float64); with a Value in, or inside another transform, they are Values that can be
differentiated again, exactly at every order, since the partials themselves are table
operations.

Every function here raises ShapeError where structures do not fit, and OperandError
where an argument or a result is not a number, or what should be a function is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .argnums import Argnums, checked_argnums, chosen, positions
from .derived import Derived, Pullback
from .errors import OperandError, ShapeError
from .runs import Function, Run, numbers, pulled, pushed, run, title
from .trees import (
    cross,
    described,
    flatten_like,
    is_one_number,
    is_scalar,
    rebuild,
)

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """Return a function that gives f's value and its gradient, by one reverse sweep.

    >>> from dendrograd import value_and_grad
    >>> value_and_grad(lambda w: w["a"] * w["b"][0])({"a": 3.0, "b": [4.0]})
    (12.0, {'a': 4.0, 'b': [3.0]})
    """

    by = checked_argnums("grad", f, argnums)
    recorded = getattr(f, "_value_and_grad", None)  # of a compiled function

    def value_and_gradient(*primals: Any, **options: Any) -> tuple[Any, Any]:
        if recorded is not None and (found := recorded(by, primals, options)):
            return found  # type: ignore[no-any-return]
        wrt = positions("grad", by, len(primals))
        trace = run("grad", f, primals, wrt, options)
        if not is_one_number(trace.tree):
            raise ShapeError(
                f"grad: {title(f)} returned a {type(trace.tree).__name__} of "
                f"{len(trace.outputs)} numbers, not one; use jacobian, or sum them"
            )
        leaves = pulled(trace, [1.0])
        return trace.result(trace.tree), rebuild(chosen(by, primals), iter(leaves))

    return Derived(value_and_gradient, value_and_grad, f, by, said=_said(by))


def _said(by: Argnums) -> str:
    return f", argnums={by}" if by != 0 else ""


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """Return the gradient of a scalar function as a function of the same arguments.

    The function may return an array of one number. Raises ShapeError for more.

    >>> from dendrograd import grad
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    by = checked_argnums("grad", f, argnums)
    both = value_and_grad(f, by)

    def gradient(*primals: Any, **options: Any) -> Any:
        return both(*primals, **options)[1]

    return Derived(gradient, grad, f, by, said=_said(by))


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Return f(*primals) and the function that pulls a cotangent back.

    That function takes a cotangent in the structure of f's result and returns a tuple
    of cotangents, one for each primal: w -> w J.

    >>> from dendrograd import vjp
    >>> y, pullback = vjp(lambda a, b: [a * b, a + b], 3.0, 4.0)
    >>> y, pullback([1.0, 10.0])
    ([12.0, 7.0], (14.0, 13.0))
    """
    everything = checked_argnums("vjp", f, range(len(primals)))
    trace = run("vjp", f, primals, positions("vjp", everything, len(primals)))
    return trace.result(trace.tree), pullback(f, trace, primals)


def pullback(f: Function, trace: Run, primals: tuple[Any, ...]) -> Function:
    """Return the function that pulls a cotangent back through a run of f."""

    def pulled_back(cotangent: Any) -> tuple[Any, ...]:
        bars = flatten_like("vjp", trace.tree, cotangent)
        leaves = pulled(trace, numbers("vjp: a cotangent", bars))
        return tuple(rebuild(primals, iter(leaves)))

    return Pullback(pulled_back, pullback, f, trace, primals)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return f(*primals) and its directional derivative J v, by one forward sweep.

    `tangents` has the structure of `primals`, one number for each.

    >>> from dendrograd import jvp
    >>> jvp(lambda a, b: a * b, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    return _jvp("jvp", f, primals, tangents)


def _jvp(name: str, f: Function, primals: Any, tangents: Any) -> tuple[Any, Any]:
    everything = checked_argnums(name, f, range(len(_listed(name, "primals", primals))))
    trees = flatten_like(name, list(primals), _listed(name, "tangents", tangents))
    directions = numbers(f"{name}: a tangent", trees)
    trace = run(name, f, primals, positions(name, everything, len(primals)))
    tangent = rebuild(trace.tree, iter(pushed(trace, directions)))
    return trace.result(trace.tree), tangent


def _listed(name: str, what: str, given: Any) -> list[Any]:
    """Return primals or tangents as a list, one for each argument."""
    if isinstance(given, (tuple, list)):
        return list(given)
    one = described(given) if is_scalar(given) else "x"
    raise OperandError(
        f"{name}: the {what} are {described(given)}, not a tuple with one entry for each "
        f"argument of f; write ({one},) for one argument"
    )


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return the Hessian of a scalar function times a vector: forward over reverse.

    Two sweeps, whatever the number of arguments (Pearlmutter 1994). The result is a
    tuple in the structure of `primals`.

    >>> from dendrograd import hvp
    >>> hvp(lambda x, y: x * x * y, (3.0, 4.0), (1.0, 0.0))
    (8.0, 6.0)

    SciPy's minimisers take it as `hessp`, a function of a point and a vector:

    >>> hessp = lambda x, p: hvp(lambda x: x[0] ** 2 * x[1], (x,), (p,))[0]
    >>> hessp([3.0, 4.0], [1.0, 0.0])
    [8.0, 6.0]
    """
    everything = tuple(range(len(_listed("hvp", "primals", primals))))
    return _jvp("hvp", grad(f, everything), primals, tangents)[1]


def jacobian(f: Function, argnums: Argnums = 0, mode: str = "reverse") -> Function:
    """Return the Jacobian: in each place of f's result, a gradient in its structure.

    Of an array by an array, it is an array: the axes of the result, then those of the
    argument.

    `mode` is "reverse" (a sweep for each output) or "forward" (one for each input);
    they agree up to rounding. Raises ValueError for another mode.

    >>> from dendrograd import jacobian
    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
    [[4.0, 3.0], [1.0, 1.0]]
    """
    if mode not in ("reverse", "forward"):
        raise ValueError(f"jacobian: mode={mode!r}, but it is 'reverse' or 'forward'")

    by = checked_argnums("jacobian", f, argnums)

    def jacobian_of_f(*primals: Any, **options: Any) -> Any:
        wrt = positions("jacobian", by, len(primals))
        trace = run("jacobian", f, primals, wrt, options)
        sweep = _rows_by_reverse if mode == "reverse" else _rows_by_forward
        return cross(trace.tree, chosen(by, primals), iter(sweep(trace)))

    said = _said(by) + (f", mode={mode!r}" if mode != "reverse" else "")
    return Derived(jacobian_of_f, jacobian, f, by, mode, said=said)


def _rows_by_reverse(trace: Run) -> list[list[Any]]:
    return [pulled(trace, row) for row in _identity(len(trace.outputs))]


def _rows_by_forward(trace: Run) -> list[list[Any]]:
    columns = [pushed(trace, column) for column in _identity(len(trace.inputs))]
    return [[column[i] for column in columns] for i in range(len(trace.outputs))]


def _identity(n: int) -> list[list[float]]:
    return [[float(i == j) for j in range(n)] for i in range(n)]


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """Return the matrix of second derivatives, the Jacobian of the gradient.

    >>> from dendrograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    by = checked_argnums("hessian", f, argnums)
    rows = jacobian(grad(f, by), by, mode="forward")
    return Derived(rows, hessian, f, by, said=_said(by))
