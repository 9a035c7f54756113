"""The benchmark of networks compares like with like."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import dendrograd
from dendrograd import value_and_grad

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
NAMES = ("measure_rolled", "networks", "networks_by_hand", "rolled")
SIZES: dict[str, tuple[Any, ...]] = {
    "classifier": (6, 4, 3),
    "residual": (3, 4, 2),
    "recurrent": (3, 2, 3),
    "transformer": (),
}


@pytest.fixture(scope="module")
def bench() -> Iterator[SimpleNamespace]:
    """The modules of the folder, which is on the path while this file runs."""
    sys.path.append(str(FOLDER))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in NAMES})
    sys.path.remove(str(FOLDER))


def made(bench: Any, name: str) -> tuple[Any, Any, Any]:
    sizes = SIZES[name]
    if name == "transformer":
        sizes = (bench.networks.Sizes(3, 4, 2, 5),)
    network = bench.networks.NETWORKS[name](*sizes)
    return network, *bench.networks.point(name, network, 3)


def eager(network: Any, p: Any, x: Any) -> tuple[float, np.ndarray]:
    both = value_and_grad(lambda p, x: network.loss(dendrograd, p, x))
    found = [both(p.tolist(), row) for row in x.tolist()]
    values, slopes = zip(*found, strict=True)
    return float(np.mean(values)), np.mean(slopes, axis=0)


@pytest.mark.parametrize("engine", ["NumPy by hand", "compiled", "compiled, rolled"])
@pytest.mark.parametrize("name", SIZES)
def test_each_engine_gives_the_mean_and_gradient_of_the_scalar_code(
    bench: Any, name: str, engine: str
) -> None:
    network, p, x = made(bench, name)
    wanted, expected = eager(network, p, x)
    try:
        call = bench.measure_rolled.ENGINES[engine](name, network, p, x)
    except ImportError:
        assert (name, engine) == ("transformer", "NumPy by hand")
        return
    value, slopes = call()
    assert value == pytest.approx(wanted, rel=1e-12)
    assert np.abs(slopes - expected).max() <= 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("name", ["classifier, nn", "classifier, nn, Values"])
def test_the_model_of_nn_is_the_same_network(bench: Any, name: str) -> None:
    network, p, x = made(bench, "classifier")
    wanted, expected = eager(network, p, x)
    call = bench.measure_rolled.ENGINES["compiled"](name, network, p, x)
    value, slopes = call()
    assert value == pytest.approx(wanted, rel=1e-12)
    size = bench.measure_rolled.size
    assert size(slopes) == pytest.approx(size(expected), rel=1e-12)


def test_a_table_has_a_row_for_each_engine_and_says_what_is_missing(
    bench: Any,
) -> None:
    figures = bench.rolled.Figures()
    table = bench.rolled.TABLES["residual"]
    for row, _ in bench.rolled.jobs(["residual"]):
        told = {"ready": 1.0, "call": 2.0, "peak": 3.0, "check": [1.0]}
        figures.add(row, "on", told if row[0] != "JAX" else "not installed")
    text = bench.rolled.shown(table, figures)
    assert text.count("\n") == 1 + len((*bench.rolled.OURS, *bench.rolled.ARRAYS))
    assert "| JAX | not installed |" in text
