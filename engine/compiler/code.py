"""Straight-line code as NumPy arrays: what the passes of the compiler take and return.

`flat` gives a recorded graph in the order of `toposort`; here the leaves come first, so
that a slot below `inputs` is a number that is put in, and any other is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.flat import CAPTURED, CUT, INPUT, TABLE, Flat
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.program import Program

__all__ = [
    "CHAIN",
    "CHAINED",
    "HOLD",
    "POS",
    "Code",
    "bound",
    "distinct",
    "from_flat",
    "from_program",
    "held",
    "moved",
    "numbered",
    "program",
    "reference",
    "starts_of",
]

Integers = NDArray[np.int32]
Floats = NDArray[np.float64]


def _chained(partial: float, cotangent: float) -> float:
    """Return what a node hands on; nothing, -0.0, where a zero factor annihilates."""
    term = partial * cotangent
    return term if term == term or (partial and cotangent) else -0.0


# The product of the chain rule, `sweeps.product`, as an operation of compiled code. -0.0
# is what can be added without a change of a bit, as if there had been no term.
CHAIN = Op(
    "chain",
    _chained,
    lambda y, partial, cotangent: (cotangent, partial),
    OPS["mul"].domain,
    module=__name__,
)
CHAINED = len(TABLE)  # its number in the table of every `Code`
POS = TABLE.index(OPS["pos"])


# The identity of what `detach` and `no_grad` cut off: it hands on no derivative.
HOLD = Op("hold", lambda x: x, lambda y, x: (0.0,), OPS["pos"].domain, module=__name__)


class Code(NamedTuple):
    """Straight-line code: slots below `inputs` are put in, each step fills the next.

    inputs     how many numbers are put in: arguments, then captured leaves
    codes      the operation of each step, as a number of `table`
    starts     where the operands of each step start; at the end, where the last ends
    operands   of all steps: a slot, or below 0 a plain number; ~i is that of constants[i]
    constants  the plain numbers
    outputs    the slot of each result, or below 0 that of a constant, as an operand
    table      the operations by their numbers: the table's, CHAIN, then those of users
    """

    inputs: int
    codes: Integers
    starts: Integers
    operands: Integers
    constants: Floats
    outputs: Integers
    table: tuple[Op, ...]

    @property
    def slots(self) -> int:
        """The number of slots: inputs and steps."""
        return self.inputs + len(self.codes)


def from_flat(found: Flat) -> tuple[Code, Integers]:
    """Return a recorded graph as code, and the slot of each of its nodes in the code.

    What `no_grad` cut off is a constant; its place is below 0, as that of an operand.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> x, w = Value(3.0), Value(2.0)
    >>> code, slots = from_flat(flat([(x * w + 1.0).tanh()], [x]))
    >>> code.inputs, code.operands.tolist(), code.outputs.tolist()
    (2, [0, 1, 2, -1, 3], [4])
    """
    codes = np.array(found.codes, np.int32)
    starts = np.array(found.starts, np.int32)
    operands = np.array(found.operands, np.int32)
    leaf = (codes == INPUT) | (codes == CAPTURED)
    cut, made = codes == CUT, codes >= 0
    inputs = int(leaf.sum())
    places = np.empty(len(codes), np.int32)
    places[leaf] = np.arange(inputs)
    places[made] = inputs + np.arange(int(made.sum()))
    places[cut] = ~(len(found.constants) + np.arange(int(cut.sum())))
    codes = codes[made]
    codes[codes >= CHAINED] += 1  # the foreign ones make room for CHAIN
    code = Code(
        inputs,
        codes,
        starts_of(np.diff(starts)[made]),
        moved(operands, places),
        np.concatenate([found.constants, np.array(found.data)[cut]]),
        places[np.array(found.outputs, np.int32)],
        (*TABLE, CHAIN, *found.foreign),
    )
    return code, places


def bound(code: Code, slots: Integers, numbers: Floats) -> Code:
    """Return the code with some of its inputs bound to numbers, as constants.

    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda x, y: x * y, 2))
    >>> reference(bound(code, np.array([1]), np.array([10.0])), [3.0])
    [30.0]
    """
    places = np.full(code.inputs, -1, np.int32)
    places[slots] = ~(len(code.constants) + np.arange(len(slots)))
    left = np.ones(code.inputs, bool)
    left[slots] = False
    places[left] = np.arange(code.inputs - len(slots))
    steps = np.arange(code.inputs, code.slots) - len(slots)
    rest = _moved(code, np.concatenate([places, steps]).astype(np.int32))
    return rest._replace(
        inputs=code.inputs - len(slots),
        constants=np.concatenate([code.constants, numbers]),
    )


def distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return the different numbers of an array, in ascending order.

    NumPy's `unique` does this too, but its first call imports masked arrays: 10 ms.

    >>> distinct(np.array([[7, 5], [5, 7]]))
    array([5, 7])
    """
    found = np.sort(numbers, axis=None)
    new = np.ones(len(found), bool)
    new[1:] = found[1:] != found[:-1]
    return found[new]


