"""The layers of a model: which parameters a reader thinks of together.

A model is whatever has `named_parameters()`. Where it also has `named_children()`, as an
`nn.Module` does, its parts are its layers; a part that describes itself in a few words
(`extra_repr`) is one layer, and one that does not is looked into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dendrograd import Value
from dendrograd.errors import OperandError
from dendrograd.viz.text import one_line

__all__ = ["Layer", "layers", "named"]


@dataclass(frozen=True, slots=True)
class Layer:
    """A part of a model with the parameters in it, each once and under its full name."""

    name: str
    kind: str
    parameters: dict[str, Value]


def named(who: str, model: Any) -> dict[str, Value]:
    """Return the parameters by name; raise OperandError where there are none."""
    if not callable(getattr(model, "named_parameters", None)):
        raise OperandError(
            f"{who}: {one_line(repr(model), 60)} is not a model: give an nn.Module, or "
            "what has named_parameters() that yields (name, Value)"
        )
    pairs: Iterable[tuple[str, Any]] = model.named_parameters()
    parameters = dict(pairs)
    for name, value in parameters.items():
        if not isinstance(value, Value):
            raise OperandError(
                f"{who}: the parameter {one_line(name, 40)} is a "
                f"{type(value).__name__}, not a Value"
            )
    return parameters


def layers(model: Any, who: str = "layers") -> list[Layer]:
    """Return the layers of a model in its own order, those without parameters too.

    >>> from types import SimpleNamespace
    >>> parts = {"0.w": Value(1.0), "0.b": Value(2.0), "1.w": Value(3.0)}
    >>> model = SimpleNamespace(named_parameters=parts.items)
    >>> [(layer.name, len(layer.parameters)) for layer in layers(model)]
    [('0', 2), ('1', 1)]
    """
    rest = named(who, model)
    if not hasattr(model, "named_children"):
        return _by_name(rest)
    owner = {id(value): name for name, value in rest.items()}
    listed = []
    for name, part in _parts(model, ""):
        below = {id(value): None for _, value in part.named_parameters()}
        own = [owner[key] for key in below if key in owner]
        kept = {full: rest.pop(full) for full in own if full in rest}
        listed.append(Layer(name, _kind(part), kept))
    if rest:  # what hangs on no part, but on the model or what is looked into
        listed.append(Layer("its own", type(model).__name__, rest))
    return listed


def _parts(model: Any, before: str) -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, part); those that say nothing of themselves are opened."""
    for name, part in model.named_children():
        inside = list(part.named_children())
        if inside and not part.extra_repr():
            yield from _parts(part, f"{before}{name}.")
        else:
            yield f"{before}{name}", part


def _kind(part: Any) -> str:
    """Return what a part says of itself: "Layer(2 -> 3 relu)"."""
    extra = part.extra_repr()
    return f"{type(part).__name__}({extra})" if extra else type(part).__name__


def _by_name(parameters: dict[str, Value]) -> list[Layer]:
    """Return layers told by the names: up to the first number, or the first word."""
    groups: dict[str, dict[str, Value]] = {}
    for name, value in parameters.items():
        words = name.split(".")[:-1]
        number = next((i for i, word in enumerate(words) if word.isdigit()), 0)
        groups.setdefault(".".join(words[: number + 1]), {})[name] = value
    return [Layer(name, "", held) for name, held in groups.items()]
