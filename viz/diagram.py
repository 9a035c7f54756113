"""A Diagram: a picture that shows itself in a notebook and writes itself into files."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dendrograd.files import write_whole
from dendrograd.viz.formats.by_graphviz import digraph, to_dot, to_pdf, to_png
from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.mermaid import to_mermaid
from dendrograd.viz.formats.plain import to_json, to_text
from dendrograd.viz.formats.svg import to_svg
from dendrograd.viz.layout.layered import Layout
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.page.page import to_html

if TYPE_CHECKING:
    from dendrograd.viz.formats.digraph import Drawing

__all__ = ["FORMATS", "Diagram", "Format", "format_of"]


class Diagram:
    """A picture of a computational tree, with the methods of a `graphviz.Digraph`.

    `draw` makes it. The table FORMATS lists the formats of its files; png and pdf are
    drawn by Graphviz, and the others need no program.

    picture   what is drawn: boxes and arrows with exact numbers
    notes     what the reader must know; the picture says it too

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> x = Value(2.0, label="x")
    >>> diagram = draw(x * x)
    >>> print(diagram.pipe("mermaid", encoding="utf-8").splitlines()[0])
    flowchart LR
    """

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn

    @property
    def picture(self) -> Picture:
        """What is drawn: boxes and arrows with exact numbers."""
        return self.drawn.bare

    @property
    def title(self) -> str:
        """What the picture is called."""
        return self.drawn.title

    @property
    def notes(self) -> list[str]:
        """What the reader must know about the numbers, and what was left out."""
        return self.drawn.notes

    @property
    def layout(self) -> Layout:
        """Where each box and arrow is."""
        return self.drawn.layout

    @property
    def drawing(self) -> Drawing:
        """The picture as a `graphviz.Digraph`."""
        return digraph(self.drawn)

    @property
    def source(self) -> str:
        """The picture in the DOT language; the same program gives the same bytes."""
        return to_dot(self.drawn)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, in a file of its own."""
        return to_svg(self.drawn)

    @property
    def html(self) -> str:
        """A page on which boxes open and close, and leaves can be changed."""
        return to_html(self.drawn)

    def pipe(self, format: str = "svg", encoding: str | None = None) -> Any:
        """Return the bytes of a file in some format, or its text in an encoding.

        Raises ValueError for a format that does not exist; DotNotFound for png and pdf
        where Graphviz is missing.
        """
        if format not in FORMATS:
            raise ValueError(
                f"Diagram: unknown format {format!r}; use one of {', '.join(FORMATS)}"
            )
        made = FORMATS[format].write(self.drawn)
        data = made.encode("utf-8", "replace") if isinstance(made, str) else made
        return data.decode(encoding) if encoding else data

    def save(self, filename: str | os.PathLike[str]) -> str:
        """Write the file in the format of its ending, whole or not at all; return it.

        Its folder has to be there. Raises ValueError for an ending that no format has.
        """
        path = Path(filename)
        ending = path.suffix.lower()
        if not ending:
            raise ValueError(
                f"Diagram: {os.fspath(filename)!r} has no ending to tell the format by; "
                f"use one of .{', .'.join(FORMATS)}"
            )
        row = format_of(ending)
        data = self.pipe(row.name if row else ending.lstrip("."))
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
        if format is not None or format_of(path.suffix.lower()) is None:
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
        return {"image/svg+xml": self.svg, "text/plain": to_text(self.drawn)}

    def __repr__(self) -> str:
        boxes, arrows = len(self.picture.boxes), len(self.picture.arrows)
        return f"<Diagram: {self.title}, {boxes} boxes, {arrows} arrows>"


class Format(NamedTuple):
    """A kind of file: what it is called, how its names end, and who writes it."""

    name: str
    endings: tuple[str, ...]
    write: Callable[[Drawn], str | bytes]
    needs_dot: bool = False


FORMATS = {
    row.name: row
    for row in (
        Format("svg", (".svg",), to_svg),
        Format("html", (".html", ".htm"), to_html),
        Format("dot", (".dot", ".gv"), to_dot),
        Format("mermaid", (".mmd",), to_mermaid),
        Format("txt", (".txt",), to_text),
        Format("json", (".json",), to_json),
        Format("png", (".png",), to_png, needs_dot=True),
        Format("pdf", (".pdf",), to_pdf, needs_dot=True),
    )
}


def format_of(ending: str) -> Format | None:
    """Return the format of the files whose names end so, None where there is none.

    >>> format_of(".htm").name
    'html'
    """
    return next((row for row in FORMATS.values() if ending in row.endings), None)
