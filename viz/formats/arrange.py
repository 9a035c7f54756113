"""Where the boxes and arrows of a picture go: its sizes, handed to the layout."""

from __future__ import annotations

from dendrograd.viz.layout.layered import Layout, layered
from dendrograd.viz.model.labels import Look, frame_width, measure
from dendrograd.viz.model.picture import Picture

__all__ = ["laid_out", "sizes"]


def sizes(picture: Picture, look: Look) -> list[tuple[int, int]]:
    """Return the width and the height of each box in pixels."""
    return [measure(box, look) for box in picture.boxes]


def laid_out(picture: Picture, look: Look) -> Layout:
    """Return where the boxes and arrows of a picture go."""
    return layered(
        sizes(picture, look),
        [(arrow.src, arrow.dst) for arrow in picture.arrows],
        [box.path for box in picture.boxes],
        titles={path: frame_width(title) for path, title in picture.titles.items()},
        rankdir=look.rankdir,
    )