def numbered(rows: NDArray[Any]) -> tuple[int, NDArray[np.int64]]:
    """Return how many different rows there are, and of each the number of its kind.

    >>> numbered(np.array([[7, 1], [5, 2], [7, 1]]))
    (2, array([1, 0, 1]))
    """
    order = np.lexsort(rows.T[::-1])
    new = np.ones(len(rows), np.int64)
    new[1:] = (rows[order[1:]] != rows[order[:-1]]).any(axis=1)
    kinds = np.empty(len(rows), np.int64)
    kinds[order] = np.cumsum(new) - 1
    return int(new.sum()), kinds


def held(code: Code, slots: Integers) -> Code:
    """Return the code in which all uses of some slots are of a HOLD of them."""
    slots = np.sort(slots[slots >= code.inputs])
    slots = slots[np.diff(slots, prepend=-1) > 0]  # each once
    if not len(slots):
        return code
    steps = slots - code.inputs
    places = np.arange(code.slots, dtype=np.int32)
    places += np.searchsorted(slots, places, side="right").astype(np.int32)
    own = places[slots] - 1  # of a held step; its uses go to the HOLD after it
    ends = code.starts[steps + 1]
    rest = _moved(code, places)
    return rest._replace(
        codes=np.insert(code.codes, steps + 1, len(code.table)).astype(np.int32),
        starts=starts_of(np.insert(np.diff(code.starts), steps + 1, 1)),
        operands=np.insert(rest.operands, ends, own).astype(np.int32),
        table=(*code.table, HOLD),
    )


def starts_of(counts: NDArray[np.int64]) -> Integers:
    """Return where rows of so many entries start, and where the last one ends.

    >>> starts_of(np.array([2, 1])).tolist()
    [0, 2, 3]
    """
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def moved(operands: Integers, places: Integers) -> Integers:
    """Return operands at the new places of their slots; those of constants stay."""
    found, slot = operands.copy(), operands >= 0
    found[slot] = places[operands[slot]]
    return found


def _moved(code: Code, places: Integers) -> Code:
    """Return the code with each slot at another place, its steps in their order."""
    return code._replace(
        operands=moved(code.operands, places), outputs=moved(code.outputs, places)
    )


def program(code: Code) -> Program:
    """Return code as a Program, which can be checked, printed and run on any number."""
    made = Program(code.inputs)
    made.constants = code.constants.tolist()
    made.ops = [code.table[i] for i in code.codes.tolist()]
    operands, starts = code.operands.tolist(), code.starts.tolist()
    made.operands = [tuple(operands[start:end]) for start, end in pairwise(starts)]
    made.outputs = code.outputs.tolist()
    return made


def from_program(made: Program) -> Code:
    """Return a Program of table operations as code."""
    numbers = {op: i for i, op in enumerate(TABLE)}
    return Code(
        made.inputs,
        np.array([numbers[op] for op in made.ops], np.int32),
        np.cumsum([0, *map(len, made.operands)]).astype(np.int32),
        np.array([i for places in made.operands for i in places], np.int32),
        np.array(made.constants, np.float64),
        np.array(made.outputs, np.int32),
        (*TABLE, CHAIN),
    )


def reference(code: Code, leaves: Sequence[float]) -> list[float]:
    """Return the outputs by `op.evaluate`, step by step: what every back end is held to.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> x = Value(3.0)
    >>> reference(from_flat(flat([x * x + 1.0], [x]))[0], [5.0])
    [26.0]
    """
    return program(code).run(leaves, evaluate)


def evaluate(op: Op, *xs: Any) -> float:
    """Apply an operation to floats."""
    return op.evaluate(*xs)
