"""Whether data changed after a graph was built: each operation is done again.

Where NumPy is installed, those that Python writes as an operator are done for all of their
nodes at once; what does not come out the same there is asked again one by one.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Iterable
from functools import cache
from typing import Any

from dendrograd.flat import Flat
from dendrograd.op import Op
from dendrograd.ops import OPS

__all__ = ["any_stale", "numpy"]

TABLE = tuple(OPS.values())  # by the codes of `flat`
FEW = 2_000  # nodes that are asked faster one by one


@cache
def numpy() -> Any:
    """Return NumPy where it is installed, else None."""
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None


def any_stale(flat: Flat) -> bool:
    """Return whether a node holds another number than its operands give now.

    An operation outside the table is not asked, as in `diagnose.stale`.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> x = Value(3.0)
    >>> y = x * x
    >>> any_stale(flat([y]))
    False
    >>> x.data = 4.0
    >>> any_stale(flat([y]))
    True
    """
    np = numpy() if len(flat.codes) > FEW else None
    suspects = range(len(flat.codes)) if np is None else _suspects(flat, np)
    return any(_is_stale(flat, i) for i in suspects)


def _is_stale(flat: Flat, node: int) -> bool:
    code = flat.codes[node]
    if not 0 <= code < len(TABLE):
        return False
    places = flat.operands[flat.starts[node] : flat.starts[node + 1]]
    xs = [flat.data[i] if i >= 0 else flat.constants[~i] for i in places]
    now, held = TABLE[code].evaluate(*xs), flat.data[node]
    return now != held and (now == now or held == held)


def _suspects(flat: Flat, np: Any) -> Iterable[int]:
    """Yield the nodes that NumPy does not find to be right."""
    codes, starts = np.asarray(flat.codes), np.asarray(flat.starts)
    operands, data = np.asarray(flat.operands), np.asarray(flat.data)
    constants = np.asarray(flat.constants)
    for code in np.unique(codes).tolist():
        if not 0 <= code < len(TABLE):
            continue
        nodes = np.flatnonzero(codes == code)
        sizes = starts[nodes + 1] - starts[nodes]
        function = _operator(TABLE[code], sizes)
        if function is not None:
            columns = [operands[starts[nodes] + i] for i in range(sizes[0])]
            xs = [_numbers(np, at, data, constants) for at in columns]
            with np.errstate(all="ignore"):
                now = function(*xs)
            held = data[nodes]
            nodes = nodes[(now != held) & ~((now != now) & (held != held))]
        yield from nodes.tolist()


def _operator(op: Op, sizes: Any) -> Any:
    """Return the operator of the standard library that does an operation, or None."""
    if op.dunder is None or sizes[0] != len(op.domain) or (sizes != sizes[0]).any():
        return None
    return getattr(operator, op.dunder, None)


def _numbers(np: Any, places: Any, data: Any, constants: Any) -> Any:
    """Return what the operands at some places hold."""
    found = data[places]  # of a place below 0, any number
    if len(constants):
        plain = places < 0
        found[plain] = constants[~places[plain]]
    return found
