"""`dendrograd draw`: an expression's value, its gradient, and its tree as a picture."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dendrograd import Value
from dendrograd.errors import MissingToolError
from dendrograd.viz import animate, draw_dot, explain
from dendrograd.viz import draw as picture
from dendrograd.viz.diagram import FORMATS, format_of

from .assign import split
from .console import output, print_table
from .errors import CommandError, quoted
from .files import write_file
from .formula import CONSTANTS, parse

__all__ = ["INSTALL", "draw", "run"]

INSTALL = (
    "sudo apt install graphviz, brew install graphviz or "
    "winget install Graphviz.Graphviz"
)
OTHERWISE = "-o tree.svg and -o tree.html need no other program"
MOVING = (".html", ".svg")
NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")  # L = ..., and no comparison


def run(
    text: str,
    assignments: Sequence[str],
    out: Path | None,
    play: bool = False,
    why: str | None = None,
) -> None:
    """Print the value and the gradient of an expression; draw its tree into a file.

    `play` makes the picture move, forward and then backward. `why` is a name: the paths
    that its gradient is the sum of are printed, and the picture shows them.
    """
    if out is not None:
        _check_ending(out, play)
    elif play:
        raise CommandError("--play needs a file to write: -o tree.html or -o tree.svg")
    root, names = draw(text, assignments)
    leaf = _named(why, names) if why is not None else None
    console = output()
    console.print(f"value {root.data!r}")
    if names:
        rows = [(name.label, repr(name.data), repr(name.grad)) for name in names]
        print_table(console, ("name", "value", "gradient"), rows)
    if leaf is not None:
        console.print(f"\n{explain(root, leaf)}", soft_wrap=True)
    if out is not None:
        write_file(out, _picture(root, leaf, out.suffix.lower(), str(out), play))
        console.print(f"wrote {out}")


def _named(name: str, leaves: Sequence[Value]) -> Value:
    """Return the leaf of a name; raise CommandError where there is none."""
    for leaf in leaves:
        if leaf.label == name:
            return leaf
    known = ", ".join(leaf.label for leaf in leaves) or "none"
    raise CommandError(
        f"--explain {quoted(name)[1:-1]}: the expression has no such name; there "
        f"are {known}"
    )


def draw(text: str, assignments: Sequence[str]) -> tuple[Value, list[Value]]:
    """Return the root of an expression, differentiated, and its names as leaves.

    A value may itself be arithmetic of numbers, as in `x=pi/2`. A name before the
    expression, as in `L = a * b`, is the root's.

    >>> root, (x, y) = draw("x * y + x", ["x=2", "y=1/2"])
    >>> root.data, x.grad, y.grad
    (3.0, 1.5, 2.0)
    """
    named = NAMED.match(text)
    formula = parse(text[named.end() :] if named else text)
    texts = split(assignments)
    for name in texts:
        if name not in formula.names:
            raise CommandError(f"{name} is given, but the expression has no {name}")
    missing = [n for n in formula.names if n not in texts and n not in CONSTANTS]
    if len(missing) > 1:
        raise CommandError(
            f"{', '.join(missing)} have no values; add "
            + " ".join(f"{name}=NUMBER" for name in missing)
        )
    leaves = {name: Value(_number(name, t), label=name) for name, t in texts.items()}
    result = formula.evaluate(leaves)
    root = result if isinstance(result, Value) else Value(result)
    if named:
        root = +root if root.label else root  # `L = a` leaves a its name
        root.label = named[1]
    root.backward()
    return root, [leaves[name] for name in formula.names if name in leaves]


def _number(name: str, text: str) -> float:
    try:
        return float(parse(text).evaluate({}))
    except CommandError as error:
        raise CommandError(
            f"{name}={quoted(text)[1:-1]}: the value is not a number: {error}"
        ) from None


def _check_ending(path: Path, play: bool) -> None:
    """Raise CommandError for a file name whose ending is not a kind of picture."""
    all = [ending for row in FORMATS.values() for ending in row.endings]
    kinds = MOVING if play else all
    if path.suffix.lower() not in kinds:
        what = "moving picture" if play else "picture"
        raise CommandError(
            f"{path}: unknown ending {quoted(path.suffix)} of a {what}; use one of "
            f"{', '.join(kinds)}"
        )


def _picture(
    root: Value, leaf: Value | None, ending: str, name: str, play: bool
) -> bytes:
    """Return the tree below root as the bytes of a file with an ending.

    Raises CommandError where the ending needs the program `dot` and there is none, or
    where that fails.
    """
    if play:
        moving = animate(root)
        return (moving.html if ending == ".html" else moving.svg).encode()
    kind = format_of(ending)
    assert kind is not None, ending  # `_check_ending` has looked
    if kind is FORMATS["dot"] and leaf is None:
        return str(draw_dot(root).source).encode()
    try:
        drawn = picture(root) if leaf is None else explain(root, leaf).draw()
        return bytes(drawn.pipe(kind.name))
    except MissingToolError:
        raise CommandError(
            f"{name} needs the Graphviz program dot: {INSTALL}; {OTHERWISE}"
        ) from None
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{name}: dot failed ({error}); {OTHERWISE}") from None
