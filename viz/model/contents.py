"""What a folded box holds, in words: "2 layers of 16 neurons", "adds 3 products, takes tanh".

Calls inside are told by their names and how many there are; where there are none, the
operations are, by the words that the table has for them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.viz.text import columns, one_line

from .frames import Frames, Path, Title
from .picture import labels_of
from .snapshot import Graph
from .sums import is_sum

__all__ = ["contents", "fitted", "leaves_named", "several"]

NAME, SOME = 24, 30  # columns of a name, and of some names together
NUMBERED = re.compile(r"(.*?)([ .#]*)(\d+)")


def contents(graph: Graph, frames: Frames, members: Sequence[int], depth: int) -> str:
    """Return what some nodes are, of which the first `depth` frames are around all.

    >>> from dendrograd import Value, scope
    >>> from dendrograd.viz import trace
    >>> from dendrograd.viz.model.frames import frames
    >>> x, w = Value(1.0), [Value(2.0), Value(3.0)]
    >>> for number in range(2):
    ...     with scope(f"cells.{number}"):
    ...         x = (w[0] * x + w[1] * x).tanh()
    >>> graph = trace(x)
    >>> contents(graph, frames(graph), range(len(graph.nodes)), 0)
    '2 cells'
    >>> contents(graph, frames(graph), range(3, 7), 1)
    'adds a product and a term, takes tanh'
    """
    inside = _inside(frames, members, depth)
    calls = _calls(frames, inside, depth)
    held = {node for some in inside.values() for node in some}
    own = [i for i in members if i not in held]
    if not inside and all(map(graph.nodes.is_leaf, own)):
        return leaves_named(graph, own)
    return ", ".join([*calls, *_operations(graph, own)])


def leaves_named(graph: Graph, leaves: Sequence[int]) -> str:
    """Return the labels of some leaves, or how many they are.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> graph = trace(Value(1.0, label="u") * Value(2.0, label="v") * Value(3.0))
    >>> leaves_named(graph, [0, 1]), leaves_named(graph, [0, 1, 3])
    ('u, v', '3 leaves')
    """
    labels = labels_of(graph.nodes.labels[i] for i in leaves)
    return several(labels) if len(labels) == len(leaves) else f"{len(leaves):,} leaves"


# Calls


def _inside(
    frames: Frames, members: Iterable[int], depth: int
) -> dict[Path, list[int]]:
    """Return the calls right inside, with their nodes."""
    calls: dict[Path, list[int]] = {}
    for node in members:
        path = frames.paths[node]
        if len(path) > depth:
            calls.setdefault(path[: depth + 1], []).append(node)
    return calls


def _calls(frames: Frames, inside: dict[Path, list[int]], depth: int) -> Iterator[str]:
    """Yield what calls there are, those of one kind together."""
    kinds: dict[tuple[str, str], list[Path]] = {}
    for path in inside:
        kinds.setdefault(_kind(frames.titles[path]), []).append(path)
    for (stem, mark), alike in kinds.items():
        titles = ["".join(frames.titles[path]) for path in alike]
        if mark == ".":
            order = sorted(alike, key=lambda path: _turn(frames.titles[path]))
            counts = [_count(frames, inside[path], depth + 1) for path in order]
            yield from _counted(stem, counts)
        elif len(alike) == 1:
            yield one_line(titles[0], NAME)
        elif mark == "#":
            yield f"{len(alike):,} calls of {stem}"
        else:
            yield several(titles)


def _kind(title: Title) -> tuple[str, str]:
    """Return what a call is called without its number, and what stands before that.

    >>> [_kind(x) for x in [("layers.0", ""), ("rk 12", ""), ("cell", " #2"), ("f", "")]]
    [('layers', '.'), ('rk', ' '), ('cell', '#'), ('f', '')]
    """
    name, turn = title
    if turn:
        return one_line(name, NAME), "#"
    found = NUMBERED.fullmatch(one_line(name, NAME))
    return (found[1], found[2][:1]) if found else (one_line(name, NAME), "")


def _turn(title: Title) -> int:
    found = NUMBERED.fullmatch(one_line(title[0], NAME))
    return int(found[3]) if found else 0


def _count(frames: Frames, members: Iterable[int], depth: int) -> str:
    """Return how many calls of one kind are right inside a call: "16 neurons"."""
    titles = [frames.titles[path] for path in _inside(frames, members, depth)]
    kinds = {_kind(title) for title in titles}
    stem, mark = kinds.pop() if len(kinds) == 1 else ("", "")
    return _number(len(titles), stem.removesuffix("s"), "1") if mark == "." else ""


def _counted(stem: str, inner: Sequence[str]) -> Iterator[str]:
    """Yield how many calls of one kind there are, and of what.

    >>> list(_counted("layers", ["16 neurons", "16 neurons", "1 neuron"]))
    ['2 layers of 16 neurons', '1 of 1 neuron']
    """
    runs = [(what, len(list(some))) for what, some in groupby(inner)]
    one = stem.removesuffix("s")
    if len(runs) > 2 or "" in inner:
        yield _number(len(inner), one, "1")
        return
    (first, count), *rest = runs
    yield f"{_number(count, one, '1')} of {first}"
    yield from (f"{count:,} of {what}" for what, count in rest)


def several(names: Sequence[str]) -> str:
    """Return some names in a few words: from the first to the last, or a list.

    >>> several(["rk 0", "rk 1", "rk 2"]), several(["Wi", "Ui", "bi"])
    ('rk 0 to rk 2', 'Wi, Ui, bi')
    """
    short = [one_line(name, NAME) for name in names]
    parts = [NUMBERED.fullmatch(name) for name in short]
    stems = {part and part[1] for part in parts}
    if len(short) > 2 and len(stems) == 1 and None not in stems:
        return f"{short[0]} to {short[-1]}"
    return fitted(short, SOME)[0]


def fitted(phrases: Sequence[str], width: int, most: int = 1) -> list[str]:
    """Return some phrases in a few lines; "…" stands for what has no room.

    >>> fitted(["a quotient", "adds 3 products", "takes tanh"], 20, most=2)
    ['a quotient,', 'adds 3 products, …']
    """
    lines = [""]
    for at, phrase in enumerate(phrases, 1):
        piece = one_line(phrase, width) + ("," if at < len(phrases) else "")
        joined = f"{lines[-1]} {piece}".strip()
        if not lines[-1] or columns(joined) <= width:
            lines[-1] = joined
        elif len(lines) < most:
            lines.append(piece)
        else:
            lines[-1] += " …"
            break
    return lines


# Operations


def _operations(graph: Graph, members: Sequence[int]) -> list[str]:
    """Return what some nodes compute: what they form, what they add, what they take."""
    nodes, flat = graph.nodes, graph.flat
    ops = {i: op for i in members if (op := nodes.ops[flat.codes[i]])}
    sums = {i for i, op in ops.items() if is_sum(op) and len(_sources(graph, i)) > 1}
    terms = [x for i in sums for x in _sources(graph, i) if x not in sums]
    kinds = Counter(ops[x].makes if x in ops else "" for x in terms)
    told = [kind for kind in kinds if kind] if kinds[""] <= 1 else []
    added = {x for x in terms if len(told) == 1 and x in ops and ops[x].makes}
    apart = sums | added
    others = [op for i, op in ops.items() if i not in apart]
    nouns = Counter(op.makes for op in others if op.makes)
    names = Counter(_name(op) for op in others if not op.makes and not is_sum(op))
    phrases = [_number(n, x) for x, n in nouns.items()]
    phrases += [f"adds {_and(_added(kinds, told))}"] if sums else []
    taken = ", ".join(_often(x, n) for x, n in names.items())
    phrases += [f"takes {taken}"] if taken else []
    return phrases or ["changes a sign"] * bool(ops)


def _sources(graph: Graph, node: int) -> Sequence[int]:
    """Return the operands of a node; a plain number is below 0."""
    starts = graph.flat.starts
    return graph.flat.operands[starts[node] : starts[node + 1]]


def _added(kinds: Counter[str], told: Sequence[str]) -> list[str]:
    """Return what is added: 3 products and a term, or 5 terms."""
    if len(told) != 1:
        return [_number(kinds.total(), "term")]
    other = [_number(kinds[""], "term")] if kinds[""] else []
    return [_number(kinds[told[0]], told[0]), *other]


def _name(op: Op) -> str:
    known = OPS.get(op.name) is op
    return op.symbol if known or op.symbol.isidentifier() else one_line(op.name, NAME)


def _often(name: str, times: int) -> str:
    return (
        f"{name} {times:,} times"
        if times > 2
        else f"{name} twice"
        if times > 1
        else name
    )


def _number(count: int, noun: str, one: str = "a") -> str:
    """Return "a product" or "3 products"."""
    return f"{count:,} {noun}s" if count > 1 else f"{one} {noun}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
