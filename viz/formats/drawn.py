"""A picture with its layout: what the writer of every format is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from dendrograd.viz.layout.layered import Layout
from dendrograd.viz.model.broken import Marks, marked, shown_ways
from dendrograd.viz.model.colours import amounts
from dendrograd.viz.model.labels import Look
from dendrograd.viz.model.notes import Note
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.model.snapshot import Graph

from .arrange import laid_out, wrapped
from .legend import Entry, legend
from .paint import Paint, painted
from .positions import dot_layout

__all__ = ["SAYS", "STALE", "Drawn"]

STALE = "the grad in each box is d root / d node, computed anew"
SAYS = {  # what boxes show, where `.grad` is not d root / d node
    "true": STALE,
    "zero": 'draw(root, grad="true") shows the derivatives',
    "hand": 'draw(root, grad="true") shows all derivatives',
    "own": "grad is what .grad holds, true is d root / d node where they differ",
}


@dataclass(frozen=True)
class Drawn:
    """A picture that is laid out once, when the first writer asks for it.

    bare    what is drawn, without the note that its layout may add
    graph   the recorded graph that it is a picture of
    look    how it is drawn
    title   what the picture is called
    engine  "dot" where Graphviz is asked for the positions
    known   the layout, where somebody has made it already
    wraps   whether it goes on in further rows where one is too long for a page
    """

    bare: Picture
    graph: Graph
    look: Look
    title: str
    engine: str = "auto"
    known: Layout | None = None
    wraps: bool = False

    @cached_property
    def _placed(self) -> tuple[Layout, str]:
        """The layout, and a note where Graphviz took too long for it."""
        if self.engine == "dot":
            return dot_layout(self.bare, self.look)
        if self.known:
            return self.known, ""
        made = laid_out(self.bare, self.look)
        return wrapped(made, self.look) or made if self.wraps else made, ""

    @property
    def layout(self) -> Layout:
        """Where each box and arrow is."""
        return self._placed[0]

    @property
    def picture(self) -> Picture:
        """What is drawn; its notes say, too, where Graphviz took too long."""
        note = self._placed[1] if self.engine == "dot" else ""
        return self.bare.noting(note) if note else self.bare

    @cached_property
    def marks(self) -> Marks:
        """Where inf and nan begin, and what they go through."""
        return marked(self.bare, shown_ways(self.graph, self.look.grad))

    @cached_property
    def paint(self) -> Paint:
        """The tints of its boxes and the widths of its lines."""
        look, picture = self.look, self.bare
        return painted(
            [picture], [amounts(picture, self.graph, look.color, look.grad)]
        )[0]

    @cached_property
    def legend(self) -> list[Entry]:
        """What its colours show, and its marks."""
        tints = [self.paint.tint(box.id) for box in self.bare.boxes]
        return legend(
            self.look.color,
            self.bare.boxes[self.bare.root].spoken,
            self.marks,
            known=self.look.grad != "zero",
            broken="broken" in tints,
        )

    @property
    def notes(self) -> list[str]:
        """What the reader must know about the numbers, and what was left out."""
        return list(self.picture.notes)

    def with_derivatives(self) -> Drawn:
        """Return the picture with d root / d node in its boxes, whatever `.grad` holds."""
        if self.look.grad == "true":
            return self
        notes = tuple([STALE if n in SAYS.values() else n for n in self.bare.notes])
        look = replace(self.look, grad="true")
        return replace(
            self, bare=replace(self.bare, notes=notes), look=look, known=None
        )

    def telling(self, notes: Iterable[Note]) -> Drawn:
        """Return the picture with further notes below it, whose names a page links."""
        more = list(notes)
        named = {**self.graph.named, **{note.text: note.pieces for note in more}}
        return replace(
            self,
            bare=self.bare.noting(*[note.text for note in more]),
            graph=replace(self.graph, named=named),
        )

    def with_room(self, columns: int) -> Drawn:
        """Return the picture with room for numbers of so many columns in its boxes.

        Positions that Graphviz gave are kept.
        """
        look = replace(self.look, room=columns)
        if self.engine == "dot":
            return replace(
                self, bare=self.picture, look=look, engine="auto", known=self.layout
            )
        return replace(self, look=look, known=None)
