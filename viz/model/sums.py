"""Which operations are sums, by their derivatives."""

from __future__ import annotations

from functools import cache

from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.rules import traced

__all__ = ["is_sum"]


def is_sum(op: Op) -> bool:
    """Return whether an operation adds and subtracts: all its partials are 1 or -1.

    >>> from dendrograd.ops import OPS
    >>> [name for name, op in OPS.items() if is_sum(op)]
    ['pos', 'neg', 'add', 'sub', 'sum']
    """
    return OPS.get(op.name) is op and _is_sum(op)  # not a user's own, nor made by hand


@cache
def _is_sum(op: Op) -> bool:
    program = traced(op, 3 if op.variadic else len(op.domain))
    return all(i < 0 and abs(program.constants[~i]) == 1.0 for i in program.outputs)
