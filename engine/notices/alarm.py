"""What is said where a number turns bad: the line of the source, a warning, an error."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Sequence
from types import FrameType

from dendrograd.errors import NonFiniteError
from dendrograd.mode import Mode
from dendrograd.op import Op

from .calls import ours

__all__ = ["sound", "source_line"]


def sound(op: Op, xs: Sequence[float], y: float, mode: Mode) -> None:
    """Warn or raise as `errstate` says about an op that made y, an inf or a nan."""
    kind = _kind(op, xs, y)
    action = mode.actions.get(kind or "", "ignore")
    if action == "ignore":
        return
    shown = ", ".join([f"{x!r}" for x in xs[:4]] + ["..."] * (len(xs) > 4))
    domain = ", ".join(dict.fromkeys(map(str, op.domain)))
    way_out = (
        "scale the operands, or use a stable form such as logsumexp or softplus"
        if kind == "over"
        else f"an operand left the domain of {op.name}; keep it in {domain}"
    )
    message = f"{op.name}({shown}) = {y!r} ({kind}): {way_out}"
    if action == "raise":
        raise NonFiniteError(message)
    frame = _caller()
    file, line = (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 1)
    warnings.warn_explicit(message, RuntimeWarning, file, line)


def _kind(op: Op, xs: Sequence[float], y: float) -> str | None:
    """Return which of numpy's kinds made y, or None where an operand brought it."""
    if y != y:
        return None if any(x != x for x in xs) else "invalid"
    if not all(map(math.isfinite, xs)):
        return None
    try:
        op.primal(*xs)
    except (ValueError, ZeroDivisionError):  # Python's own answer at a pole
        return "divide"
    except OverflowError:
        pass
    return "over"


def source_line() -> str | None:
    """Return "file.py:12", the innermost line outside this package, or None."""
    frame = _caller()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else None


def _caller() -> FrameType | None:
    """Return the innermost frame outside this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and ours(frame):
        frame = frame.f_back
    return frame
