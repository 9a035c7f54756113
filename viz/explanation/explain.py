"""Why a derivative has its value: the largest of the chain-rule paths it sums over."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dendrograd import Value
from dendrograd.backprop import toposort, unrecorded
from dendrograd.errors import GraphError, OperandError
from dendrograd.viz.model.names import Names
from dendrograd.viz.model.snapshot import Edge, Graph, trace
from dendrograd.viz.settings import require_count
from dendrograd.viz.text import one_line

from .below import below
from .paths import Path, best_paths, blocked, count_paths, weight
from .prose import ALIKE, ENDS, html_of, text_of

if TYPE_CHECKING:
    from dendrograd.viz.diagram import Diagram

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """A derivative d root / d leaf as a sum over chain-rule paths; printed, in words.

    total    the derivative, recomputed from the local derivatives
    paths    the largest paths: each has its `product` and its `edges`
    rest     what all other paths sum to: total less the products
    n_paths  how many paths there are; exact, but 10**1000 stands for that many or more
    weight   the sum of |product| over all paths, so weight / |total| tells how much of
             the derivative cancels
    graph    the snapshot that the edges speak of
    numbered  whether a node without a label is called by n and its number

    >>> x = Value(3.0, label="x")
    >>> explanation = explain(x * x - 5 * x, x)
    >>> explanation.total, [path.product for path in explanation.paths]
    (1.0, [-5.0, 3.0, 3.0])
    >>> explanation.n_paths, explanation.rest, explanation.weight
    (3, 0.0, 11.0)
    """

    root: Value
    leaf: Value
    total: float
    paths: tuple[Path, ...]
    rest: float
    n_paths: int
    weight: float
    graph: Graph = field(repr=False)
    node: int  # the leaf's number in the graph
    numbered: bool = False

    @cached_property
    def names(self) -> Names:
        """What the nodes are called in the text."""
        return self._names(ENDS)

    def _names(self, most: int) -> Names:
        """Return names of the nodes within so many steps of the ends of paths."""
        shown = [e for p in self.paths for e in (*p.edges[:most], *p.edges[-most:])]
        if not self.paths:
            shown = self.blocked()[: 2 * most]
        ends = {end for edge in shown for end in (edge.src, edge.dst)}
        listed = {self.node, self.graph.root.id, *ends}
        return Names(self.graph, listed, self.numbered)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One plain dict per step of a path, for `pandas.DataFrame` or `csv`.

        >>> x = Value(3.0, label="x")
        >>> (row,) = explain((x * 2).tanh(), x).rows[:1]
        >>> row["operand"], row["operation"], row["consumer"], row["local"]
        ('x', 'mul', 'x * 2', 2.0)
        """
        longest = max((len(path.edges) for path in self.paths), default=0)
        names = self.names if longest <= ENDS else self._names(longest)
        return [
            {
                "path": number,
                "product": path.product,
                "step": step,
                "local": edge.local,
                "operation": _operation(self.graph, edge),
                "operand": names.name(edge.src),
                "data": self.graph.nodes[edge.src].data,
                "consumer": names.name(edge.dst),
                "result": self.graph.nodes[edge.dst].data,
            }
            for number, path in enumerate(self.paths, 1)
            for step, edge in enumerate(path.edges, 1)
        ]

    def blocked(self) -> list[Edge]:
        """Return the edges with a local derivative of 0 where ways to the root end."""
        return blocked(self.graph, self.node)

    def draw(
        self, filename: str | os.PathLike[str] | None = None, **options: Any
    ) -> Diagram:
        """Draw the tree with these paths marked, and the paths in words below it.

        The options are those of `draw`. In a page, the names in the paths lead to boxes.
        """
        from dendrograd.viz.diagram import Diagram
        from dendrograd.viz.draw import draw

        given = {"k": max(1, len(self.paths)), "names": self.numbered, **options}
        drawn = draw(self.root, focus=[self.leaf], **given).drawn
        diagram = Diagram(drawn.telling(below(self, drawn.bare)))
        if filename is not None:
            diagram.save(filename)
        return diagram

    def __str__(self) -> str:
        """Return the derivative, what is to know of the sum, and each path in steps."""
        return text_of(self)

    __repr__ = __str__

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        **_: Any,
    ) -> dict[str, str]:
        """Return what a notebook shows: tables, or the text."""
        bundle = {"text/plain": text_of, "text/html": html_of}
        return {
            kind: made(self)
            for kind, made in bundle.items()
            if kind in (include or bundle) and kind not in (exclude or ())
        }


