"""Matrices of Values: the time of a likelihood, and the digits of random systems.

    python benchmarks/linalg.py            # times
    python benchmarks/linalg.py 10000      # and so many systems against fifty digits

Digits need mpmath. Where JAX is installed, each gradient is also held against that of
JAX in float64, with the same exact one as the judge, and the Hessian against its Hessian.
"""

from __future__ import annotations

import math
import sys
from importlib.util import find_spec
from random import Random
from time import perf_counter
from typing import Any

import numpy as np

import dendrograd as dg
from dendrograd import Value, linalg
from dendrograd.backprop import toposort

PARAMETERS = [1.3, 0.4, 0.01]
EPS = 2.0**-52


def points(n: int) -> tuple[list[float], list[float]]:
    rng = Random(n)
    xs = sorted(rng.uniform(0, 5) for _ in range(n))
    return xs, [math.sin(x) for x in xs]


def kernel(p: Any, xs: list[float]) -> list[list[Any]]:
    return [
        [
            p[0] * dg.exp(-((a - b) ** 2) * p[1]) + (p[2] if i == j else 0.0)
            for j, b in enumerate(xs)
        ]
        for i, a in enumerate(xs)
    ]


def by_solve(p: Any, xs: list[float], ys: list[float]) -> Any:
    K = kernel(p, xs)
    return 0.5 * dg.dot(ys, linalg.solve(K, ys)) + 0.5 * linalg.slogdet(K)[1]


def by_cholesky(p: Any, xs: list[float], ys: list[float]) -> Any:
    L: Any = linalg.cholesky(kernel(p, xs))
    z: list[Any] = []
    for i, y in enumerate(ys):
        z.append((y - dg.dot(L[i][:i], z) if i else y) / L[i][i])
    return 0.5 * dg.dot(z, z) + dg.sum([dg.log(L[i][i]) for i in range(len(ys))])


def best(run: Any, seconds: float = 0.5) -> float:
    found, end = math.inf, perf_counter() + seconds
    while perf_counter() < end:
        start = perf_counter()
        run()
        found = min(found, perf_counter() - start)
    return found * 1e3


def times() -> None:
    for n in (10, 20, 50):
        data = points(n)
        for loss in (by_cholesky, by_solve):
            nodes = len(toposort(loss([Value(v) for v in PARAMETERS], *data)))
            slope = best(lambda: dg.value_and_grad(loss)(PARAMETERS, *data))  # noqa: B023
            second = best(lambda: dg.hessian(loss)(PARAMETERS, *data))  # noqa: B023
            print(
                f"n = {n:2}, {loss.__name__:11} {nodes:6} nodes, value and gradient "
                f"{slope:6.2f} ms, Hessian {second:7.1f} ms"
            )
        if find_spec("jax"):
            print(f"        Hessian against JAX: {against_jax(*data):.1e}")


def against_jax(xs: list[float], ys: list[float]) -> float:
    """Return how far the Hessian is from JAX's, in units of its largest entry."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    X, Y = jnp.array(xs), jnp.array(ys)

    def loss(p: Any) -> Any:
        K = p[0] * jnp.exp(-((X[:, None] - X[None, :]) ** 2) * p[1])
        K = K + p[2] * jnp.eye(len(xs))
        return 0.5 * Y @ jnp.linalg.solve(K, Y) + 0.5 * jnp.linalg.slogdet(K)[1]

    theirs = np.array(jax.hessian(loss)(jnp.array(PARAMETERS)))
    ours = np.array(dg.hessian(by_solve)(PARAMETERS, xs, ys))
    return float(abs(ours - theirs).max() / abs(theirs).max())


def digits(count: int) -> None:
    """Print the largest error of gradients of random systems, and JAX's of the same."""
    import mpmath

    m = mpmath.MPContext()
    m.dps = 50
    jax_slope = slope_by_jax() if find_spec("jax") else None
    rng, worst, ratios = Random(0), 0.0, []
    for _ in range(count):
        n = rng.randint(1, 10)
        A = [[rng.gauss(0, 1) for _ in range(n)] for _ in range(n)]
        b, w = ([rng.gauss(0, 1) for _ in range(n)] for _ in range(2))
        inverse = m.inverse(m.matrix(A))
        x, bar = inverse * m.matrix(b), inverse.T * m.matrix(w)
        exact = [[-p * q for q in x] for p in bar]
        ours = dg.grad(lambda A: dg.dot(w, linalg.solve(A, b)))(A)  # noqa: B023
        error = distance(ours, exact)
        worst = max(worst, error / (EPS * np.linalg.cond(A)))
        if jax_slope:
            theirs = distance(jax_slope(A, b, w).tolist(), exact)
            ratios.append(error / max(theirs, 4 * EPS))
    print(f"{count} systems: error at most {worst:.2f} units of 2^-52 x condition")
    if jax_slope:
        half, most, worst = np.quantile(ratios, [0.5, 0.99, 1.0])
        print(
            f"times that of JAX: {half:.2f} in half of them, {most:.1f} in 99 %, {worst:.0f}"
        )


def distance(ours: Any, exact: Any) -> float:
    size = max(abs(v) for row in exact for v in row)
    pairs = zip(ours, exact, strict=True)
    errors = [abs(u - v) for us, vs in pairs for u, v in zip(us, vs, strict=True)]
    return float(max(errors) / size)


def slope_by_jax() -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    slope = jax.jit(jax.grad(lambda A, b, w: w @ jnp.linalg.solve(A, b)))
    return lambda *given: np.array(slope(*map(jnp.array, given)))


if __name__ == "__main__":
    times()
    if len(sys.argv) > 1:
        digits(int(sys.argv[1]))
