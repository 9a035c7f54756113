"""Neuron, Layer and MLP: a pre-activation is one n-ary `dot` node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dendrograd import Value, dot
from dendrograd.context import within
from dendrograd.errors import ShapeError
from dendrograd.rows import as_list

from . import activations
from .activations import Activation
from .errors import SettingError
from .init import Scheme, Seed, generator, scheme
from .module import Module
from .rows import is_batch

ENTRIES = (Value, float)  # a list that begins with one of these is a row


class FeedForward(Module):
    """A module from a row of `nin` numbers to an output; a batch gives a list of them.

    A row is a list or a tuple of floats and Values, a 1-D array of any real dtype, or,
    for one input, a single number. A list of rows or a 2-D array is a batch. Raises
    ShapeError for a row of another length.
    """

    nin: int

    def __call__(self, x: Any) -> Any:
        """Return `forward(row)`, or the list of it for every row of a batch."""
        if type(x) is list and len(x) == self.nin and type(x[0]) in ENTRIES:
            # The most frequent case, a row of numbers: as Module.__call__, without its call
            return within(self._scope or self._adopt_parts(), self.forward, x)
        rows = as_list(x, type(self).__name__)
        if is_batch(rows):
            return [self(row) for row in rows]
        return super().__call__(self._row(rows))

    def _row(self, row: Any) -> list[Any]:
        """Return a row of the right length, or raise ShapeError."""
        entries: list[Any] = row if isinstance(row, list) else [row]
        if len(entries) != self.nin:
            fit = f"or build it with nin={len(entries)}" if entries else "at least one"
            raise ShapeError(
                f"{self!r}: a row has {self.nin} inputs, but got {len(entries)}; "
                f"pass rows of {self.nin}, {fit}"
            )
        return entries


class Neuron(FeedForward):
    """activation(w · x + b), where w · x + b is one node.

    The weights come from the scheme `init` with the generator of `seed` (see
    `dendrograd.nn.init`), by default the one made for the activation; the bias is 0.
    As in micrograd, the activation is relu by default and for `nonlin=True`, linear
    for `nonlin=False`, and `parameters()` lists the weights before the bias.

    >>> neuron = Neuron(2, activation="tanh", seed=0)
    >>> neuron([1.0, -2.0]).op.name
    'tanh'
    >>> neuron
    Neuron(2 -> 1 tanh, 3 parameters)
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool | None = None,
        *,
        activation: Activation = "relu",
        init: str | Scheme | None = None,
        seed: Seed = None,
        nout: int = 1,
    ) -> None:
        self.nin = positive("Neuron", "nin", nin)
        self.activation = chosen("Neuron", nonlin, activation)
        self._function = activations.resolve(self.activation)
        draw = scheme(init or activations.usual_init(self.activation))
        rng = generator(seed)  # nout: neurons beside it, the fan-out
        self.weights = [Value(draw(nin, nout, rng), label=f"w{i}") for i in range(nin)]
        self.bias = Value(0.0, label="b")

    def forward(self, x: list[Any]) -> Any:
        """Return the activation of the row."""
        total = dot(self.weights, x, self.bias)
        return total if self._function is None else self._function(total)

    @property
    def w(self) -> list[Value]:
        """The weights, under micrograd's name."""
        return self.weights

    @property
    def b(self) -> Value:
        """The bias, under micrograd's name."""
        return self.bias

    def state_items(self) -> Any:
        """Yield the weights and the bias under PyTorch's names."""
        names = {"weights": "weight"}
        return ((names.get(n, n), held) for n, held in super().state_items())

    def extra_repr(self) -> str:
        return f"{self.nin} -> {arrow_end(1, self.activation)}"


