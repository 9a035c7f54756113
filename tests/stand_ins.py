"""A data frame by what one is known for, since the tests need no library of them."""

from __future__ import annotations

import numpy as np


class Frame:
    """Columns by name, as in pandas: iterated by name, of no truth, an array at heart."""

    def __init__(self, columns):
        self.columns = list(columns)
        self.held = dict(columns)

    def __array__(self, dtype=None, copy=None):
        return np.column_stack([np.asarray(c) for c in self.held.values()])

    def __getitem__(self, name):
        return Series(self.held[name])

    def __iter__(self):
        return iter(self.columns)

    def __len__(self):
        return len(next(iter(self.held.values())))

    def __bool__(self):
        raise ValueError("the truth of a frame is ambiguous")


class Series:
    """One column: an array behind `__array__`, looked up by label and not by place."""

    def __init__(self, entries):
        self.entries = entries

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.entries)

    def __iter__(self):
        return iter(self.entries)

    def __len__(self):
        return len(self.entries)

    def __bool__(self):
        raise ValueError("the truth of a series is ambiguous")
