"""Where the boxes and arrows of a picture go: its sizes, handed to the layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dendrograd.viz.layout.assembly import assembled
from dendrograd.viz.layout.layered import Layout, planned
from dendrograd.viz.layout.placing import least
from dendrograd.viz.layout.rows import fitting
from dendrograd.viz.layout.rule import Coordinates
from dendrograd.viz.model.labels import EM, SMALL, Look, frame_width, measure
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.text import columns, num

__all__ = [
    "PAGE",
    "label_sizes",
    "laid_out",
    "local_texts",
    "on_focus",
    "planned_for",
    "settings",
    "sizes",
    "wrapped",
]

PAGE, ROWS = (1970.0, 1175.0), 5  # without its margins, at 80 %; rows at most
CROWD = 8  # labels at one box; a box with more shows them on hover and focus
DIGITS = 8.0  # pixels, the height of a label, which has nothing below its line
CHANGING = 7  # columns of a label whose number may change


def local_texts(picture: Picture, look: Look) -> dict[int, str]:
    """Return what is written on each arrow: its local derivative, if it has one."""
    if look.locals == "none":
        return {}
    return {
        i: f"×{num(arrow.local, 3)}"
        for i, arrow in enumerate(picture.arrows)
        if arrow.local is not None and picture.boxes[arrow.dst].kind != "port"
    }


def on_focus(picture: Picture, look: Look) -> dict[int, list[int]]:
    """Return the boxes that so many labels end at that they are shown on focus alone.

    Each comes with the arrows that have a label.
    """
    if look.locals == "all":
        return {}
    ends: dict[int, list[int]] = {}
    for i in local_texts(picture, look):
        ends.setdefault(picture.arrows[i].dst, []).append(i)
    return {box: arrows for box, arrows in ends.items() if len(arrows) > CROWD}


def label_sizes(picture: Picture, look: Look) -> dict[int, tuple[float, float]]:
    """Return the room that each label needs which is always shown."""
    crowded = on_focus(picture, look)
    fewest = CHANGING if look.room else 0
    return {
        i: (max(columns(text), fewest) * EM * SMALL, DIGITS)
        for i, text in local_texts(picture, look).items()
        if picture.arrows[i].dst not in crowded
    }


def sizes(
    picture: Picture,
    look: Look,
    labels: Mapping[int, tuple[float, float]] | None = None,
) -> list[tuple[int, int]]:
    """Return the width and the height of each box in pixels, with room for its labels."""
    labels = label_sizes(picture, look) if labels is None else labels
    along = look.rankdir in ("LR", "RL")
    ends: dict[int, list[float]] = {}
    for i, arrow in enumerate(picture.arrows):
        if picture.boxes[arrow.dst].kind != "port":
            size = labels.get(i, (0.0, 0.0))
            ends.setdefault(arrow.dst, []).append(size[1] if along else size[0])
    found = []
    for box in picture.boxes:
        width, height = measure(box, look)
        some = ends.get(box.id, [])
        room = round(least(some)) if any(some) else 0
        found.append(
            (width, max(height, room)) if along else (max(width, room), height)
        )
    return found


def settings(picture: Picture, look: Look) -> dict[str, Any]:
    """Return what the layout is told of a picture beside its sizes and arrows."""
    return {
        "titles": {path: frame_width(title) for path, title in picture.titles.items()},
        "labels": label_sizes(picture, look),
        "calls": [box.id for box in picture.boxes if box.kind == "call"],
        "rankdir": look.rankdir,
    }


def laid_out(picture: Picture, look: Look) -> Layout:
    """Return where the boxes and arrows of a picture go."""
    return assembled(planned_for(picture, look))


def wrapped(layout: Layout, look: Look, pages: int = 1) -> Layout | None:
    """Return a layout in rows if one is too long for a page; None if it fits in none.

    It may be as high as so many pages.
    """
    size = PAGE[0], PAGE[1] * pages
    return fitting(layout, size, ROWS * pages, look.rankdir)


def planned_for(picture: Picture, look: Look) -> Coordinates:
    """Return the same, each within its own frame, with the plan that it follows from."""
    told = settings(picture, look)
    return planned(
        sizes(picture, look, told["labels"]),
        [(arrow.src, arrow.dst) for arrow in picture.arrows],
        [box.path for box in picture.boxes],
        **told,
    )
