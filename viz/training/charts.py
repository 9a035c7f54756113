"""Charts of a training on matplotlib axes: the losses and the confusion matrix.

Names follow scikit-learn's displays: a function draws and returns a display, whose
`ax_` and `figure_` are matplotlib's own, to be changed or saved. matplotlib is optional
and imported where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, cast

import numpy as np
from numpy.typing import NDArray

from dendrograd.errors import MissingToolError, ShapeError
from dendrograd.viz.style import HUES
from dendrograd.viz.text import one_line

from .columns import by_name, floats, positions, same_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

__all__ = [
    "MARKERS",
    "ConfusionMatrixDisplay",
    "LossCurveDisplay",
    "axes",
    "confusion",
    "legend",
    "loss_curve",
]

DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P")  # as many as HUES: a class has one of each
MARKED = 30  # points of a curve that are marked one by one


def axes(who: str, ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return the axes to draw on: those given, or those of a new figure.

    The figure is made without pyplot, so no window opens and nothing global changes.
    Raises MissingToolError where matplotlib is not installed.
    """
    if ax is not None:
        return ax
    try:
        module = import_module("matplotlib.figure")
    except ImportError:
        raise MissingToolError(
            f"{who} needs matplotlib, which is not installed; "
            "in a clone, pip install '.[plot]'"
        ) from None
    made: Axes = module.Figure(figsize=size, layout="constrained").subplots()
    return made


