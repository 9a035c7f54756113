"""The functions that an expression may call: the operation table, and its kin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import dendrograd
from dendrograd.ops import OPS

__all__ = ["FUNCTIONS", "Function", "meant"]

OF_LISTS = {"sum": 1, "mean": 1, "norm": 1, "logsumexp": 1, "dot": 2}
COMPOSED = ("elu", "gelu", "leaky_relu", "silu")
OTHER_NAMES = {"max": "maximum", "min": "minimum", "ln": "log", "swish": "silu"}


@dataclass(frozen=True)
class Function:
    """A function of an expression; `lists` says of each argument if it is a list."""

    call: Callable[..., Any]
    lists: tuple[bool, ...]
    least: int

    @property
    def arity(self) -> str:
        """How many arguments it takes, in words."""
        most = len(self.lists)
        counts = str(most) if self.least == most else f"{self.least} or {most}"
        return f"{counts} argument{'s' * (most > 1)}"


def _functions() -> dict[str, Function]:
    functions: dict[str, Function] = {}
    for op in OPS.values():
        if not op.variadic:
            arity = len(op.domain)
            for name in (op.name, *op.aliases):
                functions[name] = Function(op, (False,) * arity, arity)
    for name in COMPOSED:
        functions[name] = Function(getattr(dendrograd, name), (False,), 1)
    for name, lists in OF_LISTS.items():
        takes = (True,) * lists + (False,) * (name == "dot")  # dot has a bias
        functions[name] = Function(getattr(dendrograd, name), takes, lists)
    return functions


FUNCTIONS = _functions()


def meant(name: str) -> str:
    """Return a message for a call of an unknown function, with a guess.

    >>> meant("max")
    'unknown function max; did you mean maximum?'
    """
    guess = [OTHER_NAMES[name]] if name in OTHER_NAMES else []
    guess = guess or get_close_matches(name, FUNCTIONS, n=1)
    other = "call one of dendrograd, or write a product with *"
    return f"unknown function {name}; " + (
        f"did you mean {guess[0]}?" if guess else other
    )
