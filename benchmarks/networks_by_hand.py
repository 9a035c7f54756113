"""The gradients of the networks, written by hand in NumPy: what a careful person writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from networks import Network

Result = tuple[float, Any]


def classifier(network: Network, flat: Any, x: Any) -> Result:
    """Return the mean loss and its gradient, of a hidden layer with relu and softmax."""
    (w, b, v, c), slopes = network.split(flat), np.empty_like(flat)
    dw, db, dv, dc = network.split(slopes)
    pixels, hot = x[:, : w.shape[1]], x[:, w.shape[1] :]
    h = np.maximum(pixels @ w.T + b, 0.0)
    z = h @ v.T + c
    top = z.max(1, keepdims=True)
    e = np.exp(z - top)
    total = e.sum(1, keepdims=True)
    value = (np.log(total) + top).mean() - (z * hot).sum() / len(x)
    dz = (e / total - hot) / len(x)
    np.matmul(dz.T, h, out=dv)
    dz.sum(0, out=dc)
    dh = (dz @ v) * (h > 0.0)
    np.matmul(dh.T, pixels, out=dw)
    dh.sum(0, out=db)
    return float(value), slopes


def residual(network: Network, flat: Any, x: Any) -> Result:
    """Return the same of blocks h + V tanh(W h + b) + c."""
    parts, slopes = network.split(flat), np.empty_like(flat)
    backs = network.split(slopes)
    width = x.shape[1] // 2
    h, kept = x[:, :width], []
    for i in range(0, len(parts), 4):
        w, b, v, c = parts[i : i + 4]
        a = np.tanh(h @ w.T + b)
        kept.append((h, a))
        h = h + a @ v.T + c
    gap = h - x[:, width:]
    dh = 2.0 / len(x) * gap
    for i in range(len(parts) - 4, -1, -4):
        w, _, v, _ = parts[i : i + 4]
        dw, db, dv, dc = backs[i : i + 4]
        before, a = kept.pop()
        np.matmul(dh.T, a, out=dv)
        dh.sum(0, out=dc)
        da = (dh @ v) * (1.0 - a * a)
        np.matmul(da.T, before, out=dw)
        da.sum(0, out=db)
        dh = dh + da @ w
    return float((gap * gap).sum() / len(x)), slopes


def recurrent(network: Network, flat: Any, x: Any) -> Result:
    """Return the same of a recurrence that is read out at each step."""
    (w, u, b, out), slopes = network.split(flat), np.zeros_like(flat)
    dw, du, db, dout = network.split(slopes)
    inputs = w.shape[1]
    steps = x.shape[1] // inputs
    series = [x[:, i * inputs : (i + 1) * inputs] for i in range(steps)]
    states, gaps = [np.zeros((len(x), len(u)))], []
    for given in series:
        states.append(np.tanh(given @ w.T + states[-1] @ u.T + b))
        gaps.append(states[-1] @ out - given[:, 0])
    scale, dh = 2.0 / (len(x) * steps), np.zeros_like(states[0])
    for i in range(steps - 1, -1, -1):
        h = states[i + 1]
        dgap = scale * gaps[i]
        dout += dgap @ h
        da = (dh + dgap[:, None] * out) * (1.0 - h * h)
        dw += da.T @ series[i]
        du += da.T @ states[i]
        db += da.sum(0)
        dh = da @ u
    return float(np.mean(np.square(gaps))), slopes


BY_HAND: dict[str, Callable[..., Result]] = {
    "classifier": classifier,
    "classifier, nn": classifier,
    "classifier, nn, Values": classifier,
    "residual": residual,
    "recurrent": recurrent,
}
