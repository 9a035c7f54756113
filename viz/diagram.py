"""A Diagram: a picture that shows itself in a notebook and writes itself into files."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from dendrograd.files import write_whole

from .dot import to_dot
from .drawing import Drawing
from .labels import Look
from .layout import Layout
from .mermaid import to_mermaid
from .picture import Picture
from .positions import dot_layout
from .snapshot import Graph
from .svg import laid_out, to_svg
from .textual import to_json, to_text

__all__ = ["Diagram"]

ENDINGS = {"gv": "dot", "mmd": "mermaid", "htm": "html"}


class Diagram:
    """A picture of a computational tree, with the methods of a `graphviz.Digraph`.

    `draw` makes it. The formats svg, html, dot, mermaid, txt and json need no other
    program; png and pdf are drawn by Graphviz.

    picture   what is drawn: boxes and arrows with exact numbers
    notes     what the reader must know; the picture says it too

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> x = Value(2.0, label="x")
    >>> diagram = draw(x * x)
    >>> print(diagram.pipe("mermaid", encoding="utf-8").splitlines()[0])
    flowchart LR
    """

    def __init__(
        self, picture: Picture, graph: Graph, look: Look, title: str, engine: str
    ) -> None:
        self.picture, self.graph, self.look = picture, graph, look
        self.title, self.engine = title, engine

    @property
    def notes(self) -> list[str]:
        """What the reader must know about the numbers, and what was left out."""
        return list(self._drawn.notes)

    @cached_property
    def _placed(self) -> tuple[Layout, str]:
        """The layout, and a note where Graphviz took too long for it."""
        if self.engine == "dot":
            return dot_layout(self.picture, self.look)
        return laid_out(self.picture, self.look), ""

    @property
    def layout(self) -> Layout:
        """Where each box and arrow is."""
        return self._placed[0]

    @property
    def _drawn(self) -> Picture:
        note = self._placed[1] if self.engine == "dot" else ""
        return self.picture.noting(note) if note else self.picture

    @property
    def drawing(self) -> Drawing:
        """The picture as a `graphviz.Digraph`."""
        return to_dot(self._drawn, "svg", self.look.rankdir, lambda box: box.adjoint)

    @property
    def source(self) -> str:
        """The picture in the DOT language; the same program gives the same bytes."""
        return str(self.drawing.source)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, in a file of its own."""
        return to_svg(self._drawn, self.layout, self.look, self.title)

    @property
    def html(self) -> str:
        """A page on which boxes open and close, and leaves can be changed."""
        from .page import to_html

        return to_html(self)

    def pipe(self, format: str = "svg", encoding: str | None = None) -> Any:
        """Return the bytes of a file in some format, or its text in an encoding.

        Raises ValueError for a format that does not exist; DotNotFound for png and pdf
        where Graphviz is missing.
        """
        write = FORMATS.get(format)
        if write is None:
            raise ValueError(
                f"Diagram: {format!r} is no format; use one of {', '.join(FORMATS)}"
            )
        made = write(self)
        data = made.encode("utf-8", "replace") if isinstance(made, str) else made
        return data.decode(encoding) if encoding else data

    def save(self, filename: str | os.PathLike[str]) -> str:
        """Write the file in the format of its ending, whole or not at all; return it."""
        path = Path(filename)
        ending = path.suffix.lower().lstrip(".")
        data = self.pipe(ENDINGS.get(ending, ending))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
        return str(path)

    def render(
        self,
        filename: str | os.PathLike[str] = "tree",
        directory: str | os.PathLike[str] | None = None,
        *,
        format: str | None = None,
        view: bool = False,
        cleanup: bool = False,
    ) -> str:
        """Write the picture and return its path, as `graphviz.Digraph.render` does.

        The format is that of the ending, or `format`, or svg, which are added to the
        name. Only the picture is written, so there is nothing to clean up.
        """
        path = Path(directory or ".", filename)
        ending = path.suffix.lower().lstrip(".")
        if format is not None or ENDINGS.get(ending, ending) not in FORMATS:
            path = path.with_name(f"{path.name}.{format or 'svg'}")
        written = self.save(path)
        if view:
            webbrowser.open(Path(written).absolute().as_uri())
        return written

    def view(self) -> str:
        """Show the page in the web browser; return the temporary file it was put in."""
        handle, name = tempfile.mkstemp(prefix="dendrograd-", suffix=".html")
        os.close(handle)
        return self.render(name, view=True)

    def _repr_mimebundle_(
        self,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
    ) -> dict[str, str]:
        """Return what a notebook shows: the picture, with text beside it."""
        return {"image/svg+xml": self.svg, "text/plain": to_text(self.picture)}

    def __repr__(self) -> str:
        boxes, arrows = len(self.picture.boxes), len(self.picture.arrows)
        return f"<Diagram: {self.title}, {boxes} boxes, {arrows} arrows>"


def _rendered(format: str) -> Callable[[Diagram], bytes]:
    return lambda diagram: bytes(diagram.drawing.pipe(format=format))


FORMATS: dict[str, Callable[[Diagram], str | bytes]] = {
    "svg": lambda diagram: diagram.svg,
    "html": lambda diagram: diagram.html,
    "dot": lambda diagram: diagram.source,
    "mermaid": lambda diagram: to_mermaid(diagram.picture, diagram.look),
    "txt": lambda diagram: to_text(diagram.picture),
    "json": lambda diagram: to_json(diagram.picture),
    "png": _rendered("png"),
    "pdf": _rendered("pdf"),
}
