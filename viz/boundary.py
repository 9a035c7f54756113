"""The decision boundary of a classifier with two features, as a chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, SupportsIndex

from dendrograd.errors import ShapeError

from .axes import Axis, Frame, is_drawn
from .given import class_names as named
from .given import classes, floats, same_length
from .svg import Canvas, Chart, hue, text_width
from .text import num, one_line

__all__ = ["decision_boundary"]

Point = list[float]
Predict = Callable[[list[Point]], Sequence[SupportsIndex]]
SIDE = 400.0  # pixels of the plot


def decision_boundary(
    predict: Predict,
    X: Sequence[Sequence[float]],
    y: Sequence[SupportsIndex | str],
    *,
    feature_names: Sequence[str] = ("x", "y"),
    class_names: Sequence[str] | None = None,
    grid_resolution: int = 60,
    title: str | None = None,
) -> Chart:
    """Return a chart of what a classifier says everywhere, and of the samples it met.

    `predict` takes a list of rows [x, y] and returns a class index for each; it is
    called once for the samples and once for a grid of `grid_resolution` squared rows.
    Colour and mark tell the class; a ring is around each sample that it gets wrong.
    Samples that are not finite are left out and counted. Raises ShapeError for rows
    without two features or lengths that differ, OperandError for what is no class.

    >>> rows, kinds = [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], [0, 0, 1]
    >>> decision_boundary(lambda rows: [int(a > 1.5) for a, _ in rows], rows, kinds)
    <Chart Decision boundary: 3 of 3 samples right (100 %)>
    """
    same_length("decision_boundary: X and y", X, y)
    if grid_resolution < 2:
        raise ShapeError(
            f"decision_boundary: grid_resolution {grid_resolution} is below 2; "
            "60 is fine for a picture"
        )
    rows = [_row(i, row) for i, row in enumerate(X)]
    kept = [i for i, row in enumerate(rows) if is_drawn(row[0]) and is_drawn(row[1])]
    points = [rows[i] for i in kept]
    frame = _frame(points)
    grid = _grid(frame, grid_resolution)
    said, everywhere = _ask(predict, points), _ask(predict, grid)
    names = named(class_names, y, said, everywhere)
    true = classes("decision_boundary: y", [y[i] for i in kept], names)
    said = classes("decision_boundary: predict(...)", said, names)
    everywhere = classes("decision_boundary: predict(...)", everywhere, names)
    summary = _summary(true, said, len(rows) - len(kept))
    widest = max(text_width(one_line(name, 18)) for name in [*names, "wrong"])
    canvas = Canvas(
        frame.left + SIDE + widest + 40, 524, title or "Decision boundary", summary
    )
    canvas.heading(summary)
    frame.draw(canvas, str(feature_names[0]), str(feature_names[1]))
    _draw_regions(canvas, frame, everywhere, grid_resolution)
    _draw_samples(canvas, frame, points, true, said)
    _draw_legend(canvas, frame.left + SIDE + 16, frame.top + 12, names, true != said)
    return canvas.chart()


def _row(i: int, row: Sequence[float]) -> Point:
    point = floats(f"decision_boundary: X[{i}]", row)
    if len(point) != 2:
        raise ShapeError(
            f"decision_boundary: X[{i}] has {len(point)} features, not 2; a plane "
            "shows two, so choose two columns"
        )
    return point


def _frame(points: Sequence[Point]) -> Frame:
    if not points:
        raise ShapeError("decision_boundary: no sample is finite; give one that is")
    across, up = (
        Axis.within([point[k] for point in points], margin=0.08) for k in (0, 1)
    )
    left = 14 + max(text_width(up.text(tick)) for tick in up.ticks)
    return Frame(left, 76, SIDE, SIDE, across, up)


def _grid(frame: Frame, n: int) -> list[Point]:
    """Return the middles of n times n tiles, row by row from the top."""
    shares = [(k + 0.5) / n for k in range(n)]
    across, up = frame.across, frame.up
    return [[across.at(u), up.at(1 - v)] for v in shares for u in shares]


def _ask(predict: Predict, rows: list[Point]) -> list[Any]:
    answers = list(predict(rows))
    if len(answers) != len(rows):
        raise ShapeError(
            f"decision_boundary: predict returned {len(answers)} classes for "
            f"{len(rows)} rows; return one class index for each row"
        )
    return answers


def _summary(true: Sequence[int], said: Sequence[int], lost: int) -> str:
    right = sum(a == b for a, b in zip(true, said, strict=True))
    share = num(100 * right / len(true))
    more = f"; {lost} not finite, left out" if lost else ""
    return f"{right} of {len(true)} samples right ({share} %){more}"


def _draw_regions(canvas: Canvas, frame: Frame, kinds: Sequence[int], n: int) -> None:
    """Tint the tiles of each class: one path, one rectangle for each run in a row."""
    runs: dict[int, list[str]] = {}
    tile = SIDE / n
    for row in range(n):
        start = 0
        for k in range(1, n + 1):
            here = kinds[row * n + start]
            if k == n or kinds[row * n + k] != here:
                x, y = frame.left + start * tile, frame.top + row * tile
                width = (k - start) * tile
                runs.setdefault(here, []).append(
                    f"M{x:.2f} {y:.2f}h{width:.2f}v{tile:.2f}h{-width:.2f}z"
                )
                start = k
    for kind, parts in sorted(runs.items()):
        canvas.add(
            "path",
            hue("fill", kind),
            d="".join(parts),
            fill_opacity=0.28,
            shape_rendering="crispEdges",  # no seams between tiles
        )


def _draw_samples(
    canvas: Canvas,
    frame: Frame,
    points: Sequence[Point],
    true: Sequence[int],
    said: Sequence[int],
) -> None:
    for (u, v), kind, answer in zip(points, true, said, strict=True):
        x, y = frame.x(u), frame.y(v)
        canvas.mark(kind, x, y)
        if kind != answer:
            _ring(canvas, x, y)


def _ring(canvas: Canvas, x: float, y: float) -> None:
    canvas.add("circle", "ring", cx=x, cy=y, r=6.5, stroke_width=1.5)


def _draw_legend(
    canvas: Canvas, x: float, y: float, names: Sequence[str], wrong: bool
) -> None:
    for kind, name in enumerate(names):
        canvas.mark(kind, x, y + 18 * kind)
        canvas.text(x + 12, y + 18 * kind + 4, name, most=18)
    if wrong:
        y += 18 * len(names)
        _ring(canvas, x, y)
        canvas.text(x + 12, y + 4, "wrong", paint="muted")
