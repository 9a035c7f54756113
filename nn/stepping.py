"""A step of a training: value and gradient of a mini-batch, and the optimiser's move.

The first rows of a training are recorded as graphs, batch by batch. From then on code that
was recorded once gives the gradient, wherever it has been found to give that of the graph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

from dendrograd import Value, no_grad
from dendrograd.errors import NonFiniteError

from .agreement import require_few_paths
from .as_function import generators_kept
from .clip import clipping
from .compiling import ByOutputs, ByRows, Forward, Table, array
from .errors import SettingError
from .evaluating import Loss, numbers
from .fitting import not_a_loss, require_path
from .module import Module
from .optim import Optimizer
from .reached import Unlike, alike, state
from .weights import Weights

WARM = 512  # rows after which a recording pays, since it takes as long as these
CHANGES = 3  # of a model before its recordings paid, after which it is not recorded
Samples: TypeAlias = tuple[list[Any], list[Any]]  # rows, and a target for each


class Recorded:
    """Records the loss of a mini-batch as a graph, and sweeps back through it."""

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        self.model, self.loss, self.optimizer = model, loss, optimizer

    def __call__(
        self, weights: Weights, rows: Any, targets: Any, where: str
    ) -> tuple[float, list[Any]]:
        """Leave the gradient in `weights.g`; return the loss, and each row's output."""
        weights.write()
        outputs = [self.model(row) for row in rows]
        error = self.loss(outputs, targets)
        if not isinstance(error, Value):
            raise not_a_loss(where, self.loss, error)
        require_finite_loss(error.data, where)
        if not error.parents:
            require_path(where, error, self.model, self.optimizer)
        self.optimizer.zero_grad()
        error.backward()
        weights.read()
        if not weights.g.any():  # all are 0: was one reached?
            require_path(where, error, self.model, self.optimizer)
        return error.data, [numbers(output) for output in outputs]


def require_finite_loss(loss: float, where: str) -> None:
    """Raise NonFiniteError for a loss after which a step would spoil the weights."""
    if not math.isfinite(loss):
        raise NonFiniteError(
            f"{where}: the loss is {loss}; the weights are those of the "
            "step before. Lower the learning rate, standardise the inputs or clip "
            "with max_norm; dendrograd.first_nonfinite(loss) finds the cause"
        )


