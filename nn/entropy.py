"""The cross-entropy of logits with classes, accurate however large the logits are.

Logits count by their differences alone, so each row is taken relative to its right
class before anything is rounded: that keeps the digits of a loss near 0, of its
gradient, and of logits like 1e16, beside which log(2) would vanish.
"""

from __future__ import annotations

import math
import reprlib
import sys
from typing import Any

from dendrograd import Value, dot, logsumexp, step, where
from dendrograd import sum as total
from dendrograd.compositions import clip
from dendrograd.errors import ShapeError
from dendrograd.number import number
from dendrograd.program import Recording
from dendrograd.rows import whole

from .errors import DataError
from .reduction import is_number, reduced
from .rows import flatten

NEAR = 1e-3  # how far from 1 the sum of probabilities in half precision may be
MOST = sys.float_info.max


def cross_entropy(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return -log softmax(x)[t] for the logits x and the index t of the right class.

    It is the logsumexp of x[j] - x[t], stable for every logit. One row of logits takes
    one target; a batch of rows a sequence of them, averaged over the rows. A row of
    class probabilities may stand for an index, as in PyTorch: logsumexp(x) Σp - p · x.
    They may be Values, or arguments of a compiled function: one path is for all labels.

    Raises DataError for an index that is not a class, and ShapeError where rows and
    targets do not pair. Scores of a model with one output are not logits of
    classes: they raise one of the two, which names bce_with_logits_loss.

    >>> round(cross_entropy([1.0, 2.0, 3.0], 2), 6)
    0.407606
    >>> cross_entropy([[1000.0, -1000.0], [0.0, 0.0]], [1, 0], reduction="none")
    [2000.0, 0.6931471805599453]
    """
    shape, flat = flatten(input, "cross_entropy")
    classes, targets = flatten(target, "cross_entropy")
    _require_pairs(shape, classes)
    if classes == shape and len(shape) == 1:
        _require_probabilities(targets)
    size, losses = shape[-1], []
    for row, start in enumerate(range(0, len(flat), size)):
        logits = flat[start : start + size]
        if classes == shape:
            losses.append(_soft(logits, targets[start : start + size]))
        else:
            right = _index(targets[row], size)
            losses.append(_relative(logits, {right: 1.0}, right))
    return reduced("cross_entropy", losses, shape[:-1], reduction)


def _soft(row: list[Any], probabilities: list[Any]) -> Any:
    """Return -Σ p log softmax(x), relative to the likeliest class."""
    recorded = any(isinstance(x, Recording) for x in (*row, *probabilities))
    if not recorded and any(isinstance(p, Value) for p in probabilities):
        return _flagged(row, [_known(p) for p in probabilities])
    known = [-1.0 if isinstance(p, Recording) else _plain(p) for p in probabilities]
    weights = {j: p for j, p in enumerate(probabilities) if not is_number(p, 0.0)}
    return _relative(row, weights, known.index(max(known)))


def _flagged(row: list[Any], weights: list[Any]) -> Any:
    """Return it for probabilities that may change, whichever class is the likeliest.

    That is chosen by arithmetic, so code made of it holds for each class. Infinite logits
    are told apart, since 0 * inf is nan where a class is ruled out.
    """
    flags = _likeliest(weights)
    share = total(weights)
    if abs(total(row)) < math.inf:
        base = dot(flags, row)
        row = [(1.0 - flag) * (x - base) for flag, x in zip(flags, row, strict=True)]
        return logsumexp(row) * share - dot(weights, row)
    base = total([where(flag, x, 0.0) for flag, x in zip(flags, row, strict=True)])
    if not base <= -math.inf:
        row = [where(flag, 0.0, x - base) for flag, x in zip(flags, row, strict=True)]
    bounded = [
        where(p, x, clip(x, -MOST, MOST)) for p, x in zip(weights, row, strict=True)
    ]
    return logsumexp(row) * share - dot(weights, bounded)


def _likeliest(weights: list[Any]) -> list[Any]:
    """Return a number for each class: 1 for the first likeliest, for the others 0.

    One-hot rows are such numbers: there p (1 - p) is 0, and the sum of p is 1.
    """
    doubt = total([abs(p * (1.0 - p)) for p in weights])
    if doubt + abs(total(weights) - 1.0) == 0.0:
        return [p.detach() if isinstance(p, Value) else p for p in weights]
    most, at = weights[0], 0.0
    for j, p in enumerate(weights[1:], 1):
        more = step(p - most)
        most, at = where(more, p, most), where(more, float(j), at)
    return [where(at - j, 0.0, 1.0) for j in range(len(weights))]


def _relative(row: list[Any], weights: dict[int, Any], k: int) -> Any:
    """Return logsumexp(x) Σp - p · x, both of x less x[k].

    Where p[k] is the largest p, each difference is outweighed: nothing cancels. A logit
    of -inf rules a class out; were it x[k], differences of two such would be nan.
    """
    base = row[k]
    if isinstance(base, Recording) or not base <= -math.inf:
        row = [0.0 if j == k else x - base for j, x in enumerate(row)]
    loss, share = logsumexp(row), total(weights.values())
    if not is_number(share, 1.0):
        loss = loss * share
    others = [j for j in weights if not is_number(row[j], 0.0)]
    if not others:
        return loss
    return loss - dot([weights[j] for j in others], [row[j] for j in others])


def _require_pairs(shape: tuple[int, ...], classes: tuple[int, ...]) -> None:
    """Raise ShapeError unless there are rows of logits, and a target for each."""
    if not 1 <= len(shape) <= 2 or shape[-1] == 0 or classes not in (shape, shape[:-1]):
        raise ShapeError(
            f"cross_entropy: logits of the shape {shape} and targets of the shape "
            f"{classes} do not pair; give a row of logits per sample, and a class "
            "index or a row of probabilities for each"
        )
    if shape[-1] == 1:
        raise ShapeError(
            f"cross_entropy: logits of the shape {shape} tell of one class, which is "
            "always right; give a logit per class, or take bce_with_logits_loss for a "
            "model with one output"
        )


def _require_probabilities(targets: list[Any]) -> None:
    """Raise DataError where the targets of one flat row may be those of many scores.

    A batch of a model with one output looks as one row of logits does, and its labels
    0 and 1 as probabilities that are sure; so these must be told apart by nesting.
    """
    if any(isinstance(t, Recording) for t in targets):
        return
    known = [_known(t) for t in targets]
    if all(t % 1.0 == 0.0 for t in known) or not abs(total(known) - 1.0) <= NEAR:
        raise DataError(
            f"cross_entropy: the targets {reprlib.repr(targets)} may be labels of "
            f"{len(known)} scores or probabilities of {len(known)} classes; for a model "
            "with one output take bce_with_logits_loss, and for one row of logits the "
            "index of its class, or [logits] and [probabilities]"
        )


def _plain(x: Any) -> float:
    """Return a target as a float."""
    return x.data if isinstance(x, Value) else number(x, "cross_entropy")


def _known(x: Any) -> Any:
    """Return a target as a Value or a float."""
    return x if isinstance(x, Value) else number(x, "cross_entropy")


def _index(target: Any, size: int) -> int:
    """Return a target as the index of one of `size` classes."""
    index = whole(target)
    if index is None or not 0 <= index < size:
        raise DataError(
            f"cross_entropy: the target {target!r} is not a class; for {size} logits it "
            f"is a whole number from 0 to {size - 1}"
        )
    return index
