"""The statements of a path, and its tree, in which each node knows its statement."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dendrograd.mode import NOWHERE, Call, serials
from dendrograd.program import Program
from dendrograd.value import Value

from .code import program
from .path import Path
from .report import chosen, names
from .statement import ArrayName, Statement, Statements

if TYPE_CHECKING:
    from dendrograd.compiler.rolled.computed import Orders
    from dendrograd.compiler.rolled.listed import Listed
    from dendrograd.compiler.rolled.running import Rolled

__all__ = ["graph", "statements"]


def rolled_of(path: Path) -> Rolled | None:
    """Return the rolled program of a path that was made last, None where there is none."""
    machines = [*path.tapes.values(), *(path.latest or ())[:1]]
    found = [m.rolled for m in machines if hasattr(m, "rolled")]
    return found[-1] if found else None


def statements(path: Path, title: str) -> Statements:
    """Return the statements of a path; none where it is not rolled."""
    rolled = rolled_of(path)
    if rolled is None:
        found = Statements()
        found.why = f"{title} has no statements: {', '.join(chosen(path))}"
        return found
    return Statements(_listed(rolled, path).rows)


def _listed(rolled: Rolled, path: Path) -> Listed:
    from dendrograd.compiler.rolled.listed import Listed  # it takes its time

    return Listed(rolled, names(path))


def graph(path: Path) -> Any:
    """Return the tree of a path as Values, at the numbers that it was recorded with.

    Where the path is rolled, its sums are added up as the statements do it, the scope of
    each node is the array that it stands in, and leaves that statements read together have
    one scope.
    """
    leaves = [
        Value(x, label=name)
        for x, name in zip(path.point.tolist(), names(path), strict=False)
    ]
    rolled = rolled_of(path)
    if rolled is None:
        return path.result(program(path.capture.code).run([*leaves, *path.captured]))
    made, told = program(rolled.code), _listed(rolled, path)
    slots = _run(made, [*leaves, *path.captured], told.orders)
    _place(slots, told, len(leaves))
    outputs = [slots[i] if i >= 0 else made.constants[~i] for i in made.outputs]
    return path.result(outputs[: path.count])


def _run(made: Program, leaves: Sequence[Any], orders: Orders) -> list[Any]:
    """Return what every slot holds, where the additions of some sums have an order."""
    slots: list[Any] = [*leaves]
    late = {slot for order in orders.values() for slot, _ in order}

    def held(place: int) -> Any:
        return slots[place] if place >= 0 else made.constants[~place]

    for slot, op, places in made.steps():
        slots.append(None if slot in late else op(*map(held, places)))
        for addition, terms in orders.get(slot, ()):
            slots[addition] = op(*map(held, terms))
    return slots


def _place(slots: Sequence[Any], told: Listed, given: int) -> None:
    """Note at each node the array that it stands in; captured leaves stay as they are."""
    within: dict[str, list[Statement]] = defaultdict(list)
    for row in told.rows:
        within[row.within or row.name].append(row)
    order = [row.name for row in told.rows if row.nodes]
    calls = {
        name: _call(ArrayName(name, order.index(name), tuple(within[name])))
        for name in order
    }
    inputs = len(told.parts)
    for node, array in zip(slots[inputs:], told.arrays[inputs:], strict=True):
        if array in calls and isinstance(node, Value):
            node.call = calls[array]
    groups: dict[Any, list[Value]] = defaultdict(list)
    for leaf, part in zip(slots[:given], told.parts, strict=False):
        groups[part].append(leaf)
    for leaves in [some for some in groups.values() if len(some) > 1]:
        call = _call(_stem([leaf.label for leaf in leaves]))
        for leaf in leaves:
            leaf.call = call


def _call(name: str) -> Call:
    return Call(name, NOWHERE, next(serials))


def _stem(labels: Sequence[str]) -> str:
    """Return what some labels are alike in: the argument that they are places of.

    >>> _stem(["w_0_0", "w_1_0"]), _stem(["w_0", "x_0"])
    ('w', 'inputs')
    """
    stems = {re.sub(r"[_0-9]+$", "", label) for label in labels}
    return stems.pop() if len(stems) == 1 else "inputs"
