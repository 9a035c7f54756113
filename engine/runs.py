"""A function run on fresh inputs, and the sweeps over the part of the graph between.

Inside a run a transform is nested: its result has to be differentiable itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple, ParamSpec, TypeVar

from dendrograd.notices.lost import watching

from .backprop import between
from .context import recording, within
from .mode import current
from .number import number
from .op import Real
from .ops import pos
from .rules import ensure_traceable
from .sweeps import Partials, pull, push, recorded
from .trees import flatten, rebuild, tree_map
from .value import Value

__all__ = [
    "NESTED",
    "NO_OPTIONS",
    "Function",
    "Run",
    "numbers",
    "pulled",
    "pushed",
    "run",
    "title",
]

NESTED: ContextVar[bool] = ContextVar("dendrograd_nested", default=False)
Function = Callable[..., Any]
P = ParamSpec("P")
Result = TypeVar("Result")
NO_OPTIONS: Mapping[str, Any] = {}


class Run(NamedTuple):
    """A function's result on fresh inputs, and the part of its graph between."""

    inputs: list[Value]
    tree: Any  # the result as the function gave it
    outputs: list[Any]  # its scalars
    order: list[Value]  # the nodes that depend on an input, parents first
    nested: bool  # whether a derivative must be differentiable itself

    @property
    def partials(self) -> Partials:
        return differentiable if self.nested else recorded

    def result(self, tree: Any) -> Any:
        return tree if self.nested else tree_map(float, tree)


def transforming(
    function: Callable[P, Result], /, *args: P.args, **kwargs: P.kwargs
) -> Result:
    """Call a function inside a transform: a transform in there is nested in this one.

    The frame that sets the mark takes it away. A block made of a generator is ended by
    whoever drops it, after Ctrl-C perhaps late, and would bring the mark back then.
    """
    before = NESTED.get()
    try:
        NESTED.set(True)
        result: Result = (
            function(*args, **kwargs)
            if current().recording
            else within(recording(), function, *args, **kwargs)
        )
    finally:
        NESTED.set(before)
    return result


def differentiable(node: Value) -> tuple[Any, ...]:
    """Return the partials of a node as functions of its operands, not as numbers."""
    if not node.op:
        return ()
    operands = node.operands
    ensure_traceable(node.op, len(operands))
    try:
        partials = node.op.partials(node, *operands)
    except ArithmeticError:  # of plain operands alone, as the 1.0 / b of t / 0.0
        reals = [v if isinstance(v, Value) else Real(v) for v in operands]
        found = node.op.partials(node, *reals)
        partials = tuple([float(p) if isinstance(p, Real) else p for p in found])
    return tuple(
        [
            partial
            for partial, operand in zip(partials, operands, strict=True)
            if isinstance(operand, Value)
        ]
    )


def run(
    name: str,
    f: Function,
    primals: Sequence[Any],
    wrt: Sequence[int],
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Run:
    """Call f with the arguments at `wrt` replaced by fresh inputs.

    An input that is a Value already is wrapped (`+x` is a node of its own), so that an
    inner derivative does not see other uses of the same Value in f.
    """
    scalars = flatten([primals[i] for i in wrt])
    nested = NESTED.get() or any(isinstance(x, Value) for x in scalars)
    inputs, tree = transforming(_traced, name, f, primals, wrt, scalars, options)
    outputs = flatten(tree)
    for y in outputs:
        if not isinstance(y, Value):
            number(y, f"{name}: the result of {title(f)}")
    roots = [y for y in outputs if isinstance(y, Value)]
    return Run(inputs, tree, outputs, between(roots, inputs), nested)


def _traced(
    name: str,
    f: Function,
    primals: Sequence[Any],
    wrt: Sequence[int],
    scalars: Sequence[Any],
    options: Mapping[str, Any],
) -> tuple[list[Value], Any]:
    """Return fresh inputs for the scalars of the arguments at `wrt`, and f's result."""
    inputs = [
        pos(x) if isinstance(x, Value) else Value(number(x, name)) for x in scalars
    ]
    fresh = iter(inputs)
    arguments = list(primals)
    for i in wrt:  # in the order of the inputs, which is that of argnums
        arguments[i] = rebuild(primals[i], fresh)
    return inputs, watching(name, inputs, f, *arguments, **options)


def title(f: Function) -> str:
    return getattr(f, "__name__", repr(f))


def pulled(trace: Run, cotangents: Sequence[Any]) -> list[Any]:
    """Return the cotangents of the inputs for those of the outputs."""
    seeds: dict[Value, Any] = {}
    for y, bar in zip(trace.outputs, cotangents, strict=True):
        if isinstance(y, Value):
            seeds[y] = seeds[y] + bar if y in seeds else bar
    return _swept(trace, pull, seeds, trace.inputs)


def numbers(name: str, scalars: Sequence[Any]) -> list[Any]:
    return [x if isinstance(x, Value) else number(x, name) for x in scalars]


def pushed(trace: Run, directions: Sequence[Any]) -> list[Any]:
    """Return the tangents of the outputs for those of the inputs."""
    seeds = dict(zip(trace.inputs, directions, strict=True))
    return _swept(trace, push, seeds, trace.outputs)


def _swept(
    trace: Run,
    sweep: Callable[..., list[Any]],
    seeds: dict[Value, Any],
    wanted: list[Any],
) -> list[Any]:
    """Return what a sweep gives the wanted nodes: floats, or Values where nested."""
    if trace.nested:
        return transforming(sweep, trace.order, seeds, trace.partials, wanted=wanted)
    found = sweep(trace.order, seeds, wanted=wanted)
    if any(isinstance(seed, Value) for seed in seeds.values()):
        return found  # linear in the seeds, for given primals: what is recorded serves
    return list(map(float, found))
