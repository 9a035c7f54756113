"""A CSV file as named columns; whatever is wrong is told by file, row and column."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from .errors import CommandError, shown

__all__ = ["Table", "read_table"]

DELIMITERS = ",;\t"
LARGEST = 1e150  # its square, and a sum of them, is still a float
MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "?"}


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file: texts, until a column is asked for as numbers.

    name      what errors call it: the path as it was given
    columns   the names in the header, distinct and not empty
    rows      the cells of each row, as many as there are columns
    lines     the line of the file at which each row ends, for errors
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def texts(self, column: str) -> list[str]:
        """Return the cells of a column; an empty one raises CommandError."""
        place = self.place(column)
        for i, row in enumerate(self.rows):
            if row[place].lower() in MISSING:
                self._refuse_missing(i, column)
        return [row[place] for row in self.rows]

    def numbers(self, columns: Sequence[str]) -> list[list[float]]:
        """Return, for each row, the numbers in some columns, in their order.

        Raises CommandError at the first cell that is empty, text, nan, infinite or
        too large to have a variance.
        """
        places = [(column, self.place(column)) for column in columns]
        return [
            [self._number(i, column, row[place]) for column, place in places]
            for i, row in enumerate(self.rows)
        ]

    def place(self, column: str) -> int:
        """Return the index of a column, or raise CommandError."""
        if column not in self.columns:
            raise CommandError(
                f"{self.name}: no column {shown(column)}; the columns are "
                f"{', '.join(map(shown, self.columns))}"
            )
        return self.columns.index(column)

    def at(self, row: int, column: str) -> str:
        """Return the place of a cell in words, for errors; rows count from 0."""
        place = f"row {row + 1} (line {self.lines[row]})"
        return f"{self.name}: {place}, column {shown(column)}"

    def _number(self, row: int, column: str, cell: str) -> float:
        try:
            number = float(cell) if "_" not in cell else None
        except ValueError:
            number = None
        if number is not None and abs(number) <= LARGEST:
            return number
        if cell.lower() in MISSING:
            self._refuse_missing(row, column)
        reason = "is not a number"
        if number is not None:
            finite = math.isfinite(number)
            reason = (
                "is too large to be squared" if finite else "is not a finite number"
            )
        elif _decimal_comma(cell):
            reason += "; write the decimal comma as a point"
        raise CommandError(f"{self.at(row, column)}: {shown(cell)} {reason}")

    def _refuse_missing(self, row: int, column: str) -> NoReturn:
        cell = self.rows[row][self.place(column)]
        what = f"{shown(cell)} is no value" if cell else "the cell is empty"
        raise CommandError(f"{self.at(row, column)}: {what}; fill it or drop the row")


def _decimal_comma(cell: str) -> bool:
    return cell.count(",") == 1 and cell.replace(",", "").lstrip("+-").isdigit()


def read_table(path: Path) -> Table:
    """Return the table in a CSV file: UTF-8, a header line, and , ; or tab between.

    Raises CommandError, naming file and row, for a file that cannot be read, is no
    text, is empty, has no rows, a header with empty or repeated names, or a row with
    more or fewer cells than the header.
    """
    records = _records(str(path), _text(path))
    if not records:
        raise CommandError(f"{path}: the file is empty")
    (header, _), *body = records
    _check_header(str(path), header)
    if not body:
        raise CommandError(f"{path}: a header line but no rows below it")
    for i, (cells, line) in enumerate(body):
        if len(cells) != len(header):
            raise CommandError(
                f"{path}: row {i + 1} (line {line}) has {len(cells)} cells, but the "
                f"header names {len(header)} columns"
            )
    rows = tuple([tuple(cells) for cells, _ in body])
    return Table(str(path), tuple(header), rows, tuple([line for _, line in body]))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise CommandError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise CommandError(f"{path}: is a folder, not a CSV file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"{path}: cannot be read: {reason}") from None
    try:
        return raw.decode("utf-8-sig")  # a byte-order mark, as Excel writes it
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CommandError(
            f"{path}: line {line} is not UTF-8 text (byte 0x{raw[error.start]:02x}); "
            "save the file as CSV in UTF-8"
        ) from None


def _records(name: str, text: str) -> list[tuple[list[str], int]]:
    """Return the stripped cells and the last line number of every line not blank."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)  # the first of equals: the comma
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[list[str], int]] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                found.append((stripped, reader.line_num))
    except csv.Error as error:
        raise CommandError(f"{name}: line {reader.line_num}: {error}") from None
    return found


def _check_header(name: str, header: list[str]) -> None:
    for i, column in enumerate(header):
        if not column:
            raise CommandError(f"{name}: column {i + 1} has no name in the header")
        if column in header[:i]:
            first = header.index(column) + 1
            raise CommandError(
                f"{name}: columns {first} and {i + 1} are both named {shown(column)}"
            )
