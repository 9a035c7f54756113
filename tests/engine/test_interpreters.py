"""A second interpreter, and a second import, run the class in Python; never a mixture."""

from __future__ import annotations

import subprocess
import sys

import pytest
from implementations import NATIVE

SWEEP = """
import dendrograd
x = dendrograd.Value(3.0)
(x * x).backward()
print(dendrograd.implementation, x.grad, flush=True)
"""
BELOW = """
try:  # Python 3.13 and newer
    import _interpreters
    run, below = _interpreters.exec, _interpreters.create({config!r})
except ImportError:
    import _xxsubinterpreters as _interpreters
    run, below = _interpreters.run_string, _interpreters.create(isolated={isolated})
assert run(below, {SWEEP!r}) is None
_interpreters.destroy(below)
"""
AGAIN = """
import sys
for name in [name for name in sys.modules if name.startswith("dendrograd")]:
    del sys.modules[name]
"""
HERE = "native" if NATIVE else "pure"


def told(*programs: str) -> list[str]:
    """Return the lines that programs print, run one after the other in one process."""
    command = [sys.executable, "-c", "".join(programs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


shaky = pytest.mark.skipif(
    sys.version_info[:2] == (3, 12),
    reason="Python 3.12.1 itself crashes with a lock for each interpreter",
)


@pytest.mark.parametrize("config", ["legacy", pytest.param("isolated", marks=shaky)])
def test_a_subinterpreter_gets_pythons_class_whoever_imports_first(config: str) -> None:
    sub = BELOW.format(config=config, isolated=config == "isolated", SWEEP=SWEEP)
    assert told(SWEEP, sub) == [f"{HERE} 6.0", "pure 6.0"]
    assert told(sub, SWEEP) == ["pure 6.0", f"{HERE} 6.0"]


def test_a_second_copy_of_the_package_gets_pythons_class() -> None:
    assert told(SWEEP, AGAIN, SWEEP) == [f"{HERE} 6.0", "pure 6.0"]
