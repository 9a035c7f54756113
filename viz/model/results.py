"""Which node is all that a call hands on, so that the call's name can stand for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from dendrograd.viz.text import clip, one_line

from .frames import Frames, Path, frames

if TYPE_CHECKING:
    from .snapshot import Graph

__all__ = ["Calls", "frame_name", "results"]

SEVERAL = -1  # outputs of a call
LONG = 40  # columns of the name of a call


class Calls:
    """The calls of a graph and their names, found when they are first asked for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def frames(self) -> Frames:
        """The frames around each node."""
        return frames(self.graph)

    @cached_property
    def results(self) -> dict[int, Path]:
        """For each node that is all that a call hands on, that call."""
        if all(call.parent is None for call in self.graph.nodes.calls):
            return {}
        return results(self.graph, self.frames)

    def result(self, node: int) -> str:
        """Return the name of the call that a node is all of."""
        return clip(frame_name(self.frames, self.results[node]), LONG)

    def around(self, node: int) -> str:
        """Return the name of the call that a node was made in, "" if in none."""
        path = self.frames.paths[node]
        return clip(frame_name(self.frames, path), LONG) if path else ""


def results(graph: Graph, frames: Frames) -> dict[int, Path]:
    """Return for each node that is the one result of a call the outermost such call.

    A result is what is used outside of the call, or the root. A leaf is none.

    >>> from dendrograd import Value, scope
    >>> from dendrograd.viz import trace
    >>> from dendrograd.viz.model.frames import frames
    >>> x = Value(2.0)
    >>> with scope("outer"), scope("cube"):
    ...     y = x * x * x
    >>> graph = trace(y + 1)
    >>> {node: len(path) for node, path in results(graph, frames(graph)).items()}
    {2: 1}
    """
    paths = frames.paths
    ends: dict[Path, int] = {}
    known: dict[tuple[int, int], Sequence[Path]] = {}  # most nodes share their paths
    for a, b in zip(graph.edges.src, graph.edges.dst, strict=True):
        inner, outer = paths[a], paths[b]
        if inner is outer or not inner:
            continue
        key = id(inner), id(outer)
        if key not in known:
            known[key] = _left(inner, outer)
        for path in known[key]:
            if ends.setdefault(path, a) != a:
                ends[path] = SEVERAL
    root = len(paths) - 1
    for path in _left(paths[root], ()):
        if ends.setdefault(path, root) != root:
            ends[path] = SEVERAL
    leaf, found = graph.nodes.leaves, dict[int, Path]()
    for path, node in ends.items():
        if node != SEVERAL and not leaf[node]:
            found[node] = min(path, found.get(node, path), key=len)
    return found


def _left(inner: Path, outer: Path) -> list[Path]:
    """Return the frames around one node that are not around another."""
    depths = range(1, len(inner) + 1)
    return [inner[:d] for d in depths if inner[:d] != outer[:d]]


def frame_name(frames: Frames, path: Path) -> str:
    """Return the titles of the frames that a path leads through, as "layers.0/neurons.1".

    A frame that all others lie in says nothing, and is left out.
    """
    first = next(iter(frames.titles))[:1] if frames.titles else ()
    alone = all(frame[:1] == first for frame in frames.titles)
    titles = [one_line("".join(title), LONG) for title in frames.around(path)]
    return "/".join(titles[1:] if alone and len(titles) > 1 else titles)
