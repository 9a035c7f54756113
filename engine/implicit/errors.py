"""What is raised where an equation has no root that could be found and differentiated."""

from __future__ import annotations

from dendrograd.errors import DendrogradError

__all__ = ["SolveError"]


class SolveError(DendrogradError, RuntimeError):
    """No root was found, or none that has a derivative; the message says which."""