class Gradients:
    """Where value and gradient of each mini-batch come from.

    seen      how many rows the training has had so far
    compiled  whether code gives them: None for wherever it is faster, False for never,
              True for from the first row on, or SettingError
    code      what gives them, if it is not the graph of each batch
    why       why there is no code, and will be none; or ""
    since     how many rows there had been when the model was recorded, or -1
    changes   how often the model was changed before the recording had paid
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        optimizer: Optimizer,
        data: Samples,
        compiled: bool | None,
    ) -> None:
        self.model, self.loss, self.data, self.seen = model, loss, data, 0
        self.parameters, self.compiled = optimizer.params, compiled
        self.code: ByRows | ByOutputs | None = None
        self.why = "compiled=False was given" if compiled is False else ""
        self._recorded = Recorded(model, loss, optimizer)
        self._table: Table | None = None
        self._doubted, self._calls = False, 0
        self.since, self.changes = -1, 0

    def __call__(
        self, weights: Weights, places: Sequence[int], where: str, outputs: bool
    ) -> tuple[float, list[Any]]:
        """Leave the gradient of a batch in `weights.g`; return its loss and its outputs.

        The outputs may be left out where nobody asks for them.
        """
        if self._doubted:
            self._look_again()
        if self.code is None and not self.why and (self.compiled or self.seen >= WARM):
            self._compile(weights, places, where)
        self.seen += len(places)
        loss = self._by_code(weights, places)
        known = math.isfinite(loss) and (weights.g.any() or self._leads(places))
        if not known:  # the graph tells the cause
            return self._recorded(weights, *self._batch(places), where)
        return loss, self._outputs(weights, places) if outputs else []

    def _batch(self, places: Sequence[int]) -> Samples:
        """Return rows and targets as they were given."""
        rows, targets = self.data
        return [rows[i] for i in places], [targets[i] for i in places]

    def _by_code(self, weights: Weights, places: Sequence[int]) -> float:
        """Leave the gradient in `weights.g`; return the loss, nan where there is none."""
        if self.code is None:
            return math.nan
        try:
            self._calls += 1
            loss = self.code(weights, places)
            if not self._calls & self._calls - 1:  # 1, 2, 4: a report takes its time
                require_few_paths(self.code.code)
            return loss
        except Exception as error:  # noqa: BLE001  # the graph raises its own, or goes on
            self._drop(error)
            return math.nan

    def _leads(self, places: Sequence[int]) -> bool:
        return self.code is not None and self.code.leads(places)

    def _drop(self, error: Exception) -> None:
        """Train on graphs from now on."""
        self.code = None
        kind = "" if isinstance(error, Unlike) else f"{type(error).__name__}: "
        self.why = kind + (str(error).partition("\n")[0] or "no reason was given")

    def _compile(self, weights: Weights, places: Sequence[int], where: str) -> None:
        """Get the code, if there is some that gives what the graph of a batch gives."""
        graph = partial(self._recorded, weights, *self._batch(places), where)
        for kind in (ByRows, ByOutputs):
            try:
                forward = Forward(self.model, self.parameters, exact=False)
                self._table = self._table or Table(*self.data)
                self._kept = state(self.model, self.parameters)
                code = kind(self.model, self.loss, self.parameters, self._table)
                with generators_kept(self.model):
                    code.check(weights, places, graph)
            except Exception as error:  # noqa: BLE001  # whatever it is, a graph may do
                self._drop(error)
            else:
                self.code, self.why, self._calls = code, "", 0
                self.since = self.seen if self.since < 0 else self.since
                self._forward: Forward | None = forward
                self._asked = Forward(self.model, self.parameters, exact=True)
                return
        if self.compiled:
            graph()  # an error of the model, or of the loss, is that of any training
            raise SettingError(
                f"fit: compiled=True, but {self.why}; leave it out, and the training "
                "records each batch"
            )

    def _outputs(self, weights: Weights, places: Sequence[int]) -> list[Any]:
        """Return the outputs of a batch, as code gives them, or the model itself."""
        assert self._table is not None
        if isinstance(self.code, ByOutputs):
            return self.code.given()
        if self._forward is not None:
            try:
                found = self._forward(weights.x, self._table.rows[places])
                return [numbers(output) for output in found]
            except Exception:  # noqa: BLE001  # an output is no Value, say
                self._forward = None
        weights.write()
        with no_grad():
            return [numbers(self.model(row)) for row in self._batch(places)[0]]

    def predict(self, weights: Weights, rows: list[Any]) -> list[Any] | None:
        """Return the outputs in eval mode, as the model would give them; None without code."""
        if self.code is None:
            return None
        try:
            return self._asked(weights.x, array("the rows", rows))
        except Exception:  # noqa: BLE001  # the model itself may do, or says what is wrong
            return None

    def doubt(self) -> None:
        """Hear that somebody may have changed the model."""
        self._doubted = self.code is not None

    def _look_again(self) -> None:
        """Drop the code where the model is not what was recorded; it is recorded anew."""
        self._doubted = False
        try:
            if not alike(self._kept, state(self.model, self.parameters)):
                self._change()
        except Exception as error:  # noqa: BLE001  # some object cannot be looked at
            self._drop(error)

    def _change(self) -> None:
        """Drop the code of a model that was changed, for good where this goes on and on."""
        self.code = None
        self.changes += self.seen - self.since < WARM
        self.since = -1
        if self.changes > CHANGES:
            self.why = "the model is changed again and again"

    def saved(self) -> dict[str, Any]:
        """Return what a training that goes on must know, so that it gets the same bits."""
        why = "" if self.compiled is False else self.why
        return {"why": why, "since": self.since, "changes": self.changes}

    def load(self, saved: dict[str, Any]) -> None:
        """Go on as a training that was saved; one of an older version saved nothing."""
        self.why = self.why or str(saved.get("why", ""))
        self.since = int(saved.get("since", -1))
        self.changes = int(saved.get("changes", 0))

    def end_epoch(self) -> None:
        """Give code up that takes many paths, or that a callback made another model's."""
        if self.code is not None:
            try:
                require_few_paths(self.code.code)
            except Unlike as error:
                self._drop(error)
        if self._doubted:
            self._look_again()


def move(weights: Weights, optimizer: Optimizer, max_norm: float | None) -> None:
    """Clip the gradient, if asked, and move the parameters by the optimiser's formula."""
    if max_norm is not None:
        weights.g = weights.g * clipping(weights.g.tolist(), max_norm)[1]
    if type(optimizer).step is Optimizer.step:
        weights.x = optimizer.moved(weights.x, weights.g)
        weights.written = False
    else:  # one that has a step of its own, of Values
        weights.written = False
        weights.write()
        optimizer.step()
        weights.read()
