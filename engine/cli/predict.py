"""`dendrograd predict`: a trained model's answers for the rows of a CSV file."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from .console import output
from .errors import CommandError, shown
from .model import Model
from .output import write_whole
from .table import Table, read_table

__all__ = ["answers", "run"]


def run(model: Path, file: Path, out: Path | None) -> None:
    """Write the prediction for each row of a CSV file to a file, or to stdout."""
    trained = Model.load(model)
    text = answers(trained, read_table(file))
    if out is None:
        sys.stdout.write(text)
        return
    write_whole(out, text.encode())
    output().print(f"wrote {text.count(chr(10)) - 1} predictions into {out}")


def answers(model: Model, table: Table) -> str:
    """Return CSV text with a prediction for each row, and a probability for classes.

    Columns are matched by name, whatever their order; others are left alone. Raises
    CommandError for columns that the table lacks, and for cells that are no numbers.
    """
    task = model.task
    missing = [name for name in task.features if name not in table.columns]
    if missing:
        raise CommandError(
            f"{table.name}: no column {', '.join(map(shown, missing))}, which the "
            f"model was trained on; the columns are "
            f"{', '.join(map(shown, table.columns))}"
        )
    found = model.predict(table.numbers(task.features))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    if task.classes:
        writer.writerow([task.target, "probability"])
        writer.writerows([name, f"{chance:.6f}"] for name, chance in found)
    else:
        writer.writerow([task.target])
        writer.writerows([repr(number)] for number in found)
    return file.getvalue()
