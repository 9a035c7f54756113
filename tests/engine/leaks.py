"""Run random programs and count the memory blocks: `python leaks.py [programs]`.

Then fail every allocation of a small program once: each gives a MemoryError, no crash.
"""

from __future__ import annotations

import gc
import sys
from random import Random
from types import ModuleType

from twins import drawn, outcome

from dendrograd import Value, dot, grad, implementation, scope, tanh


def blocks(programs: int, seed: int) -> int:
    """Return how many memory blocks are in use after so many programs."""
    draw = Random(seed)
    for _ in range(programs):
        outcome(drawn(draw))
    gc.collect()
    return sys.getallocatedblocks()


def small() -> list[float]:
    """Touch every way in which a node is made, changed and swept."""
    x, y = Value(2.0), Value(3.0, label="y")
    with scope("block"):
        z = tanh(x * y) + dot([x, y, 1.0], [y, 2.0, x], 1)
    z.label = "z"
    by_hand = Value(1.0, [z, x], [2.0, 3.0])
    by_hand.parents = (z, y)
    by_hand.backward()
    return [x.grad, y.grad, grad(lambda v: v * v / 3)(2.0)]


def failing(testcapi: ModuleType) -> int:
    """Return how many allocations `small` makes, after each has failed once."""
    expected, failed = small(), 0
    for at in range(1, 3000):
        testcapi.set_nomemory(at, at + 1)
        try:
            found = small()
        except MemoryError:
            failed += 1
            continue
        finally:
            testcapi.remove_mem_hooks()
        assert found == expected
    return failed


if __name__ == "__main__":
    programs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    warm = blocks(max(programs // 10, 100), 1)
    grown = blocks(programs, 2) - warm
    print(f"{implementation}: {grown:+} blocks after {programs} programs")
    try:
        import _testcapi
    except ImportError:
        print("no _testcapi here: allocations were not made to fail")
    else:
        print(f"{failing(_testcapi)} allocations failed, one at a time")
    sys.exit(grown > max(300, programs // 50))  # caches of Python fill slowly
