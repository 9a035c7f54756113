"""What dendrograd.nn raises beside the engine's own errors."""

from __future__ import annotations

from dendrograd.errors import DendrogradError


class DataError(DendrogradError, ValueError):
    """Rows or targets hold something that a model cannot be trained on."""


class SettingError(DendrogradError, ValueError):
    """A hyper-parameter or an option is outside what it may be."""


class StateError(DendrogradError, ValueError):
    """A state, or a file of one, does not fit what it is loaded into."""
