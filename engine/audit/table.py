"""An audit as text: the value, a table of the worst nodes, and what explains them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .audit import Audit, Entry

__all__ = ["as_text"]

ROWS = 10
TELLING = 1.0  # digits; less than one is the noise of any computation
HEAD = ("node", "value", "exact", "lost", "gradient", "exact", "lost")


def as_text(audit: Audit) -> str:
    """Return an audit in a table of 88 columns."""
    way = "exact fractions" if audit.exact else f"{audit.digits} digits"
    lines = [
        f"value {audit.value!r}, without rounding {audit.exact_value}",
        f"{audit.lost:.1f} digits of the value lost; all computed again in {way}",
        "",
        _row(HEAD),
        *[_row(_cells(entry)) for entry in audit.entries[:ROWS]],
    ]
    hidden = audit.entries[ROWS:]
    if hidden:
        worst = max(max(e.lost, e.gradient_lost) for e in hidden)
        lines.append(f"and {len(hidden)} nodes that lost {worst:.1f} digits or fewer")
    hints = list(_hints(audit))
    return "\n".join(lines + [""] * bool(hints) + hints)


def _row(cells: Sequence[str]) -> str:
    name, value, exact, lost, slope, exact_slope, slope_lost = cells
    name = name if len(name) <= 18 else name[:17] + "…"
    row = f"{name:18} {value:>14} {exact:>14} {lost:>4}"
    return f"{row} {slope:>14} {exact_slope:>14} {slope_lost:>4}"


def _cells(entry: Entry) -> tuple[str, ...]:
    doubt = "" if entry.decided else "?"
    return (
        entry.name,
        f"{entry.node.data:.8g}",
        _short(entry.exact),
        f"{entry.lost:.1f}{doubt}",
        f"{entry.gradient:.8g}",
        _short(entry.exact_gradient),
        f"{entry.gradient_lost:.1f}{doubt}",
    )


def _short(x: Decimal) -> str:
    """Return a number as floats are shown, also where it is past the range of them."""
    inside = float(x) != 0.0 and math.isfinite(float(x))
    return f"{float(x):.8g}" if inside or not x or not x.is_finite() else f"{x:.5e}"


def _hints(audit: Audit) -> Iterator[str]:
    costly = max(audit.entries, key=lambda e: e.cost)
    if costly.cost >= TELLING:
        digits = f"takes {costly.cost:.1f} digits from the value, which has 16"
        told = digits if costly.cost < math.inf else "keeps the value from being 0"
        yield f"rounding: that of {costly.name} alone {told}"
    sums = [e for e in audit.entries if e.node.op and e.node.op.cancels]
    worst = max(sums, key=lambda e: e.brought, default=None)
    if worst and worst.brought >= TELLING:
        size = max([abs(float(v)) for v in worst.node.operands])
        yield (
            f"cancellation: {worst.name} leaves {_short(worst.exact)} of operands as "
            f"large as {size:.3g}"
        )
    for nodes, what in (
        (audit.branches, "took another branch than without rounding"),
        (audit.undecided, f"undecided at {audit.digits} digits"),
        (audit.unaudited, "taken as it is, since only its float code is known"),
        (audit.stale, "not what its operands give now; build the graph again"),
    ):
        if nodes:
            names = [audit[node].name for node in nodes[:4]]
            more = [f"{len(nodes) - 4} more"] if len(nodes) > 4 else []
            yield f"{what}: {', '.join(names + more)}"
    if audit.nonfinite:
        yield str(audit.nonfinite)
