"""Value: a number that remembers how it was computed.

Computing with Values grows a graph: each node holds its `parents` and, aligned with
them, its `partials`, the local derivatives d node / d parent. That is all that the
chain rule needs; `backprop.py` does the rest. The class is whole in this file: what is
not written out comes from the table of operations by the loop at the end, and no other
file adds to it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import compress
from typing import TYPE_CHECKING, Any, NoReturn

from dendrograd.node.arguments import fixed, paired, real, renamed, text
from dendrograd.node.edges import MANY, connect, frozen, kept, parents, partials
from dendrograd.node.methods import methods
from dendrograd.node.ufuncs import answer, answer_function
from dendrograd.notices.alarm import sound, source_line
from dendrograd.notices.listen import HELD, LISTENING, MADE, READ, asked, hear
from dendrograd.notices.lost import taken

from .compositions import ASKED
from .door import exchanged
from .errors import GraphError, OperandError
from .mode import MODE, NOWHERE, PLAIN, Call, Mode, current, entered, strays
from .native import twin
from .number import number
from .op import Op, by_hand, highest
from .ops import OPS

if TYPE_CHECKING:
    from ._methods import Methods
else:
    Methods = object

__all__ = ["Value", "node"]

NONE: tuple[Any, ...] = ()  # the children of a leaf, told by identity for speed


class Value(Methods):
    """A float in a computational tree, with the gradient that `backward` fills in.

    data      the number, always a float; to assign it leaves recorded partials alone
    grad      d root / d self after `root.backward()`; leaves add up until zeroed, or
              until it is None, which means the same to `backward`
    op        the operation that made it, None for a leaf
    parents   the Values it was computed from, in order, repeats kept
    partials  d self / d parent for each parent, as of when the node was made
    label     a name for pictures
    scope     the names of the `scope` blocks it was made in; `call` tells one entry
              into them from the next
    source    "file.py:12" where an operation made an inf or a nan, else None

    `Value(data, children, local_grads)` makes a node by hand. Raises OperandError for
    what is not a real number, also on assignment, and for a label that is not a str;
    GraphError where children and local_grads do not pair. What a node was computed from
    is fixed when it is made: `parents` and `partials` are read, never assigned.
    micrograd's keywords `_children` and `_op` stand for the second and the third argument.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a.tanh()
    >>> c.backward()
    >>> round(a.grad, 4), b.grad
    (-2.9293, 2.0)
    """

    _rank = 1  # above a float, below a recording

    # fmt: off
    __slots__ = (  # _a, _da, _b, _db: operands, partials (node/edges.py); _bar: scratch of a sweep
        "_a",
        "_b",
        "_bar",
        "_da",
        "_data",
        "_db",
        "_grad",
        "call",
        "label",
        "op",
    )
    # fmt: on
    _a: Any
    _da: Any
    _b: Any
    _db: Any
    if TYPE_CHECKING:
        parents: tuple[Value, ...]
        partials: tuple[float, ...]
    else:
        parents = property(
            parents, frozen("parents"), doc="The Values it was computed from."
        )
        partials = property(
            partials, frozen("partials"), doc="d self / d parent for each parent."
        )

    _operands, _connect = property(kept), connect

    def __init__(
        self,
        data: Any,
        children: Iterable[Value] = NONE,
        local_grads: Iterable[Any] = NONE,
        *,
        _children: Iterable[Value] = NONE,  # micrograd's names for the two
        _op: str | None = None,
        label: str = "",
    ) -> None:
        if hasattr(self, "_data"):
            raise GraphError(
                "Value: __init__ of a node that exists would give it other edges; make "
                "a new Value"
            )
        if _children is not NONE or _op is not None:
            children, local_grads = renamed(children, local_grads, _children, _op)
        self._data: float = data if type(data) is float else real(data, "Value")
        self._grad: float | None = 0.0
        self._bar: Any = None
        self.op: Op | None = None
        self._a = self._b = self._db = None
        self._da = ()
        self.label = label if type(label) is str else text(label)
        self.call: Call = NOWHERE
        if children is not NONE or local_grads is not NONE:
            found = paired(tuple(children), local_grads, Value)
            self._connect(*found)
            self.op = by_hand if found[0] else None
        if (entered and MODE.get() is not PLAIN) or self._data - self._data:  # as below
            annotate(self, MODE.get())

    @property
    def data(self) -> float:
        """The number. Raises OperandError where it is set to anything but a real."""
        if LISTENING:
            hear(READ, (self,))
        return self._data

    @data.setter
    def data(self, x: Any) -> None:
        self._data = x if type(x) is float else real(x, "Value.data")

    @property
    def grad(self) -> float | Any:  # Any stands for None, which few programs assign
        """The gradient. Raises OperandError unless it is a real number or None."""
        return self._grad

    @grad.setter
    def grad(self, x: Any) -> None:
        floats = type(x) is float or x is None
        self._grad = x if floats else real(x, "Value.grad")

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """The parents with the plain numbers in their places: `x * 2` has (x, 2.0)."""
        found = self._operands
        return self.parents if found is None else found

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the scopes around it, outermost first."""
        return tuple([str(call.name) for call in self.call.path])

    @scope.setter
    def scope(self, names: Iterable[str]) -> None:
        self.call = place(tuple(names))

    @property
    def source(self) -> str | None:
        """The line that made an inf or a nan."""
        return self.call.source

    @property
    def _prev(self) -> tuple[Value, ...]:  # micrograd's names, for the draw_dot of
        return self.parents  # hundreds of notebooks

    @_prev.setter
    def _prev(self, _: Any) -> NoReturn:
        fixed(self, "_prev")

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op else ""

    @_op.setter
    def _op(self, _: Any) -> NoReturn:
        fixed(self, "_op")

    @property
    def _backward(self) -> Callable[[], None]:  # one step of the sweep, by hand
        from .backprop import hand_on

        return partial(hand_on, self)

    @_backward.setter
    def _backward(self, _: Any) -> NoReturn:
        fixed(self, "_backward")

    @staticmethod
    def _apply(op: Op, operands: tuple[Any, ...]) -> Value:
        """Record an operation on Values and numbers, in any mixture."""
        fast = FAST.get(op)
        if fast and len(operands) == len(op.domain) and isinstance(operands[0], Value):
            return fast(*operands)
        kinds = set(map(type, operands))
        if kinds == {Value}:  # the most frequent case, at speed
            return node(*op.linearize(*[v._data for v in operands]), op, operands)
        if kinds == {Value, float}:  # and the next
            xs = [v if type(v) is float else v._data for v in operands]
        else:
            try:
                xs = [
                    v._data if isinstance(v, Value) else number(v, op.name)
                    for v in operands
                ]
            except OperandError:
                if highest(operands)._rank > Value._rank:
                    return highest(operands)._apply(op, operands)  # type: ignore[no-any-return]  # of that kind of number
                raise
        y, slopes = op.linearize(*xs)
        ours = [isinstance(v, Value) for v in operands]
        if all(ours):
            return node(y, slopes, op, operands)
        known = tuple(
            [v if own else x for v, x, own in zip(operands, xs, ours, strict=True)]
        )
        return node(
            y, tuple(compress(slopes, ours)), op, tuple(compress(operands, ours)), known
        )

    def detach(self) -> Value:
        """Return a leaf with the same data and label: gradients stop there."""
        if LISTENING and (held := hear(HELD, (+self,))) is not None:
            held.label = self.label  # it goes on to be computed
            return held  # type: ignore[no-any-return]
        return Value(self._data, label=self.label)

    def item(self) -> float:
        """Return the number, as `.data` holds it; PyTorch's and NumPy's name for that.

        >>> Value(3.0).item()
        3.0
        """
        return self.data

    def backward(self, gradient: float = 1.0) -> None:
        """Fill in `.grad` of everything that this was computed from (`backprop.py`)."""
        from .backprop import backward

        backward(self, gradient)

    def __float__(self) -> float:
        taken(self)  # warns where a gradient is lost
        return self.data

    def __int__(self) -> int:
        return asked(int, self)

    def __bool__(self) -> bool:
        return asked(bool, self)

    def __trunc__(self) -> int:
        return asked(math.trunc, self)

    def __floor__(self) -> int:
        return asked(math.floor, self)

    def __ceil__(self) -> int:
        return asked(math.ceil, self)

    def __round__(self, digits: int | None = None) -> Any:
        def rounded(x: float) -> Any:
            return round(x, digits)

        return asked(rounded, self)

    def rint(self) -> float:
        """Return the nearest whole number, by data as `round(v)`: `np.round(v, 2)`."""
        return asked(_rint, self)

    def as_integer_ratio(self) -> NoReturn:
        """Raise OperandError: `statistics.mean` asks, and would lose the gradient."""
        raise OperandError(
            f"as_integer_ratio: {self!r} is a Value, and a fraction keeps no gradient; "
            "use dendrograd.mean instead of statistics.mean, or float(...) for the "
            "number alone"
        )

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __eq__(self, other: object) -> bool:
        yes = self._data == (other._data if isinstance(other, Value) else other)
        if LISTENING:
            hear(operator.eq, (self, other), yes)
        return yes

    def __ne__(self, other: object) -> bool:
        yes = self._data != (other._data if isinstance(other, Value) else other)
        if LISTENING:
            hear(operator.ne, (self, other), yes)
        return yes

    def __lt__(self, other: Any) -> bool:
        yes = self._data < (other._data if isinstance(other, Value) else other)
        if LISTENING:
            hear(operator.lt, (self, other), yes)
        return yes

    def __le__(self, other: Any) -> bool:
        yes = self._data <= (other._data if isinstance(other, Value) else other)
        if LISTENING:
            hear(operator.le, (self, other), yes)
        return yes

    def __gt__(self, other: Any) -> bool:
        yes = self._data > (other._data if isinstance(other, Value) else other)
        if LISTENING:
            hear(operator.gt, (self, other), yes)
        return yes

    def __ge__(self, other: Any) -> bool:
        yes = self._data >= (other._data if isinstance(other, Value) else other)
        if LISTENING:
            hear(operator.ge, (self, other), yes)
        return yes

    __hash__ = object.__hash__  # by identity: equal data does not make equal nodes

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, **options: Any
    ) -> Any:
        """Answer a function of NumPy: `np.isnan(v)` by data, `np.exp(v)` by `v.exp()`."""
        return answer(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Any, kinds: Any, inputs: Any, options: Any
    ) -> Any:
        """Answer a function of NumPy that is not a loop over numbers: `np.sinc(v)`."""
        return answer_function(function, kinds, inputs, options)

    def __copy__(self) -> Value:
        from .copying import copy

        return copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        from .copying import deepcopy

        return deepcopy(self, memo)

    def __reduce_ex__(self, protocol: Any = None) -> tuple[Any, ...]:
        from .copying import reduce

        return reduce(self, protocol)

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def _repr_svg_(self) -> str:
        """Return what a notebook shows beside the repr: the tree, drawn when it asks."""
        from dendrograd.viz.notebook import value_svg

        return value_svg(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self._grad!r}{label})"


