"""The tape: straight-line code that runs on numbers, with every bit of the table's.

Code is put in an order of runs of one operation (schedule.py), and each run is executed
by the C of `_tape.c`. Where that is not built NumPy does it: by arrays if it has the bits
of the operation, and by the operation itself, number by number, if not. Operations that
C lacks are called from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.errors import ShapeError
from dendrograd.languages.c import C
from dendrograd.languages.numpy import NumPy, function
from dendrograd.op import Op

from .code import CHAIN, Code
from .fuse import ADD_CHAIN, ADD_MUL, fused
from .schedule import Runs, in_runs, native

__all__ = ["Tape", "planned"]

Floats = NDArray[np.float64]
Run = Callable[[Floats], Any]  # of an array with a row for each operand
IGNORING = np.errstate(all="ignore")  # an inf is a result here, as in the table


class Tape:
    """Code that can be called: with its inputs, for its outputs.

    Each bit is that of `reference`, whatever the order in which the steps run; one nan is
    as good as another. A call keeps nothing, so threads may share a tape. Where an
    operation of a user raises an error, the call does.

    steps   how many steps a call performs; a sum with the product in it is one
    runs    in how many runs of one operation
    native  whether compiled code performs them

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> from .code import from_flat
    >>> x = Value(3.0)
    >>> tape = Tape(from_flat(flat([x * x + 1.0], [x]))[0])
    >>> tape(np.array([5.0]))
    array([26.])
    """

    def __init__(self, code: Code) -> None:
        code = fused(code)
        runs = in_runs(code)
        self.steps, self.runs = len(code.codes), len(runs.heads)
        self.native = native is not None
        self._shape, self._outputs = (code.inputs,), len(code.outputs)
        machine = _machine if self.native else _Arrays
        self._run: Callable[[Floats, Floats], None] = machine(code, runs)

    def __call__(self, leaves: Floats) -> Floats:
        """Return the outputs for inputs. Raises ShapeError unless there is one each."""
        leaves = np.asarray(leaves, np.float64)
        if leaves.shape != self._shape:
            raise ShapeError(
                f"Tape: the inputs have the shape {leaves.shape}, but the code was "
                f"recorded with {self._shape[0]} of them: pass an array of the shape "
                f"{self._shape}"
            )
        outputs = np.empty(self._outputs)
        self._run(leaves, outputs)
        return outputs


def _machine(code: Code, runs: Runs) -> Any:  # pragma: no cover  # of the native tape
    """Return code that C runs on arrays of the inputs and for the outputs."""
    table = code.table[:-2]
    there = [op is CHAIN or C.knows(op) for op in table]
    calls = [None if c else op.evaluate for c, op in zip(there, table, strict=True)]
    heads = runs.heads.copy()
    beyond = heads[:, 0] >= len(
        table
    )  # ADD_CHAIN and ADD_MUL, which are -1 and -2 in C
    heads[beyond, 0] = len(table) - 1 - heads[beyond, 0]
    return native.Machine(
        code.inputs,
        np.ascontiguousarray(code.constants),
        heads.ravel(),
        runs.operands,
        runs.outputs,
        tuple(calls),
    ).run


class _Arrays:
    """Code that NumPy runs."""

    def __init__(self, code: Code, runs: Runs) -> None:
        self.places, self.outputs = runs.places, runs.outputs
        self.inputs, self.constants = code.inputs, code.constants
        self.plan = list(planned(code, runs))

    def __call__(self, leaves: Floats, outputs: Floats) -> None:
        places = np.empty(self.places)
        places[: self.inputs] = leaves
        end = self.inputs + len(self.constants)
        places[self.inputs : end] = self.constants
        for run, rows, count in self.plan:
            start, end = end, end + count
            places[start:end] = run(places[rows])
        outputs[:] = places[self.outputs]


def planned(code: Code, runs: Runs) -> Iterator[tuple[Run, Any, int]]:
    """Yield of each run what computes it, the places it reads, and how many it fills."""
    start = 0
    for number, count, arity in runs.heads.tolist():
        end = start + count * arity
        rows = runs.operands[start:end].reshape(count, arity).T
        yield _of_arrays(code.table[number]), np.ascontiguousarray(rows), count
        start = end


def _of_arrays(op: Op) -> Run:
    """Return an operation as a function of an array with a row for each operand."""
    if op in OURS:
        function = OURS[op]
        return lambda xs: function(*xs)
    if NumPy.knows(op):
        return _compiled(op)

    def each(xs: Floats) -> Floats:
        rows = xs.reshape(len(xs), -1).T.tolist()
        return np.array([op.evaluate(*row) for row in rows]).reshape(xs.shape[1:])

    return each


@cache
def _compiled(op: Op) -> Run:
    """Return an operation of the table that NumPy spells."""
    space: dict[str, Any] = {"np": np}
    exec(function(op), space)  # noqa: S102  # our own text
    primal: Callable[..., Any] = IGNORING(space[f"primal_{op.name}"])
    return primal if op.variadic else lambda xs: primal(*xs)


@IGNORING
def _chained(partials: Floats, cotangents: Floats) -> Floats:
    """Return CHAIN of arrays: products, but -0.0 where a zero factor annihilates."""
    terms = partials * cotangents
    plain = (terms == terms) | ((partials != 0.0) & (cotangents != 0.0))
    return np.where(plain, terms, -0.0)


@IGNORING
def _chained_sums(sums: Floats, partials: Floats, cotangents: Floats) -> Floats:
    return sums + _chained(partials, cotangents)


@IGNORING
def _product_sums(sums: Floats, left: Floats, right: Floats) -> Floats:
    return sums + left * right


# Operations of compiled code alone.
OURS: dict[Op, Callable[..., Floats]] = {
    CHAIN: _chained,
    ADD_CHAIN: _chained_sums,
    ADD_MUL: _product_sums,
}
