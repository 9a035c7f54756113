"""A training, epoch by epoch, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random

from .callbacks import Listener, Listeners, Patience, Stopped
from .data import batches
from .evaluating import Loss, figures, measured
from .history import History, Record
from .metrics import Metrics
from .module import Module
from .optim import Optimizer
from .progress import Shown
from .reached import is_ours
from .schedules import Schedule
from .settings import at_least, require_whole
from .stepping import Gradients, Samples, move
from .weights import Weights


@dataclass
class Training:
    """Everything that a training consists of.

    data     the rows that it learns from, with their targets
    others   by name, rows and targets whose figures are taken after each epoch
    rows     how many rows there are, those for validation included
    compiled  whether code gives the gradients (see Gradients)
    keep     writes a checkpoint
    shown    moves the progress bar
    """

    model: Module
    loss: Loss
    optimizer: Optimizer
    data: Samples
    batch_size: int
    rng: Random
    others: dict[str, Samples]
    metrics: Metrics
    schedule: Schedule | None
    max_norm: float | None
    listeners: Listeners
    patience: Patience | None
    rows: int
    compiled: bool | None = None
    keep: Callable[[], object] = lambda: None
    history: History = field(default_factory=History)
    shown: Shown = field(default_factory=Shown)

    def __post_init__(self) -> None:
        require_whole("fit", "batch_size", self.batch_size, 1)
        if self.max_norm is not None:
            at_least("fit", "max_norm", self.max_norm)
        self.weights = Weights(self.optimizer)
        self.gradient = Gradients(
            self.model, self.loss, self.optimizer, self.data, self.compiled
        )

    def run(self, epochs: int) -> None:
        """Train until there are so many epochs, or until Stopped is raised."""
        self.gradient.seen = len(self.history) * len(self.data[0])
        while len(self.history) < epochs:
            if self.patience is not None:
                self.patience.check()
            record = self._epoch(len(self.history) + 1)
            if self.schedule is not None:
                self.schedule.step()
                if not is_ours(type(self.schedule).__module__):
                    self.gradient.doubt()  # it may have changed the model
            if self.patience is not None:
                self.patience.hear(record, self.weights.x)
            self.history.append(record)
            try:
                self._tell(self.listeners.epoch, record)
            finally:
                self.keep()
            self.shown.advance(len(self.history), record)
            if self.gradient.why and not self.history.why:
                self.history.why = self.gradient.why
                self.shown.say(f"fit records every batch: {self.history.why}")

    def _epoch(self, epoch: int) -> Record:
        """Take a step for every mini-batch, and return the record of the epoch."""
        self.model.train()
        total, outputs, targets, where = 0.0, [], self.data[1], f"fit: epoch {epoch}"
        done, seen = list[int](), range(len(targets))
        for places, _ in batches(seen, seen, self.batch_size, seed=self.rng):
            loss, given = self.gradient(self.weights, places, where, bool(self.metrics))
            move(self.weights, self.optimizer, self.max_norm)
            total += loss * len(places)
            outputs += given
            done += places
            batch = -(-len(done) // self.batch_size)
            told = {"epoch": epoch, "batch": batch, "loss": loss}
            self._tell(self.listeners.batch, told)
            self.shown.advance(epoch, None)
        record = {"epoch": epoch, "loss": total / len(done)}
        if self.metrics:
            record |= measured(self.metrics, outputs, [targets[i] for i in done])
        self.weights.write()
        self.gradient.end_epoch()
        for name, (rows, goals) in self.others.items():
            found = figures(
                self.model, rows, goals, self.loss, self.metrics,
                partial(self.gradient.predict, self.weights),
            )  # fmt: skip
            record |= {f"{name}_{key}": figure for key, figure in found.items()}
        return record

    def _tell(self, listeners: list[Listener], record: Record) -> None:
        """Hand a record to callbacks, which find the Values up to date."""
        if listeners:
            self.weights.write()
            try:
                Listeners.tell(listeners, record)
            finally:
                self.weights.read()  # a callback may have changed them, and the model
                self.gradient.doubt()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """End the block where the training is stopped, and leave the model ready."""
        try:
            yield
        except Stopped as end:
            self.history.stopped = str(end)
        except KeyboardInterrupt:
            self._interrupted()
        finally:
            self.weights.write()
            self.history.compiled = self.gradient.code is not None
            self.history.why = self.gradient.why
        if self.patience is not None and self.patience.best is not None:
            self.history.best = self.patience.best
            self.weights.set(self.patience.weights)

    def _interrupted(self) -> None:
        """Say that Ctrl-C ended the training, and what there is of it."""
        count, best = len(self.history), self.patience and self.patience.best
        epochs = f"{count} epoch{'s' * (count != 1)}"
        self.history.interrupted = True
        self.history.stopped = f"ended by Ctrl-C after {epochs}"
        whose = f"epoch {best['epoch']}, the best" if best else "the last step"
        print(
            f"fit: {self.history.stopped}, which the history has; the model has the "
            f"weights of {whose}",
            file=sys.stderr,
        )
