"""What is wrong with a graph: the first inf or nan, and data that changed afterwards."""

from __future__ import annotations

import math
import reprlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dendrograd.notices.describe import describe, name, quoted

from .backprop import toposort
from .errors import OperandError
from .ops import OPS
from .value import Value

__all__ = ["Moved", "NonFinite", "first_nonfinite", "moved", "stale"]

ASKED = 20  # stale nodes that are asked what changed
WIDE = 64  # operands past which they are not told apart, which takes the square of that


@dataclass(frozen=True)
class NonFinite:
    """The first node whose number (or local derivative) is an inf or a nan.

    node    that node; its `operands` are what made it
    what    "value", or "partial" where the value is finite but a local derivative not
    path    the nodes from `node` to the result, both included
    source  "file.py:12", where it was computed; None for a leaf
    """

    node: Value
    what: str
    path: tuple[Value, ...]
    source: str | None

    def __str__(self) -> str:
        """Return the finding in a few lines of text."""
        lines = [f"first non-finite {self.what}: {describe(self.node)}"]
        if self.what == "partial":
            lines.append(f"  local derivatives: {list(self.node.partials)}")
        if self.source:
            file, _, line = self.source.rpartition(":")
            code = quoted(file, int(line))
            lines.append(f"  at {self.source}" + (f": {code}" if code else ""))
        way = [name(node) for node in self.path[:8]]
        more = [f"({len(self.path) - 8} more)"] if len(self.path) > 8 else []
        lines.append("  reached the result by: " + " -> ".join(way + more))
        return "\n".join(lines)


def first_nonfinite(root: Value) -> NonFinite | None:
    """Return the first node, parents first, that is an inf or a nan; None if none is.

    If every value is finite, the node with a non-finite local derivative that is
    nearest to the root, since there a gradient turns bad. Raises OperandError where
    root is not a Value.

    >>> from dendrograd import Value, first_nonfinite
    >>> x = Value(0.0, label="x")
    >>> found = first_nonfinite((x.log() + 1.0).exp())
    >>> found.node.op.name, found.node.operands, [v.op.name for v in found.path]
    ('log', (Value(data=0.0, grad=0.0, label='x'),), ['log', 'add', 'exp'])
    """
    if not isinstance(root, Value):
        raise OperandError(
            f"first_nonfinite: {reprlib.repr(root)} is a {type(root).__name__}, not a "
            "Value; give the result of a computation with Values, for example a loss"
        )
    order = toposort(root)
    for node in order:
        if not math.isfinite(node.data):
            return NonFinite(node, "value", _path(order, node), node.source)
    for node in reversed(order):
        if not all(map(math.isfinite, node.partials)):
            return NonFinite(node, "partial", _path(order, node), node.source)
    return None


def _path(order: list[Value], start: Value) -> tuple[Value, ...]:
    """Return a path from start to the root, by the first consumer that carries it on.

    Among consumers, one that is not finite itself comes first.
    """
    after: dict[Value, Value] = {}  # node -> the next one on its way to the root
    for node in reversed(order):
        for parent in node.parents:
            known = after.get(parent)
            if known is None or math.isfinite(known.data) > math.isfinite(node.data):
                after[parent] = node
    path = [start]
    while path[-1] in after:
        path.append(after[path[-1]])
    return tuple(path)


@dataclass(frozen=True)
class Moved:
    """Data that changed after a graph was built, as `optimizer.step()` changes it.

    nodes    the nodes that hold the result of the old data
    sources  what changed, as far as the nodes tell; leaves where it may be leaves
    sure     whether all of the sources changed; else at least one of them did
    """

    nodes: tuple[Value, ...]
    sources: tuple[Value, ...]
    sure: bool


def stale(node: Value) -> bool:
    """Return whether a node's number is not what its operands give now.

    An operation outside the table is not asked, since its function may be slow.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> x.data = 4.0
    >>> stale(y)
    True
    """
    if node.op is None or OPS.get(node.op.name) is not node.op:
        return False
    return not _same(node.op.evaluate(*_numbers(node)), node.data)


def moved(order: Sequence[Value]) -> Moved | None:
    """Return what changed after the nodes of a graph were made; None if nothing did.

    `order` is that of `toposort`. The old data of an operand are not kept, but the local
    derivatives are: in w * x that of x is the old w, so they show which one changed.

    >>> w, x = Value(3.0, label="w"), Value(2.0, label="x")
    >>> y = w * x
    >>> w.data = 2.9
    >>> moved(toposort(y)).sources
    (Value(data=2.9, grad=0.0, label='w'),)
    """
    nodes = [node for node in order if stale(node)]
    if not nodes:
        return None
    old = set(nodes)
    steady = {
        parent
        for node in order
        if node not in old and node.op and OPS.get(node.op.name) is node.op
        for parent, partial in zip(node.parents, node.partials, strict=True)
        if partial
    }
    known, guessed = set[Value](), set[Value]()
    for node in reversed(nodes[-ASKED:]):  # a consumer tells of its operands
        if node not in known:
            sure, sources = _changed(node, steady)
            (known if sure else guessed).update(sources)
    found = known or guessed
    return Moved(
        tuple([node for node in nodes if node not in found]),
        tuple([node for node in order if node in found]),
        bool(known),
    )


def _changed(node: Value, steady: set[Value]) -> tuple[bool, list[Value]]:
    """Return which operands of a stale node changed, or itself; and whether each did."""
    suspects = _suspects(node)
    depending = Counter(j for _, slots in suspects for j in slots)
    sure = [v for v, slots in suspects if any(depending[j] == 1 for j in slots)]
    if sure:
        return True, sure
    may = [v for v, _ in suspects]
    may = [v for v in may if v not in steady] or may
    may = [v for v in may if v.op is None] or may
    return len(set(may)) < 2, may or [node]


def _suspects(node: Value) -> list[tuple[Value, set[int]]]:
    """Return the operands that may have changed, with the partials that depend on them.

    An operand that changed has changed each partial that depends on it.
    """
    assert node.op is not None
    xs = _numbers(node)
    values = {k: x for k, x in enumerate(node.operands) if isinstance(x, Value)}
    if len(values) > WIDE:
        return [(v, set()) for v in values.values()]
    now = node.op.linearize(*xs)[1]
    was = dict(zip(values, node.partials, strict=True))
    changed = {k for k in values if not _same(was[k], now[k])}
    suspects = []
    for k, v in values.items():
        other = xs[k] + 1.0 if abs(xs[k]) < 1e15 else xs[k] / 2.0
        there = node.op.linearize(*xs[:k], other, *xs[k + 1 :])[1]
        depend = {j for j in values if not _same(there[j], now[j])}
        if depend <= changed:
            suspects.append((v, depend))
    return suspects


def _numbers(node: Value) -> list[float]:
    return [x.data if isinstance(x, Value) else x for x in node.operands]


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)
