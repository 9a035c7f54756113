"""Writes what the commit a6839b3 could pickle: `pickles/native.pickle` or `pure.pickle`.

The two files were written by that commit, one by each class of Value, and stay as they
are: what people pickled then must be read for ever, wherever its classes move. So this
script runs nowhere but in a checkout of that commit:

    git worktree add ../older a6839b3 && cp tests/engine/make_pickles.py ../older
    cd ../older && python -m venv .venv && .venv/bin/pip install -e .
    .venv/bin/python make_pickles.py FOLDER
    DENDROGRAD_PURE=1 .venv/bin/python make_pickles.py FOLDER

A file holds a dict: what was pickled, and under "told" what its graph said of itself.
The class in C could not pickle a model that was called nor a block that was entered, so
these are in the other file alone.
"""

from __future__ import annotations

import math
import pickle
import sys
from pathlib import Path
from typing import Any

from dendrograd import (
    Value,
    dot,
    errstate,
    implementation,
    nn,
    no_grad,
    scope,
    sum,
    toposort,
)
from dendrograd.op import by_hand
from dendrograd.ops import OPS


def graph() -> Value:
    """Return a node over every operation, two scopes, labels and a node by hand."""
    x, weight = Value(0.4, label="x"), Value(1.5, label="weight")
    by_a_person = Value(x.data**2, (x,), (2 * x.data,))
    with scope("model"):
        shown = sum([x, weight, by_a_person, 1.0]) + dot([x, 2.0], [weight, x], weight)
        with scope("layer"):
            for op in OPS.values():
                count = 3 if op.variadic else len(op.domain)
                xs: list[Any] = [weight, x, x + 1.0][:count]
                for i in op.constant:
                    xs[i] = 1.0
                y = op(*xs) if math.isfinite(op(*xs)) else op(*xs[1:], weight * 0.5)
                shown = shown + y
    shown.label = "shown"
    shown.backward()
    return shown


def modules() -> dict[str, Any]:
    """Return a part of every kind, a model that shares its weights with an optimiser."""
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    for i, parameter in enumerate(model.parameters()):
        parameter.grad = 0.5 + i
    optimizer.step()
    return {
        "model": model,
        "optimizer": optimizer,
        "schedule": nn.StepLR(optimizer, 2),
        "sequence": nn.Sequential(nn.Layer(2, 2, seed=1), nn.Dropout(0.5, seed=0)),
        "rows": nn.Standardizer().fit([[1.0, 2.0], [3.0, 5.0]]),
    }


def used() -> dict[str, Any]:
    """Return a model that was called and blocks that were entered, two of them inside."""
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    model([0.5, -1.0])
    blocks = scope("net"), no_grad(), errstate(invalid="warn")
    with blocks[0], blocks[1], blocks[2]:
        return pickle.loads(pickle.dumps({"called": model, "blocks": blocks}))


def main(folder: Path) -> None:
    root = graph()
    nodes = toposort(root)
    with scope("model"):
        bad = Value(-1.0).log()
    bad.call.source = "model.py:12"  # not the place of this script, which differs
    found: dict[str, Any] = {
        "root": root,
        "bad": bad,
        "call": next(v.call for v in nodes if v.scope == ("model", "layer")),
        "operations": [*OPS.values(), by_hand],
        "names": [*OPS, "by_hand"],
        "blocks": (scope("net"), no_grad(), errstate(invalid="warn")),
        **modules(),
        **(used() if implementation == "pure" else {}),
        "told": [
            (v.data, v.grad, v.label, v.scope, v.op and v.op.name, v.partials)
            for v in nodes
        ],
        "called there": nn.MLP(2, [3, 1], activation="tanh", seed=0)([0.5, -1.0]).data,
    }
    (folder / f"{implementation}.pickle").write_bytes(pickle.dumps(found, 4))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
