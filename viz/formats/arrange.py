"""Where the boxes and arrows of a picture go: its sizes, handed to the layout."""

from __future__ import annotations

from dendrograd.viz.layout.assembly import assembled
from dendrograd.viz.layout.layered import Layout, planned
from dendrograd.viz.layout.rule import Coordinates
from dendrograd.viz.model.labels import Look, frame_width, measure
from dendrograd.viz.model.picture import Picture

__all__ = ["laid_out", "planned_for", "sizes"]


def sizes(picture: Picture, look: Look) -> list[tuple[int, int]]:
    """Return the width and the height of each box in pixels."""
    return [measure(box, look) for box in picture.boxes]


def laid_out(picture: Picture, look: Look) -> Layout:
    """Return where the boxes and arrows of a picture go."""
    return assembled(planned_for(picture, look))


def planned_for(picture: Picture, look: Look) -> Coordinates:
    """Return the same, each within its own frame, with the plan that it follows from."""
    return planned(
        sizes(picture, look),
        [(arrow.src, arrow.dst) for arrow in picture.arrows],
        [box.path for box in picture.boxes],
        titles={path: frame_width(title) for path, title in picture.titles.items()},
        rankdir=look.rankdir,
    )