def legend(ax: Axes, handles: Sequence[Any], names: Sequence[str], **how: Any) -> None:
    """Put a legend of the names as they are: "_a" is shown, and "$" is plain text."""
    made = ax.legend(handles, [" "] * len(handles), **how)
    for text, name in zip(made.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(one_line(name, 30))


class LossCurveDisplay:
    """Curves by epoch; `plot` draws them.

    >>> display = LossCurveDisplay({"train": [0.7, 0.3]}).plot()
    >>> display.lines_[0].get_ydata().tolist()
    [0.7, 0.3]
    """

    ax_: Axes
    figure_: Figure
    lines_: list[Line2D]

    def __init__(
        self,
        curves: Mapping[str, Sequence[float]],
        *,
        xlabel: str = "epoch",
        ylabel: str = "loss",
    ) -> None:
        self.curves = dict(curves)
        self.xlabel, self.ylabel = xlabel, ylabel

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw on the axes, or on those of a new figure; return self."""
        self.ax_ = ax = axes("loss_curve", ax, (6.4, 3.9))
        self.figure_ = cast("Figure", ax.figure)
        self.lines_ = []
        for kind, (name, ys) in enumerate(self.curves.items()):
            alone = not np.isfinite(ys).all()  # a point between gaps has no line
            (line,) = ax.plot(
                np.arange(1, len(ys) + 1),
                np.asarray(ys, dtype=float),
                label=one_line(name, 30),
                color=HUES[kind % len(HUES)],
                linestyle=DASHES[kind % len(DASHES)],
                marker=MARKERS[kind % len(MARKERS)]
                if alone or len(ys) <= MARKED
                else "",
                markersize=4,
            )
            self.lines_.append(line)
        ax.set(xlabel=self.xlabel, ylabel=self.ylabel)
        ax.locator_params(axis="x", integer=True)  # half an epoch is none
        ax.grid(visible=True, alpha=0.3)
        legend(ax, self.lines_, list(self.curves))
        return self


def loss_curve(
    curves: Any,
    *,
    xlabel: str = "epoch",
    ylabel: str = "loss",
    ax: Axes | None = None,
) -> LossCurveDisplay:
    """Draw one curve for each name, such as "train" and "test", from epoch 1 on.

    The curves are a dict, the records that `nn.fit` returns, a data frame of them, or
    the numbers of one; a record's "epoch" is not a curve. Curves differ in colour, dash
    and marker; a nan or an inf breaks one, and so does a record without its name.
    Raises ShapeError where there is no curve or a curve has no point, OperandError for
    what is not a number, MissingToolError without matplotlib.

    >>> display = loss_curve({"train": [0.7, 0.3, 0.2], "test": [0.8, 0.5, 0.5]})
    >>> display.figure_.savefig("loss.svg")  # doctest: +SKIP
    >>> [line.get_label() for line in display.ax_.lines]
    ['train', 'test']
    >>> history = [{"epoch": 1, "loss": 0.7}, {"epoch": 2, "loss": 0.3}]
    >>> loss_curve(history).lines_[0].get_ydata().tolist()
    [0.7, 0.3]
    """
    named = by_name(curves, ylabel)
    if not named:
        raise ShapeError("loss_curve: no curve is given; try {'train': [0.7, 0.4]}")
    series = {
        name: floats(f"loss_curve: {name}", values) for name, values in named.items()
    }
    for name, ys in series.items():
        if not ys:
            raise ShapeError(f"loss_curve: {name} has no point; record one per epoch")
    return LossCurveDisplay(series, xlabel=xlabel, ylabel=ylabel).plot(ax)


class ConfusionMatrixDisplay:
    """Counts of each true class (rows) by predicted class; `plot` draws them.

    >>> display = ConfusionMatrixDisplay([[2, 0], [1, 3]], ["cat", "dog"]).plot()
    >>> display.text_[1, 0].get_text()
    '1'
    """

    ax_: Axes
    figure_: Figure
    im_: AxesImage
    text_: NDArray[Any]

    def __init__(
        self, confusion_matrix: Any, display_labels: Sequence[str] | None = None
    ) -> None:
        self.confusion_matrix: NDArray[np.int64] = np.asarray(confusion_matrix)
        size = range(len(self.confusion_matrix))
        self.display_labels = list(display_labels or map(str, size))

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw on the axes, or on those of a new figure; return self."""
        counts, n = self.confusion_matrix, len(self.confusion_matrix)
        side = max(3.6, 1.6 + 0.7 * n)
        self.ax_ = ax = axes("confusion", ax, (side + 0.6, side))
        self.figure_ = cast("Figure", ax.figure)
        top = max(1, int(counts.max()))
        self.im_ = ax.imshow(counts, cmap="Blues", vmin=0, vmax=top)
        self.text_ = np.empty((n, n), dtype=object)
        for i, j in np.ndindex(n, n):
            self.text_[i, j] = _number(ax, (j, i), int(counts[i, j]), top)
        labels = [one_line(label, 18) for label in self.display_labels]
        ax.set(xlabel="predicted class", ylabel="true class")
        ax.set_yticks(range(n), labels, parse_math=False)
        ax.set_xticks(range(n), labels, parse_math=False)
        if max(map(len, labels)) > 9:
            ax.tick_params(axis="x", labelrotation=90)
        return self


def _number(ax: Axes, place: tuple[int, int], count: int, top: int) -> Text:
    """Write a count into its cell: in white where that has more contrast than black."""
    red, green, blue, _ = ax.images[-1].cmap(count / top)
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    color = "white" if light < 0.179 else "black"  # equal at 1.05 / (L + 0.05) = 21^0.5
    return ax.text(*place, str(count), ha="center", va="center", color=color)


def confusion(
    y_true: Sequence[SupportsIndex | str],
    y_pred: Sequence[SupportsIndex | str],
    labels: Sequence[str],
    *,
    ax: Axes | None = None,
) -> ConfusionMatrixDisplay:
    """Draw how many of each class (rows) were taken for which (columns).

    Entries are positions in `labels` or the labels themselves. Raises ShapeError for
    lengths that differ or nothing at all, OperandError for an entry that is not a
    class, MissingToolError without matplotlib.

    >>> display = confusion([0, 0, 1], [0, 1, 1], ["cat", "dog"])
    >>> display.confusion_matrix.tolist()
    [[1, 1], [0, 1]]
    """
    same_length("confusion: y_true and y_pred", y_true, y_pred)
    true = positions("confusion: y_true", y_true, labels)
    pred = positions("confusion: y_pred", y_pred, labels)
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (true, pred), 1)
    return ConfusionMatrixDisplay(counts, labels).plot(ax)