class Layer(FeedForward):
    """`nout` neurons that see the same row; a single one returns its scalar.

    The arguments are those of `Neuron`. The generator of `seed` serves all neurons,
    first to last.

    >>> layer = Layer(2, 3, activation="relu", seed=0)
    >>> len(layer([0.5, 1.0]))
    3
    >>> layer
    Layer(2 -> 3 relu, 9 parameters)
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool | None = None,
        *,
        activation: Activation = "relu",
        init: str | Scheme | None = None,
        seed: Seed = None,
    ) -> None:
        self.nin, self.nout = positive("Layer", "nin", nin), nout
        self.activation = chosen("Layer", nonlin, activation)
        rng = generator(seed)
        self.neurons = [
            Neuron(nin, activation=self.activation, init=init, seed=rng, nout=nout)
            for _ in range(positive("Layer", "nout", nout))
        ]

    def forward(self, x: list[Any]) -> Any:
        """Return the outputs, or the output if there is one."""
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs if len(outputs) > 1 else outputs[0]

    def state_items(self) -> Any:
        """Yield the neurons' parameters as rows of one array each."""
        yield "weight", [neuron.weights for neuron in self.neurons]
        yield "bias", [neuron.bias for neuron in self.neurons]
        yield from (item for item in super().state_items() if item[0] != "neurons")

    def extra_repr(self) -> str:
        return f"{self.nin} -> {arrow_end(self.nout, self.activation)}"


class MLP(FeedForward):
    """A multi-layer perceptron: layers of `nouts` neurons, each fed by the one before.

    Hidden layers have the `activation` ("relu", "tanh", "sigmoid", "gelu", "silu",
    "softplus", "leaky_relu", "elu", "linear", or a function of one Value); the last
    layer is linear unless `output_activation` says otherwise. One output is returned
    as a Value, several as a list. With an int `seed` the weights are the same always;
    the global `random` has no say in them.

    Raises SettingError for sizes, names or schemes that do not exist.

    >>> model = MLP(2, [16, 16, 1], activation="tanh", seed=0)
    >>> model
    MLP(2 -> 16 tanh -> 16 tanh -> 1, 337 parameters)
    >>> y = model([0.5, -1.0])
    >>> y.backward()
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: Activation = "relu",
        *,
        output_activation: Activation = None,
        nonlin: bool | None = None,
        init: str | Scheme | None = None,
        seed: Seed = None,
    ) -> None:
        if not hasattr(nouts, "__len__") or not len(nouts):
            raise SettingError(
                f"MLP: nouts is {nouts!r}; list the size of every layer, the output's "
                "last, as in MLP(2, [16, 16, 1])"
            )
        self.nin = nin
        hidden, rng = chosen("MLP", nonlin, activation), generator(seed)
        sizes, last = [nin, *nouts], len(nouts) - 1
        self.layers = [
            Layer(
                sizes[i],
                sizes[i + 1],
                activation=output_activation if i == last else hidden,
                init=init,
                seed=rng,
            )
            for i in range(len(nouts))
        ]

    def forward(self, x: list[Any]) -> Any:
        """Return the output of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return x

    def extra_repr(self) -> str:
        ends = [arrow_end(layer.nout, layer.activation) for layer in self.layers]
        return " -> ".join([str(self.nin), *ends])


def chosen(who: str, nonlin: bool | None, activation: Activation) -> Activation:
    """Return the activation that `nonlin` stands for, if it is given."""
    if nonlin is None:
        return activation
    if not isinstance(nonlin, bool):
        raise SettingError(
            f"{who}: nonlin is True (relu) or False (linear), not {nonlin!r}; "
            f"name another function with activation={nonlin!r}"
        )
    return "relu" if nonlin else None


def positive(who: str, name: str, size: int) -> int:
    """Return a size, or raise SettingError if it is not a positive int."""
    if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
        raise SettingError(f"{who}: {name} is {size!r}; give a positive int")
    return size


def arrow_end(nout: int, activation: Activation) -> str:
    """Return "16 tanh", or "1" for a linear layer."""
    return f"{nout} {activations.activation_name(activation)}".rstrip()
