"""Write the page of edge cases, edge_cases.md: `python docs/make_edge_cases.py`.

It shows the tables that the tests of engine/ run (tests/engine/edge_cases.csv by hand,
edge_specials.csv from the table of operations) beside what measure_edge_cases.py found
in other libraries (edge_figures.csv). A test compares the page with what this writes.
"""

from __future__ import annotations

import csv
import math
import sys
from itertools import groupby
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "engine"))
from edge_table import BY_HAND, GENERATED, Case, cases

from dendrograd.files import write_whole

PAGE = Path(__file__).with_name("edge_cases.md")
FIGURES = Path(__file__).with_name("edge_figures.csv")
NAMES = ("PyTorch", "JAX", "micrograd")
UNMEASURED = ("not measured", "")
Figures = dict[tuple[str, str], list[tuple[str, str]]]

INTRODUCTION = """# Edge cases

This page is written by `python docs/make_edge_cases.py`, from the tables that the tests
run: [by hand](../tests/engine/edge_cases.csv), and
[from the table of operations](../tests/engine/edge_specials.csv). What is promised in
words stands in [conventions](conventions.md).

Every row holds in reverse mode, in forward mode, where the derivative is itself made of
Values, and where some of the operands are plain numbers. Values are equal bit for bit,
the sign of a zero too; where a math library rounds (`exp`, `sin`), to 2 units in the
last place. A derivative is a sum over paths, so its zero has no sign.

The other libraries were measured by `python docs/measure_edge_cases.py`:
{versions},
in double precision on the CPU, derivatives by reverse mode. All their figures stand in
[edge_figures.csv](edge_figures.csv). *same* means the same value and
derivative as ours; **bold** is what differs; *no log* means that the library has no such
function, and *not measured* that nobody has run it there. An exception is given by its
name. The counts leave out the cases in which a function is lacking or was not measured,
and those that we refuse.

{counts}
"""
HAND = "| expression | at | value | derivative | PyTorch | JAX | micrograd | why ours |"
SPECIAL = """## Special numbers through every operation

In each row one operand takes the number above the column, the others hold those of *at*.
A cell is the value, and below it the derivative by each operand. The expected values are
NumPy's and mpmath's, the derivatives differences in mpmath with 420 digits and their
limits, not the engine's own. The last columns count the cells in which another library
gives the same, of those that it can compute.

Outside an operation's domain the derivative is what the formula gives. So it is in two
operations at an infinity, where the formula is inf / inf or inf * 0 and gives nan:
`norm`, and `pow` with an infinite exponent.
"""


def figures() -> tuple[list[str], Figures]:
    """Return the libraries with their versions, and (value, slope) of each by case."""
    with FIGURES.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    titles = [title.removesuffix(" value") for title in head[2::2]]
    found = {
        (row[0], row[1]): list(zip(row[2::2], row[3::2], strict=True)) for row in rows
    }
    for case in cases(BY_HAND) + cases(GENERATED):
        found.setdefault((case.expression, case.at), [UNMEASURED] * len(titles))
    return titles, found


def number(text: str) -> float | None:
    try:
        return float(text.lstrip("~"))
    except ValueError:
        return None


def same_number(a: str, b: str, signed: bool) -> bool:
    """Return whether two texts are one number, up to a library's rounding."""
    x, y = number(a), number(b)
    if x is None or y is None:
        return a == b
    if x != x or y != y or math.isinf(x) or math.isinf(y):
        return x == y or (x != x and y != y)
    if signed and not (x or y):
        return math.copysign(1.0, x) == math.copysign(1.0, y)
    return math.isclose(x, y, rel_tol=4e-15, abs_tol=0.0 if signed else 5e-324)


def agreement(case: Case, figure: tuple[str, str]) -> tuple[bool, bool]:
    """Return whether a library gives our value, and our derivative."""
    value, slope = figure
    ours, theirs = case.derivative.split(), slope.split()
    pairs = zip(ours, theirs, strict=False)
    slopes = len(ours) == len(theirs) and all(same_number(*p, False) for p in pairs)
    return same_number(case.value, value, True), slopes


def lacking(figure: tuple[str, str]) -> bool:
    """Return whether a library has no such function, or was not measured."""
    return figure[0].startswith("no")


