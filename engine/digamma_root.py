"""digamma beside its positive root, where the series of `special.py` loses its digits.

There it is a difference of numbers near 1, so that its error is that of 1. A power series
about the root, which is known to twice the digits of a float, has an error that vanishes
with the result.
"""

from __future__ import annotations

ROOT, REST = 1.4616321449683622, 9.549995429965697e-17  # digamma(ROOT + REST) is 0

# The derivatives of digamma at the root, over k!, for k = 1, 2, ...
TAYLOR = (
    0.9676722454476212,
    -0.4427631689835921,
    0.258499760955651,
    -0.16394270544240652,
    0.10782405069126237,
    -0.07219956125645471,
    0.04880428816414311,
    -0.03316112647484736,
    0.022597648232218104,
    -0.01542476590494896,
    0.010538791616612175,
    -0.007204534386356869,
    0.004926781395729853,
    -0.003369801655439328,
    0.002305126326734928,
    -0.0015769367714301972,
    0.0010788252019162967,
    -0.0007380709389960052,
    0.000504953265834602,
    -0.0003454680251063077,
    0.00023635601564027053,
    -0.00016170622091974803,
    0.0001106337276874741,
    -7.569179582195066e-05,
)


def beside(x: float) -> bool:
    """Return whether the series holds at x, to the last digit."""
    return 1.2 < x < 1.7


def series(x: float) -> float:
    """Return digamma(x), for x beside the root."""
    off, y = (x - ROOT) - REST, 0.0
    for weight in reversed(TAYLOR):
        y = y * off + weight
    return y * off
