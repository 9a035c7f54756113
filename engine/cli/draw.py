"""`dendrograd draw`: an expression's value, its gradient, and its tree as a picture."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from dendrograd import Value, toposort
from dendrograd.errors import MissingToolError
from dendrograd.viz import draw_dot

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
OTHERWISE = "write the tree itself with -o tree.dot"
MANY, MOST = 100, 500  # nodes
QUICK = {"nslimit": "1", "nslimit1": "1", "mclimit": "0.1", "splines": "line"}
SOURCE, RENDERED = (".dot", ".gv"), (".svg", ".png", ".pdf")


def run(text: str, assignments: Sequence[str], out: Path | None) -> None:
    """Print the value and the gradient of an expression; draw its tree into a file."""
    if out is not None:
        _check_ending(out)
    root, names = draw(text, assignments)
    console = output()
    console.print(f"value {root.data!r}")
    if names:
        rows = [(name.label, repr(name.data), repr(name.grad)) for name in names]
        print_table(console, ("name", "value", "gradient"), rows)
    if out is not None:
        write_file(out, _picture(root, out.suffix.lower(), str(out)))
        console.print(f"wrote {out}")


def draw(text: str, assignments: Sequence[str]) -> tuple[Value, list[Value]]:
    """Return the root of an expression, differentiated, and its names as leaves.

    A value may itself be arithmetic of numbers, as in `x=pi/2`.

    >>> root, (x, y) = draw("x * y + x", ["x=2", "y=1/2"])
    >>> root.data, x.grad, y.grad
    (3.0, 1.5, 2.0)
    """
    formula = parse(text)
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
    root.backward()
    return root, [leaves[name] for name in formula.names if name in leaves]


def _number(name: str, text: str) -> float:
    try:
        return float(parse(text).evaluate({}))
    except CommandError as error:
        raise CommandError(
            f"{name}={quoted(text)[1:-1]}: the value is not a number: {error}"
        ) from None


def _check_ending(path: Path) -> None:
    """Raise CommandError for a file name whose ending is not a kind of picture."""
    if path.suffix.lower() not in SOURCE + RENDERED:
        raise CommandError(
            f"{path}: the ending {quoted(path.suffix)} is no picture; end it with one "
            f"of {', '.join(SOURCE + RENDERED)}"
        )


def _picture(root: Value, ending: str, name: str) -> bytes:
    """Return the tree below root as the bytes of a file with an ending.

    Raises CommandError where the ending needs the program `dot` and there is none, and
    for a tree that `dot` would take minutes for, or fails to draw.
    """
    drawing = draw_dot(root)
    if ending in SOURCE:
        return str(drawing.source).encode()
    count = len(toposort(root))
    if count > MOST:
        raise CommandError(
            f"{name}: the tree has {count} nodes, more than dot draws in a minute "
            f"({MOST}); {OTHERWISE}"
        )
    if count > MANY:
        drawing.graph_attr.update(QUICK)
    try:
        return bytes(drawing.pipe(format=ending[1:]))
    except MissingToolError:
        raise CommandError(
            f"{name} needs the Graphviz program dot: {INSTALL}; or {OTHERWISE}"
        ) from None
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{name}: dot failed ({error}); {OTHERWISE}") from None
