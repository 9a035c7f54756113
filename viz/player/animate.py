"""`animate`: back-propagation as a moving picture, one `+=` at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from dendrograd import Value
from dendrograd.files import write_whole
from dendrograd.viz.diagram import Diagram
from dendrograd.viz.draw import draw
from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.svg import to_svg
from dendrograd.viz.markup import element
from dendrograd.viz.page.live import obstacle

from .courses import COURSES, by_call, by_operation, hindrance
from .data import prefix_of
from .loop import to_loop
from .naming import with_names
from .opened import OPENED
from .player import to_player
from .steps import Steps, by_arrow, told

__all__ = ["Animation", "animate"]

HEIGHT = 560  # pixels of a cell in a notebook
ROOM = 12  # columns of a number that will be changed, as in "grad −123.4"


class Animation:
    """Back-propagation as a moving picture; `animate` makes it.

    In a notebook it plays in the cell. `.save("backprop.html")` writes the player,
    `.save("backprop.svg")` the loop without a script that plays in a README.

    by      "call" or "operation": what a step is at first; the page has a switch
    steps   what is shown, step by step
    notes   what the reader must know; the picture says it too

    >>> from dendrograd.viz import animate
    >>> x = Value(3.0, label="x")
    >>> animation = animate(x * x)
    >>> print(animation.text.splitlines()[-1])
    The gradient of n1, 1, times x = 3 goes to x: 1 × 3 = 3. x is used twice, so both parts are added: 3 + 3 = 6
    """

    def __init__(self, diagram: Diagram, title: str, by: str = "call") -> None:
        self.title, self.by = title, by
        self._drawn = diagram.drawn
        notes = [n.replace("draw(root", "animate(root") for n in diagram.picture.notes]
        picture = replace(diagram.picture, notes=tuple(notes))
        self._folded = any(box.kind in OPENED for box in picture.boxes)
        self._why = hindrance(diagram.drawn.graph, picture) if self._folded else ""
        if by == "operation" and self._why:
            picture = picture.noting(self._why)
        self.picture = with_names(picture)

    @property
    def notes(self) -> list[str]:
        """What the reader must know about the numbers, and what was left out."""
        return list(self.picture.notes)

    @cached_property
    def courses(self) -> dict[str, Steps]:
        """The steps by call and, where calls are folded that can be opened, by operation."""
        graph = self._drawn.graph
        made = {"call": by_call(graph, self.picture)}
        if self._folded and not self._why:
            made["operation"] = by_operation(graph, self.picture)
        return made

    @property
    def steps(self) -> Steps:
        """What is shown, step by step."""
        return self.courses.get(self.by) or self.courses["call"]

    @property
    def text(self) -> str:
        """The sentence of every step with its arithmetic, a line for each."""
        return "".join(f"{self.steps.text(step)}\n" for step in self.steps.steps)

    def _with_room(self, columns: int, steps: Steps, view: int = 0) -> Drawn:
        """Return a picture, each number of which has room for so many columns."""
        look = replace(self._drawn.look, widest=steps.widest(view), room=columns)
        bare = steps.pictures[view]
        return replace(self._drawn, bare=bare, look=look, title=self.title, known=None)

    @cached_property
    def html(self) -> str:
        """The player: a page with buttons and keys, which loads nothing.

        The numbers of leaves can be changed in it, and all others follow; with more than
        2,000 nodes, or an operation that the page has no rule for, it says why not.
        """
        live = not obstacle(self._drawn.graph)
        most = self.courses.get("operation") or self.courses["call"]
        svgs = [
            to_svg(self._with_room(ROOM if live else 0, most, view), prefix_of(view))
            for view in range(len(most.pictures))
        ]
        by = self.by if self.by in self.courses else "call"
        theme, shut = self._drawn.look.theme, self._why
        graph = self._drawn.graph
        return to_player(self.courses, by, graph, svgs, self.title, theme, shut)

    @cached_property
    def svg(self) -> str:
        """The loop: an SVG that plays over and over without a script, arrow by arrow.

        Where motion is not wanted or not known, it is the complete picture.
        """
        graph = self._drawn.graph
        steps = told(graph, [self.picture], by_arrow(self.picture))
        drawn = self._with_room(0, steps)
        changed = filter(None, [graph.moved])
        return to_loop(steps, drawn, self.title, changed)

    def save(self, filename: str | os.PathLike[str]) -> str:
        """Write the player, or the loop where the name ends in .svg; return the path.

        The file is written whole or not at all. Raises ValueError for another ending.
        """
        path = Path(filename)
        ending = path.suffix.lower()
        if ending not in (".html", ".htm", ".svg"):
            raise ValueError(
                f"animate: {os.fspath(filename)!r} ends in neither .html, for the "
                "player, nor .svg, for the loop"
            )
        data = self.svg if ending == ".svg" else self.html
        write_whole(path, data)
        return str(path)

    def _repr_html_(self) -> str:
        """Return the player in a frame of its own, which cannot reach the notebook."""
        return element(
            "iframe",
            " ",
            sandbox="allow-scripts",
            title=self.title,
            srcdoc=self.html,
            width="100%",
            height=HEIGHT,
            style="border:0",
        )

    def _repr_mimebundle_(
        self,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """Return what a notebook shows: the player, with the steps as text beside it."""
        return {"text/html": self._repr_html_(), "text/plain": self.text}

    def __repr__(self) -> str:
        return f"<Animation: {self.title}, {len(self.steps.steps)} steps>"


def animate(
    root: Value,
    filename: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    steps: str = "call",
    **draw_options: Any,
) -> Animation:
    """Return back-propagation from root as a moving picture.

    Forward, boxes get their data; then root's gradient is 1, and each step back adds one
    term to one gradient, `a.grad += ∂d/∂a · d.grad`, in the order of `backward`. It shows
    d root / d node, whether or not `backward` has run, and changes no Value.

    filename      where to write it: .html for the player, .svg for the loop of a README;
                  nothing is written if it is not given
    title         what stands above it
    steps         "call": a folded call is one step, with what enters and leaves it;
                  "operation": each node is one, and the call that it is in is drawn
                  open. The page has a switch; the loop goes by the arrows it shows
    draw_options  those of `draw` but grad and color; a large tree is folded as there

    Raises what `draw` does, and ValueError for other steps or a name with another ending.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> animation = animate(a * b + a)
    >>> animation
    <Animation: back-propagation of n3, 9 steps>
    """
    if steps not in COURSES:
        raise ValueError(f"animate: steps={steps!r}; use one of {COURSES}")
    diagram = draw(root, grad="true", color="grad", **draw_options)
    name = diagram.drawn.graph.root.name
    animation = Animation(diagram, title or f"back-propagation of {name}", steps)
    if filename is not None:
        animation.save(filename)
    return animation
