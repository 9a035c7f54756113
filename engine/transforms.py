"""Derivatives of functions: grad, jvp, vjp and what they make up.

The functions take scalars, lists, tuples and dicts of scalars, and nestings of them, as
positional arguments; a derivative comes back in the same structure. `argnums` says by
which argument to differentiate (an int, or several as a tuple); the others are passed
as they are. With numbers in, results are floats; with a Value in, or inside another
transform, they are Values that can be differentiated again, exactly at every order,
since the partials themselves are table operations.

Every function here raises ShapeError where structures do not fit, and OperandError
where an argument or a result is no number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from .backprop import pull, push, recorded, toposort
from .context import MODE, changed
from .errors import ShapeError
from .lost import watching
from .op import number
from .ops import pos
from .symbols import ensure_traceable
from .trees import flatten, flatten_like, rebuild, tree_map
from .value import Value

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

NESTED: ContextVar[bool] = ContextVar("dendrograd_nested", default=False)
Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


class Run(NamedTuple):
    """A function's result on fresh inputs, and the part of its graph between."""

    inputs: list[Value]
    tree: Any  # the result as the function gave it
    outputs: list[Any]  # its scalars
    order: list[Value]  # the nodes that depend on an input, parents first
    nested: bool  # whether a derivative must be differentiable itself

    def partials(self, node: Value) -> tuple[Any, ...]:
        return differentiable(node) if self.nested else recorded(node)

    def result(self, tree: Any) -> Any:
        return tree if self.nested else tree_map(float, tree)


@contextmanager
def transforming(recording: bool = True) -> Iterator[None]:
    """Mark the inside of a transform: a transform in there is nested in this one."""
    before = NESTED.get()
    try:
        NESTED.set(True)
        if MODE.get().recording == recording:
            yield
        else:
            with changed(recording=recording):
                yield
    finally:
        NESTED.set(before)


def differentiable(node: Value) -> tuple[Any, ...]:
    """Return the partials of a node as functions of its operands, not as numbers."""
    if not node.op:
        return ()
    ensure_traceable(node.op, len(node.operands))
    found = node.op.partials(node, *node.operands)
    return tuple(
        [
            partial
            for partial, operand in zip(found, node.operands, strict=True)
            if isinstance(operand, Value)
        ]
    )


def run(name: str, f: Function, primals: Sequence[Any], wrt: Any) -> Run:
    """Call f with the arguments at `wrt` replaced by fresh inputs.

    An input that is a Value already is wrapped (`+x` is a node of its own), so that an
    inner derivative does not see other uses of the same Value in f.
    """
    scalars = flatten([primals[i] for i in wrt])
    nested = NESTED.get() or any(isinstance(x, Value) for x in scalars)
    with transforming():
        inputs = [
            pos(x) if isinstance(x, Value) else Value(number(x, name)) for x in scalars
        ]
        fresh = iter(inputs)
        arguments = [
            rebuild(x, fresh) if i in wrt else x for i, x in enumerate(primals)
        ]
        with watching(name, inputs):
            tree = f(*arguments)
    outputs = flatten(tree)
    for y in outputs:
        if not isinstance(y, Value):
            number(y, f"{name}: the result of {_title(f)}")
    active = set(inputs)
    roots = [y for y in outputs if isinstance(y, Value)]
    for node in (order := toposort(*roots, below=inputs)):
        if any(parent in active for parent in node.parents):
            active.add(node)
    order = inputs + [node for node in order if node in active]
    return Run(inputs, tree, outputs, order, nested)


def _title(f: Function) -> str:
    return getattr(f, "__name__", repr(f))


def _pulled(found: Run, cotangents: Sequence[Any]) -> list[Any]:
    """Return the cotangents of the inputs for those of the outputs."""
    seeds: dict[Value, Any] = {}
    for y, bar in zip(found.outputs, cotangents, strict=True):
        if isinstance(y, Value):
            seeds[y] = seeds[y] + bar if y in seeds else bar
    if not found.nested and any(isinstance(bar, Value) for bar in cotangents):
        found = found._replace(nested=True)
        bars = pull(found.order, seeds)  # linear in the cotangents, for given primals
    else:
        with transforming(found.nested):
            bars = pull(found.order, seeds, found.partials)
    return [found.result(bars.get(x, 0.0)) for x in found.inputs]


def _positions(name: str, argnums: Argnums, count: int) -> tuple[int, ...]:
    wrt = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for i in wrt:
        if not isinstance(i, int) or not -count <= i < count:
            raise ShapeError(
                f"{name}: argnums={argnums!r}, but the function was called with "
                f"{count} positional arguments; count from 0"
            )
    return tuple([i % count for i in wrt])


