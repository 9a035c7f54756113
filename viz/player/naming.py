"""What the boxes of a player are called: every box has a name that no other has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dendrograd.viz.model.frames import Path
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.text import one_line

__all__ = ["box_names", "with_names"]


def with_names(picture: Picture) -> Picture:
    """Return the picture with a label on each box, so that a text can refer to it.

    The one result of a call that is drawn open has the name of the call, any other box
    without a label in a call that of its operation, which it may show already. Outside of
    calls it is n and its number. Labels that are equal are numbered.

    >>> from dendrograd import Value, scope
    >>> from dendrograd.viz import draw
    >>> x = Value(1.0, label="x")
    >>> with scope("cell"):
    ...     y = (2 * x).tanh()
    >>> [box.label for box in with_names(draw(y).picture).boxes]
    ['x', 'mul', 'cell']
    """
    results = dict(_results(picture))
    stems = [_stem(box) for box in picture.boxes]
    count = Counter(zip((box.path for box in picture.boxes), stems, strict=True))
    boxes = []
    for box, stem in zip(picture.boxes, stems, strict=True):
        shown = stem == box.operation and count[box.path, stem] == 1
        label = results.get(box.id) or ("" if shown and stem else stem or box.name)
        known = box.label or box.kind == "rest"
        boxes.append(box if known else replace(box, label=label))
    return replace(picture, boxes=tuple(_numbered(boxes)))


def _stem(box: Box) -> str:
    """Return what computes a box without a label inside a call, else ""."""
    op = box.node.op if box.node and box.path and not box.label else None
    return op.name if op else ""


def _results(picture: Picture) -> Iterator[tuple[int, str]]:
    """Yield the boxes that are the only one of a frame that is used outside it."""
    leaving: dict[Path, set[int]] = {frame: set() for frame in picture.titles}
    ends = [(arrow.src, picture.boxes[arrow.dst].path) for arrow in picture.arrows]
    for source, user in [*ends, (picture.root, ())]:
        path = picture.boxes[source].path
        for depth in range(1, len(path) + 1):
            if user[:depth] != path[:depth] and path[:depth] in leaving:
                leaving[path[:depth]].add(source)
    for frame, sources in leaving.items():
        for source in sources if len(sources) == 1 else ():
            box = picture.boxes[source]
            if box.kind in ("op", "sum") and box.path == frame:
                yield source, "".join(picture.titles[frame])


def _numbered(boxes: Sequence[Box]) -> Iterator[Box]:
    """Yield the boxes; where several in one frame have one label, it has a number."""
    count = Counter((box.path, box.name) for box in boxes if box.kind != "rest")
    seen = Counter[tuple[Path, str]]()
    for box in boxes:
        key = box.path, box.name
        seen[key] += box.kind != "rest"
        twin = box.kind != "rest" and count[key] > 1
        yield replace(box, label=f"{box.name} #{seen[key]}") if twin else box


def box_names(picture: Picture) -> list[str]:
    """Return what each box is called: its label, with frames where others have it too.

    A call that holds one labelled result is called by that.

    >>> from dendrograd.nn import MLP
    >>> from dendrograd.viz import draw
    >>> picture = draw(MLP(1, [2, 1], seed=0)([1.0])).picture
    >>> [name for name in box_names(picture) if name.endswith("b")]
    ['layers.0.neurons.0.b', 'neurons.1.b', 'layers.1.neurons.0.b']
    """
    called = [_short(box, picture) for box in picture.boxes]
    around = [_around(box, picture) for box in picture.boxes]
    for depth in range(1, max(map(len, around), default=0) + 1):
        counts = Counter(called)
        for i, frames in enumerate(around):
            if counts[called[i]] > 1 and depth <= len(frames):
                called[i] = f"{frames[-depth]}.{called[i]}"
    counts, seen = Counter(called), Counter[str]()
    for i, name in enumerate(called):
        seen[name] += 1
        if counts[name] > 1 and picture.boxes[i].kind != "rest":
            called[i] = f"{name} #{seen[name]}"
    return called


def _short(box: Box, picture: Picture) -> str:
    """Return the label of a call's one result, else the name of the box.

    A box that has none of its own in a call is called by its operation: neurons.1.dot.
    """
    if _nameless(box, picture):
        title = one_line("".join(picture.titles[box.path]), 24).replace(" ", "")
        return f"{title}.{box.label or box.operation}"
    results = box.name.partition(" → ")[2] if box.kind == "call" and box.node else ""
    return box.name if not results or "," in results else results


def _nameless(box: Box, picture: Picture) -> bool:
    """Return whether nobody has named a box in a call, nor the call for its result."""
    if not (box.path and box.kind == "op" and box.node and not box.node.label):
        return False
    return box.label != "".join(picture.titles[box.path])


def _around(box: Box, picture: Picture) -> list[str]:
    """Return the frames around a box, but for the one that its name tells."""
    titles = [
        "".join(picture.titles[box.path[:d]]) for d in range(1, len(box.path) + 1)
    ]
    told = bool(titles) and (box.label == titles[-1] or _nameless(box, picture))
    return [one_line(t, 24).replace(" ", "") for t in titles[: len(titles) - told]]
