"""What `fast.statements` is: a row for each array statement of a rolled function."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

__all__ = ["LANES", "ArrayName", "Statement", "Statements"]

LANES = "lanes"
LONGEST = 60  # columns of a line of NumPy in the table
MOST = 60  # rows of the table


class Statement(NamedTuple):
    """A statement, which fills one array by one operation: nodes of one colour.

    name       of the array: "v3"
    operation  what it does: "tanh", "sums of 784 products", "maxima of 10"
    line       the lines of `source` that do it; there is one most often
    shape      of the array, axes of one entry left out; "lanes" is that of lanes
    nodes      how many nodes of `graph` it computes; 0 where several statements make one
               node, as those of `logsumexp`, and it is not the last of them
    first      the first of its entries, as an expression of inputs and other entries
    reads      the names of the arrays that it reads: x holds shared inputs, X those that
               vary by lane, c constants
    within     of one that computes 0 nodes, the name of that last one; else ""
    """

    name: str
    operation: str
    line: str
    shape: tuple[int | str, ...]
    nodes: int
    first: str
    reads: tuple[str, ...]
    within: str = ""

    @property
    def size(self) -> str:
        """The shape in a few characters: "128 x 64"; "1" of a single number."""
        return " x ".join(map(str, self.shape)) or "1"


class ArrayName(str):
    """The name of an array; a node of `graph` has it as its scope.

    number      how many arrays are filled before it
    statements  what fills it, and before that the statements which are a part of it
    """

    __slots__ = ("number", "statements")
    number: int
    statements: tuple[Statement, ...]

    def __new__(cls, name: str, number: int, statements: tuple[Statement, ...]) -> Self:
        made = super().__new__(cls, name)
        made.number, made.statements = number, statements
        return made

    def __getnewargs__(self) -> Any:
        return str(self), self.number, self.statements


class Statements(tuple[Statement, ...]):
    """The statements of a function in the order in which they run; printed as a table.

    There are none where no path is rolled; it is then printed what runs instead.
    """

    why = ""

    def named(self, name: str) -> Statement:
        """Return the statement that fills an array. Raises KeyError where none does."""
        for each in self:
            if each.name == name:
                return each
        raise KeyError(name)

    def __str__(self) -> str:
        if not self:
            return self.why
        head = "array", "nodes", "shape", "operation", "its first entry", "NumPy"
        rows = [head, *map(_cells, self[:MOST])]
        wide = [max(len(row[i]) for row in rows) for i in range(len(head) - 1)]
        lines = [
            "  ".join([*(c.ljust(w) for c, w in zip(row, wide, strict=False)), row[-1]])
            for row in rows
        ]
        more = len(self) - MOST
        return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])


def _cells(one: Statement) -> tuple[str, ...]:
    line = one.line.replace("\n", "; ")
    short = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    nodes = f"{one.nodes:,}" if one.nodes else f"in {one.within}"
    return one.name, nodes, one.size, one.operation, one.first, short
