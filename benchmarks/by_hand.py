"""Value and gradient of the workloads of `batches.py`, derived by hand, in NumPy.

Each takes parameters and a column of numbers for each lane, and returns the means over lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import workloads
from batches import DAYS, WEEKS

Array = np.ndarray
Found = tuple[float, Array]
BLOCK = 2500  # paths at a time, the fastest of 250 to 10,000: more leave the cache


def in_blocks(block: Callable[[Array, Array], Found], p: Array, x: Array) -> Found:
    """Return the mean over all paths of a value and its slopes, from sums of blocks."""
    lanes = x.shape[1]
    value, slopes = 0.0, np.zeros(len(p))
    for at in range(0, lanes, BLOCK):
        found, more = block(p, x[:, at : at + BLOCK])
        value += found
        slopes += more
    return value / lanes, slopes / lanes


def heston(p: Array, x: Array) -> Found:
    """Return the price and nine Greeks, a block of paths after another."""
    return in_blocks(heston_block, p, x)


def heston_block(p: Array, x: Array) -> Found:
    """Return the sums over the paths of one block."""
    spot, strike, rate, variance, speed, level, spread, correlation, time = p
    dt, n = time / DAYS, x.shape[1]
    root, rest = np.sqrt(dt), np.sqrt(1.0 - correlation * correlation)
    price, v, total = np.full(n, np.log(spot)), np.full(n, variance), np.zeros(n)
    kept = []
    for z, w in x.reshape(DAYS, 2, n):
        known = np.maximum(v, 1e-8)
        deviation, mixed = np.sqrt(known), correlation * z + rest * w
        price = price + (rate - 0.5 * known) * dt + deviation * root * z
        exponential = np.exp(price)
        total += exponential
        kept.append((v > 1e-8, known, deviation, mixed, exponential))
        v = v + speed * (level - known) * dt + spread * root * deviation * mixed
    paid, discount = total / DAYS - strike, np.exp(-rate * time)
    value = (np.maximum(paid, 0.0) * discount).sum()

    g = np.where(paid > 0.0, discount, 0.0)
    g_total, g_price, g_v = g / DAYS, np.zeros(n), np.zeros(n)
    g_rate = g_dt = g_root = g_rest = g_speed = g_level = g_spread = g_mix = 0.0
    for (inside, known, deviation, mixed, exponential), (z, w) in zip(
        reversed(kept), x.reshape(DAYS, 2, n)[::-1], strict=True
    ):
        g_price += g_total * exponential
        prices, variances = g_price.sum(), g_v.sum()
        pull = level * variances - g_v @ known
        g_rate += prices * dt
        g_dt += rate * prices - 0.5 * (g_price @ known) + speed * pull
        g_speed += dt * pull
        g_level += speed * dt * variances
        g_size = g_price * z + spread * g_v * mixed
        sized = g_v * deviation * root
        g_spread += sized @ mixed
        g_mix += spread * (sized @ z)
        g_rest += spread * (sized @ w)
        g_root += g_size @ deviation
        through = g_size * (0.5 * root) / deviation - 0.5 * dt * g_price
        g_v = g_v + np.where(inside, through - speed * dt * g_v, 0.0)
    g_dt += 0.5 * g_root / root
    slopes = [
        g_price.sum() / spot,
        -g.sum(),
        g_rate - time * value,
        g_v.sum(),
        g_speed,
        g_level,
        g_spread,
        g_mix - g_rest * correlation / rest,
        g_dt / DAYS - rate * value,
    ]
    return value, np.array(slopes)


def layers(p: Array) -> Iterator[Array]:
    """Yield the weights of each layer, a row a neuron, its bias last."""
    at = 0
    for inputs, outputs in pairwise(workloads.SIZES):
        size = (inputs + 1) * outputs
        yield p[at : at + size].reshape(outputs, inputs + 1)
        at += size


def network(p: Array, x: Array) -> Found:
    """Return the mean loss and its gradient, by products of matrices."""
    points, label, lanes = x[:2], x[2], x.shape[1]
    first, second, last = layers(p)
    one = np.maximum(first[:, :-1] @ points + first[:, -1:], 0.0)
    two = np.maximum(second[:, :-1] @ one + second[:, -1:], 0.0)
    margin = 1.0 - label * (last[:, :-1] @ two + last[:, -1:])[0]
    value = np.maximum(margin, 0.0).sum() / lanes + workloads.ALPHA * (p @ p)

    slopes = 2.0 * workloads.ALPHA * p
    of_first, of_second, of_last = layers(slopes)
    g = np.where(margin > 0.0, label * (-1.0 / lanes), 0.0)[None]
    of_last[:, :-1] += g @ two.T
    of_last[:, -1] += g.sum(1)
    g = np.where(two > 0.0, last[:, :-1].T @ g, 0.0)
    of_second[:, :-1] += g @ one.T
    of_second[:, -1] += g.sum(1)
    g = np.where(one > 0.0, second[:, :-1].T @ g, 0.0)
    of_first[:, :-1] += g @ points.T
    of_first[:, -1] += g.sum(1)
    return value, slopes


def barrier(p: Array, x: Array) -> Found:
    """Return the price and its slopes: the logarithms of prices are running sums."""
    return in_blocks(barrier_block, p, x)


def barrier_block(p: Array, x: Array) -> Found:
    """Return the sums over the paths of one block."""
    spot, strike, barrier, volatility, rate, time, rebate = p
    dt, weeks = time / WEEKS, np.arange(1, WEEKS + 1)
    growth = rate - 0.5 * volatility * volatility
    noise = np.cumsum(x, axis=0)
    path = volatility * np.sqrt(dt) * noise + (growth * dt * weeks)[:, None]
    hit = path <= np.log(barrier / spot)
    out, week = hit.any(0), weeks[hit.argmax(0)]
    last, price = noise[-1], spot * np.exp(path[-1])
    discount, paid = np.exp(-rate * time), np.maximum(price - strike, 0.0)
    early = np.where(out, np.exp(-rate * dt * week), 0.0)
    late = np.where(out, 0.0, paid * discount)

    moved = np.where(out | (paid <= 0.0), 0.0, price * discount)
    by_time = (growth + 0.5 * volatility / np.sqrt(time * WEEKS) * last) * moved
    by_volatility = (np.sqrt(dt) * last - volatility * time) * moved
    slopes = [
        moved.sum() / spot,
        -discount * np.count_nonzero(moved),
        0.0,
        by_volatility.sum(),
        time * moved.sum() - time * late.sum() - rebate * dt * (early @ week),
        by_time.sum() - rate * (late.sum() + rebate * (early @ week) / WEEKS),
        early.sum(),
    ]
    return rebate * early.sum() + late.sum(), np.array(slopes)


BY_HAND: dict[str, Callable[[Array, Array], Found]] = {
    "heston": heston,
    "mlp": network,
    "barrier": barrier,
}
