"""A memory limit hit while a graph is built, or in backward, is survived.

Each test runs in a process of its own under RLIMIT_AS. Survived: MemoryError reaches
the caller as such, the process goes on, and graphs from before still differentiate, to
the same bits.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="memory is limited by a call of Unix")

LIMITED = """
import gc, resource
from dendrograd import Value, tanh

def limit(more):
    pages = int(open("/proc/self/statm").read().split()[0])
    size = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (size, size))

def chain(x, length):
    y = x
    for _ in range(length):
        y = tanh(y) + x
    return y

x = Value(0.5)
old = chain(x, 1000)
old.backward()
expected, x.grad = x.grad, 0.0
gc.disable()
"""
BUILD = """
limit(24 << 20)
y, made = x, 0
try:
    while True:
        y = tanh(y) + x
        made += 1
except MemoryError:
    caught = True
y = None
"""
BACKWARD = """
big = chain(x, 100_000)
limit(4 << 20)
try:
    big.backward()
except MemoryError:
    caught = True
assert x.grad == 0.0, x.grad  # all or none
big = None
"""
AFTER = """
assert caught
old.backward()
assert x.grad == expected
z = chain(x, 1000)
x.grad = 0.0
z.backward()
assert x.grad == expected
print("survived")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")
@pytest.mark.parametrize("part", [BUILD, BACKWARD], ids=["build", "backward"])
def test_a_memory_limit_is_survived_and_the_old_graph_still_differentiates(
    part: str,
) -> None:
    command = [sys.executable, "-c", LIMITED + part + AFTER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "survived\n"), done.stderr
