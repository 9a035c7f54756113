"""Who hears of each epoch and each mini-batch, and may end the training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from dendrograd.errors import OperandError

from .history import Record
from .optim import Array
from .settings import at_least, refuse, require_whole

Listener: TypeAlias = Callable[[Record], object]


class Stopped(Exception):
    """The training ends here; its text says why."""


class Listeners:
    """All callbacks of a training, in the order in which they were given.

    A callback is an object with `on_epoch(record)`, `on_batch(record)` or both; a
    function hears of epochs. One that returns False or raises StopIteration ends the
    training, once all others have heard of the same epoch or batch.
    """

    def __init__(self, callbacks: Any, on_epoch: Listener | None) -> None:
        if not isinstance(callbacks, Iterable):
            refuse("fit", "callbacks", callbacks, "a list of callbacks")
        given = [*callbacks, *([] if on_epoch is None else [on_epoch])]
        self.epoch = [f for one in given if (f := _listener(one, "on_epoch"))]
        self.batch = [f for one in given if (f := _listener(one, "on_batch"))]

    @staticmethod
    def tell(listeners: list[Listener], record: Record) -> None:
        """Hand a record to each; raise Stopped where one of them wants to end."""
        reason = ""
        for listener in listeners:
            try:
                answer = listener(record)
            except StopIteration:
                answer = False
            if isinstance(answer, (bool, np.bool_)) and not answer:
                reason = reason or f"ended by {_name(listener)}"
        if reason:
            raise Stopped(reason)


def _listener(callback: Any, verb: str) -> Listener | None:
    """Return what of a callback hears of epochs or of batches, if anything."""
    heard = {v: getattr(callback, v, None) for v in ("on_epoch", "on_batch")}
    if isinstance(callback, type) and any(heard.values()):
        name = callback.__name__
        raise OperandError(
            f"fit: the callback {name} is a class; give an object, {name}()"
        )
    if not any(heard.values()):
        heard["on_epoch"] = callback
    found: Listener | None = heard[verb]
    if found is not None and not callable(found):
        raise OperandError(
            f"fit: the callback {callback!r} is a {type(callback).__name__}; give a "
            "function of a record, or an object with on_epoch(record) or on_batch(record)"
        )
    return found


def _name(listener: Listener) -> str:
    owner = getattr(listener, "__self__", None)
    plain = owner is None or isinstance(owner, (list, type(np)))
    shown = listener if plain else owner
    return str(getattr(shown, "__name__", type(shown).__name__))


class Patience:
    """Remembers the best weights, and ends after so many epochs without better ones.

    The loss that counts is that of the validation rows; without any, that of the test
    rows, or else that of the training itself. A nan is never better. One that is lower
    by `tol` or less is the best so far, but the epochs without a better one go on.
    """

    def __init__(self, epochs: int, tol: float = 0.0) -> None:
        require_whole("fit", "patience", epochs, 1)
        at_least("fit", "tol", tol)
        self.epochs, self.tol = epochs, tol
        self.waited = 0
        self.best: Record | None = None
        self.weights = np.empty(0)

    def hear(self, record: Record, weights: Array) -> None:
        """Note an epoch and its weights."""
        name = next(name for name in LOSSES if name in record)
        least = math.inf if self.best is None else self.best[name]
        least, loss = (math.inf if math.isnan(x) else x for x in (least, record[name]))
        first = self.best is None
        self.waited = 0 if first or loss < least - self.tol else self.waited + 1
        if first or loss < least:
            self.best, self.weights = record, weights.copy()

    def check(self) -> None:
        """Raise Stopped once the patience is over."""
        if self.best is not None and self.waited >= self.epochs:
            better = f"loss better by {self.tol:g}" if self.tol else "better loss"
            raise Stopped(
                f"no {better} in {self.epochs} epochs; the model has the weights of "
                f"epoch {self.best['epoch']}"
            )


LOSSES = ("validation_loss", "test_loss", "loss")  # the first that is there counts
