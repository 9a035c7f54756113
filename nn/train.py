"""The training loop: epochs of mini-batches, a history, and a progress bar."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from dendrograd.errors import ShapeError

from .callbacks import Listener, Listeners, Patience
from .checkpoint import opened, restore, write
from .data import held_out, paired_length, parted
from .epochs import Training
from .evaluating import Loss, modes_kept, samples
from .fitting import pair, require_usable
from .history import History
from .init import Seed, generator
from .metrics import Metric, Metrics, by_name
from .module import Module
from .optim import Optimizer
from .progress import bar
from .schedules import Schedule

if TYPE_CHECKING:
    from rich.console import Console


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
    validation_fraction: float | None = None,
    patience: int | None = None,
    tol: float = 0.0,
    metrics: Metrics | Sequence[str | Metric] | None = None,
    schedule: Schedule | None = None,
    max_norm: float | None = None,
    progress: bool | Console = False,
    on_epoch: Listener | None = None,
    callbacks: Iterable[Any] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    compiled: bool | None = None,
) -> History:
    """Train a model and return a record per epoch, {"epoch": 1, "loss": ..., ...}.

    `loss(outputs, targets)` of a mini-batch is differentiated and the optimiser takes
    a step, over all rows in a new order each epoch. "loss" and the metrics are means
    over the epoch as it went (`metrics` is a dict of functions of outputs and targets,
    or a list such as ["accuracy"]); those of `test=(X, y)` are taken after it and called
    "test_loss" and so on. `validation_fraction=0.1` holds a tenth of the rows out, drawn
    by the seed, for "validation_loss". `max_norm` clips the gradient; `schedule` steps
    after each epoch. The modules are in train mode meanwhile, and afterwards in the
    mode that they had.

    `patience=10` ends after 10 epochs without a better loss (of the validation rows, else
    of the test rows, else of the training), and the model has the weights of the best
    epoch, however the training ends; better means lower by more than `tol`. `on_epoch` is called with every record. `callbacks`
    are such functions, or objects with `on_epoch(record)`, `on_batch(record)` or both.
    One that returns False or raises StopIteration ends the training. Ctrl-C does so
    too: the history so far is returned, a line on stderr says so, and the model has the
    weights of the last step, or with `patience` the best. `History.stopped` tells why.
    `checkpoint="run.safetensors"` writes the state of the training into that file after
    each epoch. With `resume=True` it goes on from there, where the file exists, up to
    `epochs`, with the same bits as without the break; give the same rows and settings.

    From row 512 on the training is compiled: code recorded from one row gives value and
    gradient of each batch, up to rounding those of the graph, and the more quickly, the
    larger the model: by measure, twice as fast for 67 parameters, 70 times for 7,510. A
    loss of your own may be any function of the outputs of a batch. `forward` then runs
    no longer in Python, so what it prints is printed while it is recorded. A model that
    draws or keeps something as it runs, as Dropout does, is recorded batch by batch, as
    with `compiled=False`; `History.why` and the bar say why. What it reads, attributes
    and names of its module, may change between the calls of callbacks and schedules.
    With `compiled=True` it is compiled from the first row on, or SettingError says why
    not.

    `progress=True` shows a bar with the time left (a rich Console says where), and
    above the first one, where the class in C is not built, how to get it.

    Raises DataError for a nan or an inf in X or y, naming row and column, and
    NonFiniteError before a step from a loss that is inf or nan; ShapeError where X and
    y differ in length or are empty, OperandError for a loss that is not a Value,
    GraphError inside `no_grad` and for a loss that no parameter leads to, SettingError
    for the optimiser of another model and for epochs < 0, StateError for a file that is
    no checkpoint of such a training.

    >>> from dendrograd.nn import MLP, SGD, fit, mse_loss
    >>> model = MLP(1, [1], seed=0)
    >>> history = fit(model, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], mse_loss,
    ...               SGD(model.parameters(), lr=0.1), epochs=200, seed=0)
    >>> [round(p.data, 3) for p in model.parameters()]
    [2.0, 1.0]
    >>> sorted(history[-1])
    ['epoch', 'loss']
    """
    named = by_name(metrics, "fit")
    require_usable(loss, optimizer, epochs)
    if not paired_length(X, y, "fit"):
        raise ShapeError("fit: there are no rows to train on")
    rng, data, count = generator(seed), samples("fit", X, y), len(X)
    others = {} if test is None else {"test": samples("fit: test", *pair(test))}
    found, held = opened(checkpoint, resume, count), list[int]()
    if validation_fraction is not None:
        held = held_out(count, validation_fraction, rng)
        held = (found and found.held) or held
        data, others["validation"] = parted(data, held)
    training = Training(
        model, loss, optimizer, data, batch_size=batch_size, rng=rng, others=others,
        metrics=named, schedule=schedule, max_norm=max_norm, rows=count,
        listeners=Listeners(callbacks, on_epoch),
        patience=None if patience is None else Patience(patience, tol),
        compiled=compiled,
    )  # fmt: skip
    if found:
        restore(training, found)
    if checkpoint is not None:
        training.keep = partial(write, checkpoint, training, held)
    batches = -(-len(data[0]) // batch_size)
    shown = bar(progress, len(training.history), epochs, batches)
    with modes_kept(model), training.ending(), shown as training.shown:
        training.run(epochs)
    return training.history
