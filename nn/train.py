"""The training loop: epochs of mini-batches, a history, and a progress bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from dendrograd import Value, no_grad
from dendrograd.errors import NonFiniteError, ShapeError
from dendrograd.native import say
from dendrograd.rows import as_list

from .clip import clip_grad_norm_
from .data import batches, paired_length
from .fitting import not_a_loss, require_path, require_usable
from .init import Seed, generator
from .module import Module
from .optim import Optimizer
from .rows import require_finite
from .schedules import Schedule
from .settings import is_real

if TYPE_CHECKING:
    from rich.console import Console


Loss: TypeAlias = Callable[[Any, Any], Any]
Metrics: TypeAlias = Mapping[str, Callable[[Any, Any], float]]
Record: TypeAlias = dict[str, float]


def fit(
    model: Module,
    X: Any,
    y: Any,
    loss: Loss,
    optimizer: Optimizer,
    *,
    epochs: int = 100,
    batch_size: int = 16,
    seed: Seed = None,
    test: tuple[Any, Any] | None = None,
    metrics: Metrics | None = None,
    schedule: Schedule | None = None,
    max_norm: float | None = None,
    progress: bool | Console = False,
    on_epoch: Callable[[Record], object] | None = None,
) -> list[Record]:
    """Train a model and return a record per epoch, {"epoch": 1, "loss": ..., ...}.

    `loss(outputs, targets)` of a mini-batch is differentiated and the optimiser takes
    a step, over all rows in a new order each epoch. "loss" and the metrics are means
    over the epoch as it went; those of `test=(X, y)` are taken after it and called
    "test_loss" and so on. `max_norm` clips the gradient; `schedule` steps after each
    epoch. `progress=True` shows a bar (a rich Console says where), and above the first
    one, where the class in C is not built, how to get it; `on_epoch` is called with
    every record. The model is left in eval mode.

    Raises DataError for a nan or an inf in X or y, naming row and column, and
    NonFiniteError before a step from a loss that is inf or nan; ShapeError where X and
    y differ in length or are empty, OperandError for a loss that is not a Value,
    GraphError inside `no_grad` and for a loss that no parameter leads to, SettingError
    for the optimiser of another model and for epochs < 0.

    >>> from dendrograd.nn import MLP, SGD, fit, mse_loss
    >>> model = MLP(1, [1], seed=0)
    >>> history = fit(model, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], mse_loss,
    ...               SGD(model.parameters(), lr=0.1), epochs=200, seed=0)
    >>> [round(p.data, 3) for p in model.parameters()]
    [2.0, 1.0]
    >>> sorted(history[-1])
    ['epoch', 'loss']
    """
    require_usable(loss, optimizer, epochs, metrics)
    if not paired_length(X, y, "fit"):
        raise ShapeError("fit: there are no rows to train on")
    data = _samples("fit", X, y)
    if test is not None:
        _samples("fit: test", *test)
    rng, names = generator(seed), metrics or {}
    history: list[Record] = []
    with _bar(progress, epochs) as advance:
        for epoch in range(1, epochs + 1):
            step = _stepper(model, loss, optimizer, max_norm, f"fit: epoch {epoch}")
            record: Record = {"epoch": epoch}
            record |= _epoch(model, data, batch_size, rng, step, names)
            if test is not None:
                after = evaluate(model, *test, loss, metrics=names)
                record |= {f"test_{name}": number for name, number in after.items()}
            if schedule is not None:
                schedule.step()
            history.append(record)
            if on_epoch is not None:
                on_epoch(record)
            advance(record)
    model.eval()
    return history


def evaluate(
    model: Module, X: Any, y: Any, loss: Loss, *, metrics: Metrics | None = None
) -> Record:
    """Return {"loss": ..., metric: ...} over all rows, in eval mode and with no graph.

    >>> from dendrograd.nn import MLP, evaluate, mse_loss
    >>> evaluate(MLP(1, [1], init="zeros"), [[1.0], [2.0]], [1.0, 3.0], mse_loss)
    {'loss': 5.0}
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with no_grad():
            rows, targets = _samples("evaluate", X, y)
            outputs = [model(row) for row in rows]
            error = loss(outputs, targets)
            if not isinstance(error, Value) and not is_real(error):
                raise not_a_loss("evaluate", loss, error)
            record = {"loss": float(error)}
            for name, metric in (metrics or {}).items():
                record[name] = metric(outputs, targets)
    finally:
        for module, training in modes:
            module.training = training
    return record


def _samples(who: str, X: Any, y: Any) -> tuple[Any, Any]:
    """Return rows and targets as lists, or raise DataError for a nan or an inf."""
    rows, targets = as_list(X, who), as_list(y, who)
    require_finite(rows, f"{who}: X")
    require_finite(targets, f"{who}: y")
    return rows, targets


def _epoch(
    model: Module,
    data: tuple[Any, Any],
    batch_size: int,
    rng: Random,
    step: Callable[[Any, Any], float],
    metrics: Metrics,
) -> Record:
    """Take a step for every mini-batch and return the means of the epoch."""
    model.train()
    total, outputs, targets = 0.0, list[Any](), list[Any]()
    for rows, goals in batches(*data, batch_size, seed=rng):
        batch = [model(row) for row in rows]
        total += step(batch, goals) * len(rows)
        outputs += [_numbers(output) for output in batch]
        targets += goals
    record = {"loss": total / len(targets)}
    for name, metric in metrics.items():
        record[name] = metric(outputs, targets)
    return record


def _stepper(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    max_norm: float | None,
    where: str,
) -> Callable[[Any, Any], float]:
    """Return the function that learns from one mini-batch and returns its loss."""

    def step(outputs: list[Any], targets: list[Any]) -> float:
        error = loss(outputs, targets)
        if not isinstance(error, Value):
            raise not_a_loss(where, loss, error)
        if not math.isfinite(error):
            raise NonFiniteError(
                f"{where}: the loss is {float(error)}; the weights are those of the "
                "step before. Lower the learning rate, standardise the inputs or clip "
                "with max_norm; dendrograd.first_nonfinite(loss) finds the cause"
            )
        if not error.parents:
            require_path(where, error, model, optimizer)
        optimizer.zero_grad()
        error.backward()
        if not any(p.grad for p in optimizer.params):  # all are 0: was one reached?
            require_path(where, error, model, optimizer)
        if max_norm is not None:
            clip_grad_norm_(optimizer.params, max_norm)
        optimizer.step()
        return float(error)

    return step


def _numbers(output: Any) -> Any:
    """Return an output without its graph."""
    if isinstance(output, Value):
        return output.data
    return [_numbers(entry) for entry in output] if isinstance(output, list) else output


@contextmanager
def _bar(progress: bool | Console, epochs: int) -> Iterator[Callable[[Record], object]]:
    """Show a progress bar inside the block; yield what moves it on by an epoch."""
    if progress is False:
        yield lambda record: None
        return
    from rich import progress as rich

    columns = (
        rich.TextColumn("epoch {task.completed}/{task.total}"),
        rich.BarColumn(),
        rich.TextColumn("{task.fields[figures]}"),
        rich.TimeRemainingColumn(),
    )
    console = None if progress is True else progress
    with rich.Progress(*columns, console=console) as bar:
        say(bar.console.print)
        task = bar.add_task("fit", total=epochs, figures="")

        def advance(record: Record) -> None:
            shown = [f"{k} {v:.4g}" for k, v in record.items() if k != "epoch"]
            bar.update(task, advance=1, figures="  ".join(shown))

        yield advance
