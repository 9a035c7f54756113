"""Hold compiled trainings against recorded ones: `python many_trainings.py 300 1`.

Models, losses, rows, optimisers and callbacks are drawn at random. A training with
compiled=True and one with compiled=None must have the weights, the gradients and the
history of one with compiled=False to 1e-9, or raise the same error, and leave the global
random generators in the same state. One that is broken and goes on must have the bits of
one that is not; what is copied and pickled afterwards, the numbers of the model. A second
number is the seed. Prints what came out, and how often.
"""

from __future__ import annotations

import copy
import pickle
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import dendrograd as dg
from dendrograd import Value, nn
from dendrograd.nn import MLP, SGD, Adam, Layer, Module, Sequential, fit
from dendrograd.nn.activations import ACTIVATIONS
from dendrograd.nn.errors import SettingError

CLOSE = 1e-9
ROWS, INPUTS = 36, 3
SHIFT = 0.0  # which a callback changes


class Own(Module):
    """A model of weights in a dict and nested lists, which may branch on a row."""

    scale = 1.0

    def __init__(self, draw: Random) -> None:
        self.weights = {
            "in": [[Value(draw.gauss(0.0, 0.5)) for _ in range(INPUTS)] for _ in "ab"],
            "out": [Value(draw.gauss(0.0, 0.5)), Value(draw.gauss(0.0, 0.5))],
        }
        self._fixed = Value(draw.gauss(0.0, 0.5))
        self.kind = draw.choice(["tanh", "branch", "list", "tuple", "constant", "mode"])

    def forward(self, row: Any) -> Any:
        a, b = (dg.dot(w, row) for w in self.weights["in"])
        u, v = self.weights["out"]
        total = u * dg.tanh(a) + v * dg.sin(b) + self._fixed * self.scale + SHIFT
        if self.kind == "branch":
            return total * row[0] if row[0] > 0.5 else (total if row[1] else -total)
        if self.kind == "mode":
            return total if self.training else total * 2.0
        if self.kind == "constant":
            return total if row[2] > 0.0 else 0
        several = (total, a * u, self._fixed)
        return {"list": list(several), "tuple": several}.get(self.kind, total)


class Recurrent(Module):
    def __init__(self, draw: Random) -> None:
        self.weights = [Value(draw.gauss(0.0, 0.5)) for _ in range(3)]

    def forward(self, row: Any) -> Any:
        state: Any = 0.0
        for x in row:
            state = dg.tanh(self.weights[0] * state + self.weights[1] * x)
        return self.weights[2] * state


class Looking(Module):
    """A model that takes an entry of the row for an index or a key, or draws."""

    def __init__(self, draw: Random) -> None:
        self.table = [Value(draw.gauss(0.0, 0.5)) for _ in range(4)]
        self.kind = draw.choice(["index", "key", "set", "draw", "count", "own"])
        self._noise = random.Random(1).random
        self._calls = [0]

    def forward(self, row: Any) -> Any:
        total = dg.dot(self.table[:INPUTS], row)
        if self.kind == "index":
            return total + self.table[row[0]]
        if self.kind == "key":
            return total + {3: self.table[3]}.get(row[0], 0.5)
        if self.kind == "set":
            return total * (2.0 if row[0] in {3} else 1.0)
        if self.kind == "count":
            self._calls[0] += 1
            return total + 0.001 * self._calls[0]
        noise = random.random() if self.kind == "draw" else self._noise()
        return total + (0.1 if noise < 0.05 else 0.0)


def model_of(draw: Random) -> Module:
    kind = draw.randrange(6)
    if kind == 0:
        names = [name for name in ACTIVATIONS if name]
        sizes = [draw.randint(1, 4), draw.randint(1, 2)]
        return MLP(INPUTS, sizes, activation=draw.choice(names), seed=draw.randrange(9))
    if kind == 1:
        shared = Layer(INPUTS, INPUTS, activation="tanh", seed=draw.randrange(9))
        last = Layer(INPUTS, 1, activation=None, seed=1)
        return Sequential(shared, nn.Elementwise("softplus"), shared, last)
    if kind == 2:
        return Sequential(
            Layer(INPUTS, 3, activation="gelu", seed=2),
            nn.Dropout(draw.choice([0.0, 0.3]), seed=3),
            lambda row: [x * 0.5 for x in row],
            Layer(3, draw.randint(1, 2), seed=4),
        )
    return (Recurrent, Own, Looking)[kind - 3](draw)


