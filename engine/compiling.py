"""`compile`: a scalar function recorded once, then run several times as fast as floats.

The compiler needs NumPy, so it is imported when the first function is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .errors import OperandError
from .program import Program
from .value import Value

if TYPE_CHECKING:
    from dendrograd.compiler.compiled import Compiled

__all__ = ["compile"]


def compile(
    f: Callable[..., Any] | Value,
    in_axes: Any = None,
    reduce: str | None = None,
    exact: bool = False,
    *,
    frozen: str = "error",
    backend: str | None = None,
    wrt: Sequence[Value] | None = None,
) -> Compiled:
    """Return f recorded: the same function, its value and gradient by straight-line code.

    f is plain scalar Python. The first call with arguments of a kind runs it on Values,
    twice, and keeps what it did; later calls replay that on other numbers, to the last
    bit as f itself on Values. `grad` and `value_and_grad` of the result find the code.

    Floats, arrays of numbers and Values are inputs; bools, ints outside of arrays,
    strings, None and other objects are static: each has a recording of its own. What f
    decides by numbers (`if x > 0`, `int(x)`) is a guard: where one is answered
    otherwise, the path that f takes then is recorded too, up to 64. With numbers in,
    numbers come out. Where f reads Values that are no arguments, as the parameters of a
    module, or is called with Values, each result is a Value whose parents are these, so
    `backward()` and optimisers work as they do on eager code.

    in_axes  which arguments have a number for each lane, and along which axis of an array
             (jax.vmap's word): an int or None for each positional argument, or one for
             all; a container of them where an argument is one. None: no lanes
    reduce   over lanes: None for a result for each lane, "sum" or "mean" for one result
    exact    over lanes: whether each number has the bits of the eager engine, and sums are
             made lane after lane. Else exp, log, tanh and sech are polynomials, and sums
             are made in eights: within 1e-12 of the largest entry of the gradient
    frozen   "error": a number that is read (`x.data`, `float(x)`) and would change from
             call to call is refused; "allow": it stays what it was at the recording
    backend  "tape"; "rolled": alike nodes become arrays and a few NumPy statements, right to
             1e-12 of the gradient's largest entry; "fastest": what takes less time, measured
             once. None: the tape for one point, and over lanes a rule on counts. `report()`
             says what runs and why, `source` shows it, `statements` lists what it has
    wrt      where f is a Value that was computed: the leaves that are its arguments

    Over lanes each point takes its own path. Without a reduce the gradient by each argument
    has the lanes as its first axis; with one it has the shape of the argument. Paths are
    summed in the order of their first lanes. Integers in arrays over lanes are inputs; used
    as an index, each is a path of its own, so give one-hot rows where there are many.

    Raises TraceError where f reads a clock, a random generator or changing state, calls
    backward(), or makes nodes by hand; OperandError where f is no function or in_axes are
    no axes; over lanes ShapeError where arrays do not fit, and what f raises, with a note
    that says in which lane. What f prints is printed while it is recorded, and not later.

    >>> from dendrograd import compile, value_and_grad
    >>> @compile
    ... def f(x, y):
    ...     return x * y if x > 0.0 else x - y
    >>> f(2.0, 3.0), f(-2.0, 3.0), value_and_grad(f, (0, 1))(2.0, 3.0)
    (6.0, -5.0, (6.0, (3.0, 2.0)))
    >>> import numpy as np
    >>> value_and_grad(compile(f, in_axes=(0, None)))(np.array([2.0, -2.0]), 3.0)
    (array([ 6., -5.]), array([3., 1.]))
    """
    if frozen not in ("error", "allow"):
        raise OperandError(f"compile: frozen={frozen!r}, but it is 'error' or 'allow'")
    backend = _back_end(backend, exact)
    if isinstance(f, Value):
        return _compiled(_of_graph(f, wrt), frozen, backend, in_axes, reduce, exact)
    if wrt is not None:
        raise OperandError(
            "compile: wrt names the leaves of a Value that was computed; a function is "
            "compiled by all of its arguments, and grad(f, argnums) chooses among them"
        )
    if not callable(f):
        raise OperandError(
            f"compile: {f!r} is a {type(f).__name__}, not a function; give the function "
            "itself, as in compile(f)"
        )
    return _compiled(f, frozen, backend, in_axes, reduce, exact)


def _back_end(backend: str | None, exact: bool) -> str | None:
    """Return the back end that is asked for; None where a rule on counts chooses."""
    if backend not in (None, "tape", "rolled", "fastest"):
        raise OperandError(
            f"compile: backend={backend!r}, but it is 'tape', 'rolled' or 'fastest'"
        )
    if exact and backend == "rolled":
        raise OperandError(
            "compile: backend='rolled' adds in another order than the eager engine, so "
            "it has not its bits, which exact=True asks for; leave out one of them"
        )
    return "tape" if exact else backend


def _compiled(
    f: Callable[..., Any],
    frozen: str,
    backend: str | None,
    in_axes: Any,
    reduce: str | None,
    exact: bool,
) -> Compiled:
    """Return a function compiled, for one point at a time or over lanes."""
    from dendrograd.compiler.compiled import Compiled

    if reduce not in (None, "sum", "mean"):
        raise OperandError(
            f"compile: reduce={reduce!r}, but over lanes there are 'sum' and 'mean', and "
            "None for a result for each"
        )
    if in_axes is None:
        if reduce is not None:
            raise OperandError(
                f"compile: reduce={reduce!r} is over lanes, but there are none without "
                "in_axes; give the axis of each argument that goes over lanes"
            )
        return Compiled(f, compile, frozen, backend)
    from dendrograd.compiler.axes import checked
    from dendrograd.compiler.batched import Batched

    return Batched(f, compile, frozen, backend, checked(in_axes), reduce, exact)


def _of_graph(root: Value, wrt: Sequence[Value] | None) -> Callable[..., Any]:
    """Return a computed graph as a function of some of its leaves."""
    if wrt is None:
        raise OperandError(
            "compile: a Value is compiled as a function of leaves: wrt=[x, w]"
        )
    program = Program.of(root, list(wrt))
    given = program.inputs - len(program.captured)

    def graph(*leaves: Any) -> Any:
        if len(leaves) != given:
            raise OperandError(
                f"{name}: {len(leaves)} numbers, but it was compiled by {given} leaves"
            )
        return program.replay(*leaves)

    name = graph.__name__ = graph.__qualname__ = root.label or "graph"
    return graph
