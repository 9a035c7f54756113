"""Checks of derivatives: of your functions, of your operations, of the engine itself."""

from dendrograd.attributes import answer_for as _answer_for
from dendrograd.audit import Audit, Entry, audit

from .check import check_grads
from .expression import Expression
from .partials import check_partials
from .profile import profile
from .report import GradientError, Report
from .strategies import expressions, operands, reals

__all__ = [
    "Audit",
    "Entry",
    "Expression",
    "GradientError",
    "Report",
    "audit",
    "check_grads",
    "check_partials",
    "expressions",
    "operands",
    "profile",
    "reals",
]

_answer_for(__name__)
