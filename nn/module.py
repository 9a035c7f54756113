"""Module: a part of a model, which owns parameters and further parts.

Whatever hangs on a module under a public attribute belongs to it: a Value is a
parameter, a Module is a child, and lists, tuples and dicts of them are searched.
An attribute whose name starts with an underscore is private and is left alone, and so
is a Value that was computed from others. Names are dotted paths, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value, scope
from dendrograd.context import within
from dendrograd.leaves import scatter

from .methods import OF_MODELS
from .state import Block, IncompatibleKeys, Saved, block_of, read, write


class Module:
    """The base of everything that has parameters: define `forward`, and call it.

    Calling a module runs `forward` inside `scope(name)`, so that a picture draws one
    frame per call. The name is the path below the parent ("layers.0"), and the name of
    the class for the outermost one. No `super().__init__()` is needed.

    >>> from dendrograd import Value
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.shift = Value(2.0), Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.shift
    >>> line = Line()
    >>> line(3.0).data, line(3.0).scope
    (7.0, ('Line',))
    >>> [name for name, _ in line.named_parameters()]
    ['slope', 'shift']
    >>> line
    Line(2 parameters)
    """

    training: bool = True
    _scope: scope | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` with the module's name on every node that it makes."""
        block = self._scope or self._adopt_parts()
        return within(block, self.forward, *args, **kwargs)

    if not TYPE_CHECKING:  # a checker would take every attribute to be there

        def __getattr__(self, name: str) -> Any:
            """Say of an attribute that is missing what does the same here."""
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            advice = f"; {OF_MODELS[name]}" if name in OF_MODELS else ""
            raise AttributeError(message + advice, name=name, obj=self)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every module defines its own."""
        raise NotImplementedError(
            f"{type(self).__name__} has no forward(self, x): define what it computes"
        )

    def _adopt_parts(self) -> scope:
        """Name this module as the outermost one, and everything below it.

        The parameters get the scope that nodes made beside them will have. It happens
        at the first call, when the whole model stands, however it was put together.
        """
        self._scope = outermost = scope(type(self).__name__)
        for _, module in self._walk():
            for name, child in module.named_children():
                child._scope = scope(name)
        for path, _, parameter in self._owned():
            parameter.scope = (outermost.name, *path)
        return outermost

    def _walk(self) -> Iterator[tuple[tuple[str, ...], Module]]:
        """Yield every module once with its path, this one first, in order."""
        seen: set[int] = set()
        stack: list[tuple[tuple[str, ...], Module]] = [((), self)]
        while stack:
            path, module = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield path, module
            parts = reversed([*module.named_children()])
            stack.extend(((*path, name), part) for name, part in parts)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield (name, module) for the parts that hang on this very module."""
        for name, item in public_items(self):
            if not _is_plain(item):
                parts = _unpacked(name, item)
                yield from ((n, m) for n, m in parts if isinstance(m, Module))

    def children(self) -> Iterator[Module]:
        """Yield the parts that hang on this very module."""
        return (module for _, module in self.named_children())

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once, in order."""
        return (module for _, module in self._walk())

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yield (dotted name, parameter), a shared one once under its first name.

        >>> from dendrograd.nn import MLP
        >>> [name for name, _ in MLP(1, [2], seed=0).named_parameters()][:2]
        ['layers.0.neurons.0.weights.0', 'layers.0.neurons.0.bias']
        """
        for path, name, parameter in self._owned():
            yield ".".join((*path, name)), parameter

    def _owned(self) -> Iterator[tuple[tuple[str, ...], str, Value]]:
        """Yield (path of its module, name, parameter), each parameter once."""
        seen: set[int] = set()
        for path, module in self._walk():
            for name, part in held(module):
                if isinstance(part, Value) and id(part) not in seen:
                    seen.add(id(part))
                    yield path, name, part

    def parameters(self) -> list[Value]:
        """Return all parameters, each once, in the order of `named_parameters`."""
        found: dict[int, Value] = {}
        for module in self.modules():
            for name, item in public_items(module):
                if _is_plain(item):
                    found.update((id(v), v) for v in item if not v.parents)
                else:
                    parts = (part for _, part in _unpacked(name, item))
                    found.update((id(v), v) for v in parts if isinstance(v, Value))
        return list(found.values())

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        parameters = self.parameters()
        scatter(parameters, None, np.zeros(len(parameters)))

    def train(self, mode: bool = True) -> Self:
        """Set training mode here and below (Dropout drops in it); return self."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Leave training mode here and below; return self."""
        return self.train(False)

    def state_dict(self) -> dict[str, NDArray[np.float64]]:
        """Return copies of the parameters as arrays, one per layer and kind.

        Neurons of a layer are rows: "layers.0.weight" has the shape [outputs, inputs]
        and "layers.0.bias" [outputs], as in PyTorch, so files can be exchanged.

        >>> from dendrograd.nn import MLP
        >>> {key: a.shape for key, a in MLP(2, [3], seed=0).state_dict().items()}
        {'layers.0.weight': (3, 2), 'layers.0.bias': (3,)}
        """
        return read(blocks(self))

    def load_state_dict(
        self, state_dict: Mapping[str, Any] | Saved, strict: bool = True
    ) -> IncompatibleKeys:
        """Set the parameters from arrays: all of them, or none and a StateError.

        What `nn.load(file)` returned is taken as well, and its metadata are left alone.

        With `strict`, the keys must be exactly those of `state_dict()`; without it,
        others are left out and returned as (missing_keys, unexpected_keys). A wrong
        shape is always an error, and so is what holds no real numbers. inf and nan
        are numbers like all others: a run that diverged can be saved and looked at.
        """
        return write(blocks(self), state_dict, strict, repr(self).splitlines()[0])

    def state_items(self) -> Iterator[tuple[str, Any]]:
        """Yield (name, what is held) as `state_dict` shall see this module."""
        return public_items(self)

    def extra_repr(self) -> str:
        """Return the architecture in a few words; a part may define its own."""
        return ""

    def _repr_html_(self) -> str:
        """Return what a notebook shows beside the repr: a table, made when it asks."""
        from dendrograd.viz.notebook import model_table

        return model_table(self)

    def __repr__(self) -> str:
        extra, size = self.extra_repr(), len(self.parameters())
        count = f"{size} parameter" + ("s" if size != 1 else "")
        head = f"{type(self).__name__}({extra + ', ' if extra else ''}{count})"
        if extra:
            return head
        parts = (f"{name}: {part!r}" for name, part in self.named_children())
        return "\n".join([head, *("  " + p.replace("\n", "\n  ") for p in parts)])


