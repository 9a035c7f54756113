"""Which frame a node is drawn in: each call of a module has one of its own.

Two calls of one module are two frames, "cell #1" and "cell #2" in the order of time, so
that a frame holds what was computed without a break and could be folded into one box.
A parameter is made by no call and knows the names of its module only. It stands inside
the call that uses it; if several do, in a frame of the module's plain name beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dendrograd.mode import Call

from .nodes import names

if TYPE_CHECKING:
    from .snapshot import Graph

__all__ = ["Block", "Frames", "Path", "Title", "frames"]


@dataclass(frozen=True, slots=True)
class Block:
    """A frame of our own around some steps or leaves, where there are too many.

    `first` and `last` are numbers of nodes, `title` is what is written on it.
    """

    first: int
    last: int
    title: str


# From the outermost frame; a str is the place of a module.
Path = tuple[Call | str | Block, ...]
Title = tuple[str, str]  # the name of the module, and " #2" if it is called repeatedly
Calls = tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a picture.

    paths   for each node the frames around it, outermost first
    titles  for each frame, by its path, what is written on it; in order of appearance
    """

    paths: tuple[Path, ...]
    titles: Mapping[Path, Title]

    def around(self, path: Path) -> list[Title]:
        """Return the titles of the frames that a path leads through."""
        return [self.titles[path[:depth]] for depth in range(1, len(path) + 1)]


def frames(graph: Graph) -> Frames:
    """Return where each node of a picture is drawn.

    >>> from dendrograd import Value, scope
    >>> from dendrograd.viz import trace
    >>> x = Value(1.0)
    >>> for _ in range(2):
    ...     with scope("cell"):
    ...         x = x.tanh()
    >>> list(frames(trace(x)).titles.values())
    [('cell', ' #1'), ('cell', ' #2')]
    """
    made_in = graph.nodes.calls
    known = {call: call.path for call in dict.fromkeys(made_in)}
    parameters = {call for call, path in known.items() if _is_place(path)}
    if not parameters:
        paths: list[Path] = [known[call] for call in made_in]
        return Frames(tuple(paths), _titles(paths))
    uses: dict[int, dict[Calls, None]] = {
        i: {} for i, call in enumerate(made_in) if call in parameters
    }
    for src, dst in zip(graph.edges.src, graph.edges.dst, strict=True):
        if src in uses and dst not in uses:
            uses[src][known[made_in[dst]]] = None
    parts = _parts(path for path in known.values() if not _is_place(path))
    settled: dict[tuple[tuple[str, ...], frozenset[Calls]], Path] = {}
    paths = []
    for i, call in enumerate(made_in):
        path: Path = known[call]
        if i in uses:  # many parameters have the same names and users
            scope = names(call)
            key = scope, frozenset(uses[i])
            if key not in settled:
                settled[key] = _settled(scope, uses[i], parts)
            path = settled[key]
        paths.append(path)
    return Frames(tuple(paths), _titles(paths))


def _is_place(path: Calls) -> bool:
    """Return whether these are names that a parameter was given, and no calls."""
    return bool(path) and not path[-1].serial


def _parts(paths: Iterable[Calls]) -> dict[tuple[Calls, str], set[Calls]]:
    """Return the calls made right inside a call, by the name of the module."""
    parts: dict[tuple[Calls, str], set[Calls]] = {}
    for path in dict.fromkeys(_prefixes(paths)):
        parts.setdefault((path[:-1], str(path[-1].name)), set()).add(path)
    return parts


def _prefixes(paths: Iterable[Calls]) -> Iterable[Calls]:
    for path in dict.fromkeys(paths):
        for depth in range(1, len(path) + 1):
            yield path[:depth]


def _settled(
    names: tuple[str, ...],
    uses: Iterable[Calls],
    parts: Mapping[tuple[Calls, str], set[Calls]],
) -> Path:
    """Return the frames of a parameter whose module has these names.

    From the outermost in, they are calls as long as just one holds its uses; or, where
    the module does not use it itself, as long as there is just one call.
    """
    base: Calls = ()
    for k, name in enumerate(names):
        calls = {call for path in uses if (call := _entered(path, base, name))}
        calls = calls or parts.get((base, name), set())
        if len(calls) != 1:
            return base + names[k:]
        (base,) = calls
    return base


def _entered(path: Calls, base: Calls, name: str) -> Calls:
    """Return the part of a path that ends with the module, () if it has none.

    The outermost module may be called inside scopes that are none of its own.
    """
    if path[: len(base)] != base:
        return ()
    last = len(base) + 1 if base else len(path)
    ends = range(len(base), min(last, len(path)))
    return next((path[: end + 1] for end in ends if path[end].name == name), ())


def _titles(paths: Iterable[Path]) -> dict[Path, Title]:
    """Return the title of each frame; calls beside each other are numbered by time."""
    numbers: dict[Path, str] = {}
    calls: dict[tuple[Path, str], list[Call]] = {}
    distinct = {id(path): path for path in paths}  # most nodes share theirs
    for path in distinct.values():
        for depth in range(1, len(path) + 1):
            frame, last = path[:depth], path[depth - 1]
            if frame not in numbers:
                numbers[frame] = ""
                if isinstance(last, Call):
                    calls.setdefault((frame[:-1], str(last.name)), []).append(last)
    for (outer, _), beside in calls.items():
        if len(beside) > 1:
            for number, call in enumerate(sorted(beside, key=_serial), 1):
                numbers[(*outer, call)] = f" #{number}"
    return {path: (_name(path[-1]), number) for path, number in numbers.items()}


def _serial(call: Call) -> int:
    return call.serial


def _name(last: Call | str | Block) -> str:
    if isinstance(last, Block):
        return last.title
    return last if isinstance(last, str) else str(last.name)
