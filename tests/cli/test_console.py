"""What is printed fits where it is printed, and is what it is."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from dendrograd.cli.console import error_line, print_table, tell_error
from dendrograd.cli.errors import CommandError, quoted

COLUMNS = ("name", "value", "gradient")
ROWS = [("[red]", "1.5", "-0.25"), ("a" * 40, "0.1234567890123456", "1e-300")]


def printed(width: int, terminal: bool) -> list[str]:
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=terminal,
        no_color=True,
        markup=False,
    )
    print_table(console, COLUMNS, ROWS)
    assert isinstance(console.file, StringIO)
    text = console.file.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "")
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize(("width", "terminal"), [(80, True), (80, False), (30, False)])
def test_a_table_keeps_every_character_on_the_line_of_its_row(
    width: int, terminal: bool
) -> None:
    lines = printed(width, terminal)
    assert [line.split() for line in lines] == [list(COLUMNS), *map(list, ROWS)]


def test_a_terminal_too_narrow_has_the_cells_below_each_other() -> None:
    assert printed(60, True) == [
        "name      [red]",
        "value     1.5",
        "gradient  -0.25",
        f"name      {'a' * 40}",
        "value     0.1234567890123456",
        "gradient  1e-300",
    ]


def test_an_error_line_is_printable_and_of_bearable_length() -> None:
    assert error_line("a\n b\x1b[0m") == r"a b\x1b[0m"
    assert len(error_line("x" * 10_000)) == 600


def test_an_error_goes_to_stderr_with_its_sketch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_error(CommandError("[bold] no " + "x" * 200, "  a.b\n  ^^^"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"error: [bold] no {'x' * 200}\n  a.b\n  ^^^\n"


def test_shown_texts_are_quoted_cut_and_harmless() -> None:
    assert quoted("a b") == "'a b'"
    assert quoted("\x07") == r"'\x07'"
    assert len(quoted("x" * 99)) == 42
