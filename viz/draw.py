"""`draw`: the computational tree as a picture, on any machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dendrograd import Value, toposort
from dendrograd.viz.formats.dot import MOST, require_direction
from dendrograd.viz.formats.drawn import SAYS, Drawn
from dendrograd.viz.model.auto import (
    as_statements,
    at_depth,
    automatic,
    expanded,
    fused,
)
from dendrograd.viz.model.colours import COLORS, STATEMENT
from dendrograd.viz.model.focus import focus as focused
from dendrograd.viz.model.focus import largest_paths
from dendrograd.viz.model.fold import fold as folded
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.labels import Look
from dendrograd.viz.model.names import Names
from dendrograd.viz.model.own import GRADS, mode
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.model.results import Calls
from dendrograd.viz.model.snapshot import Graph, differing, trace
from dendrograd.viz.model.spoken import spoken
from dendrograd.viz.model.statements import is_rolled

from .diagram import Diagram
from .readable import Page, whole
from .settings import coloured, focused_on, joined, require_count, require_settings

__all__ = ["draw"]

FULL = 250  # boxes that certainly do not fit a page


def draw(
    root: Value | Sequence[Value],
    filename: str | os.PathLike[str] | None = None,
    *,
    fold: int | str | None = "auto",
    expand: Iterable[str] = (),
    focus: Value | Sequence[Value] | None = None,
    k: int = 4,
    sums: bool | str = "auto",
    max_nodes: int | None = MOST,
    rankdir: str = "LR",
    engine: str = "auto",
    locals: str = "auto",
    values: bool = True,
    grad: str = "own",
    color: str = "auto",
    names: bool = False,
    theme: str = "auto",
    title: str | None = None,
) -> Diagram:
    """Return a picture of everything that root was computed from.

    Several roots share a picture, `draw([price, delta])`: a last box holds their sum,
    whose derivatives are what backward() from each of them adds up to.

    It needs no program `dot`. A box shows label, operation, data and grad; arrows carry
    local derivatives, blue where they add to a gradient and dashed orange-red where they
    subtract; all is grey until some `.grad` is not 0. In a notebook the result shows
    itself; `.save("tree.svg")` writes it, in the format of the ending.

    filename    where to write it, in the format of the ending; nowhere if not given
    fold        how deep calls of modules and scopes stay open: 1 makes a box of each
                outermost call, 2 of the calls inside them, None of none; "auto" draws up
                to 60 boxes whole, in rows where they are long, and folds larger trees as
                much as it takes to be read on 1,600 x 1,000 pixels at 80 %
    expand      names of calls to open, as written on their frames: "MLP/layers.0"
    focus       leaves: only the k largest gradient paths from them are drawn, the
                largest stands out, and stubs "12 more" tell how much was cut off
    sums        whether chains of additions melt into one box; "auto": above 60 boxes
    max_nodes   the most boxes; a larger tree is folded or cut, and a note below the
                picture says how, and how to undo it. None draws everything
    rankdir     LR, RL, TB or BT
    engine      "auto" is our own layout; "dot" asks Graphviz for the positions
    locals      which local derivatives stand above their arrows: "auto" (all; where more
                than 8 end at one box, while that is pointed at), "all" or "none"
    values      whether boxes show data and grad
    grad        "own": what `.grad` holds, and where that is not d root / d node, this as
                "true" below it, once backward() has begun; "true": d root / d node,
                whatever has run. A page and a player show the latter
    names       whether each box without a label shows n and its number, by which notes,
                details and `explain(names=True)` then call it
    color       what gives boxes and lines their colour, and a legend says which it is:
                "grad", "data", or "contribution", which is data times d root / d box,
                to first order what the root loses where the box becomes 0; in the tree
                of a rolled function "statement" too. "auto" is this there, else "grad".
                A page can change it
    theme       "light", "dark", or "auto": inside a page that of the page, as a file or an
                image that of the page where it says which, else of the reader's system;
                in print light
    title       what the page is called; "d loss" and so on if not given

    In the tree of a function that `compile` rolled, `draw(fast.graph)`, each box is an
    array statement, with its line of NumPy, the shape of its array, and how many nodes it
    computes. fold=None draws the nodes, each in the frame of its statement.

    The first box whose data is inf or nan has a ring, all such data is bold, and a band
    below the lines leads from it to the root. The first gradient that is not finite,
    going back, has a ring of dashes, and dots lead from it to the leaves. Results are drawn
    as they were computed: where data changed afterwards, as by an optimiser, a note says so.

    Raises OperandError if root or focus is not a Value, ValueError for a setting that
    does not exist, a name in `expand` that no frame has, and a leaf that root was not
    computed from; DotNotFound with engine="dot" where there is none.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2
    >>> diagram = draw(y)
    >>> diagram.svg.startswith("<svg"), diagram.notes[0][:26]
    (True, 'backward() has not run: ev')
    """
    look = Look(
        theme=theme,
        values=values,
        locals=locals,
        rankdir=rankdir,
        grad=grad,
        color=color,
        names=names,
    )
    expand = tuple(expand) if isinstance(expand, Iterator) else expand
    require_settings(
        max_nodes=max_nodes, expand=expand, values=values, names=names, title=title
    )
    leaves = None if focus is None else focused_on(focus)
    _check(look, fold, sums, engine, k)
    top: Value = joined(root)
    graph = trace(top, names)
    rolled = is_rolled(graph)
    look = replace(look, grad=mode(graph, look.grad), color=coloured(color, rolled))
    if differing(graph.nodes):
        told = graph.notes[0], SAYS[look.grad]
        graph = replace(graph, notes=(*told, *graph.notes[1:]))
    page = Page(look)
    plain = fold == "auto" and not tuple(expand) and focus is None
    if plain and (rolled or max_nodes is not None):
        picture = _plain(graph, sums, k, max_nodes, page, rolled)
    else:
        depth = 0 if fold in ("auto", None) else int(fold or 0)
        picture = _asked(graph, depth, expand, sums)
        if leaves is not None:
            picture = _on(picture, top, leaves, k)
        elif max_nodes is not None and len(picture.boxes) > max_nodes:
            picture = _cut(picture, graph, sums, k, max_nodes)
    known, wraps = page.layout(picture), plain and max_nodes is not None
    picture, name = _titled(picture, graph, names)
    drawn = Drawn(picture, graph, page.look, title or name, engine, known, wraps)
    diagram = Diagram(drawn)
    if filename is not None:
        diagram.save(filename)
    return diagram


def _titled(picture: Picture, graph: Graph, numbered: bool) -> tuple[Picture, str]:
    """Return the picture whose boxes know their names in prose, and its title."""
    calls, root = Calls(graph), graph.root.id
    called = Names(graph, [root], numbered, calls).name(root)
    shown = picture if numbered else spoken(picture, graph, calls)
    return shown, f"computational tree of {called}"


def _check(look: Look, fold: object, sums: object, engine: object, k: object) -> None:
    """Raise ValueError for a setting that does not exist."""
    require_direction("draw", look.rankdir)
    for name, value, choices in (
        ("engine", engine, ("auto", "dot")),
        ("theme", look.theme, ("auto", "light", "dark")),
        ("grad", look.grad, GRADS),
        ("color", look.color, ("auto", *COLORS, STATEMENT)),
        ("locals", look.locals, ("auto", "all", "none")),
        ("sums", sums, ("auto", True, False)),
    ):
        if value not in choices:
            raise ValueError(f"draw: {name}={value!r}; use one of {choices}")
    if not (fold in ("auto", None) or (type(fold) is int and fold >= 0)):
        raise ValueError(f"draw: fold={fold!r}; use a depth, 1 or more, None or 'auto'")
    require_count("draw", "k", k, "how many paths to draw")


def _plain(
    graph: Graph, sums: bool | str, k: int, most: int | None, page: Page, rolled: bool
) -> Picture:
    """Return the picture where nothing was asked for but how many boxes it may have."""
    if rolled:
        stated = as_statements(graph)
        if most is None or len(stated.boxes) <= most:
            page.unfold(stated)
            return stated
    limit = most or FULL
    found = None if rolled else whole(graph, sums, limit, page)
    return found or automatic(graph, sums, k, min(limit, FULL), page.fits)


def _asked(
    graph: Graph, depth: int, expand: Iterable[str], sums: bool | str
) -> Picture:
    """Return the picture with calls folded as the user said."""
    scopes = frames(graph)
    names = (expand,) if isinstance(expand, str) else tuple(expand)
    closed = at_depth(scopes, depth or (1 if names else 0))
    return fused(folded(graph, scopes, expanded(scopes, closed, names)), sums)


def _on(picture: Picture, root: Value, wanted: Sequence[Value], k: int) -> Picture:
    """Return the largest gradient paths from some leaves."""
    number = {id(value): i for i, value in enumerate(toposort(root))}
    targets = set()
    for leaf in wanted:
        if id(leaf) not in number:
            raise ValueError(
                f"draw: focus={leaf!r} is not part of what root was computed from"
            )
        targets.add(picture.places[number[id(leaf)]])
    paths = largest_paths(picture, k, targets)
    cut = focused(picture, paths, point=True)
    for box in cut.boxes:
        if box.kind == "rest":
            return cut.noting(
                f"the {len(paths)} largest gradient paths are drawn; "
                "draw(root) without focus shows the rest"
            )
    return cut


def _cut(
    picture: Picture, graph: Graph, sums: bool | str, k: int, most: int
) -> Picture:
    """Return as much of a picture as may be drawn, around its largest paths.

    If even the largest one is too long, the picture is folded as if nothing had been
    asked for.
    """
    paths = largest_paths(picture, k)
    for count in range(len(paths), 0, -1):
        cut = focused(picture, paths[:count], point=False)
        if len(cut.boxes) <= most:
            return cut.noting(
                f"{len(picture.boxes):,} boxes are more than max_nodes={most}: the "
                f"{count} largest gradient paths are drawn; "
                "draw(root, max_nodes=None) shows all"
            )
    return automatic(graph, sums, k, most, lambda _: True)
