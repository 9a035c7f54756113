"""Where commands print: results to stdout, errors to stderr, texts taken literally."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .errors import CommandError

__all__ = ["error_line", "output", "plain_table", "tell_error"]


def output() -> Console:
    """Return a console on stdout; it knows terminals, pipes, widths and NO_COLOR.

    Markup and emoji codes are off: "[red]" in a column name is a column name.
    """
    return Console(markup=False, emoji=False, highlight=False, soft_wrap=True)


def plain_table(*columns: str) -> Table:
    """Return a table whose first column is text and whose other columns are figures.

    Figures fold where the terminal is too narrow; none of their digits is dropped.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", overflow="fold")
    return table


def error_line(message: str) -> str:
    """Return a message as one printable line.

    >>> error_line("bad\\nname \\x1b[31m")
    'bad name \\\\x1b[31m'
    """
    line = " ".join(message.split())
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def tell_error(error: CommandError) -> None:
    """Print an error on stderr: one line, and the sketch that belongs to it."""
    console = Console(file=sys.stderr, markup=False, emoji=False, highlight=False)
    line = Text.assemble(("error: ", "bold red"), error_line(str(error)))
    console.print(line, soft_wrap=True)
    if error.sketch:
        console.print(Text(error.sketch), soft_wrap=True)
