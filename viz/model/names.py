"""What prose calls a node, and the expression that made it: `sd = vol * sqrt(time)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from dendrograd.viz.text import clip, columns, num, one_line

from .nodes import Node
from .results import Calls

if TYPE_CHECKING:
    from .snapshot import Graph

__all__ = ["Names"]

LEVELS, NESTED = 5, 36  # of operations, and columns, of an operand that is written out
BRIEF = 20  # columns of a name that is an expression
WRITTEN, MANY = 2, 4  # operands written of an operation that has more than many
WIDEST = 60  # columns of an expression
HIDDEN = "…"  # an operand that is not written


class Names:
    """Names and expressions of the nodes of a graph, for a text about some of them.

    A node is called what pictures call it: by its label; by its call, where it is all
    that the call hands on; else by its expression, in which an operand that would make
    it too long is a "…". Where two of the nodes that the text lists would have one name,
    it comes with the call that each was made in, or with its turn. With `numbered` a
    listed node without a label is called by n and its number instead.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(4.0, label="x")
    >>> graph = trace(2 * x.sqrt() + x)
    >>> names = Names(graph, listed=[3])
    >>> names.name(3), names.expression(3)
    ('(2 * sqrt(x)) + x', '(2 * sqrt(x)) + x')
    >>> Names(graph, listed=[3], numbered=True).name(3)
    'n3'
    """

    def __init__(
        self,
        graph: Graph,
        listed: Iterable[int],
        numbered: bool = False,
        calls: Calls | None = None,
    ) -> None:
        self.graph, self.numbered = graph, numbered
        self.calls = calls or Calls(graph)
        self.listed = frozenset(listed)
        self._known: dict[tuple[int, int, bool], str] = {}  # what `_text` returned
        self._seen: dict[int, Node] = {}

    def name(self, node: int) -> str:
        """Return the name of a node, which no other node that the text lists has."""
        if self._is_named(node):
            return self._given.get(node) or self._label(node)
        return self._made.get(node) or self._brief(node)

    def term(self, node: int) -> str:
        """Return a node as it stands in d y / d x, in parentheses where it needs them."""
        text = self.operand(node) if self.numbered else self.name(node)
        made = self._node(node)
        alone = self._is_named(node) or text == made.name
        calls = text.endswith(")") and not made.is_leaf and not _is_operator(made)
        return text if alone or calls else f"({text})"

    def expression(self, node: int) -> str:
        """Return the operation that made a node, with its operands; a leaf's number."""
        made = self._node(node)
        if made.op is None:
            return num(made.data)
        return clip(_applied(made, self._operands(made, self.operand)), WIDEST)

    def formula(self, node: int) -> str:
        """Return the expression of a node, after the name of one that has a name."""
        made = self.expression(node)
        named = self._is_named(node) or self.graph.nodes.is_leaf(node)
        return f"{self.name(node)} = {made}" if named else made

    def operand(self, node: int) -> str:
        """Return a node as it stands in the expression of another."""
        text = self._text(node, LEVELS)
        return text or (self.name(node) if self.numbered else self._brief(node))

    def values(self, node: int) -> list[str]:
        """Return what the operands in a node's expression hold, once each.

        >>> from dendrograd import Value
        >>> from dendrograd.viz import trace
        >>> x = Value(4.0, label="x")
        >>> Names(trace(2 * x.sqrt() + x), listed=[]).values(3)
        ['2 * sqrt(x) = 4', 'x = 4']
        """
        nodes, edges = self.graph.nodes, self.graph.edges.into(node)
        shown = self._shown(self._node(node))
        held = [
            f"{self.operand(edge.src)} = {num(self._node(edge.src).data)}"
            for edge in edges
            if edge.slot in shown
            and not (nodes.is_leaf(edge.src) and not self._is_named(edge.src))
        ]
        return list(dict.fromkeys(held))

    # Names

    @cached_property
    def _given(self) -> dict[int, str]:
        """The names of listed nodes that have a label, a call or a number."""
        return self._apart([n for n in self.listed if self._is_named(n)], self._label)

    @cached_property
    def _made(self) -> dict[int, str]:
        """The names of listed nodes that are called by their expressions."""
        others = [n for n in self.listed if not self._is_named(n)]
        return self._apart(others, self._brief)

    def _apart(self, some: Iterable[int], name: Callable[[int], str]) -> dict[int, str]:
        """Return names of some nodes; those of one name are told apart."""
        holders: dict[str, list[int]] = {}
        for node in sorted(some):
            holders.setdefault(name(node), []).append(node)
        return {
            node: text + more
            for text, alike in holders.items()
            for node, more in zip(alike, self._turns(alike), strict=True)
        }

    def _turns(self, alike: Sequence[int]) -> Sequence[str]:
        """Return what tells nodes of one name apart, "" where there is only one."""
        if len(alike) == 1:
            return [""]
        if self.numbered:
            return [f" (n{node})" for node in alike]
        calls = [self.calls.around(node) for node in alike]
        if all(calls) and len(set(calls)) == len(calls):
            return [f" in {call}" for call in calls]
        return [f" #{turn}" for turn in range(1, len(alike) + 1)]

    def _is_named(self, node: int) -> bool:
        label = self.graph.nodes.labels[node]
        if label and str(label).strip():
            return True
        return node in (self.listed if self.numbered else self.calls.results)

    def _label(self, node: int) -> str:
        """Return the label of a node, or its number, or the call that it is all of."""
        made: Node = self._node(node)
        if made.label.strip() or self.numbered:
            return made.name
        return self.calls.result(node)

    def _brief(self, node: int) -> str:
        """Return as much of an expression as is a name."""
        if self.graph.nodes.is_leaf(node):
            return f"leaf {num(self._node(node).data)}"
        whole = self._text(node, LEVELS)
        for text in (whole, *(self._text(node, levels, HIDDEN) for levels in (2, 1))):
            if text and columns(text) <= BRIEF:
                return text
        made = self._node(node)
        many = len(made.operands) > 2
        return _applied(made, [HIDDEN] * (1 if many else len(made.operands)))

    # Expressions

    def _operands(self, made: Node, write: Callable[[int], str]) -> list[str]:
        """Return each operand as it is written, "" where `write` finds no words."""
        sources, shown = self._sources(made), self._shown(made)
        written: list[str] = []
        for slot, number in enumerate(made.operands):
            if slot not in shown:
                written += [] if written[-1:] == [HIDDEN] else [HIDDEN]
            elif number is not None:
                written.append(num(number))
            else:
                text = write(sources[slot])
                wrap = text not in ("", HIDDEN) and _is_operator(made)
                wrap = wrap and self._operates(sources[slot])
                written.append(f"({text})" if wrap else text)
        return written

    def _node(self, number: int) -> Node:
        """Return a node, which is made once."""
        if number not in self._seen:
            self._seen[number] = self.graph.nodes.make(number)
        return self._seen[number]

    def _sources(self, made: Node) -> Sequence[int]:
        """Return the nodes that are operands, by slot; below 0 for a plain number."""
        flat = self.graph.flat
        return flat.operands[flat.starts[made.id] : flat.starts[made.id + 1]]

    def _shown(self, made: Node) -> set[int]:
        """Return which operands are written: all, or of many those that the text lists."""
        slots = range(len(made.operands))
        if len(slots) <= MANY:
            return set(slots)
        sources = self._sources(made)
        known = [slot for slot in slots if sources[slot] in self.listed]
        return set((known or slots)[:WRITTEN])

    def _operates(self, node: int) -> bool:
        """Return whether a node is written as an operator between others."""
        return _is_operator(self._node(node)) and not self._is_named(node)

    def _text(self, node: int, levels: int, hidden: str = "") -> str:
        """Return a node in so many levels of operations; what is deeper is `hidden`.

        Where nothing may be hidden, the text is "" if it would have to be, or is long.
        """
        if self._is_named(node):
            return self.name(node)
        made = self._node(node)
        if made.is_leaf:
            return num(made.data)
        if not levels:
            return hidden
        key = node, levels, bool(hidden)
        if key not in self._known:
            parts = self._operands(made, lambda x: self._text(x, levels - 1, hidden))
            text = _applied(made, parts) if all(parts) else ""
            short = hidden or columns(text) <= NESTED
            self._known[key] = text if short else ""
        return self._known[key]


def _applied(made: Node, operands: Sequence[str]) -> str:
    """Return an operation on operands: a * b, -a or max(a, b)."""
    symbol = one_line(made.op.symbol, BRIEF) if made.op else ""
    if not _is_operator(made):
        return f"{symbol}({', '.join(operands)})"
    return f" {symbol} ".join(operands) if len(operands) > 1 else symbol + operands[0]


def _is_operator(made: Node) -> bool:
    """Return whether an operation is written before or between its operands."""
    if made.op is None:
        return False
    sign = made.op.dunder is not None and not made.op.symbol.isidentifier()
    return made.op.infix or (sign and len(made.operands) == 1)
