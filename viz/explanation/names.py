"""What prose calls a node, and the expression that made it: `sd = vol * sqrt(time)`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter

from dendrograd.viz.model.snapshot import Edge, Graph, Node
from dendrograd.viz.text import clip, columns, num

__all__ = ["Names", "edges_into"]

LEVELS, NESTED = 5, 30  # of operations, and columns, of an operand that is written out
WRITTEN, MANY = 2, 4  # operands written of an operation that has more than many
WIDEST = 60  # columns of an expression


def edges_into(graph: Graph, node: int) -> Sequence[Edge]:
    """Return the edges from a node's operands to it, by their slots."""
    start = bisect_left(graph.edges, node, key=attrgetter("dst"))
    end = bisect_left(graph.edges, node + 1, lo=start, key=attrgetter("dst"))
    return graph.edges[start:end]


class Names:
    """Names and expressions of the nodes of a graph, for a text about some of them.

    A node of which the text speaks is called by its label, or by n and its number, and
    by both if two of these nodes have one label. Any other node without a label is
    written out where that is short: a leaf as its number, a result as its expression.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(4.0, label="x")
    >>> names = Names(trace(2 * x.sqrt() + x), listed=[3])
    >>> names.name(3), names.expression(3)
    ('n3', '(2 * sqrt(x)) + x')
    """

    def __init__(self, graph: Graph, listed: Iterable[int]) -> None:
        self.graph = graph
        self.listed = frozenset(listed)
        self._holders: dict[str, int] = {}  # the node of a name, -1 if several have it
        for node in sorted(self.listed):
            name = graph.nodes[node].name
            self._holders[name] = -1 if name in self._holders else node
        self._known: dict[tuple[int, int], str] = {}  # what `_written` returned

    def name(self, node: int) -> str:
        """Return the name of a node, which no other node of the text has."""
        name = self.graph.nodes[node].name
        alone = self._holders.get(name, node) == node
        return name if alone else f"{name} (n{node})"

    def expression(self, node: int) -> str:
        """Return the operation that made a node, with its operands; a leaf's number."""
        made = self.graph.nodes[node]
        if made.op is None:
            return num(made.data)
        operands = self._operands(made, LEVELS)
        texts = [text or self.name(source) for source, text in operands]
        return clip(_applied(made, texts), WIDEST)

    def operand(self, node: int) -> str:
        """Return a node as it stands in the expression of another."""
        return self._written(node, LEVELS) or self.name(node)

    def values(self, node: int) -> list[str]:
        """Return what the operands in a node's expression hold, once each.

        >>> from dendrograd import Value
        >>> from dendrograd.viz import trace
        >>> x = Value(4.0, label="x")
        >>> Names(trace(2 * x.sqrt() + x), listed=[]).values(3)
        ['2 * sqrt(x) = 4', 'x = 4']
        """
        edges = edges_into(self.graph, node)
        shown = _shown(self.graph.nodes[node], edges, self.listed)
        held = [
            f"{self.operand(edge.src)} = {num(self.graph.nodes[edge.src].data)}"
            for edge in edges
            if edge.slot in shown and not self._is_number(edge.src)
        ]
        return list(dict.fromkeys(held))

    def _operands(self, made: Node, levels: int) -> list[tuple[int, str]]:
        """Return each operand and how it is written, "" if as n and its number."""
        edges = edges_into(self.graph, made.id)
        sources = {edge.slot: edge.src for edge in edges}
        shown = _shown(made, edges, self.listed)
        written: list[tuple[int, str]] = []
        for slot, number in enumerate(made.operands):
            if slot not in shown:
                written += [] if written[-1:] == [(-1, "…")] else [(-1, "…")]
            elif number is not None:
                written.append((-1, num(number)))
            else:
                source = sources[slot]
                text = self._written(source, levels)
                inner = self.graph.nodes[source]
                wrap = _is_operator(made) and _is_operator(inner)
                wrap = wrap and text != "" and not self._is_named(source)
                written.append((source, f"({text})" if wrap else text))
        return written

    def _written(self, node: int, levels: int) -> str:
        """Return a node without any number that the text does not explain, or ""."""
        made = self.graph.nodes[node]
        if self._is_named(node):
            return self.name(node)
        if made.is_leaf:
            return num(made.data)
        if not levels:
            return ""
        if (node, levels) not in self._known:
            texts = [text for _, text in self._operands(made, levels - 1)]
            text = _applied(made, texts) if all(texts) else ""
            self._known[node, levels] = text if columns(text) <= NESTED else ""
        return self._known[node, levels]

    def _is_named(self, node: int) -> bool:
        return node in self.listed or self.graph.nodes[node].label.strip() != ""

    def _is_number(self, node: int) -> bool:
        return self.graph.nodes[node].is_leaf and not self._is_named(node)


def _shown(made: Node, edges: Sequence[Edge], listed: frozenset[int]) -> set[int]:
    """Return which operands are written: all, or of many those that the text lists."""
    slots = range(len(made.operands))
    if len(slots) <= MANY:
        return set(slots)
    known = [edge.slot for edge in edges if edge.src in listed]
    return set((known or slots)[:WRITTEN])


def _applied(made: Node, operands: Sequence[str]) -> str:
    """Return an operation on operands: a * b, -a or max(a, b)."""
    symbol = made.op.symbol if made.op else ""
    if not _is_operator(made):
        return f"{symbol}({', '.join(operands)})"
    return f" {symbol} ".join(operands) if len(operands) > 1 else symbol + operands[0]


def _is_operator(made: Node) -> bool:
    """Return whether an operation is written before or between its operands."""
    if made.op is None:
        return False
    sign = made.op.dunder is not None and not made.op.symbol.isidentifier()
    return made.op.infix or (sign and len(made.operands) == 1)
