"""Where the class in C is not built but could be, one line says so and how."""

from __future__ import annotations

import sys
import sysconfig

import pytest

from dendrograd import native


@pytest.fixture
def without_a_build(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An install to which no compiler came, on a Python for which there is the C."""
    monkeypatch.setenv("DENDROGRAD_PURE", "0")
    monkeypatch.setattr(native, "find_spec", lambda name, package: None)
    monkeypatch.setattr(native, "said", False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 0)
    monkeypatch.setattr(sys.implementation, "name", "cpython")
    return monkeypatch


def test_an_install_without_a_compiler_is_told_how_to_get_the_class_in_c(
    without_a_build,
):
    told = native.advice()
    for word in ("class in Python", "C compiler", "in a clone, pip install ."):
        assert word in told
    assert "\n" not in told


def test_no_advice_where_it_is_built_unwanted_or_cannot_be(without_a_build):
    for target, name, value in [
        (native, "find_spec", lambda name, package: object()),
        (sys, "platform", "emscripten"),  # Pyodide
        (sys.implementation, "name", "pypy"),
        (sysconfig, "get_config_var", lambda name: 1),  # no global lock
    ]:
        with without_a_build.context() as patch:
            patch.setattr(target, name, value)
            assert native.advice() == ""
    without_a_build.setenv("DENDROGRAD_PURE", "1")
    assert native.advice() == ""


def test_it_is_said_once_or_again_where_asked(without_a_build):
    heard: list[str] = []
    native.say(heard.append)
    native.say(heard.append)
    assert heard == [native.advice()]
    native.say(heard.append, again=True)
    assert len(heard) == 2
    without_a_build.setenv("DENDROGRAD_PURE", "1")
    native.say(heard.append, again=True)
    assert len(heard) == 2
