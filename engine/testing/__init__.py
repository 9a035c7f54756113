"""Checks of derivatives: of your functions, of your operations, of the engine itself."""

from .check import check_grads
from .report import GradientError, Report

__all__ = ["GradientError", "Report", "check_grads"]
