"""TrainingReport: what became of the weights and gradients of a model as it learnt."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value
from dendrograd.errors import MissingToolError, OperandError
from dendrograd.files import write_whole
from dendrograd.viz.markup import escape
from dendrograd.viz.model.layers import Layer, layers
from dendrograd.viz.text import one_line

from .columns import floats

__all__ = ["QUANTILES", "Snapshot", "TrainingReport"]

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parameters of one layer at one record.

    gradients  the QUANTILES of their gradients, nan where one of them is not finite
    weights    those of their data
    size       root mean square of the gradients
    change     ‖w - w before‖ / ‖w before‖ since the record before, or since the start
    broken     how many gradients and weights are inf or nan
    """

    gradients: Array
    weights: Array
    size: float
    change: float
    broken: int


class TrainingReport:
    """Watches a model learn, and tells it in one HTML file that needs nothing else.

    A model is an `nn.Module`, or whatever has `named_parameters()`. Hand the report to
    `fit(..., on_epoch=report)`, or call `report.record(loss=...)` in a loop of your own,
    after `backward()` and before gradients are zeroed. `save` writes the curves, the
    distributions of gradients and weights per layer, the tree of a sample, and in plain
    sentences what stands out: dead and saturated units, gradients that vanish.

    layers     the layers of the model that have parameters
    history    the figures of each record: {"loss": 0.3, ...}
    snapshots  for each record a Snapshot of each layer

    Raises OperandError for a model without parameters.

    >>> from dendrograd import scope
    >>> w = Value(0.5, label="w")
    >>> class Line:
    ...     def named_parameters(self):
    ...         return [("w", w)]
    >>> report = TrainingReport(Line())
    >>> for _ in range(3):
    ...     with scope("line"):
    ...         y = w * 2.0
    ...     loss = (y - 3.0) ** 2
    ...     w.grad = 0.0
    ...     loss.backward()
    ...     w.data -= 0.1 * w.grad
    ...     report.record(loss=loss)
    >>> report
    <TrainingReport: 3 records, 1 layer>
    >>> report.findings(loss)[0]
    'The loss went from 4 (record 1) to 0.0064 (record 3).'
    """

    def __init__(self, model: Any) -> None:
        watched = layers(model, "TrainingReport")
        self.layers: list[Layer] = [layer for layer in watched if layer.parameters]
        if not self.layers:
            raise OperandError(
                f"TrainingReport: {one_line(repr(model), 60)} has no parameters, so "
                "there is nothing to watch"
            )
        self.name = type(model).__name__
        self.history: list[dict[str, float]] = []
        self.snapshots: list[list[Snapshot]] = []
        self._before = [_data(layer) for layer in self.layers]

    def record(self, **figures: Any) -> None:
        """Note the figures, and the gradients and weights of the model as they are now.

        Raises OperandError for a figure that is not a number.
        """
        self(figures)

    def __call__(self, record: Mapping[str, Any]) -> None:
        """Note a record, as `fit` hands it to `on_epoch`: {"epoch": 1, "loss": ...}."""
        figures = {
            name: floats(f"TrainingReport: {one_line(name, 30)}", [figure])[0]
            for name, figure in record.items()
        }
        now = [_data(layer) for layer in self.layers]
        rows = zip(self.layers, self._before, now, strict=True)
        self.snapshots.append([_snapshot(*row) for row in rows])
        self.history.append(figures)
        self._before = now

    @property
    def axis(self) -> tuple[str, list[float]]:
        """What the records are counted by, and the count of each: epochs, or records."""
        epochs = [record.get("epoch", 0.0) for record in self.history]
        if epochs and epochs[0] > 0 and (np.diff(epochs) > 0).all():
            return "epoch", epochs
        return "record", [float(i + 1) for i in range(len(self.history))]

    @property
    def parameters(self) -> dict[str, Value]:
        """The parameters by name."""
        return {n: v for layer in self.layers for n, v in layer.parameters.items()}

    def findings(self, sample: Value | Iterable[Value] | None = None) -> list[str]:
        """Return what stands out, in sentences.

        `sample` is a loss, or losses of several rows: dead and saturated units are
        looked for in their graphs, so the more rows, the surer.
        """
        from .remarks import findings

        return findings(self, samples(sample))

    def html(
        self, sample: Value | Iterable[Value] | None = None, title: str | None = None
    ) -> str:
        """Return the page; MissingToolError where matplotlib is not installed."""
        from .report import to_html

        return to_html(self, samples(sample), title or "Training report")

    def save(
        self,
        filename: str | os.PathLike[str],
        *,
        sample: Value | Iterable[Value] | None = None,
        title: str | None = None,
    ) -> str:
        """Write the page, whole or not at all, and return its path.

        Of `sample`, one loss or several, the first is drawn as a tree, and units are
        looked for in all. Raises MissingToolError where matplotlib is not installed.
        """
        path = Path(filename)
        page = self.html(sample, title)
        write_whole(path, page)
        return str(path)

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows: the page, in a frame that reaches nothing."""
        try:
            page = self.html()
        except MissingToolError:
            return None  # the repr is all
        return (
            f'<iframe title="Training report" sandbox="" srcdoc="{escape(page)}" '
            'style="width:100%;height:640px;border:1px solid #8c959f"></iframe>'
        )

    def __repr__(self) -> str:
        counts = (len(self.history), "record"), (len(self.layers), "layer")
        told = [f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts]
        return f"<TrainingReport: {', '.join(told)}>"


def samples(sample: Value | Iterable[Value] | None) -> list[Value]:
    """Return the losses that were given as one, as several or not at all."""
    if sample is None:
        return []
    losses = [sample] if isinstance(sample, Value) else list(sample)
    for loss in losses:
        if not isinstance(loss, Value):
            raise OperandError(
                f"TrainingReport: sample holds {one_line(repr(loss), 40)}, not a Value; "
                "give a loss that was computed from the model, or a list of them"
            )
    return losses


def _data(layer: Layer) -> Array:
    return np.array([value.data for value in layer.parameters.values()])


def _snapshot(layer: Layer, before: Array, now: Array) -> Snapshot:
    """Return what a layer looks like, and how far its weights have moved."""
    values = layer.parameters.values()
    gradients = np.array([value.grad or 0.0 for value in values])
    with np.errstate(all="ignore"):  # inf and nan are counted
        return Snapshot(
            quantiles(gradients),
            quantiles(now),
            float(np.linalg.norm(gradients) / len(gradients) ** 0.5),
            float(np.linalg.norm(now - before) / np.linalg.norm(before)),
            int((~np.isfinite([*gradients, *now])).sum()),
        )


def quantiles(values: Array) -> Array:
    """Return the QUANTILES of numbers, those of the finite ones if some are not.

    >>> quantiles(np.array([3.0, 1.0, 2.0])).tolist()
    [1.0, 1.1, 1.5, 2.0, 2.5, 2.9, 3.0]
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.full(len(QUANTILES), np.nan)
    row: Array = np.quantile(finite, QUANTILES)
    return row
