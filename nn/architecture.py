"""A model as plain data, and the model that such data describe.

What is described is what this package makes: MLP, Layer, Neuron, Sequential, Dropout and
Elementwise. A function of one's own is described by its name, "module:function", and is
never imported from it: who builds the model hands it over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from dendrograd.op import Op
from dendrograd.ops import OPS

from .activations import ACTIVATIONS
from .errors import StateError
from .layers import MLP, Layer, Neuron
from .module import Module
from .sequential import Dropout, Elementwise, Sequential

Described: TypeAlias = dict[str, Any]
Shapes: TypeAlias = dict[str, tuple[int, ...]]
Functions: TypeAlias = Mapping[str, Callable[..., Any]]

DEEP = 20  # Sequential inside of Sequential, at most
MANY = 1000  # layers of an MLP and parts of a Sequential, at most
OWN = {f"dendrograd:{n}": op for n, op in OPS.items() if len(op.domain) == 1}


def reference(function: Any, who: str) -> str:
    """Return "module:name" of a function, or raise StateError where it has no name.

    >>> from dendrograd.nn import mse_loss
    >>> reference(mse_loss, "save")
    'dendrograd.nn.losses:mse_loss'
    """
    if isinstance(function, Op):
        return f"dendrograd:{function.name}"
    module, name = (getattr(function, k, None) for k in ("__module__", "__qualname__"))
    if not isinstance(module, str) or not isinstance(name, str) or "<" in name:
        raise StateError(
            f"{who}: {function!r} cannot be found by a name, so a file cannot name it; "
            "define it with def at the top of a module"
        )
    return f"{module}:{name}"


def described(part: Any) -> Described:
    """Return a module, or a plain function in a Sequential, as data for JSON."""
    kind = type(part)
    if kind is MLP:
        return {
            "type": "MLP",
            "nin": part.nin,
            "nouts": [layer.nout for layer in part.layers],
            "activation": _activation(part.layers[:-1]),
            "output_activation": _activation(part.layers[-1:]),
        }
    if kind is Layer:
        sizes = {"nin": part.nin, "nout": part.nout}
        return {"type": "Layer", **sizes, "activation": _activation([part])}
    if kind is Neuron:
        return {
            "type": "Neuron",
            "nin": part.nin,
            "activation": _named(part.activation),
        }
    if kind is Sequential:
        return {"type": "Sequential", "parts": [described(p) for p in part.parts]}
    if kind is Dropout:
        return {"type": "Dropout", "p": float(part.p)}
    if kind is Elementwise:
        return {"type": "Elementwise", "activation": _named(part.activation)}
    if isinstance(part, Module):
        return {"type": "own", "class": reference(kind, "save")}
    return {"type": "function", "name": reference(part, "save")}


def _activation(layers: Sequence[Layer]) -> Any:
    """Return the activation that all neurons of these layers share."""
    named = [_named(neuron.activation) for layer in layers for neuron in layer.neurons]
    if any(other != named[0] for other in named):
        raise StateError(
            "save: the neurons have different activations, so the model was changed "
            "after it was made; save its weights with nn.save"
        )
    return named[0] if named else None


def _named(activation: Any) -> Any:
    """Return the name of an activation, or {"function": "module:name"} of another."""
    if activation is None or isinstance(activation, str):
        return activation
    for name, function in ACTIVATIONS.items():
        if function is activation:
            return name
    return {"function": reference(activation, "save")}


def shapes_of(data: Any, depth: int = 0) -> Shapes:
    """Return {name: shape} of the state that a described model has.

    Raises StateError for what `described` does not give. Nothing is built: sizes are
    whatever a file says until they are compared with the arrays that it holds.
    """
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "MLP":
        sizes = [_size(data, "nin"), *_sizes(data)]
        return {
            f"layers.{i}.{name}": shape
            for i, (nin, nout) in enumerate(pairwise(sizes))
            for name, shape in _layer(nin, nout).items()
        }
    if kind == "Layer":
        return _layer(_size(data, "nin"), _size(data, "nout"))
    if kind == "Neuron":
        return {"weight": (_size(data, "nin"),), "bias": ()}
    if kind == "Sequential" and depth < DEEP:
        return {
            f"parts.{i}.{name}": shape
            for i, part in enumerate(_listed(data, "parts"))
            for name, shape in shapes_of(part, depth + 1).items()
        }
    if kind in ("Dropout", "Elementwise", "function"):
        return {}
    raise StateError(f"it describes no model, but {str(data)[:80]}")


def _layer(nin: int, nout: int) -> Shapes:
    return {"weight": (nout, nin), "bias": (nout,)}


def _size(data: Described, name: str) -> int:
    size = data.get(name)
    if type(size) is not int or size < 1:
        raise StateError(f"{name} is {str(size)[:40]}, not a size")
    return size


def _sizes(data: Described) -> list[int]:
    return [_size({"nouts": size}, "nouts") for size in _listed(data, "nouts")]


def _listed(data: Described, name: str) -> list[Any]:
    entries = data.get(name)
    if not isinstance(entries, list) or not 0 < len(entries) <= MANY:
        raise StateError(f"{name} is {str(entries)[:40]}, not a list of 1 to {MANY:,}")
    return entries


def built(data: Described, functions: Functions) -> Any:
    """Return the model that was described; its sizes must have been looked over.

    Raises StateError for a function that is not among `functions`.
    """
    kind = data["type"]
    if kind == "Sequential":
        return Sequential(*[built(part, functions) for part in data["parts"]])
    if kind == "Dropout":
        return Dropout(data.get("p", 0.5))
    if kind == "function":
        return _given(data.get("name"), functions)
    activation = _resolved(data.get("activation"), functions)
    if kind == "Elementwise":
        return Elementwise(activation)
    if kind == "MLP":
        last = _resolved(data.get("output_activation"), functions)
        return MLP(
            data["nin"], data["nouts"], activation, output_activation=last, init="zeros"
        )
    settings: dict[str, Any] = {"activation": activation, "init": "zeros"}
    if kind == "Neuron":
        return Neuron(data["nin"], **settings)
    return Layer(data["nin"], data["nout"], **settings)


def _resolved(activation: Any, functions: Functions) -> Any:
    if isinstance(activation, dict):
        return _given(activation.get("function"), functions)
    return activation


def _given(name: Any, functions: Functions) -> Callable[..., Any]:
    """Return the function of a name, which is never imported from anywhere."""
    known = OWN | dict(functions)
    if not isinstance(name, str) or name not in known:
        raise StateError(
            f"it needs the function {str(name)[:80]!r}, which is never imported from a "
            "file; hand it over: functions={" + f"{str(name)[:80]!r}: ..." + "}"
        )
    return known[name]