def _shaped(argnums: Argnums, primals: Sequence[Any], leaves: list[Any]) -> Any:
    """Return derivatives in the structure of the arguments that argnums names."""
    stream = iter(leaves)
    if isinstance(argnums, int):
        return rebuild(primals[argnums], stream)
    return tuple([rebuild(primals[i], stream) for i in argnums])


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """Return a function that gives f's value and its gradient, by one reverse sweep.

    >>> from dendrograd import value_and_grad
    >>> value_and_grad(lambda w: w["a"] * w["b"][0])({"a": 3.0, "b": [4.0]})
    (12.0, {'a': 4.0, 'b': [3.0]})
    """

    def value_and_gradient(*primals: Any) -> tuple[Any, Any]:
        wrt = _positions("grad", argnums, len(primals))
        found = run("grad", f, primals, wrt)
        if isinstance(found.tree, (list, tuple, dict)):
            raise ShapeError(
                f"grad: {_title(f)} returned a {type(found.tree).__name__} of "
                f"{len(found.outputs)} numbers, not one; use jacobian, or sum them"
            )
        leaves = _pulled(found, [1.0])
        return found.result(found.tree), _shaped(argnums, primals, leaves)

    return value_and_gradient


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """Return the gradient of a scalar function as a function of the same arguments.

    >>> from dendrograd import grad
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)
    return lambda *primals: both(*primals)[1]


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """Return f(*primals) and the function that pulls a cotangent back.

    That function takes a cotangent in the structure of f's result and returns a tuple
    of cotangents, one for each primal: w -> w J.

    >>> from dendrograd import vjp
    >>> y, pullback = vjp(lambda a, b: [a * b, a + b], 3.0, 4.0)
    >>> y, pullback([1.0, 10.0])
    ([12.0, 7.0], (14.0, 13.0))
    """
    everything = tuple(range(len(primals)))
    found = run("vjp", f, primals, everything)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        leaves = _pulled(found, flatten_like("vjp", found.tree, cotangent))
        return tuple(_shaped(everything, primals, leaves))

    return found.result(found.tree), pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return f(*primals) and its directional derivative J v, by one forward sweep.

    `tangents` has the structure of `primals`, one number for each.

    >>> from dendrograd import jvp
    >>> jvp(lambda a, b: a * b, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    directions = flatten_like("jvp", list(primals), list(tangents))
    found = run("jvp", f, primals, tuple(range(len(primals))))
    tangent = rebuild(found.tree, iter(_pushed(found, directions)))
    return found.result(found.tree), tangent


def _pushed(found: Run, directions: Sequence[Any]) -> list[Any]:
    """Return the tangents of the outputs for those of the inputs."""
    for direction in directions:
        if not isinstance(direction, Value):
            number(direction, "jvp: a tangent")
    seeds = dict(zip(found.inputs, directions, strict=True))
    if not found.nested and any(isinstance(t, Value) for t in directions):
        found = found._replace(nested=True)
        dots = push(found.order, seeds)  # linear in the tangents, for given primals
    else:
        with transforming(found.nested):
            dots = push(found.order, seeds, found.partials)
    tangents = [
        dots.get(y, 0.0) if isinstance(y, Value) else 0.0 for y in found.outputs
    ]
    return [found.result(tangent) for tangent in tangents]


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return the Hessian of a scalar function times a vector: forward over reverse.

    Two sweeps, whatever the number of arguments (Pearlmutter 1994). The result is a
    tuple in the structure of `primals`.

    >>> from dendrograd import hvp
    >>> hvp(lambda x, y: x * x * y, (3.0, 4.0), (1.0, 0.0))
    (8.0, 6.0)
    """
    everything = tuple(range(len(primals)))
    return jvp(grad(f, everything), primals, tangents)[1]


def jacobian(f: Function, argnums: Argnums = 0, mode: str = "reverse") -> Function:
    """Return the Jacobian: in each place of f's result, a gradient in its structure.

    `mode` is "reverse" (a sweep for each output) or "forward" (one for each input);
    they agree up to rounding. Raises ValueError for another mode.

    >>> from dendrograd import jacobian
    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
    [[4.0, 3.0], [1.0, 1.0]]
    """
    if mode not in ("reverse", "forward"):
        raise ValueError(f"jacobian: mode={mode!r}, but it is 'reverse' or 'forward'")

    def jacobian_of_f(*primals: Any) -> Any:
        wrt = _positions("jacobian", argnums, len(primals))
        found = run("jacobian", f, primals, wrt)
        sweep = _rows_by_reverse if mode == "reverse" else _rows_by_forward
        rows = [_shaped(argnums, primals, row) for row in sweep(found)]
        return rebuild(found.tree, iter(rows))

    return jacobian_of_f


def _rows_by_reverse(found: Run) -> list[list[Any]]:
    return [_pulled(found, row) for row in _identity(len(found.outputs))]


def _rows_by_forward(found: Run) -> list[list[Any]]:
    columns = [_pushed(found, column) for column in _identity(len(found.inputs))]
    return [[column[i] for column in columns] for i in range(len(found.outputs))]


def _identity(n: int) -> list[list[float]]:
    return [[float(i == j) for j in range(n)] for i in range(n)]


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """Return the matrix of second derivatives, the Jacobian of the gradient.

    >>> from dendrograd import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")
