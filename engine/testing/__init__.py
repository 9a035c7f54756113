"""Checks of derivatives: of your functions, of your operations, of the engine itself."""

from .check import check_grads
from .expression import Expression
from .partials import check_partials
from .report import GradientError, Report
from .strategies import expressions, operands, reals

__all__ = [
    "Expression",
    "GradientError",
    "Report",
    "check_grads",
    "check_partials",
    "expressions",
    "operands",
    "reals",
]
