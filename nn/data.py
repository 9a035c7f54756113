"""Data on its way to a model: mini-batches, a split for testing, standard columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, isfinite
from random import Random
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dendrograd.errors import OperandError, ShapeError
from dendrograd.rows import has_mask

from .errors import DataError, SettingError, StateError
from .init import Seed, generator
from .settings import require_number, require_whole
from .state import real_array, require_mapping


def batches(
    X: Any,
    y: Any,
    batch_size: int,
    *,
    shuffle: bool = True,
    seed: Seed = None,
    drop_last: bool = False,
) -> Iterator[tuple[Any, Any]]:
    """Yield (rows, targets) of batch_size samples; the last batch may be smaller.

    Arrays give arrays, sequences give lists. For a new order in each epoch pass one
    `random.Random` every time: the same int seed gives the same order again. Raises
    ShapeError where X and y differ in length, and SettingError for batch_size < 1.

    >>> for rows, targets in batches([[1], [2], [3]], [0, 1, 0], 2, shuffle=False):
    ...     print(rows, targets)
    [[1], [2]] [0, 1]
    [[3]] [0]
    """
    require_whole("batches", "batch_size", batch_size, 1)
    order = list(range(paired_length(X, y, "batches")))
    if shuffle:
        generator(seed).shuffle(order)
    stop = len(order) - len(order) % batch_size if drop_last else len(order)
    for start in range(0, stop, batch_size):
        chosen = order[start : start + batch_size]
        yield take(X, chosen), take(y, chosen)


def train_test_split(
    X: Any,
    y: Any,
    *,
    test_size: float = 0.25,
    seed: Seed = None,
    stratify: Sequence[Any] | None = None,
) -> tuple[Any, Any, Any, Any]:
    """Return X_train, X_test, y_train, y_test, shuffled; scikit-learn's order.

    `test_size` is a share, rounded up, or a count. With `stratify=y` every class has
    its share of the test set, up to one sample, and keeps at least one to train on.
    Raises SettingError where either part would be empty.

    >>> train_test_split([1, 2, 3, 4], "abab", test_size=2, seed=0, stratify="abab")
    ([2, 1], [3, 4], ['b', 'a'], ['a', 'b'])
    """
    n, rng = paired_length(X, y, "train_test_split"), generator(seed)
    require_number(
        "train_test_split", "test_size", test_size, isfinite, "a share or a count"
    )
    count = int(test_size if hasattr(test_size, "__index__") else ceil(test_size * n))
    if not 0 < count < n:
        raise SettingError(
            f"train_test_split: test_size {test_size!r} of {n} samples leaves "
            f"{n - count} to train on and {count} to test; give a share between 0 "
            f"and 1, or a count from 1 to {n - 1}"
        )
    labels = [None] * n if stratify is None else as_labels(stratify)
    paired_length(X, labels, "train_test_split(stratify)")
    test = drawn(labels, count, rng)
    if not test:
        raise SettingError(
            "train_test_split: stratify has one sample per class, and each stays in "
            "the training part; leave stratify out"
        )
    inside = set(test)
    train = [i for i in range(n) if i not in inside]
    rng.shuffle(train)
    rng.shuffle(test)
    return part(X, train), part(X, test), part(y, train), part(y, test)


def part(items: Any, indices: list[int]) -> Any:
    """Return the items at the indices, of a data frame a data frame."""
    return items.iloc[indices] if hasattr(items, "iloc") else take(items, indices)


def held_out(count: int, fraction: float, rng: Random) -> list[int]:
    """Draw the rows that a training holds out, by their share of all rows."""
    who = "fit", "validation_fraction"
    require_number(*who, fraction, lambda f: 0.0 < f < 1.0, "between 0 and 1")
    size = ceil(fraction * count)
    if size == count:
        raise SettingError(
            f"fit: validation_fraction {fraction!r} of {count} rows leaves none to "
            "train on; give a smaller share, or more rows"
        )
    return rng.sample(range(count), size)


def parted(
    data: tuple[list[Any], list[Any]], out: list[int]
) -> tuple[tuple[list[Any], list[Any]], tuple[list[Any], list[Any]]]:
    """Return the (rows, targets) that stay, and those of the indices `out`."""
    gone = set(out)
    stay = [i for i in range(len(data[0])) if i not in gone]
    X, y = data
    return (take(X, stay), take(y, stay)), (take(X, out), take(y, out))


def drawn(labels: list[Any], count: int, rng: Random) -> list[int]:
    """Draw `count` indices with every label's share, by largest remainders."""
    groups: dict[Any, list[int]] = {}
    for i, label in enumerate(labels):
        groups.setdefault(label, []).append(i)
    shares = {label: count * len(g) / len(labels) for label, g in groups.items()}
    taken = {label: min(int(shares[label]), len(g) - 1) for label, g in groups.items()}
    for _ in range(count - sum(taken.values())):
        able = [label for label, g in groups.items() if taken[label] < len(g) - 1]
        if not able:
            break
        taken[max(able, key=lambda label: shares[label] - taken[label])] += 1
    return [i for label, g in groups.items() for i in rng.sample(g, taken[label])]


