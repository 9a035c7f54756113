"""What counts as a number: real numbers of any type, converted to a float, or refused.

A duration of NumPy says that it is a whole number, and a masked entry that it is a
float: neither has one.
"""

from __future__ import annotations

import numbers
import reprlib
from decimal import Decimal

from .errors import OperandError

__all__ = ["is_array_scalar", "number", "ranked", "single", "stranger"]

SINGLE = (numbers.Real, Decimal, complex, str, bytes)  # and their heirs, as np.str_


def number(x: object, name: str) -> float:
    """Return x as a float, or raise OperandError in the name of an operation."""
    if isinstance(x, (int, float)) or _real(x):
        try:
            return float(x)  # type: ignore[arg-type]  # checked by the line above
        except OverflowError:
            raise OperandError(
                f"{name}: an operand of type {type(x).__name__} is larger than any "
                "float; scale it first, or use math.inf"
            ) from None
        except ValueError:  # Decimal("sNaN"), which raises wherever it is used
            raise OperandError(
                f"{name}: the operand {x!r} has no float; use math.nan"
            ) from None
    shown = reprlib.repr(x)
    raise OperandError(
        f"{name}: the operand {shown} is a {type(x).__name__}; an operand is a Value "
        f"or a real number ({_way_out(x)})"
    )


def ranked(x: object) -> bool:
    """Return whether x stands for more than a float: a Value, a recording, a dual number.

    Its kind says what an operation means for it (op.py), so it is not turned into one.
    """
    return hasattr(x, "_rank")


def is_array_scalar(x: object, kinds: str = "biuf") -> bool:
    """Return whether x is a real 0-d number of NumPy, known without importing it."""
    kind = _kind(x)
    scalar = kind != "" and kind in kinds and getattr(x, "ndim", 1) == 0
    return scalar and not getattr(x, "mask", False)


def single(x: object) -> bool:
    """Return whether x is one operand, good or bad, and not an array of them."""
    return (
        ranked(x)
        or isinstance(x, SINGLE)
        or is_array_scalar(x, "biufcmMSUV")  # all kinds but an array of objects
    )


def stranger(x: object) -> bool:
    """Return whether x is foreign to the engine, but may define the operator itself.

    An array goes element by element; what is one operand, as a str, does not.
    """
    return not single(x) and type(x).__module__ != "builtins"


def _kind(x: object) -> str:
    """Return NumPy's letter for what x or its entries are, or "" of anything else."""
    return str(getattr(getattr(x, "dtype", None), "kind", ""))


def _real(x: object) -> bool:
    if isinstance(x, (numbers.Real, Decimal)):
        return _kind(x) != "m"  # its float would depend on the unit, or not be one
    return is_array_scalar(x)


def _axes(x: object) -> int:
    """Return how many axes x has; a memoryview that was released does not say."""
    try:
        return int(getattr(x, "ndim", 0))
    except ValueError:
        return 0


def _way_out(x: object) -> str:
    """Return how what is refused may be made an operand."""
    if _kind(x) in ("m", "M"):
        return "count the units of a time: x.astype(float)"
    if hasattr(x, "mask") and getattr(x, "ndim", 1) == 0:
        return "a masked entry is none: fill the array, .filled(0.0), or .compressed()"
    if isinstance(x, (list, tuple)) or _axes(x) > 0:
        return "go element by element, as in [f(x) for x in xs]"
    return "convert it with float(...), or go element by element"
