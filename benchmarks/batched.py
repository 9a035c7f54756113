"""Engines that give value and gradient over many lanes at once, behind one call.

Each takes a name of `batches.py` and the batch, and returns a function of nothing: value and
gradient by the parameters, reduced as the batch asks, as a user of the engine would write
it. An engine that is not installed raises ImportError when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from batches import DAYS, WEEKS, Batch
from by_hand import BY_HAND, layers
from workloads import ALPHA

Call = Callable[[], tuple[Any, Any]]
FEW = 50  # lanes of an engine that takes one after another; its time is scaled


def compiled(_: str, batch: Batch, exact: bool = False, smooth: bool = False) -> Call:
    """Return dendrograd's compiled function over all lanes."""
    import dendrograd

    f = batch.smooth if smooth and batch.smooth else batch.f
    fast = dendrograd.compile(
        lambda p, x: f(dendrograd, p, x),
        in_axes=(None, 0),
        reduce=batch.reduce,
        exact=exact,
    )
    both = dendrograd.value_and_grad(fast)
    p, x = batch.wrt, batch.columns.T
    return lambda: both(p, x)  # type: ignore[no-any-return]


def one_by_one(_: str, batch: Batch, eager: bool = False) -> Call:
    """Return dendrograd's function called on one lane after another, compiled or not."""
    import dendrograd

    def f(p: Any, x: Any) -> Any:
        return batch.f(dendrograd, p, x)

    both = dendrograd.value_and_grad(f if eager else dendrograd.compile(f))
    p, rows = batch.wrt, batch.columns.T[:FEW].copy()
    count = len(rows) if batch.reduce == "mean" else 1

    def call() -> tuple[Any, Any]:
        found = [both(p, row) for row in rows]
        values, slopes = zip(*found, strict=True)
        return sum(values) / count, np.sum(slopes, axis=0) / count

    return call


def by_hand(name: str, batch: Batch) -> Call:
    """Return NumPy with derivatives by hand."""
    if name not in BY_HAND:
        raise ImportError("not written by hand")
    return partial(BY_HAND[name], batch.wrt, batch.columns)


def casadi(_: str, batch: Batch) -> Call:
    """Return CasADi's virtual machine on its expression graph (SX), mapped over lanes."""
    import casadi as ca

    functions = {name: getattr(ca, name) for name in ("exp", "log", "sqrt", "tanh")}
    m = SimpleNamespace(
        **functions,
        relu=lambda x: ca.fmax(x, 0.0),
        maximum=ca.fmax,
        step=lambda x: x > 0,
    )
    count, lanes = batch.columns.shape
    p, x = ca.SX.sym("p", len(batch.wrt)), ca.SX.sym("x", count)
    root = (batch.smooth or batch.f)(m, ca.vertsplit(p), ca.vertsplit(x))
    slopes = ca.gradient(root, p)
    each = ca.Function("f", [p, x], [root, slopes]).map(lanes)

    def call() -> tuple[Any, Any]:
        value, slopes = each(batch.wrt, batch.columns)
        if batch.reduce is None:
            return value, slopes
        return ca.sum2(value) / lanes, ca.sum2(slopes) / lanes

    return call


def heyoka(_: str, batch: Batch) -> Call:
    """Return heyoka's machine code, made by LLVM, over all lanes."""
    import heyoka as hy

    m = SimpleNamespace(exp=hy.exp, tanh=hy.tanh, relu=hy.relu)
    count, lanes = len(batch.wrt), batch.columns.shape[1]
    names = hy.make_vars(*[f"x{i:04d}" for i in range(count + len(batch.columns))])
    root = batch.f(m, names[:count], names[count:])
    tensors = hy.diff_tensors([root], diff_args=names[:count], diff_order=1)
    slopes = [e for _, e in tensors.get_derivatives(diff_order=1, component=0)]
    function = hy.cfunc([root, *slopes], vars=names)
    parameters = np.repeat(batch.wrt[:, None], lanes, axis=1)
    point = np.vstack([parameters, batch.columns])
    found = np.zeros((count + 1, lanes))

    def call() -> tuple[Any, Any]:
        function(point, outputs=found)
        return found[0], found[1:]

    return call


