"""What a page is told of a view that it draws itself, when the view opens.

`drawing.js` draws it as `svg.py` does, from the same texts and numbers; where all of it
stands follows from its plan. What follows from something else that is told is left out: a
contribution that is a local derivative times a gradient, and the widths of plain texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dendrograd.languages.javascript import numeral
from dendrograd.sweeps import product
from dendrograd.viz.formats.arrange import on_focus
from dendrograd.viz.formats.arrows import short_name
from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.paint import Paint
from dendrograd.viz.model.broken import Marks
from dendrograd.viz.model.labels import Look, heading, rows, words
from dendrograd.viz.model.picture import Arrow, Box, Picture
from dendrograd.viz.model.statements import array_of
from dendrograd.viz.text import clean, clip, columns

from .legend import marks_data, painting
from .links import linked
from .plans import cut_columns, plan_data
from .views import View

__all__ = ["cleaned", "page_data", "view_data"]

KINDS = {
    "leaf": "l",
    "op": "o",
    "sum": "s",
    "call": "c",
    "rest": "r",
    "in": "i",
    "out": "u",
}
FRAME = 30  # columns of the title of a frame


def cleaned(data: Any) -> Any:
    """Return data in which each text is as `markup` writes it.

    >>> cleaned({"names": ["a\\x00b", 1.0]})
    {'names': ['a\ufffdb', 1.0]}
    """
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, dict):
        return {key: cleaned(one) for key, one in data.items()}
    return list(map(cleaned, data)) if isinstance(data, list | tuple) else data


def page_data(
    held: Sequence[View], drawn: Drawn, paints: Sequence[Paint], marks: Sequence[Marks]
) -> dict[str, Any]:
    """Return what a page is told of its views, by which it draws all but the first.

    `paints` and `marks` are those of each view.
    """
    look = drawn.look
    later = list(zip(held, paints, strict=True))[1:]
    cuts = drawn.layout.cuts if look.rankdir == "LR" else ()
    return {
        "rankdir": look.rankdir,
        "notes": linked(drawn.notes, drawn.graph, held),
        "names": {v.prefix: [box.spoken for box in v.picture.boxes] for v in held},
        "words": {
            v.prefix: [words(b, v.picture.titles) for b in v.picture.boxes]
            for v in held
        },
        "closed": {v.prefix: v.closed for v in held},
        "whole": {v.number: v.whole for v in held if v.whole is not None},
        "plans": [plan_data(v.picture, v.found, v.opens, bool(v.parent)) for v in held],
        "cuts": cut_columns(held[0].found, cuts),
        "views": [None, *(view_data(view, look, paint) for view, paint in later)],
        "bad": {
            view.prefix: marks_data(some)
            for view, some in zip(held, marks, strict=True)
        },
        **painting(look),
        "live": None,
    }


def view_data(view: View, look: Look, paint: Paint) -> dict[str, Any]:
    """Return all that a view is drawn from, for JSON, but for its plan.

    `terms` are the boxes whose names stand in parentheses, in d y / d x, and `tells` what
    some arrows hand on, and that times what they contribute.
    """
    picture = view.picture
    title = clip(" ".join(view.title.split()), FRAME)
    return {
        "title": [title, columns(title)],
        "root": picture.root,
        "kinds": "".join([KINDS[_kind(box)] for box in picture.boxes]),
        "heads": [list(heading(box, look.names)) for box in picture.boxes],
        "notes": _notes(picture, look),
        "numbers": [_numbers(box, look) for box in picture.boxes],
        "arrows": [_arrow(picture, arrow) for arrow in picture.arrows],
        "tells": {i: list(map(numeral, some)) for i, some in paint.tells.items()},
        "classes": _classes(picture),
        "terms": [box.id for box in picture.boxes if box.term != box.spoken],
        "frames": _frames(picture),
        "wide": _wide(picture, look),
    }


def _kind(box: Box) -> str:
    return box.operation if box.kind == "port" else box.kind


def _notes(picture: Picture, look: Look) -> dict[int, list[str]]:
    """Return the rows without a number, of the boxes that have some."""
    notes = {
        box.id: [row.text for row in rows(box, look) if row.kind == "note"]
        for box in picture.boxes
        if box.kind == "call"
    }
    return {box: some for box, some in notes.items() if some}


def _numbers(box: Box, look: Look) -> list[Any]:
    """Return the data and the gradient of a box, and the norm that it shows."""
    normed = any(row.kind == "norm" for row in rows(box, look))
    told = [box.data, box.adjoint, box.norm if normed else None]
    while told and told[-1] is None:
        told.pop()
    return list(map(_number, told))


def _number(x: float | None) -> float | str | None:
    """Return a number as JSON has it, which has no words for some."""
    return None if x is None else numeral(x)


def _arrow(picture: Picture, arrow: Arrow) -> list[Any]:
    """Return the ends of an arrow, its local derivative, and what it contributes.

    The last is left out where it is the product of that derivative and the gradient.
    """
    back = picture.boxes[arrow.dst].adjoint
    told = [arrow.src, arrow.dst, _number(arrow.local)]
    if (
        arrow.local is None
        or back is None
        or repr(product(arrow.local, back)) != repr(arrow.contribution)
    ):
        told.append(_number(arrow.contribution))
    return told


def _classes(picture: Picture) -> dict[int, int]:
    """Return the number of the array that a box stands in, of those that are in one."""
    found = {box.id: array_of(box) for box in picture.boxes}
    return {box: array.number for box, array in found.items() if array is not None}


def _frames(picture: Picture) -> list[str]:
    """Return the titles of the frames in the view, the outermost first."""
    titles = sorted(picture.titles.items(), key=lambda item: len(item[0]))
    return [clip(" ".join(n.split()), FRAME) + number for _, (n, number) in titles]


def _wide(picture: Picture, look: Look) -> dict[int, list[Any]]:
    """Return short names whose width is not that of plain text, where they are listed."""
    listed = on_focus(picture, look).values()
    sources: Iterable[int] = {picture.arrows[i].src for some in listed for i in some}
    found: Mapping[int, str] = {i: short_name(picture.boxes[i]) for i in sources}
    return {
        i: [name, columns(name)]
        for i, name in found.items()
        if not name.isascii() or not picture.boxes[i].spoken.isascii()
    }
