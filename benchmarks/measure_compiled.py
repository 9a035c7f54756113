"""One engine on one function, in a process of its own: `measure_compiled.py ENGINE WORK SIZE`.

Prints one line of JSON: ms until the first value and gradient are there, from the plain
function on, imports left out; us of each later call; MB of memory at the peak. CPU time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from itertools import islice
from time import process_time
from typing import Any

import gpt
from engines import ENGINES
from measure import memory
from recorders import RECORDERS
from scalar import WORKS

ENOUGH = 0.3  # seconds, of calls that are repeated until the clock has seen that much
WARM = 3  # calls before the clock counts
OURS = ("numpy", "dendrograd.compiler.compiled")  # imported before the clock starts
PEERS = {"CasADi": "casadi", "heyoka": "heyoka", "JAX": "jax"}


def measure(name: str, work: str, size: int) -> dict[str, Any]:
    """Return the figures of one engine on one function."""
    if work == "gpt":
        return of_training(name, size)
    made = WORKS[work](size)
    before, start = memory("VmRSS:"), process_time()
    call = RECORDERS[name](made)
    value, slopes = call()
    ready = process_time() - start
    check = [float(value), *map(float, slopes[:4])]
    seconds = timed(call)
    peak = memory("VmHWM:") - before
    return {
        "ready": ready * 1e3,
        "call": seconds * 1e6,
        "peak": peak / 2**20,
        "check": check,
    }


def timed(call: Callable[[], Any]) -> float:
    """Return seconds of a call, a mean over many."""
    for _ in range(WARM):
        call()
    done, start = 0, process_time()
    while process_time() - start < ENOUGH:
        call()
        done += 1
    return (process_time() - start) / done


def of_training(name: str, steps: int) -> dict[str, Any]:
    """Return the same of a training step: so many, after as many to be ready."""
    start = process_time()
    training = trainings(name)
    if name == "compiled":
        list(islice(training(), steps))
    ready, start = process_time() - start, process_time()
    *_, check = islice(training(), steps)
    seconds = (process_time() - start) / steps
    peak = memory("VmHWM:")
    return {
        "ready": ready * 1e3,
        "call": seconds * 1e6,
        "peak": peak / 2**20,
        "check": check,
    }


def trainings(name: str) -> Callable[[], Iterator[Any]]:
    """Return what begins a training by an engine, or by the compiled loss."""
    if name != "compiled":
        engine = ENGINES[name]()
        return lambda: gpt.training(engine)
    from gpt_compiled import recorded, training

    step = recorded()
    return lambda: training(step)


if __name__ == "__main__":
    needed = (*OURS, PEERS.get(sys.argv[1], OURS[0]))  # no more: the collector sees all
    for module in needed:
        with suppress(ImportError):
            import_module(module)
    sys.setrecursionlimit(10**6)
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
