"""The confusion matrix: which classes were taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsIndex
from xml.etree import ElementTree

from .given import classes, same_length
from .svg import Canvas, Chart, text_width
from .text import clean, num, one_line

__all__ = ["confusion"]


def confusion(
    y_true: Sequence[SupportsIndex | str],
    y_pred: Sequence[SupportsIndex | str],
    labels: Sequence[str],
    *,
    title: str | None = None,
) -> Chart:
    """Return a chart of how many of each class (rows) were taken for which (columns).

    Entries are positions in `labels` or the labels themselves. A cell shows the count
    and its share of the row, which tints it: blue where right, vermillion where
    wrong. Raises ShapeError for lengths that differ or nothing at all, OperandError
    for an entry that is no class.

    >>> confusion([0, 0, 1], [0, 1, 1], ["cat", "dog"])
    <Chart Confusion matrix: 2 of 3 right (66.67 %). cat: 1 of 2; dog: 1 of 1>
    """
    same_length("confusion: y_true and y_pred", y_true, y_pred)
    true = classes("confusion: y_true", y_true, labels)
    pred = classes("confusion: y_pred", y_pred, labels)
    n = len(labels)
    counts = [[0] * n for _ in range(n)]
    for row, column in zip(true, pred, strict=True):
        counts[row][column] += 1
    right = sum(counts[k][k] for k in range(n))
    summary = f"{right} of {len(true)} right ({num(100 * right / len(true))} %)"
    rows = "; ".join(
        f"{one_line(labels[k], 40)}: {counts[k][k]} of {sum(counts[k])}"
        for k in range(n)
    )
    return _draw_matrix(
        counts, labels, title or "Confusion matrix", summary, f"{summary}. {rows}"
    )


def _draw_matrix(
    counts: Sequence[Sequence[int]],
    labels: Sequence[str],
    title: str,
    summary: str,
    description: str,
) -> Chart:
    n = len(labels)
    names = [one_line(label, 18) for label in labels]
    widest = max(map(text_width, names))
    cell = max(26.0, min(64.0, 480 / n))
    left, top = 44 + widest, 84.0
    slanted = widest > cell - 6
    below = 30 + (widest if slanted else 14)
    width = max(left + n * cell + 24, 320.0)
    canvas = Canvas(width, top + n * cell + below + 14, title, description)
    canvas.heading(summary)
    canvas.text(8, top - 12, "true class")
    for i, row in enumerate(counts):
        y = top + i * cell
        canvas.text(left - 8, y + cell / 2 + 4, names[i], anchor="end")
        for j, count in enumerate(row):
            share = count / sum(row) if count else 0.0
            place = (left + j * cell, y, cell)
            tip = f"{labels[i]} taken for {labels[j]}: {count}"
            _draw_cell(canvas, place, count, share, i == j, tip)
    for j, name in enumerate(names):
        x, y = left + (j + 0.5) * cell, top + n * cell + 17
        if slanted:
            turn = f"rotate(-90 {x + 4:.1f} {y - 7:.1f})"
            canvas.text(x + 4, y - 7, name, anchor="end", transform=turn)
        else:
            canvas.text(x, y, name, anchor="middle")
    canvas.text(
        left + n * cell / 2, top + n * cell + below + 4, "predicted class",
        anchor="middle",
    )  # fmt: skip
    return canvas.chart()


def _draw_cell(
    canvas: Canvas,
    place: tuple[float, float, float],
    count: int,
    share: float,
    right: bool,
    tip: str,
) -> None:
    x, y, cell = place
    box = {"x": x + 1, "y": y + 1, "width": cell - 2, "height": cell - 2}
    canvas.add("rect", "zero", **box)
    if count:
        paint = "fill0" if right else "fill1"
        drawn = canvas.add("rect", paint, fill_opacity=0.08 + 0.5 * share, **box)
        ElementTree.SubElement(drawn, "title").text = clean(tip)
    middle = x + cell / 2
    if cell < 40:
        canvas.text(middle, y + cell / 2 + 4, str(count), anchor="middle", size=9)
        return
    canvas.text(middle, y + cell / 2 + 1, str(count), anchor="middle", size=13)
    canvas.text(
        middle, y + cell / 2 + 15, f"{100 * share:.0f} %", anchor="middle", size=9
    )
