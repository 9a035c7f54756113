"""Write edge_specials.csv: nan, infinities, zeros and extreme floats through every op.

Every operand of every operation of the table takes each special number in turn, while
the others hold a sample. What is expected comes from edge_reference.py, not from the
engine. Run it after a change of the table: python tests/engine/make_edge_specials.py
"""

import csv
import io
from pathlib import Path

from edge_reference import ROUNDED, slope, value

from dendrograd.files import write_whole
from dendrograd.languages.python import Python
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.printing import printed
from dendrograd.program import record

TABLE = Path(__file__).with_name("edge_specials.csv")
COLUMNS = ["operation", "expression", "at", "value", "derivative"]
SPECIALS = [
    float("nan"),
    float("inf"),
    float("-inf"),
    0.0,
    -0.0,
    1.7976931348623157e308,
    5e-324,
]
SAMPLES = {1: (2.5,), 2: (2.5, 1.5), 3: (1.0, 2.5, -1.5)}
OWN_SAMPLES = {"pow": (1.5, 2.5), "polygamma": (1.0, 2.5), "dot": (2.5, -1.5, 0.5)}
WRITTEN = {
    "pow": "x ** y",
    "sum": "sum([x, y, z])",
    "norm": "norm([x, y, z])",
    "logsumexp": "logsumexp([x, y, z])",
    "dot": "dot([x], [y], z)",
}


def samples(op: Op) -> tuple[float, ...]:
    return OWN_SAMPLES.get(op.name) or SAMPLES[3 if op.variadic else len(op.domain)]


def points(op: Op) -> list[tuple[float, ...]]:
    """Return the operands: each special number in each place."""
    held = samples(op)
    return [
        (*held[:place], special, *held[place + 1 :])
        for place in range(len(held))
        for special in SPECIALS
    ]


def row(op: Op, xs: tuple[float, ...]) -> list[str]:
    """Return a case as text; `~` marks a value to the rounding of a math library."""
    names = "xyz"[: len(xs)]
    program = record(op, len(names))
    text = printed(program, list(names), Python()).outputs[0]
    expression = WRITTEN.get(op.name) or text
    y = value(op, xs)
    rounded = op.name in ROUNDED and y - y == 0.0 and y != round(y)
    at = [f"{name}={x!r}" for name, x in zip(names, xs, strict=True)]
    slopes = [repr(slope(op, xs, i) + 0.0) for i in range(len(xs))]  # zeros unsigned
    shown = ("~" if rounded else "") + repr(y)
    return [op.name, expression, " ".join(at), shown, " ".join(slopes)]


def text() -> str:
    """Return the text of the table."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(COLUMNS)
    write.writerows([row(op, xs) for op in OPS.values() for xs in points(op)])
    return out.getvalue()


if __name__ == "__main__":
    write_whole(TABLE, text())
    print(f"wrote {TABLE}")
