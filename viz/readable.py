"""Whether a picture can be read on a page, and what is tried until it can.

A page has 1,600 x 1,000 pixels, and print is read down to four fifths of its size. Up to
60 boxes nothing is left out: a picture that is too wide goes on in the next row, then its
sums melt, and at last the numbers in its boxes are left to colours and titles.
"""

from __future__ import annotations

from dataclasses import replace

from dendrograd.viz.formats.arrange import PAGE, laid_out, sizes, wrapped
from dendrograd.viz.layout.layered import Layout
from dendrograd.viz.model.auto import MANY
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.fuse import fuse_sums
from dendrograd.viz.model.labels import Look
from dendrograd.viz.model.picture import Picture, pictured
from dendrograd.viz.model.snapshot import Graph

__all__ = ["Page", "whole"]

PAGES = 6  # that a picture may be high where nothing of it is folded


class Page:
    """Tells whether a picture can be read, and keeps the layout that it made for that.

    Only the last: candidates are tried until one fits, and that one is drawn.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self._last: tuple[Picture, Layout] | None = None

    def fits(self, picture: Picture) -> bool:
        """Return whether a picture is small enough, in one row or in several."""
        if not self._may_fit(picture):
            return False
        found = wrapped(laid_out(picture, self.look), self.look)
        self._last = (picture, found) if found else self._last
        return found is not None

    def unfold(self, picture: Picture) -> None:
        """Keep a layout in rows of a picture that is read from page to page."""
        found = wrapped(laid_out(picture, self.look), self.look, PAGES)
        self._last = (picture, found) if found else None

    def layout(self, picture: Picture) -> Layout | None:
        """Return the layout of a picture if it is the last one; notes do not matter."""
        if self._last and self._last[0].boxes is picture.boxes:
            return self._last[1]
        return None

    def _may_fit(self, picture: Picture) -> bool:
        """Return False where the boxes alone need more room than a page has."""
        area = sum(w * h for w, h in sizes(picture, self.look))
        return area <= PAGE[0] * PAGE[1]


def whole(graph: Graph, sums: bool | str, most: int, page: Page) -> Picture | None:
    """Return the picture of every node if it can be read, else None."""
    if len(graph.nodes) > min(MANY, most):
        return None
    plain = pictured(graph, frames(graph))
    melted = fuse_sums(plain) if sums else plain
    first = melted if sums is True else plain
    if page.fits(first):
        return first
    if melted is not first and page.fits(melted):
        return melted.noting(
            "chains of additions are one box; draw(root, sums=False, fold=None) "
            "draws each"
        )
    look, page.look = page.look, replace(page.look, values=False)
    if page.fits(first):
        return first.noting(
            "boxes show no numbers, for want of room: point at one, or "
            "draw(root, fold=None)"
        )
    page.look = look
    return None