def explain(out: Value, leaf: Value, k: int = 3, *, names: bool = False) -> Explanation:
    """Return the k largest chain-rule paths that d out / d leaf is the sum of.

    A path follows the local derivatives from a leaf, or any inner node, to `out`; its
    product is what it adds to the derivative. Those of the largest |product| are found
    exactly, among however many there are; of those alike but for rounding, positive
    ones come first. `print` it, or look at `.paths` and `.rows`. A node without a label
    is called by its call or its expression, and with `names` by n and its number, as
    boxes are by `draw(out, names=True)`.
    Neither needs nor changes any `.grad`. Raises OperandError for what is not a Value,
    GraphError if out was not computed from leaf, ValueError for a k below 1.

    >>> x = Value(3.0, label="x")
    >>> y = (x * 2).relu() - 5 * x
    >>> y.label = "y"
    >>> print(explain(y, x))
    d y / d x = −3 = −5 + 2
    Paths cancel in part: all |products| sum to 7, 2.333 times |d y / d x|.
    Both paths from x to y:
    <BLANKLINE>
    path 1: −5, 167% of the derivative
      ×5   d (5 * x) / d x            5 * x                      at x = 3
      ×−1  d y / d (5 * x)            y = ReLU(x * 2) - (5 * x)  at ReLU(x * 2) = 6, 5 * x = 15
    <BLANKLINE>
    path 2: 2, −66.7% of the derivative
      ×2   d (x * 2) / d x            x * 2                      at x = 3
      ×1   d ReLU(x * 2) / d (x * 2)  ReLU(x * 2)                at x * 2 = 6
      ×1   d y / d ReLU(x * 2)        y = ReLU(x * 2) - (5 * x)  at ReLU(x * 2) = 6, 5 * x = 15
    """
    _require_value("out", out)
    _require_value("leaf", leaf)
    require_count("explain", "k", k, "how many paths to list")
    graph = trace(out, names)
    order = toposort(out)
    node = next((i for i, value in enumerate(order) if value is leaf), None)
    if node is None:
        raise GraphError(_no_way(out, leaf, graph))
    paths = _settled(best_paths(graph, node, k))
    total = graph.nodes[node].adjoint
    number = count_paths(graph, node)
    rest = total if number > len(paths) else 0.0
    for path in paths if number > len(paths) else ():
        rest -= path.product
    return Explanation(
        root=out,
        leaf=leaf,
        total=total,
        paths=tuple(paths),
        rest=rest,
        n_paths=number,
        weight=weight(graph, node),
        graph=graph,
        node=node,
        numbered=names,
    )


def _require_value(name: str, given: object) -> None:
    """Raise OperandError for an argument that is not a Value."""
    if not isinstance(given, Value):
        raise OperandError(
            f"explain: {name} is the {type(given).__name__} "
            f"{one_line(repr(given), 60)}, not a Value; give the result and the "
            "Value with respect to which it is differentiated"
        )


def _settled(paths: Sequence[Path]) -> list[Path]:
    """Return the paths so that rounding does not decide about the order of any two."""
    settled: list[Path] = []
    while len(settled) < len(paths):
        first = paths[len(settled)]
        alike = [path for path in paths[len(settled) :] if _alike(path, first)]
        settled += sorted(alike, key=_place) or [first]  # nan is not like itself
    return settled


def _alike(path: Path, first: Path) -> bool:
    return math.isclose(abs(path.product), abs(first.product), rel_tol=ALIKE)


def _place(path: Path) -> tuple[bool, list[tuple[int, int]]]:
    return path.product < 0.0, [(edge.dst, edge.slot) for edge in path.edges]


def _operation(graph: Graph, edge: Edge) -> str:
    op = graph.nodes[edge.dst].op
    return op.name if op else ""


def _no_way(out: Value, leaf: Value, graph: Graph) -> str:
    """Return why a leaf has no place in a graph, and what has."""
    name = one_line(leaf.label, 24) or f"the Value {leaf.data:g}"
    root = one_line(out.label, 24) or f"the Value {out.data:g}"
    text = f"explain: no path leads from {name} to {root}, "
    if unrecorded(out):
        return text + "which was computed inside no_grad; compute it outside of it"
    leaves = [node for node in graph.nodes if node.is_leaf]
    if any(node.label == leaf.label != "" for node in graph.nodes):
        return text + (
            "which was computed from another Value of this label; was it made again, "
            "or by detach()? Give the one that the computation used"
        )
    labels = [one_line(node.label, 24) for node in leaves if node.label.strip()]
    named = list(dict.fromkeys(labels))[:6]
    more = len(leaves) - len(named)
    listed = ", ".join([*named, *([f"{more} more leaves"] if more else [])])
    return text + f"which was computed from {listed}; was it replaced by its number?"
