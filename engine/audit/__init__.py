"""How many digits a recorded graph lost to rounding, and where: `audit`."""

from .audit import Audit, Entry, audit

__all__ = ["Audit", "Entry", "audit"]