def _rint(x: float) -> float:
    return round(x, 0)


@lru_cache(maxsize=4096)
def place(names: tuple[str, ...]) -> Call:
    """Return the place of what is made by no call, as the parameters of a module are."""
    return Call(names[-1], place(names[:-1])) if names else NOWHERE


def annotate(self: Value, mode: Mode) -> None:
    """Note on a new node what the mode asks for, and where a bad number was made."""
    if LISTENING:
        hear(MADE, (self,))
    if mode.loose or strays:
        mode = current()
    self.call = mode.call
    if not math.isfinite(self._data):
        self.call = Call(None, mode.call, source=source_line())
        if mode.actions and self.op and self.op.domain:
            sound(self.op, [float(v) for v in self.operands], self._data, mode)
    if not mode.recording and not (LISTENING and hear(HELD, (self,)) is not None):
        self._connect((), (), () if self.op else None)  # () tells it from a leaf
        self.op = None


new = object.__new__


def node(
    y: float,
    partials: tuple[float, ...],
    op: Op,
    parents: tuple[Value, ...],
    operands: tuple[Value | float, ...] | None = None,
) -> Value:
    """Return the node of an operation; inside `no_grad` one without parents.

    The methods of `node/methods.py` make theirs in the same way, without this call.
    """
    self = new(Value)
    self._data = y
    self._grad = 0.0
    self._bar = None
    self.op = op
    self.label = ""
    self.call = NOWHERE
    if len(parents) > 2:
        self._a, self._da, self._b, self._db = parents, partials, MANY, operands
    else:
        connect(self, parents, partials, operands)
    if (entered and MODE.get() is not PLAIN) or y - y:  # nan, so truthy, of inf and nan
        annotate(self, MODE.get())
    return self


if twin is not None and not TYPE_CHECKING:  # the door: the same class, in C
    Value, node = exchanged(Value, OPS, annotate)
    new = Value.__new__

WORLD = {
    "MODE": MODE,
    "NOWHERE": NOWHERE,
    "PLAIN": PLAIN,
    "Value": Value,
    "annotate": annotate,
    "entered": entered,
    "new": new,
}
FAST: dict[Op, Callable[..., Value]] = {}  # the method of an operation
for entry in OPS.values():
    if entry.method:
        if twin is None:  # pragma: no branch
            for name, method in methods(entry, WORLD).items():
                setattr(Value, name, method)
        if twin is None or twin.has(entry.name):  # pragma: no branch
            FAST[entry] = getattr(Value, entry.name)
for name, composed in ASKED.items():  # as np.radians(array) asks each element
    setattr(Value, name, composed)
