"""Reading the two halves of the table of edge cases, without NumPy or an engine.

edge_cases.csv is written by hand, edge_specials.csv by make_edge_specials.py. A case is
an expression in Python, the numbers of its variables, its value and its derivatives by
them, in their order. `~` before a value allows for a math library's rounding.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

FOLDER = Path(__file__).parent
BY_HAND, GENERATED = FOLDER / "edge_cases.csv", FOLDER / "edge_specials.csv"
NUMBERS = {"Decimal": Decimal, "Fraction": Fraction, "nan": float("nan")}


@dataclass(frozen=True)
class Case:
    group: str  # a section, or the operation
    expression: str
    at: str
    value: str  # a float, or the name of an exception
    derivative: str
    why: str = ""

    @property
    def point(self) -> dict[str, float]:
        pairs = [pair.split("=") for pair in self.at.split()]
        return {name: float(number) for name, number in pairs}

    @property
    def slopes(self) -> list[float]:
        return [float(text) for text in self.derivative.split()]

    @property
    def raises(self) -> bool:
        return self.value.endswith("Error")

    def __str__(self) -> str:
        return f"{self.expression} at {self.at}"


def cases(path: Path) -> list[Case]:
    """Return the cases of a file, in order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Case(*row) for row in list(csv.reader(file))[1:]]


def function(case: Case, names: dict[str, object]):
    """Return the expression as a function of its variables, in the words of an engine."""
    code = f"lambda {', '.join(case.point)}: {case.expression}"
    return eval(code, {**NUMBERS, **names})
