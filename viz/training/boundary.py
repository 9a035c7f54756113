"""The decision boundary of a classifier with two features, on matplotlib axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from dendrograd import no_grad
from dendrograd.errors import NonFiniteError, ShapeError
from dendrograd.rows import as_labels, as_list, whole
from dendrograd.viz.style import HUES

from .charts import MARKERS, axes, legend
from .columns import floats, positions, same_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import QuadContourSet
    from matplotlib.figure import Figure

__all__ = ["DecisionBoundaryDisplay", "decision_boundary"]

Array = NDArray[np.float64]
Model = Callable[[list[list[float]]], Sequence[Any]]
TINY = 1e-12  # to a contour, on one side of 0
HATCHES = ("", "//", "\\\\", "..", "--", "||")
TINT, HATCH = 0.22, 0.45  # shares of a class's hue in its region, the rest is white


class DecisionBoundaryDisplay:
    """What a model says at the points of a grid; `plot` draws the regions of classes.

    `response[i, j]` belongs to the point (xx0[i, j], xx1[i, j]): a score, positive for
    class 1 and otherwise class 0, or a third axis of one score for each class, the
    largest of which decides.

    >>> xx0, xx1 = np.meshgrid([0.0, 1.0], [0.0, 1.0])
    >>> display = DecisionBoundaryDisplay(xx0=xx0, xx1=xx1, response=xx0 - 0.5).plot()
    >>> len(display.surface_)  # one for each class
    2
    """

    ax_: Axes
    figure_: Figure
    surface_: list[QuadContourSet]

    def __init__(
        self,
        *,
        xx0: Array,
        xx1: Array,
        response: Array,
        xlabel: str | None = None,
        ylabel: str | None = None,
    ) -> None:
        self.xx0, self.xx1, self.response = xx0, xx1, response
        self.xlabel, self.ylabel = xlabel, ylabel

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw on the axes, or on those of a new figure; return self."""
        self.ax_ = ax = axes("decision_boundary", ax, (6.0, 4.4))
        self.figure_ = cast("Figure", ax.figure)
        leads = _leads(self.response)
        self.surface_ = [self._region(ax, kind, z) for kind, z in enumerate(leads)]
        for z in leads[1:]:  # two classes share one line
            if z.min() < 0.0 < z.max():
                ax.contour(
                    self.xx0, self.xx1, z, levels=[0.0], colors="black", linewidths=1
                )
        if self.xlabel is not None:
            ax.set_xlabel(self.xlabel)
        if self.ylabel is not None:
            ax.set_ylabel(self.ylabel)
        return self

    def _region(self, ax: Axes, kind: int, lead: Array) -> QuadContourSet:
        """Fill where a class leads, with a hatch of its own."""
        surface = ax.contourf(
            self.xx0,
            self.xx1,
            lead,
            levels=[0.0, 1.0 + max(0.0, float(lead.max()))],
            colors=[_mixed(kind, TINT)],
            hatches=[HATCHES[kind % len(HATCHES)]],
        )
        surface.set_edgecolor(_mixed(kind, HATCH))  # the hatch has the edge's colour
        surface.set_linewidth(0.0)
        return surface


def decision_boundary(
    model: Model,
    X: Any,
    y: Any = None,
    *,
    class_names: Sequence[str] | None = None,
    grid_resolution: int = 100,
    eps: float | None = None,
    threshold: float = 0.0,
    xlabel: str = "x0",
    ylabel: str = "x1",
    ax: Axes | None = None,
) -> DecisionBoundaryDisplay:
    """Draw which class a model gives to each point of the plane around the samples.

    `model` takes a list of rows [x0, x1] and returns for each a logit per class, or one
    score, which means class 1 above `threshold`; an `nn.MLP` is one. It is called
    for a grid of `grid_resolution` squared rows, which reaches `eps` (or a tenth of
    the range) beyond the samples. With `y`, the samples are drawn: colour and marker
    tell the class, a ring is around each that the model gets wrong. Rows and targets
    come in whatever `fit` takes; a target is a class's name or its number from 0 on,
    and of a model with one score also -1 for class 0.

    Raises ShapeError for rows without two features, lengths that differ and answers
    that do not fit the rows, OperandError for what is not a number or a class,
    NonFiniteError for a sample or an answer that is inf or nan, MissingToolError
    without matplotlib.

    >>> rows = [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]
    >>> display = decision_boundary(lambda rows: [a - 1.5 for a, _ in rows], rows)
    >>> display.response.shape
    (100, 100)
    """
    points = _points(X)
    if grid_resolution < 2:
        raise ShapeError(
            f"decision_boundary: grid_resolution {grid_resolution} is below 2; "
            "100 is fine for a picture"
        )
    xx0, xx1 = np.meshgrid(*(_along(x, grid_resolution, eps) for x in points.T))
    grid = np.column_stack([xx0.ravel(), xx1.ravel()])
    response = _ask(model, grid, threshold)
    response = response.reshape(*xx0.shape, *response.shape[1:])
    display = DecisionBoundaryDisplay(
        xx0=xx0, xx1=xx1, response=response, xlabel=xlabel, ylabel=ylabel
    )
    if y is None:
        return display.plot(ax)
    targets = as_labels(y, "decision_boundary: y")
    same_length("decision_boundary: X and y", list(points), targets)
    count = response.shape[2] if response.ndim == 3 else 2
    if response.ndim == 2:
        targets = [0 if whole(target) == -1 else target for target in targets]
    names = [str(name) for name in class_names or range(count)]
    kinds = np.array(positions("decision_boundary: y", targets, names))
    answers = _ask(model, points, threshold)
    said = answers.argmax(axis=1) if answers.ndim == 2 else answers > 0.0
    _draw_samples(display.plot(ax).ax_, points, kinds, said != kinds, names)
    return display


