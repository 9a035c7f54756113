"""deepcopy and pickle of graphs of any depth, without recursion.

The default of both would follow `parents` recursively and fail at a thousand nodes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from .backprop import toposort
from .value import Value, new

FIELDS = tuple(field for field in Value.__slots__ if field not in ("parents", "op"))


class _Pickling(threading.local):
    """Whether this thread is inside the list of a root's ancestors."""

    inside = False


pickling = _Pickling()


class Ancestors(list[Value]):
    """The nodes below a root; pickled one after the other, parents first.

    A pickler remembers what it has seen. As parents come first, a node finds its own
    in that memory, and nothing is saved twice or deeper than one level.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return Ancestors, (), None, self._one_by_one()

    def _one_by_one(self) -> Iterator[Value]:
        pickling.inside = True
        try:
            yield from self
        finally:
            pickling.inside = False


def reduce(self: Value, protocol: Any = None) -> tuple[Any, ...]:
    """Return how to rebuild a node: its ancestors first, then its own fields."""
    below: Any = None
    if self.parents and not pickling.inside:
        below = Ancestors(toposort(self)[:-1])
    extra = getattr(self, "__dict__", None)  # of a subclass
    state = tuple([getattr(self, field) for field in FIELDS])
    return rebuild, (below, type(self), self.op, self.parents, state, extra)


def rebuild(
    _: Any, cls: type[Value], op: Any, parents: Any, state: Any, extra: Any
) -> Value:
    """Return a node of the given fields."""
    self = new(cls)
    self.op, self.parents = op, parents
    for field, content in zip(FIELDS, state, strict=True):
        setattr(self, field, content)
    if extra:
        self.__dict__.update(extra)
    return self


def deepcopy(self: Value, memo: dict[int, Any]) -> Value:
    """Return an independent copy of the graph, with the same data and gradients."""
    for node in toposort(self):
        if id(node) not in memo:
            memo[id(node)] = _copied(node, memo)
    copied: Value = memo[id(self)]
    return copied


def _copied(node: Value, memo: dict[int, Any]) -> Value:
    _, (_, cls, op, parents, state, extra) = _fields(node)
    fields = dict(zip(FIELDS, state, strict=True))
    fields["_operands"] = node._operands and tuple(
        [memo[id(v)] if isinstance(v, Value) else v for v in node._operands]
    )
    twins = tuple([memo[id(parent)] for parent in parents])
    return rebuild(None, cls, op, twins, tuple(fields.values()), extra)


def _fields(node: Value) -> tuple[Any, ...]:
    pickling.inside = True  # a node's own fields, without its ancestors
    try:
        return reduce(node)
    finally:
        pickling.inside = False


def copy(self: Value) -> Value:
    """Return another node with the same fields: `copy.copy` shares the parents."""
    build, arguments = _fields(self)
    copied: Value = build(*arguments)
    return copied


Value.__reduce_ex__ = reduce  # type: ignore[method-assign, assignment]  # installed here,
Value.__deepcopy__ = deepcopy  # type: ignore[attr-defined]  # where the graph is walked
Value.__copy__ = copy  # type: ignore[attr-defined]  # likewise
