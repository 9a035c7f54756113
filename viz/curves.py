"""The curves of a training: the loss by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import SupportsFloat

from dendrograd.errors import ShapeError

from .axes import Axis, Frame, is_drawn
from .given import floats
from .svg import Canvas, Chart, text_width
from .text import num, one_line

__all__ = ["loss_curve"]

Curve = tuple[str, list[float]]
APART = 15.0  # pixels between the lines of text at the ends of curves


def loss_curve(
    history: Mapping[str, Sequence[SupportsFloat]],
    *,
    title: str | None = None,
    ylabel: str = "loss",
    xlabel: str = "epoch",
) -> Chart:
    """Return a chart with one curve for each name, such as "train" and "test".

    Curves differ in colour, dash and marks; name and last value stand at the end.
    Points that are not finite break a curve, a cross at the edge and a line below say
    where. Raises ShapeError where there is no curve or a curve has no point,
    OperandError for what is not a number.

    >>> loss_curve({"train": [0.7, 0.3, 0.2], "test": [0.8, 0.5, 0.5]})
    <Chart loss by epoch: train from 0.7 to 0.2; test from 0.8 to 0.5>
    """
    curves = _curves(history)
    broken = _broken(curves, xlabel)
    said = "; ".join(f"{k} from {num(ys[0])} to {num(ys[-1])}" for k, ys in curves)
    if broken:
        said = f"{said}; {broken}"
    canvas = Canvas(640, 390, title or f"{ylabel} by {xlabel}", said)
    canvas.heading()
    frame = _frame(curves)
    frame.draw(canvas, xlabel, ylabel)
    for kind, (_, ys) in enumerate(curves):
        _draw_curve(canvas, frame, kind, ys)
    _label_ends(canvas, frame, curves)
    if broken:
        canvas.text(8, 382, broken, paint="muted", size=10, most=98)
    return canvas.chart()


def _curves(history: Mapping[str, Sequence[SupportsFloat]]) -> list[Curve]:
    if not history:
        raise ShapeError(
            "loss_curve: the history is empty; give {'train': [0.7, 0.4, ...]}"
        )
    curves = []
    for name, values in history.items():
        ys = floats(f"loss_curve: {name}", values)
        if not ys:
            raise ShapeError(f"loss_curve: {name} has no point; record one per epoch")
        curves.append((one_line(name, 18), ys))
    return curves


def _broken(curves: Sequence[Curve], xlabel: str) -> str:
    """Return which points are not drawn, "" if all are."""
    parts = []
    for name, ys in curves:
        lost = [(i, y) for i, y in enumerate(ys, 1) if not is_drawn(y)]
        if lost:
            shown = ", ".join(f"{i} ({num(y)})" for i, y in lost[:4])
            more = f" and {len(lost) - 4} more" if len(lost) > 4 else ""
            parts.append(f"{name} not drawn at {xlabel} {shown}{more}")
    return "; ".join(parts)


def _frame(curves: Sequence[Curve]) -> Frame:
    """Return the frame of all curves, with room for the numbers and the end labels."""
    up = Axis.around([y for _, ys in curves for y in ys])
    left = 14 + max(text_width(up.text(tick)) for tick in up.ticks)
    right = 40 + max(text_width(_end_label(*curve)) for curve in curves)
    across = Axis.counting(max(len(ys) for _, ys in curves))
    return Frame(left, 64, 640 - left - right, 262, across, up)


def _end_label(name: str, ys: Sequence[float]) -> str:
    return f"{name} {num(ys[-1])}".strip()


def _draw_curve(canvas: Canvas, frame: Frame, kind: int, ys: Sequence[float]) -> None:
    """Draw the unbroken pieces as lines, and marks where they are few or alone."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for i, y in _thinned(list(enumerate(ys, 1))):
        if is_drawn(y):
            pieces[-1].append((frame.x(i), frame.y(y)))
        else:
            low = y < 0  # the cross stands at the end that the number is beyond
            at = frame.top + frame.height if low else frame.top
            canvas.cross(kind, frame.x(i), at)
            pieces.append([])
    for piece in pieces:
        if len(piece) > 1:
            canvas.line(kind, piece)
        if len(ys) <= 30 or len(piece) == 1:
            for x, y in piece:
                canvas.mark(kind, x, y)


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return few enough points for a screen: the lowest and highest of each stretch."""
    size = len(points) // 800
    if size < 2:
        return points
    kept = [points[0]]
    for start in range(1, len(points) - 1, size):
        stretch = points[start : start + size]
        odd = [p for p in stretch if not is_drawn(p[1])]
        even = [p for p in stretch if is_drawn(p[1])] or odd[:1]
        ends = {min(even, key=lambda p: p[1]), max(even, key=lambda p: p[1])}
        kept += sorted({*ends, *odd[:1]})
    return [*kept, points[-1]]


def _label_ends(canvas: Canvas, frame: Frame, curves: Sequence[Curve]) -> None:
    """Write name and last value beside each curve's end, none over another."""
    ends = []
    for _, ys in curves:
        last = max((i for i, y in enumerate(ys) if is_drawn(y)), default=None)
        y = frame.top if last is None else frame.y(ys[last])
        ends.append((frame.x(1 if last is None else last + 1), y))
    right = frame.left + frame.width
    rows = _spread([y for _, y in ends], frame.top + frame.height)
    for kind, ((x, y), row) in enumerate(zip(ends, rows, strict=True)):
        d = f"M{x:.1f} {y:.1f}L{right + 10:.1f} {row:.1f}"
        canvas.add("path", "axis", d=d, stroke_dasharray="1 3")
        canvas.mark(kind, right + 17, row)
        canvas.text(right + 26, row + 4, _end_label(*curves[kind]), most=32)


def _spread(rows: Sequence[float], bottom: float) -> list[float]:
    """Return rows in the same order, moved until none is closer than a line of text."""
    placed = dict.fromkeys(range(len(rows)), 0.0)
    order = sorted(placed, key=lambda k: (rows[k], k))
    for before, k in zip([None, *order], order, strict=False):
        floor = rows[k] if before is None else placed[before] + APART
        placed[k] = max(rows[k], floor)
    ceiling = max(bottom, len(rows) * APART)
    for k in reversed(order):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - APART
    return [placed[k] for k in range(len(rows))]