def rows_of(draw: Random) -> Any:
    """Return rows of one kind or another."""
    kind, rng = draw.randrange(6), np.random.default_rng(draw.randrange(99))
    if kind == 0:
        return rng.integers(0, 4, (ROWS, INPUTS)).tolist()
    if kind == 1:
        return rng.normal(size=(ROWS, INPUTS)) > 0.0
    if kind == 2:
        return np.asfortranarray(rng.normal(size=(ROWS, INPUTS)))[::-1]
    if kind == 3:
        return rng.normal(size=(ROWS, INPUTS)).astype(np.float32)
    X = rng.normal(size=(ROWS, INPUTS))
    X[draw.randrange(ROWS), 0] = draw.choice(
        [8.0, -8.0, 0.0, -0.0, 1.0]
    )  # sin of more is chaos
    return X.tolist()


class Summed:
    """A loss of one's own over all outputs, which counts, draws, and adds a penalty."""

    def __init__(self, model: Module, kind: str) -> None:
        self.model, self.kind, self.calls = model, kind, 0

    def __call__(self, outputs: Any, targets: Any) -> Any:
        self.calls += 1
        firsts = [o[0] if isinstance(o, (list, tuple)) else o for o in outputs]
        errors = [dg.tanh(o - t) ** 2 for o, t in zip(firsts, targets, strict=True)]
        if self.kind == "largest":
            return dg.logsumexp(errors)
        total = dg.sum(errors) / len(errors)
        if self.kind == "penalty":
            total = total + 0.01 * dg.sum([p * p for p in self.model.parameters()])
        if self.kind == "state":
            total = total * (1.0 + 0.01 * self.calls + 0.01 * random.random())
        if self.kind == "fails" and self.calls > 12:
            raise ValueError("the loss fails")
        if self.kind == "nan" and self.calls > 12:
            return total * float("nan")
        return total


OWN = ("largest", "penalty", "state", "plain", "fails", "nan")
OF_PAIRS = [getattr(nn, n) for n in ("mse_loss", "l1_loss", "huber_loss", "hinge_loss")]


class Meddling:
    """A callback that changes something, at one batch or at one epoch."""

    def __init__(self, model: Module, kind: str, when: int) -> None:
        self.model, self.kind, self.when, self.calls = model, kind, when, 0

    def on_batch(self, record: Any) -> Any:
        global SHIFT
        self.calls += 1
        if self.calls != self.when:
            return True
        if self.kind == "weights":
            for p in self.model.parameters():
                p.data *= 0.9
        if self.kind == "attribute":
            self.model.scale = 1.5  # type: ignore[assignment]
        if self.kind == "global":
            SHIFT = 0.25
        if self.kind == "mode":
            self.model.eval()
        return self.kind != "end"


KINDS = ("weights", "attribute", "global", "mode", "end")


