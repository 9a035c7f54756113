"""Model files that were made to harm: each must be refused, or be harmless.

Run as a program, `python tests/nn/crafted_models.py COUNT SEED`, it also loads as many
mutated files: whole ones of which some bytes were changed, cut out, doubled or swapped.
"""

from __future__ import annotations

import json
import random
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from dendrograd.nn import (
    MLP,
    Dropout,
    Elementwise,
    Layer,
    Predictor,
    Sequential,
    Standardizer,
    StateError,
    cross_entropy,
    load,
    save,
)

NET = {"type": "MLP", "nin": 2, "nouts": [3, 2], "activation": "tanh"}
WIDE = {"type": "MLP", "nin": 10**9, "nouts": [10**9], "activation": "relu"}


def whole(file: Path, parts: bool = False) -> bytes:
    """Write a good file with all that a file can have; return its bytes."""
    net = MLP(2, [3, 2], activation="tanh", seed=0)
    if parts:
        parts_of = Layer(2, 4, seed=0), Elementwise("tanh"), Dropout(0.1, seed=0)
        net = Sequential(*parts_of, Layer(4, 2, activation=None, seed=0))
    Predictor(
        net, scale=Standardizer().fit([[1.0, 2.0], [3.0, 5.0]]),
        columns=["a", "b"], classes=["no", "yes"], loss=cross_entropy,
    ).save(file)  # fmt: skip
    return file.read_bytes()


def nested(depth: int) -> dict[str, object]:
    about: dict[str, object] = dict(NET)
    for _ in range(depth):
        about = {"type": "Sequential", "parts": [about]}
    return about


def about(**changes: object) -> object:
    return lambda arrays, notes: (arrays, notes | changes)


def model(**changes: object) -> object:
    return about(model=NET | changes)


def array(name: str, entries: object) -> object:
    return lambda arrays, notes: (arrays | {name: entries}, notes)


def without(name: str) -> object:
    return lambda arrays, notes: ({k: a for k, a in arrays.items() if k != name}, notes)


def text(content: str) -> object:
    return lambda arrays, notes: (arrays, content)


CHANGES = {  # what each makes of (arrays, description)
    "sizes of a billion": about(model=WIDE),
    "a size of 10**400": model(nin=10**400),
    "a size of 0": model(nin=0),
    "a negative size": model(nouts=[-3, 2]),
    "a size that is true": model(nin=True),
    "a size of 2.0": model(nin=2.0),
    "a size in words": model(nin="2"),
    "no sizes": model(nouts=[]),
    "sizes of sizes": model(nouts=[[3], [2]]),
    "sizes in a dict": model(nouts={"0": 3}),
    "a million layers": model(nouts=[1] * 10**6),
    "another width": model(nouts=[4, 2]),
    "another depth": model(nouts=[3, 3, 2]),
    "an unknown activation": model(activation="os.system"),
    "an activation that is a number": model(activation=3),
    "an activation that is a list": model(activation=[]),
    "an activation by reference": model(activation={"function": "os:system"}),
    "an activation of builtins": model(activation={"function": "builtins:eval"}),
    "an activation of a trap": model(activation={"function": "trap:run"}),
    "a reference that is a dict": model(activation={"function": {}}),
    "a reference to nothing": model(output_activation={}),
    "an operation of two operands": model(
        output_activation={"function": "dendrograd:pow"}
    ),
    "an unknown type": model(type="Popen"),
    "a type that is a list": model(type=[]),
    "a class of its own": about(model={"type": "own", "class": "trap:Net"}),
    "a class that is a number": about(model={"type": "own", "class": 3}),
    "a plain function": about(model={"type": "function", "name": "os:system"}),
    "a function of a trap": about(model={"type": "function", "name": "trap:run"}),
    "an operation as a model": about(
        model={"type": "function", "name": "dendrograd:exp"}
    ),
    "no model": about(model=None),
    "a model that is a text": about(model="MLP"),
    "a model that is a list": about(model=[NET]),
    "a Sequential of nothing": about(model={"type": "Sequential", "parts": []}),
    "a Sequential of numbers": about(model={"type": "Sequential", "parts": [1, 2]}),
    "a Sequential without parts": about(model={"type": "Sequential"}),
    "a Sequential in 30 others": about(model=nested(30)),
    "a dropout of text": about(
        model={"type": "Sequential", "parts": [{"type": "Dropout", "p": "1"}]}
    ),
    "a dropout of 1": about(
        model={"type": "Sequential", "parts": [{"type": "Dropout", "p": 1}]}
    ),
    "a loss of a trap": about(loss="trap:run"),
    "a loss that is a number": about(loss=3),
    "a loss that is a list": about(loss=["trap:run"]),
    "columns that are numbers": about(columns=[1, 2]),
    "columns that are a text": about(columns="ab"),
    "two columns of one name": about(columns=["a", "a"]),
    "columns in lists": about(columns=[["a"], ["b"]]),
    "classes that are lists": about(classes=[["no"], ["yes"]]),
    "classes in a dict": about(classes={"no": "yes"}),
    "two classes of one name": about(classes=["no", "no"]),
    "too few classes": about(classes=["no"]),
    "another format": about(format=2),
    "a format that is a list": about(format=[1]),
    "a scale of 0": array("scale.scale", [0.0, 1.0]),
    "a scale of nan": array("scale.scale", [np.nan, 1.0]),
    "a scale of another shape": array("scale.scale", [[1.0, 1.0]]),
    "a scale without its mean": without("scale.mean"),
    "a scale with more": array("scale.more", [1.0]),
    "a target scale of 9 columns": array("target_scale.mean", np.ones(9)),
    "an array too many": array("layers.9.weight", [[1.0]]),
    "an array too few": without("layers.0.bias"),
    "weights of another shape": array("layers.0.weight", np.ones((2, 3))),
    "a huge shape of no entries": array("layers.0.weight", np.ones((0, 2**40))),
    "no JSON": text("{"),
    "no description": text(""),
    "a list": text("[1, 2]"),
    "a number of 10,000 digits": text("1" * 10_000),
    "lists in lists": text("[" * 10**5 + "]" * 10**5),
    "dicts in dicts": text('{"model":' * 10**5 + "1" + "}" * 10**5),
    "2 million characters": text('{"format": 1, "x": "' + "x" * 2 * 10**6 + '"}'),
    "half a character": text('{"format": 1, "classes": ["\\ud800"]}'),
}
HARMLESS = {  # they load, and predict or say why not
    "a loss of a trap", "too few classes",
}  # fmt: skip