def _points(X: Any) -> Array:
    given = as_list(X, "decision_boundary: X")
    if not isinstance(given, list) or not given:
        raise ShapeError("decision_boundary: X has no row; give at least one sample")
    rows = []
    for i, row in enumerate(given):
        what = f"decision_boundary: X[{i}]"
        one = as_list(row, what)
        rows.append(floats(what, one if isinstance(one, list) else [one]))
    for i, row in enumerate(rows):
        if len(row) != 2:
            raise ShapeError(
                f"decision_boundary: X[{i}] has {len(row)} features, not 2; a plane "
                "shows two, so choose two columns"
            )
        if not np.isfinite(row).all():
            raise NonFiniteError(
                f"decision_boundary: X[{i}] is {row}, which has no place on a plane; "
                "leave such rows out"
            )
    return np.array(rows)


def _along(values: Array, count: int, eps: float | None) -> Array:
    """Return the coordinates of a grid along one feature."""
    low, high = float(values.min()), float(values.max())
    pad = 0.1 * (high - low) or 1.0 if eps is None else eps
    return np.linspace(low - pad, high + pad, count)


def _ask(model: Model, rows: Array, threshold: float) -> Array:
    """Return the model's scores above the threshold, or its logits, as an array."""
    with no_grad():
        answers = list(model(rows.tolist()))
    many = bool(answers) and hasattr(answers[0], "__len__")
    lengths = {len(answer) for answer in answers} if many else {1}
    if len(answers) != len(rows) or len(lengths) > 1:
        raise ShapeError(
            f"decision_boundary: the model returned {len(answers)} answers of "
            f"{sorted(lengths)} numbers for {len(rows)} rows; return for each row one "
            "score, or a list of one logit for each class"
        )
    what = "decision_boundary: model(X)"
    scores = np.array(
        [floats(what, answer) for answer in answers] if many else floats(what, answers)
    )
    if not np.isfinite(scores).all():
        bad = int(np.argmin(np.isfinite(scores).reshape(len(rows), -1).all(axis=1)))
        raise NonFiniteError(
            f"decision_boundary: the model answers {scores[bad].tolist()} at "
            f"{rows[bad].tolist()}; a class needs finite numbers"
        )
    if many and scores.shape[1] == 1:
        scores = scores[:, 0]  # a list of one score is that score
    return scores if scores.ndim == 2 else scores - threshold


def _leads(response: Array) -> list[Array]:
    """Return, for each class, its score less the best of the others.

    It is above 0 where the class wins. Between the points of a grid it is interpolated,
    so a boundary is smooth, where classes themselves would make stairs.
    """
    scores = response if response.ndim == 3 else np.stack([-response, response], 2)
    first = scores.argmax(
        axis=2
    )  # of those that tie, as over a flat part of a relu net
    leads = []
    for kind in range(scores.shape[2]):
        lead = scores[..., kind] - np.delete(scores, kind, axis=2).max(axis=2)
        least = np.where(first == kind, TINY, -TINY)
        leads.append(np.where(lead == 0.0, least, lead))
    return leads


def _draw_samples(
    ax: Axes,
    points: Array,
    kinds: NDArray[np.int64],
    wrong: NDArray[np.bool_],
    names: Sequence[str],
) -> None:
    """Draw each class in its colour and marker, and rings around what is wrong."""
    x0, x1 = points.T
    drawn = [
        ax.scatter(
            x0[kinds == kind],
            x1[kinds == kind],
            s=22,
            color=HUES[kind % len(HUES)],
            marker=MARKERS[kind % len(MARKERS)],
            edgecolors="white",
            linewidths=0.6,
            label=name,
            zorder=3,
        )
        for kind, name in enumerate(names)
    ]
    if wrong.any():
        ring = ax.scatter(x0[wrong], x1[wrong], s=80, label="wrong", zorder=4)
        ring.set(facecolor="none", edgecolor="black")
        drawn.append(ring)
    told = [*names, "wrong"][: len(drawn)]
    legend(ax, drawn, told, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _mixed(kind: int, share: float) -> tuple[float, float, float]:
    """Return a class's hue mixed with white, so that nothing below shines through."""
    hue = HUES[kind % len(HUES)]
    red, green, blue = (
        1.0 - share * (1.0 - int(hue[i : i + 2], 16) / 255) for i in (1, 3, 5)
    )
    return red, green, blue