class Plan:
    """Everything that is drawn for a training, so that it can be run again and again."""

    def __init__(self, seed: int) -> None:
        draw = self.draw = Random(seed)
        self.seed, self.X, self.size = seed, rows_of(draw), draw.choice([1, 5, 8, 16])
        self.epochs = max(2, min(24, 100 * self.size // ROWS))
        self.own = draw.choice([None, None, None, *OWN])
        self.loss = draw.choice(OF_PAIRS)
        self.reduction = draw.choice(["mean", "mean", "sum"])
        self.meddles = draw.choice([None, None, *KINDS])
        self.when = draw.randint(1, 40)
        self.momentum, self.lr = draw.choice([0.0, 0.9]), draw.choice([1e-3, 1e-2])
        self.frozen = draw.choice([0, 0, 0, 1])
        self.adam = draw.random() < 0.1
        self.settings: dict[str, Any] = {"max_norm": draw.choice([None, 0.5])}
        if draw.random() < 0.3:
            self.settings |= {"validation_fraction": 0.2, "patience": 3}
        self.scheduled, self.figured = draw.random() < 0.3, draw.random() < 0.4

    def run(self, compiled: bool | None, **more: Any) -> tuple[Module, Any, Any]:
        """Return the model, what the training gave or raised, and the parameters."""
        global SHIFT
        SHIFT = 0.0
        random.seed(self.seed)
        np.random.seed(self.seed % 2**32)
        draw = Random(self.seed)
        model = model_of(draw)
        with dg.no_grad():
            width = len(np.atleast_1d(np.array(_shape(model, self.X))))
        y: Any = [draw.choice([-1.0, 1.0]) for _ in range(ROWS)]
        loss: Any = partial(self.loss, reduction=self.reduction)
        if self.own:
            loss = Summed(model, self.own)
        elif width > 1:
            y = [[t] * width for t in y]
        params = model.parameters()[self.frozen :] or model.parameters()
        optimizer = SGD(params, self.lr, momentum=self.momentum)
        kept = Adam(params, self.lr) if self.adam else optimizer
        settings: dict[str, Any] = {"epochs": self.epochs} | self.settings
        if self.scheduled:
            settings["schedule"] = nn.ExponentialLR(kept, gamma=0.9)
        if self.figured:
            settings |= {"metrics": {"mean": _mean}, "test": (self.X[:7], y[:7])}
        if self.meddles:
            settings["callbacks"] = [Meddling(model, self.meddles, self.when)]
        try:
            given: Any = fit(
                model, self.X, y, loss, kept, batch_size=self.size, seed=self.seed,
                compiled=compiled, **settings | more,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001
            given = error
        return model, given, params


def _shape(model: Module, X: Any) -> Any:
    """Return the output of a copy for a row, so that the model is as it was."""
    state = random.getstate()
    try:
        row = X[0].tolist() if isinstance(X, np.ndarray) else X[0]
        noise = model.__dict__.pop("_noise", None)
        twin = copy.deepcopy(model)
        if noise is not None:
            model._noise, twin._noise = noise, lambda: 0.5  # type: ignore[assignment]
        return [float(y) for y in dg.trees.flatten(twin(row))]
    except (TypeError, IndexError):
        return [0.0]
    finally:
        random.setstate(state)


def _mean(outputs: Any, targets: Any) -> float:
    return float(np.mean([np.mean(o) for o in outputs]))


def streams() -> Any:
    return random.getstate(), pickle.dumps(np.random.get_state())


def differs(one: Any, other: Any, params: Any, others: Any, close: float) -> str:
    """Return in what two trainings differ: "" in nothing."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        same = type(one) is type(other) and str(one) == str(other)
        return "" if same else f"{one!r:.200} and {other!r:.200}"
    found = [[(p.data, p.grad or 0.0) for p in ps] for ps in (params, others)]
    if not np.allclose(*found, rtol=close, atol=close, equal_nan=True):
        return f"weights, by {np.abs(np.subtract(*found)).max():.1e}"
    if [r.keys() for r in one] != [r.keys() for r in other]:
        return "the figures of the history"
    pairs = [
        (list(a.values()), list(b.values())) for a, b in zip(one, other, strict=True)
    ]
    same = all(
        np.allclose(a, b, rtol=close, atol=close, equal_nan=True) for a, b in pairs
    )
    return "" if same and one.stopped == other.stopped else "history"


def outcome(seed: int) -> str:
    """Return what a training comes to: compiled, recorded, error, or what is wrong."""
    plan = Plan(seed)
    model, graph, params = plan.run(False)
    left = streams()
    kind = "error" if isinstance(graph, Exception) else "recorded"
    for how in (True, None):
        _, given, others = plan.run(how)
        if isinstance(given, SettingError) and "compiled=True, but" in str(given):
            continue
        if told := differs(given, graph, others, params, CLOSE):
            return f"wrong: compiled={how}: {told}"
        if streams() != left:
            return f"wrong: compiled={how}: random streams"
        if not isinstance(given, Exception) and given.compiled:
            kind = "compiled"
    numbers = [p.data for p in model.parameters()]
    for twin in (copy.deepcopy(model), _pickled(model)):
        if twin is not None and [p.data for p in twin.parameters()] != numbers:
            return "wrong: a copy"
    if kind != "error" and not plan.meddles and plan.own != "state":
        return resumed(plan) or kind
    return kind


def _pickled(model: Module) -> Module | None:
    try:
        return pickle.loads(pickle.dumps(model))  # type: ignore[no-any-return]
    except (pickle.PicklingError, AttributeError):  # a lambda
        return None


def resumed(plan: Plan) -> str:
    """Return what is wrong with a training that is broken and goes on; "" if nothing."""
    if isinstance(plan.run(None)[0], Looking):  # whose own counts no file has
        return ""
    whole, history, _ = plan.run(None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.safetensors"
        half = {"checkpoint": file, "epochs": max(1, plan.epochs // 2)}
        plan.run(None, **half)
        model, given, _ = plan.run(None, checkpoint=file, resume=True)
    if isinstance(given, Exception):
        return f"wrong: it does not go on: {given!r}"
    same = [p.data for p in model.parameters()] == [p.data for p in whole.parameters()]
    return "" if same and list(given) == list(history) else "wrong: other bits, resumed"


def outcomes(count: int, seed: int, tell: Callable[..., Any] = print) -> Counter[str]:
    """Return how many of so many random trainings come to what."""
    found = Counter[str]()
    for i in range(count):
        told = outcome(1_000_003 * seed + i)
        if told.startswith("wrong"):
            tell(1_000_003 * seed + i, told, flush=True)
        found[told.partition(":")[0]] += 1
    return found


def main(count: int, seed: int) -> int:
    """Print what came out; return how many trainings are wrong."""
    found = outcomes(count, seed)
    print(f"{count:,} trainings, {dict(found)}")
    return found["wrong"]


if __name__ == "__main__":
    asked = list(map(int, sys.argv[1:]))
    sys.exit(main(asked[0], asked[1] if len(asked) > 1 else 1) > 0)
