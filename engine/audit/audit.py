"""How many digits a recorded graph lost to rounding, and where.

The reference is the same graph computed again without rounding (`exact_graph.py`). The cost
of one rounding to the result is its size times the adjoint of its node (Linnainmaa,
BIT 16, 1976): reverse mode gives it for every node at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from typing import Any

from dendrograd.arithmetic.fraction import Arithmetic, to_float
from dendrograd.arithmetic.mpmath import HUGE
from dendrograd.backprop import toposort
from dendrograd.diagnose import NonFinite, first_nonfinite, stale
from dendrograd.errors import OperandError
from dendrograd.notices.describe import formula
from dendrograd.sweeps import pull
from dendrograd.value import Value

from .exact_graph import Rerun, audited, other_branch, rerun
from .table import as_text

__all__ = ["Audit", "Entry", "audit"]

__tracebackhide__ = True  # pytest shows a person's own lines

EPS = 2.0**-53  # relative error of one rounding to nearest
ALL = 16.0  # digits of a float, and so the most that can be lost
SHOWN = Context(prec=20, Emax=MAX_EMAX, Emin=MIN_EMIN)


@dataclass(frozen=True)
class Entry:
    """What rounding did to one node.

    Digits lost are log10(|ours - exact| / |exact| / 2**-53), at least 0 and at most 16,
    which means all of them. All are lost too where only `exact` is 0, and where only
    one of the two numbers is finite.

    node            the node; its number is `node.data`
    name            its label, or its operation with its operands
    exact           its number without rounding, to 20 digits
    lost            digits lost of its number; 0 for a leaf, which counts as exact
    gradient        d root / d node, in floats
    exact_gradient  the same without rounding, to 20 digits
    gradient_lost   digits lost of the gradient
    made            digits lost by its own rounding, its operands taken as they are
    brought         digits lost by the errors of its operands alone
    cost            digits that its own rounding alone takes from the root; past 16
                    where all numbers need more digits, inf where the root is 0
    decided         False where the precisions tried do not agree

    >>> x = Value(1e-9, label="x")
    >>> found = audit((x + 1.0) - 1.0)
    >>> [(entry.name, round(entry.cost, 1)) for entry in found.entries if entry.cost]
    [('add(x, 1)', 8.9)]
    """

    node: Value
    name: str
    exact: Decimal
    lost: float
    gradient: float
    exact_gradient: Decimal
    gradient_lost: float
    made: float
    brought: float
    cost: float
    decided: bool


@dataclass(frozen=True, repr=False)
class Audit:
    """The digits that a graph lost; printed, a table of its worst nodes.

    root         the node that was audited
    value        its number in floats
    exact_value  the same without rounding, to 20 digits
    fraction     the same as a Fraction, where nothing had to be rounded
    exact        whether nothing had to be rounded: all operations were rational
    digits       digits of the last precision tried, 0 if exact
    lost         digits lost of the value
    entries      an Entry for each node, worst first
    unaudited    nodes without a definition: their number and partials count as exact
    branches     nodes that chose another branch than they would without rounding
    undecided    nodes whose figures did not settle within the limit
    stale        nodes whose number is not what their operands give now
    nonfinite    where the first inf or nan arose; None if all is finite

    >>> x = Value(0.1, label="x")
    >>> found = audit(x * 3.0)
    >>> found.exact, float(found.fraction - 3 * Fraction(0.1)), found.lost < 0.5
    (True, 0.0, True)
    """

    root: Value
    value: float
    exact_value: Decimal
    fraction: Fraction | None
    exact: bool
    digits: int
    lost: float
    entries: tuple[Entry, ...]
    unaudited: tuple[Value, ...]
    branches: tuple[Value, ...]
    undecided: tuple[Value, ...]
    stale: tuple[Value, ...]
    nonfinite: NonFinite | None

    def __str__(self) -> str:
        """Return the value, the ten worst nodes and what explains them."""
        return as_text(self)

    __repr__ = __str__

    def __getitem__(self, node: Value) -> Entry:
        """Return the entry of a node; raises KeyError for one outside the graph."""
        for entry in self.entries:
            if entry.node is node:
                return entry
        raise KeyError(f"audit: {node!r} is not in the graph of {self.root!r}")


def audit(root: Value) -> Audit:
    """Return the digits that rounding took from a graph's value and gradients.

    Every node is computed again, with its gradient: in Fractions where all operations
    are rational, else with 50, 100, 200, ... up to 1600 digits until two precisions
    agree on 80 bits of every number (Ziv, ACM TOMS 17, 1991). The gradients come from
    the rules of the table, so kinks follow its conventions. Nothing in the graph
    changes, no `.grad` either.

    It tells rounding and nothing else: leaves and constants count as exact, a wrong
    formula is computed as it stands, and another point may lose more.

    Raises OperandError where root is not a Value, and MissingToolError where mpmath is
    needed and not installed.

    >>> x = Value(1e16, label="x")
    >>> found = audit((x + 1) - x)
    >>> found.value, found.fraction, found.lost
    (0.0, Fraction(1, 1), 15.954589770191003)
    """
    if not isinstance(root, Value):
        raise OperandError(
            f"audit: {root!r} is a {type(root).__name__}, not a Value; give the node "
            "that your computation returned"
        )
    nodes = toposort(root)
    again = rerun(nodes)
    value, exact = again.values[-1], not again.arithmetic.rounded
    bar = pull(nodes, {root: 1.0})
    entries = [
        _entry(again, i, node, bar.get(node, 0.0)) for i, node in enumerate(nodes)
    ]
    return Audit(
        root,
        root.data,
        entries[-1].exact,
        value if exact and isinstance(value, Fraction) else None,
        exact,
        0 if exact else again.arithmetic.digits,
        entries[-1].lost,
        tuple(sorted(entries, key=_worst)),
        tuple([node for node in nodes if node.op and not audited(node)]),
        tuple(other_branch(again, nodes)),
        tuple([node for node, ok in zip(nodes, again.decided, strict=True) if not ok]),
        tuple([node for node in nodes if stale(node)]),
        first_nonfinite(root),
    )


def _worst(entry: Entry) -> float:
    """Return what sorts the worst first; among equals the order of the graph stays."""
    return -round(max(entry.lost, entry.gradient_lost), 1)


def _entry(again: Rerun, i: int, node: Value, gradient: float) -> Entry:
    arithmetic, exact, slope = again.arithmetic, again.values[i], again.gradients[i]
    ours = arithmetic.lift(node.data)
    made = brought = cost = 0.0
    if node.op and audited(node):
        alone = arithmetic.apply(
            node.op, *[arithmetic.lift(float(v)) for v in node.operands]
        )
        made = _error(arithmetic, ours, alone, exact)
        brought = _error(arithmetic, alone, exact, exact)
        cost = _cost(arithmetic, ours, alone, slope, again.values[-1])
    return Entry(
        node,
        formula(node),
        _decimal(arithmetic, exact),
        digits_lost(_error(arithmetic, ours, exact, exact)),
        gradient,
        _decimal(arithmetic, slope),
        digits_lost(_error(arithmetic, arithmetic.lift(gradient), slope, slope)),
        digits_lost(made),
        digits_lost(brought),
        excess(cost),
        again.decided[i],
    )


def digits_lost(error: float) -> float:
    """Return the digits that a relative error stands for.

    >>> digits_lost(2.0**-53), digits_lost(1e3 * 2.0**-53), digits_lost(math.inf)
    (0.0, 3.0, 16.0)
    """
    return min(ALL, excess(error))


def excess(error: float) -> float:
    """Return the digits of a relative error above that of one rounding; no limit."""
    return 0.0 if error <= EPS else math.log10(error) - math.log10(EPS)


def _error(arithmetic: Arithmetic, a: Any, b: Any, scale: Any) -> float:
    """Return |a - b| / |scale|; infinite where only one of a and b is finite."""
    if type(a) is float or type(b) is float:
        return 0.0 if a == b or (a != a and b != b) else math.inf
    if not (type(a) is type(b) is type(scale) is Fraction):
        a, b, scale = arithmetic.mpf(a), arithmetic.mpf(b), arithmetic.mpf(scale)
    error = abs(a - b)
    if not error:
        return 0.0
    return to_float(error / abs(scale)) if scale else math.inf


def _cost(
    arithmetic: Arithmetic, ours: Any, alone: Any, slope: Any, root: Any
) -> float:
    """Return |slope * (ours - alone) / root|: one rounding, carried to the root."""
    if not slope or _error(arithmetic, ours, alone, alone) == 0.0:
        return 0.0
    if type(slope) is float or type(root) is float:
        return 0.0  # no finite number can be lost
    if not (type(root) is type(slope) is Fraction):
        root, slope = arithmetic.mpf(root), arithmetic.mpf(slope)
    return _error(arithmetic, ours, alone, root / slope)


def _decimal(arithmetic: Arithmetic, x: Any) -> Decimal:
    """Return a number to 20 digits."""
    if type(x) is Fraction:
        return SHOWN.divide(Decimal(x.numerator), Decimal(x.denominator))
    if type(x) is float:
        return Decimal(x)
    m = arithmetic.precise.m
    return Decimal(m.nstr(x, SHOWN.prec)) if m.mag(x) > -HUGE else Decimal(0)