class Standardizer:
    """Columns shifted to mean 0 and scaled to standard deviation 1, as fitted.

    A constant column is only shifted. Works on rows of numbers, and on a single column
    such as the targets of a regression. `state_dict()` goes into a saved model.

    >>> standard = Standardizer().fit([[1.0, 5.0], [3.0, 5.0]])
    >>> standard.transform([[2.0, 5.0], [5.0, 6.0]]).tolist()
    [[0.0, 0.0], [3.0, 1.0]]
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def fit(self, X: Any) -> Self:
        """Take mean and deviation of every column; return self.

        Raises DataError for text, nan and inf, naming row and column, and ShapeError
        where there are no rows.
        """
        rows = finite_array(X, "Standardizer.fit")
        if rows.ndim not in (1, 2) or not len(rows):
            raise ShapeError(
                f"Standardizer.fit: the data have the shape {rows.shape}; give one "
                "row or more, of one length"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            self.mean, scale = rows.mean(axis=0), rows.std(axis=0)
        if not np.all(np.isfinite(scale)):
            raise DataError("Standardizer.fit: a column is too large to be squared")
        constant = rows.max(axis=0) == rows.min(axis=0)
        self.mean = np.where(constant, rows[0], self.mean)
        self.scale = np.where(constant | (scale == 0.0), 1.0, scale)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return (X - mean) / scale, of rows or of one row."""
        return (self._fitting(X, "transform") - self.mean) / self.scale

    def fit_transform(self, X: Any) -> NDArray[np.float64]:
        """Return transform(X) after fit(X).

        >>> Standardizer().fit_transform([[1.0], [3.0]]).tolist()
        [[-1.0], [1.0]]
        """
        return self.fit(X).transform(X)

    def inverse_transform(self, X: Any) -> NDArray[np.float64]:
        """Return X * scale + mean."""
        return self._fitting(X, "inverse_transform") * self.scale + self.mean

    def _fitting(self, X: Any, verb: str) -> NDArray[np.float64]:
        """Return X as an array whose rows have the fitted length."""
        if not hasattr(self, "mean"):
            raise DataError(f"Standardizer.{verb}: call fit(X) first")
        refuse_mask(X, f"Standardizer.{verb}")
        rows = np.asarray(X, dtype=np.float64)
        columns = self.mean.shape
        if columns and rows.shape[-1:] != columns:
            raise ShapeError(
                f"Standardizer.{verb}: it was fitted to {columns[0]} columns, but "
                f"the data have the shape {rows.shape}"
            )
        return rows

    def state_dict(self) -> dict[str, NDArray[np.float64]]:
        """Return copies of mean and scale."""
        return {"mean": self.mean.copy(), "scale": self.scale.copy()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take mean and scale from a state; raise StateError if it is none."""
        require_mapping(state_dict)
        problems: list[str] = []
        if state_dict.keys() != {"mean", "scale"}:
            found = ", ".join(map(str, state_dict)) or "none"
            raise StateError(f"Standardizer: the keys are mean and scale, not {found}")
        shape = np.shape(state_dict["mean"])
        mean = real_array("mean", state_dict["mean"], shape, problems)
        scale = real_array("scale", state_dict["scale"], shape, problems)
        if not problems and not np.all(scale > 0.0):
            problems.append("scale must be > 0")
        if problems:
            raise StateError(f"Standardizer: {'; '.join(problems)}")
        self.mean, self.scale = mean, scale


def finite_array(X: Any, who: str) -> NDArray[np.float64]:
    """Return X as a float array, or raise DataError at its first bad entry."""
    refuse_mask(X, who)
    try:
        rows = np.asarray(X)
        rows = rows.astype(np.float64) if rows.dtype.kind in "biufO" else rows
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{who}: the rows are not all numbers, or differ in length ({error})"
        ) from None
    if rows.dtype != np.float64:
        raise DataError(f"{who}: the data are {rows.dtype}; convert them to numbers")
    bad = np.argwhere(~np.isfinite(rows))
    if len(bad):
        place = ", column ".join(str(i) for i in bad[0])
        raise DataError(
            f"{who}: row {place} is {rows[tuple(bad[0])]}; drop the row or fill it in"
        )
    return rows


def refuse_mask(X: Any, who: str) -> None:
    """Raise DataError where an entry is hidden, which asarray would bring to light."""
    if has_mask(X):
        raise DataError(
            f"{who}: the array hides entries under a mask; fill them in with "
            "X.filled(...), or leave their rows out"
        )


def paired_length(X: Any, y: Any, who: str) -> int:
    """Return the number of samples, or raise ShapeError where X and y differ."""
    for name, samples in (("X", X), ("y", y)):
        if not hasattr(samples, "__len__"):
            raise OperandError(
                f"{who}: {name} is a {type(samples).__name__}, which has no length; "
                "give a list or an array with one entry per sample"
            )
    if len(X) != len(y):
        raise ShapeError(
            f"{who}: {len(X)} rows but {len(y)} targets; give one target per row"
        )
    return len(X)


def take(items: Any, indices: list[int]) -> Any:
    """Return the items at the indices: an array of an array, else a list."""
    if hasattr(items, "__array__"):
        return (items if has_mask(items) else np.asarray(items))[indices]
    return [items[i] for i in indices]


def as_labels(labels: Any) -> list[Any]:
    """Return class labels of any kind, an array's too, as a list."""
    return list(labels.tolist() if hasattr(labels, "tolist") else labels)
