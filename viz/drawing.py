"""A graphviz.Digraph that stays useful where the program `dot` is missing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import graphviz

from dendrograd.errors import MissingToolError
from dendrograd.files import write_whole

__all__ = ["DotNotFound", "Drawing"]

HINT = (
    "the Graphviz program `dot` is not on PATH. Install it and open a new terminal: "
    "`sudo apt install graphviz` (Debian, Ubuntu), `brew install graphviz` (macOS) or "
    "`winget install Graphviz.Graphviz` (Windows; add its bin folder to PATH). "
    "`.source` and `.save('tree.dot')` work without it"
)


class DotNotFound(
    MissingToolError,
    graphviz.ExecutableNotFound,  # type: ignore[misc]  # graphviz ships no types
):
    """The Graphviz program that renders is absent; the message says how to get it.

    Also a graphviz.ExecutableNotFound, which callers of that library catch.
    """

    def __init__(self, action: str) -> None:
        Exception.__init__(self, f"{action}: {HINT}")


class Drawing(graphviz.Digraph):  # type: ignore[misc]  # graphviz ships no types
    """A graphviz.Digraph whose rendering says how to get `dot` where it is missing.

    In a notebook it shows the picture or, without `dot`, the hint and the source.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw_dot
    >>> drawing = draw_dot(Value(2.0, label="x").tanh())
    >>> type(drawing).__name__, drawing.format
    ('Drawing', 'svg')
    """

    def pipe(self, *args: Any, **options: Any) -> Any:
        """Return the rendered picture, as graphviz.Digraph does; or DotNotFound."""
        try:
            return super().pipe(*args, **options)
        except graphviz.ExecutableNotFound as error:
            raise DotNotFound("pipe") from error

    def render(self, *args: Any, **options: Any) -> Any:
        """Render into a file, as graphviz.Digraph does; or raise DotNotFound.

        `.view()` comes through here.
        """
        try:
            return super().render(*args, **options)
        except graphviz.ExecutableNotFound as error:
            raise DotNotFound("render") from error

    def unflatten(self, *args: Any, **options: Any) -> Any:
        """Return the source in a better aspect ratio; or raise DotNotFound."""
        try:
            return super().unflatten(*args, **options)
        except graphviz.ExecutableNotFound as error:
            raise DotNotFound("unflatten") from error

    def save(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        *,
        skip_existing: bool | None = False,
    ) -> str:
        """Write the DOT source, whole or not at all, and return the path."""
        if filename is not None:
            self.filename = os.fspath(filename)
        if directory is not None:
            self.directory = os.fspath(directory)
        path = str(self.filepath)
        if not (skip_existing and os.path.exists(path)):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            write_whole(path, self.source)
        return path

    def _repr_mimebundle_(
        self,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Return what a notebook shows; a missing `dot` is told, not raised."""
        try:
            return dict(super()._repr_mimebundle_(include, exclude, **options))
        except DotNotFound:
            return {"text/plain": f"No picture: {HINT}.\n\n{self.source}"}
