"""Run random programs and count what stays: `python leaks.py [programs]`.

Nothing may: after a warm-up, which fills the caches of Python and the free nodes of the
twin, memory blocks and the references to what all nodes share are as many as before.
"""

from __future__ import annotations

import gc
import sys
from random import Random

from twins import drawn, outcome

from dendrograd import Value, implementation
from dendrograd.mode import NOWHERE, PLAIN, Call
from dendrograd.ops import OPS

SHARED = (Value, NOWHERE, PLAIN, (), "", *OPS.values())


def blocks(programs: int, seed: int) -> int:
    """Return how many memory blocks are in use after so many programs."""
    draw = Random(seed)
    for _ in range(programs):
        outcome(drawn(draw))
    gc.collect()
    sys._clear_type_cache()  # it keeps names that reprlib makes anew for each repr
    return sys.getallocatedblocks()


def references() -> list[int]:
    """Return how many references there are to what all nodes share."""
    return [sys.getrefcount(thing) for thing in SHARED]


def grown(programs: int) -> tuple[int, dict[str, int]]:
    """Return how many blocks and references there are more after so many programs.

    The same programs run before and after. So many nodes at once in the beginning leave
    the twin with all the free nodes and calls that it keeps.
    """
    [(Value(0.0), Call("", NOWHERE)) for _ in range(1 << 17)].clear()
    few = max(programs // 20, 100)
    for seed in (1, 2):
        blocks(few, seed)
    kept, before = references(), blocks(few, seed=2)
    blocks(programs - 4 * few, seed=3)
    after = blocks(few, seed=2)
    changed = [new - old for new, old in zip(references(), kept, strict=True)]
    return after - before, {
        repr(thing)[:40]: more
        for thing, more in zip(SHARED, changed, strict=True)
        if more
    }


if __name__ == "__main__":
    programs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    more, references_more = grown(programs)
    print(
        f"{implementation}: {more:+} blocks after {programs} programs", references_more
    )
    sys.exit(more > 30 or bool(references_more))
