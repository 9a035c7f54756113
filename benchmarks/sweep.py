"""dendrograd's sweep beside plain C loops over the same graph in memory.

The chain of `workloads.py` is built once and swept many times, so its nodes are in the
same caches for all. The loops of sweep.c run over a copy of that graph: nodes of the same
96 bytes, in the same order of addresses, linked by pointers, with the partials that
dendrograd recorded. *In known order* is the least that a sweep can do, but `backward` is
given a root and no order, so *with its sort* is the same work: depth first from the root,
then the loop. The compiler is the system's; without one these rows say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from ctypes import CDLL, c_double, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from engines import Engine, dendrograd
from workloads import chain

SOURCE = Path(__file__).with_name("sweep.c")
FLAGS = ("-O2", "-ffp-contract=off", "-shared", "-fPIC")  # a*b + c is rounded twice
WARM = 3  # sweeps before the clock counts
FORMS = {"in known order": False, "with its sort": True}


def time_sweep(engine: Engine, n: int, total: int) -> dict[str, Any]:
    """Return ns per operation of `backward` on a chain that stays, and its gradients."""
    root, leaves = chain(engine, n)
    backward = engine.backward

    def sweep(times: int) -> None:
        for _ in range(times):
            backward(root)

    def gradients() -> list[float]:
        found = [engine.grad(leaf) for leaf in leaves]
        for leaf in leaves:
            leaf.grad = 0.0
        return found

    return timed(sweep, gradients, n, total)


def time_loop(form: str, n: int, total: int) -> dict[str, Any]:
    """Return the same of a C loop over a copy of dendrograd's graph."""
    root, leaves = chain(dendrograd(), n)
    with TemporaryDirectory() as folder:
        library = compiled(Path(folder))
        graph, places = copied(library, root)
        at = [places[leaf] for leaf in leaves]
        try:
            return timed(
                lambda times: library.sweep(graph, FORMS[form], times),
                lambda: [library.taken(graph, place) for place in at],
                n,
                total,
            )
        finally:
            library.forget(graph)


def timed(
    sweep: Callable[[int], None],
    gradients: Callable[[], list[float]],
    n: int,
    total: int,
) -> dict[str, Any]:
    """Return the time of a sweep, a mean, and the gradients that one gives."""
    times = max(1, total // n)
    sweep(WARM)
    start = process_time()
    sweep(times)
    seconds = process_time() - start
    gradients()
    sweep(1)
    return {"total": seconds / (n * times) * 1e9, "check": gradients()}


def compiled(folder: Path) -> CDLL:
    """Return sweep.c as a library. Raises RuntimeError where there is no compiler."""
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    if compiler is None:
        raise RuntimeError("no C compiler")
    target = folder / "sweep.so"
    subprocess.run([compiler, *FLAGS, SOURCE, "-o", target], check=True)
    library = CDLL(str(target))
    library.build.argtypes = [c_size_t, c_void_p, c_void_p, c_void_p]
    library.build.restype = c_void_p
    library.sweep.argtypes = [c_void_p, c_int, c_int]
    library.sweep.restype = library.forget.restype = None
    library.forget.argtypes = [c_void_p]
    library.taken.argtypes = [c_void_p, c_size_t]
    library.taken.restype = c_double
    return library


def copied(library: CDLL, root: Any) -> tuple[int, dict[Any, int]]:
    """Return a copy of a graph for C, and the place of each node among its addresses.

    Raises ValueError for a node of more than two parents, for which it has no room.
    """
    from dendrograd import toposort

    order = toposort(root)
    index = {node: k for k, node in enumerate(order)}
    places = {node: place for place, node in enumerate(sorted(order, key=id))}
    parents, partials = [-1] * (2 * len(order)), [0.0] * (2 * len(order))
    for k, node in enumerate(order):
        if len(node.parents) > 2:
            raise ValueError(f"sweep: {node!r} has {len(node.parents)} parents, not 2")
        for i, (parent, partial) in enumerate(
            zip(node.parents, node.partials, strict=True)
        ):
            parents[2 * k + i], partials[2 * k + i] = index[parent], partial
    n = len(order)
    graph = library.build(
        n,
        (c_int64 * n)(*[places[node] for node in order]),
        (c_int64 * (2 * n))(*parents),
        (c_double * (2 * n))(*partials),
    )
    if graph is None:
        raise MemoryError("sweep: no memory for the copy of the graph")
    return graph, places
