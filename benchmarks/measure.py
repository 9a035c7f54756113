"""One measurement in a process of its own: `measure.py ENGINE WORKLOAD SIZE`.

`--no-gc` turns the cyclic collector off, `--quick` repeats things a tenth as often.
Prints one line of JSON. Times are CPU seconds of this process.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

from engines import ENGINES, Engine, floats
from gpt import training
from ode import FITS
from sweep import time_loop, time_sweep
from workloads import CHAINS, DEMOS, chain

WARM = 2  # steps that fill caches and free lists before the clock counts
ENOUGH = 0.25  # seconds, of what is repeated until the clock has seen that much
BATCH = 200_000  # operations of chains, after which garbage is collected
SWEPT = 2_000_000  # operations, in sweeps of one graph
Chain = Callable[[Engine, int], tuple[Any, tuple[Any, Any]]]
STACK = 512 * 2**20  # bytes, for engines that sort their graph by recursion


def time_chain(
    engine: Engine, build: Chain, n: int, batch: int, repeats: int = 2
) -> dict[str, Any]:
    """Return ns per operation to build, sweep and free chains: means over repeats.

    A repeat is as many chains as have `batch` operations together, at least one. Where
    only the collector frees a graph, it is called once a repeat.
    """
    many = max(1, batch // n)
    phases = [0.0, 0.0, 0.0]
    for _ in range(repeats):
        for _ in range(many):
            marks = [process_time()]
            v, leaves = build(engine, n)
            marks.append(process_time())
            engine.backward(v)
            marks.append(process_time())
            check = [engine.data(v), *map(engine.grad, leaves)]
            kept = process_time() - marks[-1]
            del v
            marks.append(process_time() - kept)
            for i in range(3):
                phases[i] += marks[i + 1] - marks[i]
        if engine.cyclic:
            start = process_time()
            gc.collect()
            phases[2] += process_time() - start
    per_operation = [phase / (n * many * repeats) * 1e9 for phase in phases]
    times = dict(zip(("build", "sweep", "free"), per_operation, strict=True))
    return {**times, "total": sum(per_operation), "check": check}


def time_steps(training: Iterator[Any], steps: int) -> dict[str, Any]:
    """Return ms of a training step, mean over steps: it keeps deferred costs in."""
    for _ in range(WARM):
        next(training)
    start = process_time()
    for _ in range(steps):
        check = next(training)
    return {"total": (process_time() - start) / steps * 1e3, "check": check}


def time_fit(
    call: Callable[[], list[float]], least: int, enough: float
) -> dict[str, Any]:
    """Return ms of one call, a mean over so many calls and seconds or more."""
    for _ in range(WARM):
        call()
    done, start = 0, process_time()
    while done < least or process_time() - start < enough:
        check = call()
        done += 1
    return {"total": (process_time() - start) / done * 1e3, "check": check}


def bytes_of_chain(engine: Engine, n: int) -> dict[str, Any]:
    """Return bytes per operation once built and at the peak of the sweep.

    Also the share of the memory blocks that are gone when the last name is, with the
    cyclic collector off; None for an engine that keeps its graph outside Python.
    """
    gc.collect()
    blocks, before = sys.getallocatedblocks(), memory("VmRSS:")
    v, leaves = chain(engine, n)
    built = memory("VmHWM:") - before
    engine.backward(v)
    peak = memory("VmHWM:") - before
    held = sys.getallocatedblocks() - blocks
    check = [engine.data(v), *map(engine.grad, leaves)]
    gc.disable()
    del v
    freed = 1.0 - (sys.getallocatedblocks() - blocks) / held
    return {
        "built": built / n,
        "peak": peak / n,
        "freed": freed if held > n else None,
        "check": check,
    }


def memory(key: str) -> int:
    """Return this process's memory now (VmRSS:) or at most (VmHWM:), in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        words = status.read_text().split()
        return int(words[words.index(key) + 1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024  # no /proc: the peak has to do
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(name: str, workload: str, size: int, quick: bool = False) -> dict[str, Any]:
    """Return the figures of one engine on one workload."""
    kind, _, form = workload.partition(" ")
    less = 10 if quick else 1
    if name == "C":
        return time_loop(form, size, SWEPT // less)
    engine = floats() if name == "floats" else ENGINES[name]()
    if kind in ("chain", "short"):
        return time_chain(engine, CHAINS[form], size, BATCH // less)
    if kind == "memory":
        return bytes_of_chain(engine, size)
    if kind in ("sweep", "sweep-short"):
        return time_sweep(engine, size, SWEPT // less)
    if kind == "ode":
        return time_fit(lambda: FITS[form](engine), size, ENOUGH / less)
    step = training if kind == "gpt" else DEMOS[workload]
    return time_steps(step(engine), size)


def main() -> None:
    """Run the measurement that the command line names, with a deep enough stack."""
    name, workload, size = sys.argv[1:4]
    if "--no-gc" in sys.argv:
        gc.disable()
    sys.setrecursionlimit(10**8)
    threading.stack_size(STACK)
    result: dict[str, Any] = {}
    thread = threading.Thread(
        target=lambda: result.update(
            measure(name, workload, int(size), "--quick" in sys.argv)
        )
    )
    thread.start()
    thread.join()
    if not result:
        sys.exit(1)  # the thread has printed its traceback
    print(json.dumps(result))


if __name__ == "__main__":
    main()
