"""Passes over straight-line code: what inputs reach, what outputs need, live code."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .code import Code, moved, starts_of
from .schedule import native

__all__ = ["live", "needed", "reached", "sources"]

Flags = NDArray[np.bool_]


def reached(code: Code, inputs: Iterable[int]) -> Flags:
    """Return of each slot whether it depends on one of some inputs."""
    found = _flagged(code, inputs)
    if native is not None:
        native.reached(code.inputs, code.starts, code.operands, found)
        return found
    return _reached(code, found.tolist())


def needed(code: Code, outputs: Iterable[int]) -> Flags:
    """Return of each slot whether some outputs are computed from it."""
    found = _flagged(code, outputs)
    if native is not None:
        native.needed(code.inputs, code.starts, code.operands, found)
        return found
    return _needed(code, found.tolist())


def _flagged(code: Code, places: Iterable[int]) -> Flags:
    """Return flags of all slots, set at places; those of constants have none."""
    found = np.zeros(code.slots, np.bool_)
    slots = np.array([*places], np.int64)
    found[slots[slots >= 0]] = True
    return found


def _reached(code: Code, found: list[bool]) -> Flags:
    operands, slot = code.operands.tolist(), code.inputs
    for start, end in pairwise(code.starts.tolist()):
        for i in operands[start:end]:
            if i >= 0 and found[i]:
                found[slot] = True
                break
        slot += 1
    return np.array(found, np.bool_)


def _needed(code: Code, found: list[bool]) -> Flags:
    operands, starts = code.operands.tolist(), code.starts.tolist()
    for k in range(len(code.codes) - 1, -1, -1):
        if found[code.inputs + k]:
            for i in operands[starts[k] : starts[k + 1]]:
                if i >= 0:
                    found[i] = True
    return np.array(found, np.bool_)


def sources(code: Code) -> NDArray[np.int64]:
    """Return of each operand the step that it belongs to."""
    return np.repeat(np.arange(len(code.codes)), np.diff(code.starts))


def live(code: Code) -> Code:
    """Return the code without the steps that no output needs; all inputs stay."""
    alive = needed(code, code.outputs.tolist())[code.inputs :]
    if alive.all():
        return code
    places = np.concatenate(
        [np.arange(code.inputs), code.inputs + np.cumsum(alive) - 1]
    ).astype(np.int32)
    return code._replace(
        codes=code.codes[alive],
        starts=starts_of(np.diff(code.starts)[alive]),
        operands=moved(code.operands[alive[sources(code)]], places),
        outputs=moved(code.outputs, places),
    )