def torch(name: str, batch: Batch) -> Call:
    """Return PyTorch on tensors of all lanes; a network is products of matrices."""
    import torch as package

    package.set_num_threads(1)
    functions = {f: getattr(package, f) for f in ("exp", "log", "sqrt", "tanh", "relu")}
    m = SimpleNamespace(
        **functions,
        maximum=lambda x, low: x.clamp(min=low),
        step=lambda x: (x > 0.0).to(x.dtype),
    )
    x = package.from_numpy(batch.columns)
    start = package.from_numpy(batch.wrt)
    if batch.reduce is None:  # a gradient for each lane
        start = start[:, None].repeat(1, x.shape[1])

    def call() -> tuple[Any, Any]:
        p = start.clone().requires_grad_()
        if name == "mlp":
            root = losses(package, p, x)
        else:
            root = (batch.smooth or batch.f)(m, p.unbind(), x.unbind())
        total = root.sum() if batch.reduce is None else root.mean()
        (slopes,) = package.autograd.grad(total, p)
        value = root if batch.reduce is None else total
        return value.detach().numpy(), slopes.numpy()

    return call


def losses(m: Any, p: Any, x: Any) -> Any:
    """Return the loss of each point of the network, by products of matrices."""

    def relu(x: Any) -> Any:
        return x.clip(0.0)

    values, label = x[:2], x[2]
    *hidden, last = layers(p)
    for w in hidden:
        values = relu(w[:, :-1] @ values + w[:, -1:])
    scores = (last[:, :-1] @ values + last[:, -1:])[0]
    return relu(1.0 - label * scores) + ALPHA * (p * p).sum()


def jax(name: str, batch: Batch) -> Call:
    """Return JAX's compiled function of arrays over all lanes, in double precision."""
    import jax as package

    package.config.update("jax_enable_x64", True)
    lanes = {"heston": scanned_heston, "barrier": scanned_barrier}
    if name == "mlp":
        loss = partial(losses, package.numpy)
    elif name in lanes:
        loss = partial(lanes[name], package)
    else:
        raise ImportError("scalar code of this size is not compiled within a minute")
    mean = package.jit(package.value_and_grad(lambda p, x: loss(p, x).mean()))
    p, x = package.numpy.array(batch.wrt), package.numpy.array(batch.columns)
    return lambda: package.block_until_ready(mean(p, x))  # type: ignore[no-any-return]


def scanned_heston(jax: Any, p: Any, x: Any) -> Any:
    """Return the payoffs of all paths, day by day in one loop of the compiled program."""
    jnp = jax.numpy
    spot, strike, rate, variance, speed, level, spread, correlation, time = p
    dt = time / DAYS
    root, rest = jnp.sqrt(dt), jnp.sqrt(1.0 - correlation * correlation)

    def step(state: Any, noise: Any) -> Any:
        price, v, total = state
        known = jnp.maximum(v, 1e-8)
        size = jnp.sqrt(known) * root
        price = price + (rate - 0.5 * known) * dt + size * noise[0]
        moved = spread * size * (correlation * noise[0] + rest * noise[1])
        v = v + speed * (level - known) * dt + moved
        return (price, v, total + jnp.exp(price)), None

    zero = jnp.zeros(x.shape[1])
    start = jnp.log(spot) + zero, variance + zero, zero
    (_, _, total), _ = jax.lax.scan(step, start, x.reshape(DAYS, 2, -1))
    return jnp.maximum(total / DAYS - strike, 0.0) * jnp.exp(-rate * time)


def scanned_barrier(jax: Any, p: Any, x: Any) -> Any:
    """Return what all paths pay, week by week in one loop of the compiled program."""
    jnp = jax.numpy
    spot, strike, barrier, volatility, rate, time, rebate = p
    dt = time / WEEKS
    drift, size = (rate - 0.5 * volatility**2) * dt, volatility * jnp.sqrt(dt)

    def step(state: Any, given: Any) -> Any:
        price, alive, paid = state
        noise, week = given
        price = price * jnp.exp(drift + size * noise)
        left = alive * (price > barrier)
        paid = paid + (alive - left) * (rebate * jnp.exp(-rate * dt * week))
        return (price, left, paid), None

    one = jnp.ones(x.shape[1])
    given = x, jnp.arange(1.0, WEEKS + 1.0)
    (price, alive, paid), _ = jax.lax.scan(step, (spot * one, one, 0.0 * one), given)
    late = alive * jnp.maximum(price - strike, 0.0) * jnp.exp(-rate * time)
    return paid + late


ENGINES: dict[str, Callable[[str, Batch], Call]] = {
    "compiled": compiled,
    "compiled, exact": partial(compiled, exact=True),
    "compiled, branch-free": partial(compiled, smooth=True),
    "compiled, lane by lane": one_by_one,
    "eager": partial(one_by_one, eager=True),
    "NumPy by hand": by_hand,
    "PyTorch": torch,
    "JAX": jax,
    "CasADi": casadi,
    "heyoka": heyoka,
}
