"""solve, fixed_point, argmin: what an equation defines, differentiable in its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dendrograd.backprop import between
from dendrograd.compositions import plain
from dendrograd.context import recording, within
from dendrograd.errors import ShapeError
from dendrograd.linalg import MatrixError, cholesky
from dendrograd.mode import current
from dendrograd.notices.listen import unheard
from dendrograd.program import Program
from dendrograd.sweeps import pull
from dendrograd.transforms import grad, hessian
from dendrograd.trees import flatten, is_scalar, rebuild, tree_map
from dendrograd.value import Value

from .errors import SolveError
from .newton import bisected, newton, shown
from .system import System

__all__ = ["argmin", "fixed_point", "solve"]

Function = Callable[..., Any]


def solve(
    residual: Function,
    guess: Any,
    *params: Any,
    bracket: tuple[float, float] | None = None,
    method: Function | None = None,
) -> Any:
    """Return the x with residual(x, *params) = 0, as a node for each unknown.

    `guess` is a number, or a list, dict or array of unknowns, whose structure the result
    has; then the residual returns as many numbers. The derivatives are those of the
    implicit function theorem, of every order, by the params and by whatever Values the
    residual uses. The root is the one to which Newton's method leads from the guess, or
    one inside the bracket. `method(f, guess)`, or `method(f, *bracket)`, is another solver
    to begin with, SciPy's `brentq` or `root`; Newton's method makes its result exact.
    Raises SolveError where no root is found, or one without a derivative.

    >>> from dendrograd import grad
    >>> from dendrograd.implicit import solve
    >>> root = lambda a: solve(lambda x, a: x * x - a, 1.0, a)
    >>> root(4.0), grad(root)(4.0), grad(grad(root))(4.0)  # of the square root
    (2.0, 0.25, -0.03125)
    """
    return _solved("solve", residual, guess, params, bracket, method)


def fixed_point(
    g: Function, guess: Any, *params: Any, method: Function | None = None
) -> Any:
    """Return the x with g(x, *params) = x, as `solve` does.

    It is found by Newton's method, so g need not contract.

    >>> from dendrograd import cos, grad
    >>> from dendrograd.implicit import fixed_point
    >>> round(grad(lambda a: fixed_point(lambda x, a: cos(a * x), 0.7, a))(1.0), 6)
    -0.297474
    """

    def residual(x: Any, *given: Any) -> Any:
        pairs = zip(flatten(g(x, *given)), flatten(x), strict=True)
        return [new - old for new, old in pairs]

    return _solved("fixed_point", residual, guess, params, None, method)


def argmin(
    f: Function, guess: Any, *params: Any, method: Function | None = None
) -> Any:
    """Return the x at which f(x, *params) is least near the guess, as `solve` does.

    It solves grad(f) = 0. Raises SolveError where what it finds is no minimum.

    >>> from dendrograd import grad
    >>> from dendrograd.implicit import argmin
    >>> least = lambda a: argmin(lambda x, a: (x - a) ** 4 + x * x, 0.5, a)
    >>> round(grad(least)(1.0), 6)
    0.676046
    """
    found = _solved("argmin", grad(f), guess, params, None, method)
    unheard(_ensure_least, f, guess, found, params)
    return found


def _ensure_least(f: Function, guess: Any, found: Any, params: Sequence[Any]) -> None:
    """Raise SolveError where the Hessian says that a point is no minimum."""
    x, given = tree_map(_number, found), tree_map(_number, list(params))
    rows = hessian(lambda v: f(rebuild(guess, iter(v)), *given))(flatten(x))
    try:
        cholesky(rows)
    except MatrixError:
        raise SolveError(
            f"argmin: no minimum at {shown(flatten(x))}: f has a slope of 0 there, but "
            "its Hessian is not positive definite; start from another guess"
        ) from None


def _number(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


def _solved(name: str, residual: Function, guess: Any, *how: Any) -> Any:
    """Return the unknowns in the structure of the guess: nodes, or floats of floats."""
    system, operands = unheard(_system, name, residual, guess, *how)
    found = system.nodes(operands) if operands else system.roots
    return rebuild(guess, iter(found))


def _system(
    name: str,
    residual: Function,
    guess: Any,
    params: Sequence[Any],
    bracket: tuple[float, float] | None,
    method: Function | None,
) -> tuple[System, list[Value]]:
    """Return the solved equations, and the Values that they depend on."""
    equations = Equations(name, residual, guess)
    given = tree_map(_number, list(params))
    start = equations.start(given, bracket, method)
    roots = newton(lambda x: equations.at(x, given), start, name)
    scalars = flatten(list(params))
    fresh = [Value(x.data) if isinstance(x, Value) else x for x in scalars]
    program, others = equations.recorded(
        roots, rebuild(list(params), iter(fresh)), fresh
    )
    operands = [x for x in scalars if isinstance(x, Value)] + others
    return System(program, roots, [x.data for x in operands], name), operands


class Equations:
    """A residual as a function of a list of floats, with its Jacobian."""

    def __init__(self, name: str, residual: Function, guess: Any) -> None:
        self.name, self.residual, self.guess = name, residual, guess

    def start(self, given: Any, bracket: Any, method: Function | None) -> list[float]:
        """Return where Newton's method begins."""
        guess = [plain(x, self.name) for x in flatten(self.guess)]
        if bracket is not None and len(guess) != 1:
            raise ShapeError(
                f"{self.name}: a bracket for {len(guess)} unknowns; it is for one number"
            )
        single = is_scalar(self.guess)

        def f(x: Any) -> Any:
            values = self.values(flatten(x), given)
            return values[0] if single else values

        if method is not None:
            found = method(f, *(bracket or (guess[0] if single else guess,)))
            for attribute in ("x", "root"):  # of the results of SciPy
                found = getattr(found, attribute, found)
            return [plain(x, self.name) for x in flatten(found)]
        if bracket is None:
            return guess
        return [bisected(f, float(bracket[0]), float(bracket[1]), self.name)]

    def values(self, x: list[Any], given: Any) -> list[float]:
        """Return the residuals at a point in floats."""
        numbers = [plain(v, self.name) for v in x]
        found = self.residual(rebuild(self.guess, iter(numbers)), *given)
        return [plain(v, self.name) for v in flatten(found)]

    def outputs(self, x: list[Value], given: Any) -> list[Any]:
        """Return the residuals at unknowns that are Values, one for each."""
        unknowns = rebuild(self.guess, iter(x))
        found = flatten(
            self.residual(unknowns, *given)
            if current().recording
            else within(recording(), self.residual, unknowns, *given)
        )
        if len(found) != len(x):
            raise ShapeError(
                f"{self.name}: {len(found)} equations for {len(x)} unknowns; return one "
                "residual for each unknown"
            )
        return found

    def at(self, x: list[float], given: Any) -> tuple[list[float], list[list[float]]]:
        """Return the residuals and their slopes by the unknowns."""
        leaves = [Value(v) for v in x]
        found = self.outputs(leaves, given)
        order = between([y for y in found if isinstance(y, Value)], leaves)
        rows = [
            pull(order, {y: 1.0}, wanted=leaves)
            if isinstance(y, Value)
            else [0.0] * len(x)
            for y in found
        ]
        return [plain(y, self.name) for y in found], rows

    def recorded(
        self, roots: list[float], given: Any, fresh: list[Any]
    ) -> tuple[Program, list[Value]]:
        """Return the residuals as a program, and the Values that nobody gave.

        These are what the residual used and what does not depend on an unknown or on a
        parameter: the program ends at them, whatever they were computed from.
        """
        leaves = [Value(x) for x in roots] + [x for x in fresh if isinstance(x, Value)]
        found = self.outputs(leaves[: len(roots)], given)
        inside = between([y for y in found if isinstance(y, Value)], leaves)
        known = set(inside)
        others = dict.fromkeys(
            p for y in inside[len(leaves) :] for p in y.parents if p not in known
        )
        program = Program.of(found, [*leaves, *others])
        program.tree = None  # the nodes themselves are not needed again
        return program, list(others)
