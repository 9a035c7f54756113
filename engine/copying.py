"""deepcopy and pickle of graphs of any depth, without recursion.

The default of both would follow `parents` recursively and fail at a thousand nodes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from copy import deepcopy as standard_deepcopy
from typing import Any

from dendrograd.notices.listen import COPIED, LISTENING, hear

from .backprop import toposort
from .value import Value, new


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
    return (
        rebuild,
        (below, type(self), self.op, self.parents, _state(self)),
        _more(self),
    )


def _state(node: Value) -> tuple[Any, ...]:
    if LISTENING:
        hear(COPIED, (node,))
    own = node._data, node._grad, node._operands, node.call, node.label
    return (*own, node.partials)


def _more(node: Value) -> Any:
    """Return what a subclass added, `(__dict__, slots)` as pickle has it, or None."""
    if type(node) is Value:
        return None
    found: Any = object.__getstate__(node)
    attributes, slots = found
    return attributes, {k: slots[k] for k in slots if k not in Value.__slots__}


def rebuild(_: Any, cls: type[Value], op: Any, parents: Any, state: Any) -> Value:
    """Return a node of the given fields."""
    self = new(cls)
    self._data, self._grad, operands, self.call, self.label, partials = state
    self.op = op
    self._connect(parents, partials, operands)
    return self


def _add(node: Value, more: Any) -> None:
    """Give a node what a subclass added; it gets a dict of its own."""
    if more:
        attributes, slots = more
        for name, content in {**(attributes or {}), **slots}.items():
            object.__setattr__(node, name, content)


def deepcopy(self: Value, memo: dict[int, Any]) -> Value:
    """Return an independent copy of the graph, with the same data and gradients."""
    missing = [node for node in toposort(self) if id(node) not in memo]
    for node in missing:
        memo[id(node)] = _copied(node, memo)
    for node in missing:  # when all are known, since what was added may refer to them
        _add(memo[id(node)], standard_deepcopy(_more(node), memo))
    copied: Value = memo[id(self)]
    return copied


def _copied(node: Value, memo: dict[int, Any]) -> Value:
    data, grad, operands, *rest = _state(node)
    operands = operands and tuple(
        [memo[id(v)] if isinstance(v, Value) else v for v in operands]
    )
    twins = tuple([memo[id(parent)] for parent in node.parents])
    state = data, grad, operands, *rest
    return rebuild(None, type(node), node.op, twins, state)


def copy(self: Value) -> Value:
    """Return another node with the same fields: `copy.copy` shares the parents."""
    copied = rebuild(None, type(self), self.op, self.parents, _state(self))
    _add(copied, _more(self))
    return copied