def short(text: str) -> str:
    """Return a number in few digits; other words as they are."""
    x = number(text)
    return text if x is None else min(repr(x), f"{x:.5g}", key=len)


def shown(text: str) -> str:
    return ", ".join(map(short, text.split()))


def cell(case: Case, figure: tuple[str, str]) -> str:
    """Return what a library gives, told apart from ours."""
    if lacking(figure):
        return f"*{figure[0]}*"
    value_agrees, slope_agrees = agreement(case, figure)
    if case.raises:
        refused = figure[0].endswith("Error")
        return figure[0] if refused else f"**{short(figure[0])}**"
    if value_agrees and slope_agrees:
        return "*same*"
    value = short(figure[0]) if value_agrees else f"**{short(figure[0])}**"
    if not figure[1]:
        return value
    slope = shown(figure[1]) if slope_agrees else f"**{shown(figure[1])}**"
    return f"{value}; {slope}"


def table_row(cells: list[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def by_hand(found: Figures) -> list[str]:
    """Return the sections of the cases by hand."""
    lines = []
    for section, group in groupby(cases(BY_HAND), lambda case: case.group):
        lines += [f"## {section.capitalize()}", "", HAND, "| --- " * 8 + "|"]
        for case in group:
            peers = [cell(case, figure) for figure in found[case.expression, case.at]]
            texts = [f"`{case.expression}`", case.at.replace(" ", ", ")]
            texts += [
                short(case.value),
                shown(case.derivative),
                *peers,
                case.why.replace("*", "\\*"),
            ]
            lines.append(table_row(texts))
        lines.append("")
    return lines


def special(found: Figures) -> list[str]:
    """Return the table of special numbers: a row for each operand of each operation."""
    numbers = ["nan", "inf", "-inf", "0.0", "-0.0", "1.7977e+308", "5e-324"]
    lines = [table_row(["expression", "at", *numbers, *NAMES]), "| --- " * 12 + "|"]
    for _, group in groupby(cases(GENERATED), lambda case: case.group):
        rows = list(group)
        for start in range(0, len(rows), len(numbers)):
            lines.append(_special_row(rows[start : start + len(numbers)], found))
    return lines


def _special_row(row: list[Case], found: Figures) -> str:
    points = [case.at.split() for case in row]
    fixed = [pairs[0] for pairs in zip(*points, strict=True) if len(set(pairs)) == 1]
    moving = next(p[0] for p in zip(*points, strict=True) if len(set(p)) > 1)
    at = ", ".join([moving.split("=")[0] + "=...", *fixed])
    texts = [f"{short(case.value)}<br>{shown(case.derivative)}" for case in row]
    counts = []
    for peer in range(len(NAMES)):
        ours = [(case, found[case.expression, case.at][peer]) for case in row]
        can = [pair for pair in ours if not lacking(pair[1])]
        same = sum(all(agreement(*pair)) for pair in can)
        counts.append(f"{same} of {len(can)}" if can else "none")
    return table_row([f"`{row[0].expression}`", at, *texts, *counts])


def counts(found: Figures) -> str:
    """Return how often each library differs, as a list."""
    lines = []
    for peer, name in enumerate(NAMES):
        parts = []
        for path, said in ((BY_HAND, "by hand"), (GENERATED, "of special numbers")):
            pairs = [
                (case, found[case.expression, case.at][peer])
                for case in cases(path)
                if not case.raises
            ]
            can = [pair for pair in pairs if not lacking(pair[1])]
            differ = sum(not all(agreement(*pair)) for pair in can)
            parts.append(f"{differ} of {len(can)} cases {said}")
        lines.append(f"- {name} differs in {' and in '.join(parts)}.")
    return "\n".join(lines)


def page() -> str:
    """Return the text of the page."""
    titles, found = figures()
    versions = f"{', '.join(titles[:-1])} and {titles[-1]}"
    top = INTRODUCTION.format(versions=versions, counts=counts(found))
    return "\n".join([top, *by_hand(found), SPECIAL, *special(found)]) + "\n"


if __name__ == "__main__":
    write_whole(PAGE, page())
    print(f"wrote {PAGE}")
