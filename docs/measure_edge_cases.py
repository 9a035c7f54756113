"""Measure the edge cases in PyTorch, JAX and micrograd: writes edge_figures.csv.

Each expression of the tables in tests/engine is evaluated in the words of each library,
in double precision on the CPU, with its derivative by reverse mode. Run it where the
three are installed (dendrograd need not be):

    pip install torch==2.13.0 jax==0.10.2 micrograd==0.1.0
    python docs/measure_edge_cases.py

A cell holds a number, the name of the exception that was raised, or "no" and the word
that the library lacks.
"""

from __future__ import annotations

import csv
import io
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import micrograd.engine
import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1] / "tests" / "engine"))
from edge_table import BY_HAND, GENERATED, cases, function

from dendrograd.files import write_whole

FIGURES = Path(__file__).with_name("edge_figures.csv")
NUMPY = {"float64": np.float64, "float32": np.float32, "int64": np.int64}
NUMPY |= {"bool_": np.bool_, "__builtins__": {}}
SHARED = """exp expm1 exp2 log log1p log2 log10 sqrt sin cos tan sinh cosh tanh
abs sign floor ceil maximum minimum hypot logaddexp""".split()  # noqa: SIM905  # a list would be long
ARCS = ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")


class PyTorch:
    """0-d tensors of float64."""

    title = f"PyTorch {version('torch')}"

    def __init__(self) -> None:
        apart = "sigmoid relu erf erfc lgamma digamma".split()  # noqa: SIM905  # as above
        arcs = [f"a{name}" for name in ARCS]
        words = {name: getattr(torch, name) for name in [*SHARED, *apart, *arcs]}
        words["softplus"] = torch.nn.functional.softplus
        words["step"] = lambda x: torch.heaviside(x, self.lift(0.0))
        words["where"] = lambda c, a, b: torch.where(c.bool(), a, b)
        self.words = {name: self.lifted(f) for name, f in words.items()} | {
            "sum": lambda xs: torch.sum(self.stack(xs)),
            "norm": lambda xs: torch.linalg.vector_norm(self.stack(xs)),
            "logsumexp": lambda xs: torch.logsumexp(self.stack(xs), 0),
            "dot": lambda w, x, b: torch.dot(self.stack(w), self.stack(x)) + b,
        }

    def lift(self, x: Any) -> torch.Tensor:
        return x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=torch.double)

    def lifted(self, f: Any) -> Any:
        return lambda *xs: f(*map(self.lift, xs))

    def stack(self, xs: Any) -> torch.Tensor:
        return torch.stack([self.lift(x) for x in xs])

    def value(self, f: Any, xs: list[float]) -> Any:
        return f(*map(self.lift, xs)).item()

    def slopes(self, f: Any, xs: list[float]) -> list[Any]:
        leaves = [self.lift(x).requires_grad_() for x in xs]
        f(*leaves).backward()
        return [0.0 if x.grad is None else x.grad.item() for x in leaves]


class JAX:
    """Scalars of float64, by jax.value_and_grad without jit."""

    title = f"JAX {version('jax')}"

    def __init__(self) -> None:
        special, nn = jax.scipy.special, jax.nn
        self.words = {name: getattr(jnp, name) for name in [*SHARED, "cbrt", "where"]}
        self.words |= {f"a{name}": getattr(jnp, f"arc{name}") for name in ARCS}
        self.words |= {"sigmoid": nn.sigmoid, "softplus": nn.softplus, "relu": nn.relu}
        self.words |= {"erf": special.erf, "erfc": special.erfc}
        self.words |= {"lgamma": special.gammaln, "digamma": special.digamma}
        self.words |= {
            "polygamma": special.polygamma,
            "step": lambda x: jnp.heaviside(x, 0.0),
            "sum": lambda xs: jnp.sum(jnp.stack(xs)),
            "norm": lambda xs: jnp.linalg.norm(jnp.stack(xs)),
            "logsumexp": lambda xs: nn.logsumexp(jnp.stack(xs)),
            "dot": lambda w, x, b: jnp.dot(jnp.stack(w), jnp.stack(x)) + b,
        }

    def value(self, f: Any, xs: list[float]) -> Any:
        return f(*map(jnp.float64, xs)).item()

    def slopes(self, f: Any, xs: list[float]) -> list[Any]:
        gradient = jax.grad(f, argnums=tuple(range(len(xs))))
        return [slope.item() for slope in gradient(*map(jnp.float64, xs))]


class Micrograd:
    """Values as they are."""

    title = f"micrograd {version('micrograd')}"

    def __init__(self) -> None:
        self.words: dict[str, Any] = {"relu": lambda x: x.relu(), "sum": sum}

    def value(self, f: Any, xs: list[float]) -> Any:
        return f(*map(micrograd.engine.Value, xs)).data

    def slopes(self, f: Any, xs: list[float]) -> list[Any]:
        leaves = [micrograd.engine.Value(x) for x in xs]
        f(*leaves).backward()
        return [leaf.grad for leaf in leaves]


def told(compute: Any) -> str:
    """Return what a computation gives: a number, numbers, or why there is none."""
    try:
        found = compute()
    except NameError as error:
        return f"no {error.name}"
    except Exception as error:  # noqa: BLE001  # what it raises is the figure
        return type(error).__name__
    numbers = found if isinstance(found, list) else [found]
    return " ".join(
        ["complex" if isinstance(x, complex) else repr(float(x)) for x in numbers]
    )


def lacks(figure: str) -> bool:
    return figure.startswith("no ") or figure.endswith("Error")


def main() -> None:
    """Measure every case and write the file whole, or not at all."""
    jax.config.update("jax_enable_x64", True)
    warnings.simplefilter("ignore")
    peers = [PyTorch(), JAX(), Micrograd()]
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    heads = [f"{peer.title} {what}" for peer in peers for what in ("value", "slope")]
    write.writerow(["expression", "at", *heads])
    for case in cases(BY_HAND) + cases(GENERATED):
        xs, row = list(case.point.values()), [case.expression, case.at]
        for peer in peers:
            f = function(case, {**NUMPY, **peer.words})
            value = told(lambda p=peer, f=f, xs=xs: p.value(f, xs))
            slope = told(lambda p=peer, f=f, xs=xs: p.slopes(f, xs)) if xs else ""
            row += [value, "" if slope == value and lacks(value) else slope]
        write.writerow(row)
    write_whole(FIGURES, out.getvalue())
    print(f"wrote {FIGURES}")


if __name__ == "__main__":
    main()