def crafted(name: str, file: Path) -> None:
    """Write a file with one of the CHANGES."""
    whole(file)
    arrays, notes = load(file)
    changed, rest = CHANGES[name](dict(arrays), json.loads(notes["dendrograd"]))
    said = rest if isinstance(rest, str) else json.dumps(rest)
    save(file, changed, {"dendrograd": said})


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return a file of which something was changed, mostly in its header."""
    data, header = bytearray(content), 8 + struct.unpack("<Q", content[:8])[0]
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        end = header if rng.random() < 0.9 else len(data)
        i, j = sorted(rng.randrange(min(end, len(data))) for _ in range(2))
        j = min(j, i + 12)
        kind = rng.randrange(5)
        if kind == 0:
            data[i] = rng.randrange(256)
        elif kind == 1:
            data[i] = rng.choice(b'0123456789[]{}",:-.eE')
        elif kind == 2:
            data[i:j] = b" " * (j - i)  # of the same length
        elif kind == 3:
            data[i:j] = bytes(rng.sample(data[i:j], j - i))
        else:
            del data[i:j]
    if rng.random() < 0.5:  # a header whose length is right again
        shift = len(data) - len(content)
        data[:8] = struct.pack("<Q", max(header - 8 + shift, 0))
    return bytes(data)


def judged(file: Path) -> str:
    """Load a file and predict; return "refused" or "loaded", or raise what is wrong."""
    try:
        predictor = Predictor.load(file)
    except StateError as refusal:
        told = str(refusal)
    else:
        predictor.outputs([[0.5] * inputs(predictor.model)])
        return "loaded"
    assert file.name in told
    assert len(told) < 1000
    return "refused"


def inputs(net: object) -> int:
    return net.nin if hasattr(net, "nin") else net.parts[0].nin  # type: ignore[attr-defined]


def main(count: int, seed: int) -> None:
    rng, began, told = random.Random(seed), time.perf_counter(), {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.safetensors"
        contents = [whole(file), whole(file, parts=True)]
        for _ in range(count):
            file.write_bytes(mutated(rng.choice(contents), rng))
            outcome = judged(file)
            told[outcome] = told.get(outcome, 0) + 1
        for name in CHANGES:
            crafted(name, file)
            try:
                outcome = judged(file)
            except (TypeError, ValueError) as error:
                outcome = f"says {error}"
            print(f"{name}: {outcome}")
    print(f"{count} mutated files: {told}; {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
