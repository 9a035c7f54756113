"""Where commands print: results to stdout, errors to stderr, texts taken literally."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from .errors import CommandError

__all__ = ["error_line", "output", "print_table", "tell_error"]

LONGEST = 600  # characters of an error


def output() -> Console:
    """Return a console on stdout; it knows terminals, pipes, widths and NO_COLOR.

    Markup and emoji codes are off: "[red]" in a column name is a column name. Lines
    are wrapped between words in a terminal, and left whole in a pipe.
    """
    console = Console(markup=False, emoji=False, highlight=False)
    console.soft_wrap = not console.is_terminal
    return console


def print_table(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    styles: Sequence[str] = (),
) -> None:
    """Print rows of a text and figures, so that no digit is cut off or folded.

    In a terminal too narrow for the table the cells of a row stand below each other.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", no_wrap=True)
    for row, style in zip_longest(rows, styles[: len(rows)], fillvalue=""):
        table.add_row(*row, style=style)
    unbounded = console.options.update(max_width=100_000)
    needed = Measurement.get(console, unbounded, table).maximum
    if not console.is_terminal:
        console.width = max(console.width, needed)  # a pipe has no edge
    if needed <= console.width:
        console.print(table, soft_wrap=False)
        return
    width = max(map(len, columns))
    for row, style in zip_longest(rows, styles[: len(rows)], fillvalue=""):
        for column, cell in zip(columns, row, strict=True):
            console.print(f"{column:{width}}  {cell}", style=style or None)


def error_line(message: str) -> str:
    """Return a message as one printable line of bearable length.

    >>> error_line("bad\\nname \\x1b[31m")
    'bad name \\\\x1b[31m'
    """
    line = " ".join(message.split())
    line = line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def tell_error(error: CommandError) -> None:
    """Print an error on stderr: one line, and the sketch that belongs to it."""
    console = Console(file=sys.stderr, markup=False, emoji=False, highlight=False)
    line = Text.assemble(("error: ", "bold red"), error_line(str(error)))
    console.print(line, soft_wrap=True)
    if error.sketch:
        console.print(Text(error.sketch), soft_wrap=True)
