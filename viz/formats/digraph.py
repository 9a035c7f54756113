"""A graphviz.Digraph that stays useful where the program `dot` is missing."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
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


@contextmanager
def put_back_on_failure(*paths: Path) -> Iterator[None]:
    """Put files back to what they were, and remove new ones, if the block fails."""
    places = [Path(os.path.realpath(path)) for path in paths]  # a link itself stays
    files = [place for place in places if place.is_file()]
    before = {file: file.read_bytes() for file in files}
    new = [place for place in places if not place.exists()]
    folders = {up for place in new for up in place.parents if not up.exists()}
    try:
        yield
    except BaseException:  # a Ctrl-C too
        for file, content in before.items():
            if not file.exists() or file.read_bytes() != content:
                write_whole(file, content)
        for place in new:
            place.unlink(missing_ok=True)
        for folder in sorted(folders, reverse=True):  # the inner ones first
            with suppress(OSError):  # not there, or others wrote into it
                folder.rmdir()
        raise


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

        After a failure the source and the picture are what they were before. `.view()`
        comes through here; a viewer that fails leaves the finished picture.
        """
        render = super().render
        given = inspect.signature(render).bind(*args, **options).arguments
        view, quiet = given.pop("view", False), given.pop("quiet_view", False)
        try:
            with put_back_on_failure(*self._written(given)):
                picture = render(**given)
        except graphviz.ExecutableNotFound as error:
            raise DotNotFound("render") from error
        if view or quiet:
            graphviz.view(picture, quiet=quiet)
        return picture

    def _written(self, given: Mapping[str, Any]) -> tuple[Path, Path]:
        """Return where rendering writes the source and the picture, by its arguments."""
        folder, name = given.get("directory"), given.get("filename")
        own = os.fsdecode(self.directory)
        below = Path(own if folder is None else folder)
        outfile = given.get("outfile")
        if outfile is None:
            ends = ("formatter", "renderer", "format")
            kinds = [given.get(end) or getattr(self, end) for end in ends]
            source = below / (self.filename if name is None else name)
            return source, Path(".".join([str(source), *filter(None, kinds)]))
        picture = Path(own, outfile) if folder is None else Path(outfile)
        return below / (picture.with_suffix(".gv") if name is None else name), picture

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
        """Return what a notebook shows; where `dot` is missing, a sentence that says so."""
        try:
            return dict(super()._repr_mimebundle_(include, exclude, **options))
        except DotNotFound:
            return {"text/plain": f"No picture: {HINT}.\n\n{self.source}"}
