"""Optional tools, imported where they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import MissingToolError

__all__ = ["available", "tool"]

__tracebackhide__ = True  # pytest shows a person's own lines


def tool(name: str, purpose: str) -> Any:
    """Return an optional package; raise MissingToolError with the way to install it."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingToolError(
            f"{purpose} needs {name}, which is not installed; "
            "in a clone, pip install '.[testing]'"
        ) from None


def available(name: str) -> bool:
    """Return whether an optional package can be imported."""
    try:
        import_module(name)
    except ImportError:
        return False
    return True