def public_items(module: Module) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a module that are not private, in order."""
    return ((n, item) for n, item in vars(module).items() if not n.startswith("_"))


def held(module: Module) -> Iterator[tuple[str, Any]]:
    """Yield (path, Value or Module) for what hangs on this very module."""
    for name, item in public_items(module):
        yield from _unpacked(name, item)


def _unpacked(path: str, item: Any) -> Iterator[tuple[str, Any]]:
    """Yield the leaves and modules in an item: itself, or those of a container."""
    if isinstance(item, Value):
        if not item.parents:
            yield path, item
    elif isinstance(item, Module):
        yield path, item
    else:
        for key, inner in _entries(item):
            yield from _unpacked(f"{path}.{key}", inner)


def _is_plain(item: Any) -> bool:
    """Return whether an item is a list of Values alone: it holds no module (for speed)."""
    return type(item) is list and {*map(type, item)} == {Value}


def _entries(item: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the keyed entries of a list, a tuple or a dict, and nothing of others."""
    if isinstance(item, (list, tuple)):
        yield from enumerate(item)
    elif isinstance(item, dict):
        yield from item.items()


def blocks(module: Module) -> dict[str, Block]:
    """Return every array of a module's state, its parts' names dotted before."""
    return {
        path: block
        for name, item in module.state_items()
        for path, block in _blocks(name, item)
    }


def _blocks(path: str, item: Any) -> Iterator[tuple[str, Block]]:
    """Yield one block for nested lists of leaves that form a rectangular array.

    Other lists, tuples and dicts, and modules, are searched entry by entry.
    """
    block = block_of(item)
    if block is not None:
        yield path, block
    elif isinstance(item, Module):
        yield from ((f"{path}.{key}", b) for key, b in blocks(item).items())
    else:
        for key, inner in _entries(item):
            yield from _blocks(f"{path}.{key}", inner)
