"""What a table holds that a net cannot take: words, dates, gaps, told by their columns.

scikit-learn says that some text is no number, or that there is a nan. A person with forty
columns needs to know where.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.utils.validation import column_or_1d, validate_data

from dendrograd.nn.data import refuse_mask
from dendrograd.nn.errors import DataError

from .net import Floats
from .rows import row_weights

DATE = re.compile(r"\d{4}-\d\d?-\d\d?\b|\d\d?[./]\d\d?[./]\d{2,4}\b")
NAMED = 6  # columns that a message names
NUMBERED = "take a number of each, as (column - column.min()).dt.days"
HOW = {
    "dates": NUMBERED,
    "dates as text": f"read them by read_csv(parse_dates=[...]), and {NUMBERED}",
    "words": "a OneHotEncoder in front, by make_column_transformer, makes numbers of them",
    "gaps": "a SimpleImputer in front fills them; or drop the rows",
}


class Checking:
    """An estimator that says where its data are not the numbers that it needs."""

    def _validated(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        """Return X and y as arrays, with names and number of columns noted or compared."""
        require_targets(y, type(self).__name__)
        X, y = self._numbers(X, y, reset=first, multi_output=True)
        is_column = y.ndim == 2 and y.shape[1] == 1
        return X, column_or_1d(y, warn=True) if is_column else y

    def _numbers(self, X: Any, *y: Any, **options: Any) -> Any:
        """Return X, and y where it is given, as scikit-learn's checks leave them.

        Raises DataError where a column has words, dates or gaps, and names it.
        """
        who = type(self).__name__
        require_readable(X, who)
        options = {"accept_sparse": "csr", "dtype": float, **options}
        try:
            return validate_data(self, X, *y, **options)
        except (ValueError, TypeError):
            require_numbers(X, who)  # says where, if it can
            raise

    def _weights_of(self, sample_weight: Any, X: Any, y: Any) -> Floats | None:
        """Return a weight for each row, None where all are 1."""
        return row_weights(sample_weight, X, type(self).__name__)


def require_readable(X: Any, who: str) -> None:
    """Raise DataError for hidden entries and dates, which would be read as numbers."""
    refuse_mask(X, who)
    dates = [name for name, column in _columns(X) if _is_date(column)]
    if dates:
        raise _refusal(who, {"dates": dates})
    if _is_date(X):
        raise DataError(f"{who}: X holds dates; {NUMBERED}")


def require_numbers(X: Any, who: str) -> None:
    """Raise DataError where columns of a data frame have words or gaps, and name them."""
    kinds: dict[str, list[Any]] = {}
    for name, column in _columns(X):
        kinds.setdefault(_kind(column), []).append(name)
    kinds.pop("", None)
    if kinds:
        raise _refusal(who, kinds) from None


def require_targets(y: Any, who: str) -> None:
    """Raise DataError for dates and for missing targets, naming the first row."""
    if _is_date(y):
        raise DataError(f"{who}: y holds dates; {NUMBERED}")
    if hasattr(y, "isna"):
        gaps = np.asarray(y.isna()).reshape(len(y), -1).any(axis=1)
    elif getattr(y, "dtype", None) == object or isinstance(y, (list, tuple)):
        gaps = np.array([target is None or _is_nan(target) for target in y])
    else:
        return
    if gaps.any():
        raise DataError(
            f"{who}: y has a gap in row {gaps.argmax()}; drop such rows, as by "
            "table.dropna(subset=[target])"
        )


def warn_of_one_hot(labels: Floats) -> None:
    """Warn whoever called `fit` of labels that are most likely the 0s and 1s of classes."""
    if (labels.sum(axis=1) == 1.0).all():
        warnings.warn(
            "MLPClassifier: y has exactly one 1 in each row, and is taken for several "
            "labels, each right or wrong on its own; for classes give y.argmax(axis=1)",
            stacklevel=5,
        )


def _columns(X: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (name, column) of a data frame of pandas; nothing of other data."""
    if hasattr(X, "columns") and hasattr(X, "iloc"):
        yield from ((name, X.iloc[:, i]) for i, name in enumerate(X.columns))


def _is_date(column: Any) -> bool:
    return getattr(getattr(column, "dtype", None), "kind", "") in ("M", "m")


def _is_nan(x: Any) -> bool:
    return isinstance(x, float) and x != x


def _kind(column: Any) -> str:
    """Return what keeps a column from being numbers, a key of HOW, or nothing."""
    try:
        numbers = np.asarray(column, dtype=float)
    except (ValueError, TypeError):
        known = column.dropna()
        texts = [x for x in known.head(20) if isinstance(x, str)]
        if not texts:
            if len(known) and all(hasattr(x, "year") for x in known.head(20)):
                return "dates"
            return "gaps" if len(known) < len(column) else ""
        return "dates as text" if all(map(DATE.match, texts)) else "words"
    return "gaps" if np.isnan(numbers).any() else ""


def _refusal(who: str, kinds: dict[str, list[Any]]) -> DataError:
    """Return the error that says which columns have what, and what to do about it."""
    lines = [f"{who}: a net takes numbers, but X has"]
    for kind, names in kinds.items():
        shown = ", ".join(map(str, names[:NAMED]))
        if len(names) > NAMED:
            shown += f" and {len(names) - NAMED} more"
        lines.append(f"{kind} in {shown}: {HOW[kind]}")
    return DataError("\n  ".join(lines))
