"""What dendrograd raises; every message names the operation, the value and the way out.

Each class is also the built-in exception that fits, so `except TypeError` works too.
"""

from __future__ import annotations

__all__ = [
    "DendrogradError",
    "GradientLostWarning",
    "GraphError",
    "MissingToolError",
    "NonFiniteError",
    "NotAFileError",
    "OperandError",
    "ShapeError",
    "TraceError",
]


class DendrogradError(Exception):
    """The base of every error that dendrograd raises on purpose."""


class OperandError(DendrogradError, TypeError):
    """An operand is neither a Value nor a real number, or a function is none."""


class GraphError(DendrogradError, ValueError):
    """A graph cannot be made or differentiated: a node without a usable rule, say."""


class ShapeError(DendrogradError, ValueError):
    """Lengths or structures of arguments do not fit together."""


class NonFiniteError(DendrogradError, FloatingPointError):
    """An operation made an inf or a nan under `errstate(...="raise")`."""


class NotAFileError(DendrogradError, OSError):
    """A file cannot be written where a directory, a pipe or a device stands."""


class TraceError(DendrogradError, TypeError):
    """A derivative rule left the table: a foreign call, a branch or a conversion."""


class MissingToolError(DendrogradError, ImportError):
    """An optional tool is absent; the message says how to get it."""


class GradientLostWarning(UserWarning):
    """A float was taken of a Value whose gradient is wanted: `math.exp(v)`, say."""
