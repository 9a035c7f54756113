"""Value: a number that remembers how it was computed.

Computing with Values grows a graph: each node holds its `parents` and, aligned with
them, its `partials`, the local derivatives d node / d parent. That is all that the
chain rule needs; `backprop.py` does the rest. The operations come from `ops.py`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from .context import MODE, Mode, report, source_line
from .errors import GraphError, OperandError
from .op import Op, number
from .ops import OPS
from .symbols import slopes

if TYPE_CHECKING:
    from ._methods import Methods
else:
    Methods = object

__all__ = ["Value"]


class Value(Methods):
    """A float in a computational tree, with the gradient that `backward` fills in.

    data      the number; assigning it later leaves recorded partials as they are
    grad      d root / d self after `root.backward()`; leaves add up until zeroed
    op        the operation that made it, None for a leaf
    parents   the Values it was computed from, in order, repeats kept
    partials  d self / d parent for each parent, as of when the node was made
    label     a name for pictures
    scope     the names of the `scope` blocks it was made in
    source    "file.py:12" where an operation made an inf or a nan, else None

    `Value(data, children, local_grads)` makes a node by hand. Raises OperandError for
    what is no real number and GraphError where children and local_grads do not pair.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a.tanh()
    >>> c.backward()
    >>> round(a.grad, 4), b.grad
    (-2.9293, 2.0)
    """

    __slots__ = (
        "_operands",
        "data",
        "grad",
        "label",
        "op",
        "parents",
        "partials",
        "scope",
        "source",
    )

    def __init__(
        self,
        data: Any,
        children: Iterable[Value] = (),
        local_grads: Iterable[Any] = (),
        *,
        label: str = "",
    ) -> None:
        self.data: float = number(data, "Value")
        self.grad: float = 0.0
        self.label = label
        self.parents: tuple[Value, ...] = tuple(children)
        self.partials: tuple[float, ...] = tuple(
            [number(partial, "Value(local_grads)") for partial in local_grads]
        )
        self.op: Op | None = GIVEN if self.parents else None
        self.scope: tuple[str, ...] = MODE.get().scope
        self.source: str | None = None
        self._operands: tuple[Value | float, ...] | None = None
        if len(self.parents) != len(self.partials):
            raise GraphError(
                f"Value: {len(self.parents)} children but {len(self.partials)} "
                "local_grads; give one local derivative for each child"
            )
        for parent in self.parents:
            if not isinstance(parent, Value):
                raise OperandError(f"Value: the child {parent!r} is not a Value")

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """The parents with the plain numbers in their places: `x * 2` has (x, 2.0)."""
        return self.parents if self._operands is None else self._operands

    @property
    def _prev(self) -> tuple[Value, ...]:  # micrograd's names, for the draw_dot of
        return self.parents  # hundreds of notebooks

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op else ""

    def _apply(self, op: Op, operands: tuple[Any, ...]) -> Value:
        """Record an operation on Values and numbers, in any mixture."""
        xs = [v.data if isinstance(v, Value) else number(v, op.name) for v in operands]
        y, partials = op.linearize(*xs)
        if len(partials) != len(operands):
            raise GraphError(
                f"{op.name}: {len(operands)} operands but {len(partials)} partials; "
                "a rule gives one local derivative for each operand"
            )
        parents = tuple([v for v in operands if isinstance(v, Value)])
        if len(parents) == len(operands):
            return node(y, op, parents, partials)
        partials = tuple(
            [d for d, v in zip(partials, operands, strict=True) if isinstance(v, Value)]
        )
        mixed = [
            v if isinstance(v, Value) else x for v, x in zip(operands, xs, strict=True)
        ]
        return node(y, op, parents, partials, tuple(mixed))

    def detach(self) -> Value:
        """Return a leaf with the same data and label: gradients stop there."""
        return Value(self.data, label=self.label)

    def __float__(self) -> float:
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    __hash__ = object.__hash__  # by identity: equal data does not make equal nodes

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{label})"


def _by_hand(*_: Any) -> NoReturn:
    raise GraphError(
        "Value(data, children, local_grads): a node made by hand has fixed local "
        "derivatives, so it cannot be differentiated again or evaluated elsewhere; "
        "give it a rule with @dendrograd.primitive"
    )


GIVEN = Op("given", _by_hand, _by_hand, (), symbol="?", variadic=True)
PLAIN = MODE.get()  # recording, without a scope or an errstate
new = object.__new__


def node(
    y: float,
    op: Op,
    parents: tuple[Value, ...],
    partials: tuple[float, ...],
    operands: tuple[Value | float, ...] | None = None,
) -> Value:
    """Return the node of an operation; inside `no_grad` a leaf."""
    self = new(Value)
    self.data = y
    self.grad = 0.0
    self.op = op
    self.parents = parents
    self.partials = partials
    self._operands = operands
    self.label = ""
    self.scope = ()
    self.source = None
    mode = MODE.get()
    if mode is not PLAIN or y - y:  # inf - inf and nan - nan are nan, which is true
        annotate(self, mode)
    return self


def annotate(self: Value, mode: Mode) -> None:
    """Note on a new node what the mode asks for, and where a bad number was made."""
    self.scope = mode.scope
    if self.data - self.data:
        self.source = source_line()
        if mode.alert and self.op:
            report(self.op, [float(v) for v in self.operands], self.data, mode)
    if not mode.recording:
        self.op, self.parents, self.partials, self._operands = None, (), (), None


def unary(op: Op) -> Callable[[Value], Value]:
    """Return the method of an operation of one operand."""
    primal, slope = op.primal, slopes(op, (0,))

    def method(self: Value) -> Value:
        x = self.data
        try:
            y = primal(x)
            partials = slope(y, x)
        except (ArithmeticError, ValueError):  # a limit: log(0) is -inf, say
            y, partials = op.linearize(x)
        return node(y, op, (self,), partials)

    return method


def binary(op: Op) -> Callable[[Value, Any], Any]:
    """Return the operator of an operation of two operands."""
    primal, both, left = op.primal, slopes(op, (0, 1)), slopes(op, (0,))

    def method(self: Value, other: Any) -> Any:
        a = self.data
        if isinstance(other, Value):
            b = other.data
            try:
                y = primal(a, b)
                partials = both(y, a, b)
            except (ArithmeticError, ValueError):
                y, partials = op.linearize(a, b)
            return node(y, op, (self, other), partials)
        try:
            b = other if type(other) is float else number(other, op.name)
        except OperandError:
            return _not_ours(other)
        try:
            y = primal(a, b)
            partials = left(y, a, b)
        except (ArithmeticError, ValueError):
            y, (partial, _) = op.linearize(a, b)
            partials = (partial,)
        return node(y, op, (self,), partials, (self, b))

    return method


def reflected(op: Op) -> Callable[[Value, Any], Any]:
    """Return the reflected operator: a number on the left of a Value."""
    primal, right = op.primal, slopes(op, (1,))

    def method(self: Value, other: Any) -> Any:
        b = self.data
        try:
            a = other if type(other) is float else number(other, op.name)
        except OperandError:
            return _not_ours(other)
        try:
            y = primal(a, b)
            partials = right(y, a, b)
        except (ArithmeticError, ValueError):
            y, (_, partial) = op.linearize(a, b)
            partials = (partial,)
        return node(y, op, (self,), partials, (a, self))

    return method


def _not_ours(other: Any) -> Any:
    """Raise again for a built-in type; an array, say, may go element by element."""
    if type(other).__module__ == "builtins":
        raise  # noqa: PLE0704  # called while OperandError is handled
    return NotImplemented


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Value, Any], Any]:
    """Return a comparison by data."""

    def method(self: Value, other: Any) -> Any:
        return compare(self.data, other.data if isinstance(other, Value) else other)

    return method


def rounding(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a conversion to int by data, as floats have it: `round(v)`."""
    return lambda self, *digits: function(self.data, *digits)


def install(op: Op) -> None:
    """Give Value the method and the operators of a table entry."""
    method: Callable[..., Any] = unary(op) if len(op.domain) == 1 else binary(op)
    for name in (op.name, *op.aliases):
        setattr(Value, name, method)
    if op.dunder:
        setattr(Value, f"__{op.dunder}__", method)
        if len(op.domain) == 2:
            setattr(Value, f"__r{op.dunder}__", reflected(op))


for entry in OPS.values():
    if entry.method:
        install(entry)
for symbol in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Value, f"__{symbol}__", comparison(getattr(operator, symbol)))
to_int: tuple[Callable[..., Any], ...] = (round, math.trunc, math.floor, math.ceil)
for function in to_int:
    setattr(Value, f"__{function.__name__}__", rounding(function))
