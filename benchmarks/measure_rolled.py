"""One engine on a network, in a process of its own: `measure_rolled.py ENGINE WORK ROWS`.

Prints one line of JSON: ms until the first mean loss and gradient are there, from the plain
function on, imports left out; us of each later call; MB of memory at the peak. CPU time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from time import process_time
from types import SimpleNamespace
from typing import Any

import numpy as np
from measure import memory
from networks import NETWORKS, Network, point
from networks_by_hand import BY_HAND

ENOUGH, LEAST = 0.3, 5  # seconds and times that calls are repeated; the best is told
PEERS = {"JAX": "jax", "PyTorch": "torch"}
Call = Callable[[], tuple[Any, Any]]


def compiled(
    name: str, network: Network, p: Any, x: Any, backend: str | None = None
) -> Call:
    """Return dendrograd's compiled mean over the rows."""
    import dendrograd

    if name.endswith("nn"):
        return with_nn(network, p, x, backend)
    fast = dendrograd.compile(
        lambda p, x: network.loss(dendrograd, p, x),
        in_axes=(None, 0),
        reduce="mean",
        backend=backend,
    )
    both = dendrograd.value_and_grad(fast)
    return lambda: both(p, x)  # type: ignore[no-any-return]


def with_nn(network: Network, p: Any, x: Any, backend: str | None) -> Call:
    """Return the same of a model of `dendrograd.nn`, whose parameters get gradients."""
    from dendrograd import compile
    from dendrograd.nn import MLP, SGD, cross_entropy

    (hidden, inputs), _, (classes, _), _ = network.shapes
    model = MLP(inputs, [hidden, classes], activation="relu", seed=0)
    parameters = model.parameters()
    for parameter, number in zip(parameters, interleaved(network, p), strict=True):
        parameter.data = number

    optimizer = SGD(parameters, lr=0.1)

    def loss(x: Any, hot: Any) -> Any:
        return cross_entropy([model(x)], [hot])

    fast = compile(loss, in_axes=0, reduce="mean", backend=backend)
    pixels, hot = x[:, :inputs].copy(), x[:, inputs:].copy()

    def call() -> tuple[Any, Any]:
        optimizer.zero_grad()
        value = fast(pixels, hot)
        value.backward()
        return value.data, value.partials

    return call


def interleaved(network: Network, p: Any) -> list[float]:
    """Return parameters neuron by neuron, each with its bias behind its weights."""
    parts = network.split(p)
    rows = [
        np.column_stack([w, b]).ravel()
        for w, b in zip(parts[::2], parts[1::2], strict=True)
    ]
    return np.concatenate(rows).tolist()  # type: ignore[no-any-return]


def by_hand(name: str, network: Network, p: Any, x: Any) -> Call:
    """Return NumPy with the gradient by hand."""
    if name not in BY_HAND:
        raise ImportError("not written by hand")
    return lambda: BY_HAND[name](network, p, x)


def torch(name: str, network: Network, p: Any, x: Any) -> Call:
    """Return PyTorch on tensors, in double precision, with one thread."""
    import torch as package

    package.set_num_threads(1)
    library = SimpleNamespace(
        relu=package.relu,
        tanh=package.tanh,
        log=package.log,
        einsum=package.einsum,
        logsumexp=lambda z: package.logsumexp(z, 1),
        softmax=lambda z: package.softmax(z, -1),
        future=package.from_numpy(future(name, network)),
    )
    flat, rows = package.from_numpy(p), package.from_numpy(x)
    parts = [a.clone().requires_grad_() for a in network.split(flat)]

    def call() -> tuple[Any, Any]:
        value = network.mean(library, parts, rows)
        slopes = package.autograd.grad(value, parts)
        return value.detach().numpy(), [a.numpy() for a in slopes]

    return call


def jax(name: str, network: Network, p: Any, x: Any) -> Call:
    """Return JAX's compiled function of arrays, in double precision."""
    import jax as package

    package.config.update("jax_enable_x64", True)
    jnp, nn = package.numpy, package.nn
    library = SimpleNamespace(
        relu=nn.relu,
        tanh=jnp.tanh,
        log=jnp.log,
        einsum=jnp.einsum,
        logsumexp=lambda z: nn.logsumexp(z, 1),
        softmax=lambda z: nn.softmax(z, -1),
        future=future(name, network),
    )
    parts, rows = [jnp.array(a) for a in network.split(p)], jnp.array(x)
    both = package.jit(package.value_and_grad(partial(network.mean, library)))
    return lambda: package.block_until_ready(both(parts, rows))  # type: ignore[no-any-return]


def future(name: str, network: Network) -> Any:
    """Return -inf for each position that comes after one, 0 for the others."""
    t = network.shapes[0][0] if name == "transformer" else 1
    return np.where(np.tri(t), 0.0, -np.inf)


ENGINES: dict[str, Callable[..., Call]] = {
    "compiled": compiled,
    "compiled, tape": partial(compiled, backend="tape"),
    "compiled, rolled": partial(compiled, backend="rolled"),
    "NumPy by hand": by_hand,
    "PyTorch": torch,
    "JAX": jax,
}


def measure(engine: str, name: str, rows: int) -> dict[str, Any]:
    """Return the figures of one engine on one network."""
    network = NETWORKS[name]()
    p, x = point(name, network, rows)
    before, start = memory("VmRSS:"), process_time()
    call = ENGINES[engine](name, network, p, x)
    value, slopes = call()
    ready = process_time() - start
    return {
        "ready": ready * 1e3,
        "call": timed(call) * 1e6,
        "peak": (memory("VmHWM:") - before) / 2**20,
        "check": [float(value), float(size(slopes))],
    }


def size(slopes: Any) -> Any:
    """Return the length of a gradient."""
    parts = slopes if isinstance(slopes, (list, tuple)) else [slopes]
    return np.sqrt(sum(float((np.asarray(part) ** 2).sum()) for part in parts))


def timed(call: Call) -> float:
    """Return seconds of a call, the median of many; the first warm up."""
    for _ in range(3):
        call()
    found, start = [], process_time()
    while process_time() - start < ENOUGH or len(found) < LEAST:
        before = process_time()
        call()
        found.append(process_time() - before)
    return float(np.median(found))


if __name__ == "__main__":
    for module in ("dendrograd.compiler.batched", PEERS.get(sys.argv[1], "numpy")):
        with suppress(ImportError):
            import_module(module)
    sys.setrecursionlimit(10**6)
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
