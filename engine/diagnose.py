"""Where a bad number came from: the first inf or nan of a graph, and its way out."""

from __future__ import annotations

import linecache
import math
import reprlib
from dataclasses import dataclass

from .backprop import toposort
from .describe import describe, name
from .errors import OperandError
from .value import Value

__all__ = ["NonFinite", "first_nonfinite"]


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
            code = linecache.getline(file, int(line)).strip()
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
