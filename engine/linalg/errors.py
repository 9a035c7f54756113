"""What is raised for a matrix that has no inverse, no factor or no logarithm."""

from __future__ import annotations

from dendrograd.errors import DendrogradError

__all__ = ["MatrixError"]


class MatrixError(DendrogradError, ValueError):
    """A matrix is singular, or not positive definite, where that is asked for."""
