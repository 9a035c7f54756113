"""Let `setup` of the native twin fail at each of its steps, then succeed.

Run as a program, since the twin is set up once in a process. What fails must leave no
reference behind, and nothing in the way of the next try.
"""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any

load = importlib.import_module
ERRORS = (AttributeError, ImportError, TypeError)


def with_last(rows: tuple[Any, ...], at: int, content: object) -> tuple[Any, ...]:
    """Return rows in which one entry of the last that has a method is another."""
    k = max(i for i, row in enumerate(rows) if row[3])
    row = tuple(content if i == at else entry for i, entry in enumerate(rows[k]))
    return (*rows[:k], row, *rows[k + 1 :])


class Twin:
    """The module in C, with a `setup` that is tried with what is broken before."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    def setup(self, rows: tuple[Any, ...], *functions: Any) -> Any:
        arguments = sys.modules["dendrograd.node.arguments"]
        texts = [row[3] for row in rows if row[3]]
        taken = [arguments.paired, arguments.real, arguments.renamed, arguments.text]
        held = [rows, *functions, *[row[0] for row in rows], *texts, *taken]

        def references() -> list[int]:
            gc.collect()
            return [sys.getrefcount(thing) for thing in held]

        def refused(broken: tuple[Any, ...]) -> None:
            try:
                self.module.setup(broken, *functions)
            except ERRORS as error:
                print(type(error).__name__)

        before = references()
        refused(rows[1:])
        refused(with_last(rows, 0, []))  # cannot be a key of a dict
        refused(with_last(rows, 2, (1,)))  # no name of a method
        refused(with_last(rows, 3, 1))  # no text
        del arguments.text
        refused(rows)
        arguments.text = taken[-1]
        assert references() == before
        return self.module.setup(rows, *functions)


if __name__ == "__main__":
    importlib.import_module = lambda name, package=None: (
        Twin(load(name, package)) if name == "._value" else load(name, package)
    )
    from dendrograd import Value, implementation

    x = Value(2.0)
    (x * x + 1).backward()
    print(implementation, x.grad)
