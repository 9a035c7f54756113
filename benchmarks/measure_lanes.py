"""One engine over many lanes, in a process of its own: `measure_lanes.py ENGINE WORK LANES`.

Prints one line of JSON: ms until the first values and gradients are there, from the plain
function on, imports left out; us of each later call; MB of memory at the peak. CPU time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from time import process_time
from typing import Any

import numpy as np
from batched import ENGINES, FEW
from batches import WORKS
from measure import memory

ENOUGH = 0.3  # seconds, of calls that are repeated until the clock has seen that much
ONE_BY_ONE = ("eager", "compiled, lane by lane")
PEERS = {"CasADi": "casadi", "heyoka": "heyoka", "JAX": "jax", "PyTorch": "torch"}


def measure(name: str, work: str, lanes: int) -> dict[str, Any]:
    """Return the figures of one engine on one function."""
    batch = WORKS[work](lanes)
    before, start = memory("VmRSS:"), process_time()
    call = ENGINES[name](work, batch)
    value, slopes = call()
    ready = process_time() - start
    few = name in ONE_BY_ONE and lanes > FEW
    scale = lanes / FEW if few else 1.0
    seconds = timed(call) * scale
    peak = memory("VmHWM:") - before
    check = [] if few else means(value, slopes, len(batch.wrt))
    return {
        "ready": ready * 1e3,
        "call": seconds * 1e6,
        "peak": peak / 2**20,
        "check": check,
    }


def means(value: Any, slopes: Any, count: int) -> list[float]:
    """Return the means over lanes of values and of slopes, which are moved up.

    By twice the largest, so that they are compared within a part of the largest.
    """
    slopes = np.asarray(slopes)
    if slopes.size > count:  # a gradient for each lane
        slopes = slopes.mean(axis=1 if slopes.shape[0] == count else 0)
    moved = slopes + 2.0 * np.abs(slopes).max()
    return [float(np.mean(np.asarray(value))), *moved.ravel().tolist()]


def timed(call: Callable[[], Any]) -> float:
    """Return seconds of a call, a mean over many; the first warms up."""
    call()
    done, start = 0, process_time()
    while process_time() - start < ENOUGH:
        call()
        done += 1
    return (process_time() - start) / done


if __name__ == "__main__":
    for module in ("dendrograd.compiler.compiled", PEERS.get(sys.argv[1], "numpy")):
        with suppress(ImportError):
            import_module(module)
    sys.setrecursionlimit(10**6)
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
