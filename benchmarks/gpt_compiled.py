"""The training step of microgpt, compiled once for each length of a name.

The loss is that of `gpt.py`. What depends on the letters goes in as numbers: the rows of
the embeddings that were looked up, and a row of 0 and 1 for each letter to be predicted.
So the names of one length share a recording, and Adam is a few lines of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from random import Random
from typing import Any

import numpy as np
from engines import floats
from gpt import (
    BETA1,
    BETA2,
    BLOCK,
    EPS,
    LETTERS,
    NAMES,
    RATE,
    STEPS,
    first_weights,
    gpt,
    softmax,
)

from dendrograd import compile, maximum, value_and_grad


def top(logits: list[Any]) -> Any:
    """Return the largest number, with derivative 0."""
    return reduce(maximum, logits).detach()


def loss(weights: dict[str, Any], rows: Any, marks: Any) -> Any:
    """Return the mean of -log p over the letters that the marks tell."""
    keys: list[Any] = []
    values: list[Any] = []
    losses = []
    for place, mark in enumerate(marks):
        logits = gpt({**weights, "token": rows}, place, place, keys, values, top)
        shares = zip(softmax(logits, top), mark, strict=True)
        losses.append(-sum(share * hot for share, hot in shares).log())
    return (1 / len(losses)) * sum(losses)


def recorded() -> Callable[..., Any]:
    """Return the loss and its gradient by the weights and rows, compiled."""
    return value_and_grad(compile(loss), argnums=(0, 1))


def training(step: Callable[..., Any]) -> Iterator[tuple[float, float]]:
    """Yield what `gpt.training` does."""
    draw = Random(42)
    names = NAMES.read_text("utf-8").split()
    draw.shuffle(names)
    made = {k: np.array(m) for k, m in first_weights(floats(), draw).items()}
    flat = np.concatenate([matrix.ravel() for matrix in made.values()])
    ends = np.cumsum([matrix.size for matrix in made.values()])[:-1]
    weights = {  # views: what changes the flat array changes them
        key: part.reshape(made[key].shape)
        for key, part in zip(made, np.split(flat, ends), strict=True)
    }
    token = weights.pop("token")
    m, v = np.zeros(len(flat)), np.zeros(len(flat))
    for i in range(STEPS):
        read, marks = letters(names[i % len(names)])
        value, (slopes, rows) = step(weights, token[read], marks)
        slope = np.zeros_like(token)
        np.add.at(slope, read, rows)
        gradient = np.concatenate([slope.ravel(), *map(np.ravel, slopes.values())])
        told = value, float(slopes["logits"][0, 0])
        m = BETA1 * m + (1 - BETA1) * gradient
        v = BETA2 * v + (1 - BETA2) * gradient**2
        m_hat, v_hat = m / (1 - BETA1 ** (i + 1)), v / (1 - BETA2 ** (i + 1))
        flat -= RATE * (1 - i / STEPS) * m_hat / (v_hat**0.5 + EPS)
        yield told


def letters(name: str) -> tuple[Any, Any]:
    """Return the numbers of the letters that are read, and marks of the next ones."""
    tokens = [LETTERS, *(ord(letter) - ord("a") for letter in name), LETTERS]
    n = min(BLOCK, len(tokens) - 1)
    return np.array(tokens[:n]), np.eye(LETTERS + 1)[tokens[1 : n + 1]]
