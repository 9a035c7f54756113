"""The order in which code runs: runs of one operation, so that each is chosen once.

A machine that goes step by step waits at each for the choice of the operation, which the
processor cannot foresee. So all steps of one operation that are ready are one run; no step
of a run needs another of it. The run with the step that most others wait for, in a row,
comes first, and what can wait gathers to longer runs (the highest level first; Hu, Operations
Research 9, 1961). The order of the steps changes no bit of their results.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.native import TAPE, load
from dendrograd.spec import check

from .code import Code, numbered, program, starts_of

__all__ = ["Runs", "in_order", "in_runs", "native", "scheduled"]

native = load(TAPE)

Integers = NDArray[np.int32]
INTEGER = np.int32


class Runs(NamedTuple):
    """Code in the order in which it runs, in one array of places.

    The inputs stand first in that array, then the constants, then the results of the
    steps, in the order of the runs.

    heads     of each run: the operation, how many steps, how many operands each has
    operands  the places of the operands, step by step
    outputs   the place of each result
    places    how long the array is
    """

    heads: Integers
    operands: Integers
    outputs: Integers
    places: int


def in_runs(code: Code) -> Runs:
    """Return code as runs of one operation.

    Raises GraphError where the code is not legal.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> from .code import from_flat
    >>> x, y = Value(3.0), Value(2.0)
    >>> code = from_flat(flat([(x * y).exp() + (y * y).exp() * x], [x, y]))[0]
    >>> [(code.table[i].name, n) for i, n, _ in in_runs(code).heads.tolist()]
    [('mul', 2), ('exp', 2), ('mul', 1), ('add', 1)]
    """
    _ensure_legal(code)
    order, ends = scheduled(code)
    counts, _, taken = in_order(code, order)
    before = code.inputs + len(code.constants)
    place = np.zeros(max(code.slots, 1), INTEGER)  # of each slot; one for constants
    place[: code.inputs] = np.arange(code.inputs)
    place[code.inputs + order] = before + np.arange(len(order))
    last = ends - 1
    heads = [code.codes[order][last], np.diff(ends, prepend=0), counts[last]]
    return Runs(
        np.ascontiguousarray(np.transpose(heads), INTEGER),
        _placed(taken, place, code.inputs),
        _placed(code.outputs, place, code.inputs),
        before + len(order),
    )


def in_order(code: Code, order: Integers) -> tuple[Any, Integers, Integers]:
    """Return how many operands steps have in another order, their starts, and them."""
    counts, first = np.diff(code.starts)[order], code.starts[:-1][order]
    starts = starts_of(counts)
    inside = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)  # 0, 1, ... a step
    return counts, starts, code.operands[np.repeat(first, counts) + inside]


def _placed(operands: Integers, place: Integers, inputs: int) -> Integers:
    """Return the places of operands: slots, or below 0 constants."""
    return np.where(
        operands < 0, inputs + ~operands, place[np.maximum(operands, 0)]
    ).astype(INTEGER)


def _ensure_legal(code: Code) -> None:
    """Raise what `check` raises for an illegal program, found by arrays."""
    slots = np.repeat(np.arange(code.inputs, code.slots), np.diff(code.starts))
    arities = np.array([-1 if op.variadic else len(op.domain) for op in code.table])
    wanted = arities[code.codes]
    legal = (
        (code.operands < slots).all()
        and (code.outputs < code.slots).all()
        and (~code.operands < len(code.constants)).all()
        and (~code.outputs < len(code.constants)).all()
        and ((wanted < 0) | (wanted == np.diff(code.starts))).all()
    )
    if not legal:
        check(program(code))


def scheduled(
    code: Code, kinds: tuple[int, Integers] | None = None
) -> tuple[Integers, Integers]:
    """Return the steps in their new order, and where each run of it ends.

    Steps of one operation with other numbers of operands are different runs; `kinds` may
    tell otherwise which steps share one, by how many kinds there are and that of each step. Of two runs
    that as many steps wait for, the longer comes first, else that of the lower number;
    steps of a run come as they became ready.
    """
    groups, group = kinds or _groups(code)
    if native is not None:
        found = native.schedule(code.inputs, groups, group, code.starts, code.operands)
        order, ends = [np.frombuffer(part, INTEGER) for part in found]
        return order, ends
    return arranged(code, groups, group.tolist())


def _groups(code: Code) -> tuple[int, Integers]:
    """Return the number of kinds of runs, and the kind of each step."""
    group, count = code.codes.copy(), len(code.table)
    many = np.array([op.variadic for op in code.table])[group]
    if many.any():
        counts = np.diff(code.starts)[many]
        more, kinds = numbered(np.stack([group[many], counts], axis=1))
        group[many] = count + kinds
        count += more
    return count, group


def arranged(code: Code, groups: int, group: list[int]) -> tuple[Integers, Integers]:
    """Return what `scheduled` does: the law that the native tape is held to."""
    users, first, left = _users(code)
    heights = _heights(users, first)
    ready: list[list[int]] = [[] for _ in range(groups)]
    top = [0] * groups  # the greatest height in each
    free = [step for step, missing in enumerate(left) if not missing]
    order: list[int] = []
    ends: list[int] = []
    while len(order) < len(group):
        for step in free:
            ready[group[step]].append(step)
            top[group[step]] = max(top[group[step]], heights[step])
        best = max(range(groups), key=lambda i: (top[i], len(ready[i])))
        run, ready[best], top[best] = ready[best], [], 0
        order += run
        ends.append(len(order))
        free = []
        for step in run:
            for user in users[first[step] : first[step + 1]]:
                left[user] -= 1
                if not left[user]:
                    free.append(user)
    return np.array(order, INTEGER), np.array(ends, INTEGER)


def _heights(users: list[int], first: list[int]) -> list[int]:
    """Return the longest way from each step to one that nobody reads, that one counted."""
    heights = [1] * (len(first) - 1)
    for step in range(len(heights) - 1, -1, -1):
        above = [heights[user] for user in users[first[step] : first[step + 1]]]
        heights[step] = 1 + max(above, default=0)
    return heights


def _users(code: Code) -> tuple[list[int], list[int], list[int]]:
    """Return the steps that use each step, where those start, and how many each needs."""
    steps = len(code.codes)
    user = np.repeat(np.arange(steps), np.diff(code.starts))
    made = code.operands >= code.inputs
    used, user = code.operands[made] - code.inputs, user[made]
    first = starts_of(np.bincount(used, minlength=steps))
    left = np.bincount(user, minlength=steps)
    return user[np.argsort(used, kind="stable")].tolist(), first.tolist(), left.tolist()
