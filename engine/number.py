"""What counts as a number: real numbers of any type, converted to a float, or refused."""

from __future__ import annotations

import numbers
import reprlib
from decimal import Decimal

from .errors import OperandError

__all__ = ["is_array_scalar", "number", "single", "stranger"]

SINGLE = (numbers.Real, Decimal, complex, str, bytes)  # and their heirs, as np.str_


def number(x: object, name: str) -> float:
    """Return x as a float, or raise OperandError in the name of an operation."""
    if isinstance(x, (int, float, numbers.Real, Decimal)) or is_array_scalar(x):
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
        "or a real number (convert it with float(...), or go element by element)"
    )


def is_array_scalar(x: object, kinds: str = "biuf") -> bool:
    """Return whether x is a real 0-d number of NumPy, known without importing it."""
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    return kind != "" and kind in kinds and getattr(x, "ndim", 1) == 0


def single(x: object) -> bool:
    """Return whether x is one operand, good or bad, and not an array of them."""
    return (
        hasattr(x, "_rank")
        or isinstance(x, SINGLE)
        or is_array_scalar(x, "biufcmMSUV")  # all kinds but an array of objects
    )


def stranger(x: object) -> bool:
    """Return whether x is foreign to the engine, but may define the operator itself.

    An array goes element by element; what is one operand, as a str, does not.
    """
    return not single(x) and type(x).__module__ != "builtins"
