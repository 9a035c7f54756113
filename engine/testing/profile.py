"""A hypothesis profile for tests of derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dendrograd.tools import tool

if TYPE_CHECKING:
    from hypothesis import settings

__all__ = ["profile"]

__tracebackhide__ = True  # pytest shows a person's own lines

NAME = "dendrograd"


def profile(**options: Any) -> settings:
    """Register and load the hypothesis profile "dendrograd", and return it.

    It leaves out the phase `explain`, which varies each part of a failing example to
    tell which matter: on an expression that takes many times as long as to find and
    shrink it, and tells nothing that its source does not. It has no deadline, since a
    slow machine is not a wrong derivative. Further options are those of
    `hypothesis.settings`. Call it in conftest.py, before the tests are imported, or
    use what it returns as a decorator. Raises MissingToolError without hypothesis.

    >>> from hypothesis import Phase, settings
    >>> before = settings.get_current_profile_name()
    >>> Phase.explain in profile(max_examples=50).phases
    False
    >>> settings.load_profile(before)  # your conftest.py leaves it loaded
    """
    hypothesis = tool("hypothesis", "profile")
    settings, explain = hypothesis.settings, hypothesis.Phase.explain
    phases = tuple([phase for phase in settings.default.phases if phase is not explain])
    chosen = {"deadline": None, "phases": phases} | options
    settings.register_profile(NAME, settings.get_profile("default"), **chosen)
    settings.load_profile(NAME)
    return settings.get_profile(NAME)  # type: ignore[no-any-return]  # optional, so untyped
