"""A computational tree as indented lines, for terminals, doctests and screen readers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from dendrograd import Value
from dendrograd.viz.model.broken import Way, shown_ways
from dendrograd.viz.model.names import Names
from dendrograd.viz.model.own import both, mode
from dendrograd.viz.model.snapshot import Edge, Graph, trace
from dendrograd.viz.text import num

__all__ = ["tree"]


def tree(root: Value, depth: int = 6, max_lines: int | None = 200) -> str:
    """Return the tree below root as text: a line per node, its operands indented.

    A line shows what made the node, its data and its grad, and where another number is
    d root / d node, that as "true" once backward() has begun; × is the local derivative
    of the node above with respect to it. Words tell where inf or nan begins, and what it
    goes through. A node with more than one consumer stands
    where it is nearest to the root, elsewhere `see` names it. Below `depth` levels a
    line counts the nodes that no line shows. Text from labels is cleaned and put on one
    line. Raises OperandError if root is not a Value, ValueError for a negative depth
    or no lines.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> L = (a * b + 10).tanh() * a
    >>> L.label = "L"
    >>> L.backward()
    >>> print(tree(L))
    L = n4 * a: data 1.999, grad 1
      ×2 n4 = tanh(n3): data 0.9993, grad 2
        ×0.001341 n3 = n2 + 10: data 4, grad 0.002682
          ×1 n2 = a * b: data −6, grad 0.002682
            ×−3 see a
            ×2 b: data −3, grad 0.005364
      ×0.9993 a: data 2, grad 0.9913
    >>> print(tree(L, depth=1))
    L = n4 * a: data 1.999, grad 1
      ×2 n4 = tanh(n3): data 0.9993, grad 2
        … 3 more nodes
      ×0.9993 a: data 2, grad 0.9913
    """
    if depth < 0 or (max_lines is not None and max_lines < 1):
        raise ValueError(
            f"tree: depth {depth} and max_lines {max_lines} leave nothing to show; "
            "give a depth of 0 or more and at least one line"
        )
    graph = trace(root)
    names, how = Names(graph, range(len(graph.nodes)), numbered=True), mode(graph)
    lines, bad = _lines(graph, depth), shown_ways(graph, how)
    shown = [_text(line, names, how, bad) for line in islice(lines, max_lines)]
    more = sum(1 for _ in lines)
    if more:
        shown.append(
            f"… {more:,} more lines: give a larger max_lines or a smaller depth"
        )
    return "\n".join([*shown, *(f"note: {note}" for note in graph.notes)])


class Line(NamedTuple):
    """A line before it is text, since most lines of a large tree are only counted.

    use     the edge from the node that it speaks of to the node above, None for the root
    listed  whether what is below the node follows this line, not another one
    hidden  how many nodes it stands for, if it speaks of no single one
    """

    level: int
    node: int
    use: Edge | None
    listed: bool = False
    hidden: int | None = None


def _lines(graph: Graph, depth: int) -> Iterator[Line]:
    """Yield a line per use of a node on one of the first levels, depth first."""
    into: list[list[Edge]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        into[edge.dst].append(edge)
    levels = _levels(graph, into)
    listed: set[int] = set()  # the nodes that have their line, or are counted in one
    stack = [Line(0, graph.root.id, None)]
    while stack:
        line = stack.pop()
        level, node, use = line[:3]
        if node in listed or level != levels[node]:
            yield line
            continue
        listed.add(node)
        yield Line(level, node, use, listed=True)
        operands = [Line(level + 1, edge.src, edge) for edge in into[node]]
        if level < depth:
            stack += reversed(operands)
            continue
        yield from (line for line in operands if levels[line.node] <= depth)
        below = [line.node for line in operands if levels[line.node] > depth]
        if below:
            count = _count(below, into, levels, depth, listed)
            yield Line(level + 1, node, None, hidden=count)


def _text(line: Line, names: Names, how: str, bad: Sequence[Way]) -> str:
    indent = "  " * line.level
    if line.hidden is not None:
        return f"{indent}… {_nodes(line.hidden) if line.hidden else 'counted above'}"
    factor = f"×{num(line.use.local)} " if line.use else ""
    if not line.listed:
        return f"{indent}{factor}see {names.name(line.node)}"
    node = names.graph.nodes[line.node]
    made = "" if node.is_leaf else f" = {names.expression(node.id)}"
    own, true = both(node.grad, node.adjoint, how)
    other = "" if true is None else f", true {num(true)}"
    words = "".join([f", {way.says(node.id)}" for way in bad if node.id in way.nodes])
    held = f"data {num(node.data)}, grad {num(own)}{other}{words}"
    return f"{indent}{factor}{names.name(node.id)}{made}: {held}"


def _nodes(count: int) -> str:
    return f"{count:,} more node{'s' if count > 1 else ''}"


def _levels(graph: Graph, into: Sequence[Sequence[Edge]]) -> list[int]:
    """Return how many edges each node is away from the root, along the shortest way."""
    levels = [0] * len(graph.nodes)
    queue = deque([graph.root.id])
    while queue:
        node = queue.popleft()
        for edge in into[node]:
            if not levels[edge.src]:  # no operand is the root
                levels[edge.src] = levels[node] + 1
                queue.append(edge.src)
    return levels


def _count(
    nodes: Iterable[int],
    into: Sequence[Sequence[Edge]],
    levels: Sequence[int],
    depth: int,
    listed: set[int],
) -> int:
    """Count the nodes below the last level that are not listed yet, and note them."""
    before, stack = len(listed), list(nodes)
    while stack:
        node = stack.pop()
        if node not in listed and levels[node] > depth:
            listed.add(node)
            stack += [edge.src for edge in into[node]]
    return len(listed) - before
