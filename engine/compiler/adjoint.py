"""Value and gradient as one straight-line code: the reverse sweep, by arrays.

The partials of all nodes that share a template are made at once (`Partials`); they
depend on the forward steps alone. Then each root has its sweep: the edges in the order in
which the eager sweep hands on cotangents (`backprop.py`), each of them a product, and a
sum where a node has more than one. Nothing is a loop over nodes but the two passes that
say which of them take part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.flat import TABLE
from dendrograd.ops import OPS
from dendrograd.program import Program

from .code import CHAINED, Code, numbered, starts_of
from .passes import Flags, needed, reached, sources
from .templates import bits, template

__all__ = ["DISTINCT", "joint"]

Slots = NDArray[np.int64]
NUMBERS = {op: i for i, op in enumerate(TABLE)}
ADD, NEG = NUMBERS[OPS["add"]], NUMBERS[OPS["neg"]]
NOTHING, COPY, MINUS, PRODUCT = range(4)  # what an edge hands on: by its partial
DISTINCT = 16  # constants that get a template of their own; past it they are operands


class Writer:
    """Code that grows by blocks of steps with one operation."""

    def __init__(self, code: Code) -> None:
        self.table = list(code.table)
        self.numbers = NUMBERS | {
            op: i for i, op in enumerate(code.table) if i > CHAINED
        }
        self.slots = code.slots
        self.codes: list[Any] = [code.codes]
        self.counts: list[Any] = [np.diff(code.starts)]
        self.operands: list[Any] = [code.operands]
        self.constants: list[Any] = [code.constants]
        self.held = len(code.constants)

    def constant(self, x: float) -> int:
        """Keep a constant; return its place."""
        self.constants.append([x])
        self.held += 1
        return -self.held

    def number(self, op: Any) -> int:
        """Return the number of an operation in the table, to which it may be new."""
        if op not in self.numbers:
            self.numbers[op] = len(self.table)
            self.table.append(op)
        return self.numbers[op]

    def block(self, number: int, operands: Any) -> Slots:
        """Append a step for each row of operands; return their slots."""
        rows, arity = operands.shape
        self.codes.append(np.full(rows, number))
        self.counts.append(np.full(rows, arity))
        self.operands.append(operands.ravel())
        self.slots += rows
        return np.arange(self.slots - rows, self.slots)

    def steps(self, codes: Any, counts: Any, operands: Any) -> None:
        """Append steps of several operations."""
        self.codes.append(codes)
        self.counts.append(counts)
        self.operands.append(operands)
        self.slots += len(codes)

    def code(self, inputs: int, outputs: Sequence[int]) -> Code:
        """Return what was written."""
        counts = np.concatenate(self.counts)
        return Code(
            inputs,
            np.concatenate(self.codes).astype(np.int32),
            starts_of(counts),
            np.concatenate(self.operands).astype(np.int32),
            np.concatenate(self.constants).astype(np.float64),
            np.array(outputs, np.int32),
            tuple(self.table),
        )


class Partials(NamedTuple):
    """What each edge hands on: its kind, and the place of its partial."""

    kinds: NDArray[np.int8]
    places: Slots


def joint(code: Code, roots: Sequence[int], wanted: Sequence[int]) -> Code:
    """Return code whose outputs are followed, for each root, by its gradient.

    `roots` are places among the slots, `wanted` are inputs; a gradient is in the order of
    `wanted`. Cotangents are added in the order of the eager sweep, and a zero factor
    annihilates, so each gradient is that of `backward()` to the last bit, but for the
    sign of a zero: a leaf adds it to 0.0.

    >>> from dendrograd.compiler.code import from_program, reference
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda x, y: x * y + x, 2))
    >>> reference(joint(code, [3], [0, 1]), [5.0, 7.0])
    [40.0, 8.0, 5.0]
    """
    writer = Writer(code)
    active = reached(code, wanted)
    partials = _partials(code, writer, active)
    outputs = code.outputs.tolist()
    zero = writer.constant(0.0)
    for i, root in enumerate(roots):
        if root < 0 or not active[root]:
            outputs += [zero] * len(wanted)
            continue
        ranks = None if i == 0 else _ranks(code, root)
        bar = _swept(code, writer, partials, active, root, ranks)[list(wanted)]
        outputs += np.where(bar == 0, zero, bar).tolist()
    return writer.code(code.inputs, outputs)


def _partials(code: Code, writer: Writer, active: Flags) -> Partials:
    """Write the partials of all active nodes, class by class."""
    found = Partials(
        np.zeros(len(code.operands), np.int8), np.zeros(len(code.operands), np.int64)
    )
    wanted = code.operands >= 0
    wanted[wanted] = active[code.operands[wanted]]
    for steps in _classes(code, wanted):
        first, end = code.starts[steps[0]], code.starts[steps[0] + 1]
        arity = int(end - first)
        places = tuple(np.flatnonzero(wanted[first:end]).tolist())
        op = code.table[code.codes[steps[0]]]
        fixed = np.flatnonzero(code.operands[first:end] < 0)
        rule = template(op, arity, places)
        if not len(rule) or not len(fixed):
            _write(code, writer, found, steps, rule, places)
            continue
        rows = code.constants[~code.operands[code.starts[steps][:, None] + fixed]]
        rows = np.ascontiguousarray(rows)
        count, kinds = numbered(rows.view(np.int64))
        if count > DISTINCT:
            _write(code, writer, found, steps, rule, places)
            continue
        for k in range(count):
            mine = kinds == k
            row = rows[mine.argmax()].tolist()
            known = tuple(zip(fixed.tolist(), map(bits, row), strict=True))
            shorter = template(op, arity, places, known)
            _write(code, writer, found, steps[mine], shorter, places)
    return found


def _classes(code: Code, wanted: Flags) -> list[Slots]:
    """Return the steps with a wanted operand, those alike together.

    They are alike in operation, number of operands, which of these are wanted, and which
    are constants; that is a hash of each operand's place and state, summed.
    """
    step = sources(code)
    at = np.arange(len(code.operands)) - code.starts[step]
    state = np.where(wanted, 2, np.where(code.operands < 0, 1, 0)).astype(np.uint64)
    mixed = (at.astype(np.uint64) * np.uint64(3) + state + np.uint64(1)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    sums = np.zeros(len(code.codes), np.uint64)
    np.add.at(sums, step, mixed)
    count = np.diff(code.starts)
    taking = step[wanted]  # in order
    steps = taking[np.diff(taking, prepend=-1) > 0]
    if not len(steps):
        return []
    order = np.lexsort((sums[steps], count[steps], code.codes[steps]))
    steps = steps[order]
    parts = [part[steps] for part in (sums, count, code.codes)]
    new = np.any([part[1:] != part[:-1] for part in parts], axis=0)
    return np.split(steps, np.flatnonzero(new) + 1)


def _write(
    code: Code,
    writer: Writer,
    found: Partials,
    steps: Slots,
    rule: Program,
    places: tuple[int, ...],
) -> None:
    """Write a template for all of its nodes, and note what their edges hand on."""
    starts = code.starts[steps]
    held = {~i: writer.constant(float(x)) for i, x in enumerate(rule.constants)}
    slots: dict[int, Any] = {0: steps + code.inputs}
    for i in range(1, rule.inputs):
        slots[i] = code.operands[starts + i - 1]
    for i, place in held.items():
        slots[i] = np.full(len(steps), place)
    for slot, op, operands in rule.steps():
        rows = np.stack([slots[i] for i in operands], axis=1)
        slots[slot] = writer.block(writer.number(op), rows)
    for i, output in zip(places, rule.outputs, strict=True):
        x = float(rule.constants[~output]) if output < 0 else None
        kind = {0.0: NOTHING, 1.0: COPY, -1.0: MINUS}.get(x, PRODUCT)  # type: ignore[arg-type]
        found.kinds[starts + i] = kind
        found.places[starts + i] = slots[output]


def _swept(
    code: Code,
    writer: Writer,
    partials: Partials,
    active: Flags,
    root: int,
    ranks: Slots | None,
) -> Slots:
    """Write the reverse sweep from a root; return the place of each cotangent, or 0."""
    step = sources(code)
    part = (needed(code, [root]) & active)[code.inputs :]
    edges = np.flatnonzero(part[step] & (partials.kinds != NOTHING))
    rank = step[edges] if ranks is None else ranks[step[edges]]
    edges = edges[np.lexsort((edges, -rank))]  # nodes from the root on, then operands
    targets, kinds = code.operands[edges], partials.kinds[edges]
    by = np.argsort(targets, kind="stable")  # edges into one node, in their order
    first, last = np.ones(len(edges), bool), np.ones(len(edges), bool)
    same = targets[by][1:] == targets[by][:-1]
    first[by[1:][same]] = False
    last[by[:-1][same]] = False
    written = kinds >= MINUS  # a term of its own; a copy is the cotangent as it is
    cost = written.astype(np.int64) + ~first
    ends = writer.slots + np.cumsum(cost)
    total, term = ends - 1, ends - cost  # of edges with a sum; with a term of their own
    bar = np.zeros(code.slots, np.int64)
    bar[root] = writer.constant(1.0)
    alias = np.full(code.slots, -1)
    owner = step[edges] + code.inputs
    lone = last & first & ~written
    alias[targets[lone]] = owner[lone]
    ended = last & ~lone
    bar[targets[ended]] = total[ended]
    nothing = writer.constant(-0.0)
    bar[
        code.inputs
        + np.flatnonzero(part & (bar[code.inputs :] == 0) & (alias[code.inputs :] < 0))
    ] = nothing
    _resolve(bar, alias)
    handed = np.where(written, term, bar[owner])
    before = np.zeros(len(edges), np.int64)
    before[by[1:]] = np.where(first[by[:-1]], handed[by[:-1]], total[by[:-1]])
    _write_sweep(
        writer, partials.places[edges], kinds, first, bar[owner], before, handed
    )
    return bar


def _resolve(bar: Slots, alias: Slots) -> None:
    """Give a node that has one copied cotangent the place of that: by pointer jumping."""
    left = np.flatnonzero(alias >= 0)
    while len(left):
        further = alias[alias[left]]
        done = further < 0
        bar[left[done]] = bar[alias[left[done]]]
        alias[left] = further
        left = left[~done]


def _write_sweep(
    writer: Writer,
    partial: Slots,
    kinds: Any,
    first: Any,
    bar: Slots,
    before: Slots,
    handed: Slots,
) -> None:
    """Write of each edge its term, if it has one, and the sum that it is added to."""
    written, summed = kinds >= MINUS, ~first
    which = np.stack([written, summed], axis=1)
    term = np.where(kinds == MINUS, NEG, CHAINED)
    codes = np.stack([term, np.full(len(term), ADD)], axis=1)[which]
    counts = np.stack([np.where(kinds == MINUS, 1, 2), np.full(len(term), 2)], axis=1)
    operands = np.stack([partial, bar, before, handed], axis=1)
    used = np.stack([kinds == PRODUCT, written, summed, summed], axis=1)
    writer.steps(codes, counts[which], operands[used])


def _ranks(code: Code, root: int) -> Slots:
    """Return the place of each step in the order of `toposort` of a root."""
    ranks = np.zeros(len(code.codes), np.int64)
    operands, starts = code.operands.tolist(), code.starts.tolist()
    seen, stack, count = bytearray(code.slots), [root], 0
    while stack:
        slot = stack.pop()
        if slot < 0:  # a mark: what the step was computed from is listed
            ranks[~slot] = count
            count += 1
        elif slot >= code.inputs and not seen[slot]:
            seen[slot] = 1
            step = slot - code.inputs
            stack.append(~step)
            stack += [
                i for i in operands[starts[step] : starts[step + 1]][::-1] if i >= 0
            ]
    return ranks
