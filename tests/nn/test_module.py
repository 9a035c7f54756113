"""Modules find their parameters, name them, and hand them out and back as arrays."""

import copy
import pickle
import sys

import numpy as np
import pytest

from dendrograd import Value, errstate
from dendrograd.errors import OperandError
from dendrograd.nn import MLP, Layer, Module, StateError


class Line(Module):
    def __init__(self, slope=2.0):
        self.slope, self.shift = Value(slope), Value(1.0)

    def forward(self, x):
        return self.slope * x + self.shift


class Net(Module):
    """One of every kind of container, some late, and things that are not parameters."""

    def __init__(self):
        self.first = Line()
        self.rest = []
        self.table = {"a": Value(3.0), "b": [Value(4.0), Value(5.0)]}
        self.size, self.name, self.none = 7, "net", None
        self._hidden = Value(9.0)
        self.computed = self._hidden * 2
        self.rest.append((Line(), Line()))

    def forward(self, x):
        return self.rest[0][1](self.first(x)) + self.table["a"]


def test_parameters_are_found_in_every_container_in_the_order_of_attributes():
    assert [name for name, _ in Net().named_parameters()] == [
        "table.a",
        "table.b.0",
        "table.b.1",
        "first.slope",
        "first.shift",
        "rest.0.0.slope",
        "rest.0.0.shift",
        "rest.0.1.slope",
        "rest.0.1.shift",
    ]


def test_private_and_computed_values_are_no_parameters():
    net = Net()
    assert all(p is not net._hidden and p is not net.computed for p in net.parameters())


def test_a_shared_parameter_counts_once_under_its_first_name():
    net = Net()
    net.rest[0][0].slope = net.first.slope
    names = [name for name, _ in net.named_parameters()]
    assert "first.slope" in names
    assert "rest.0.0.slope" not in names
    net.rest = [net.first, net.first]
    assert len(net.parameters()) == 3 + 2


def test_a_part_that_knows_its_parent_does_not_send_the_search_in_circles():
    net = Net()
    net.first.parent = net
    assert len(net.parameters()) == 9
    assert len(list(net.modules())) == 4


def test_zero_grad_reaches_every_parameter():
    net = Net()
    net(2.0).backward()
    assert net.first.slope.grad == 4.0
    net.zero_grad()
    assert {p.grad for p in net.parameters()} == {0.0}


def test_train_and_eval_reach_every_module_and_return_the_model():
    net = Net()
    assert net.training
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())


def test_nodes_and_parameters_carry_the_path_of_their_module():
    net = Net()
    y = net(1.0)
    assert y.scope == ("Net",)
    inner = y.parents[0]
    assert inner.scope == ("Net", "rest.0.1")
    assert net.rest[0][1].slope.scope == ("Net", "rest.0.1")
    assert net.table["a"].scope == ("Net",)


def test_a_model_that_becomes_a_part_takes_the_path_of_its_new_place():
    line = Line()
    assert line(1.0).scope == ("Line",)
    net = Net()
    net.first = line
    net(1.0)
    assert line.slope.scope == ("Net", "first")
    mlp = MLP(2, [2, 1], seed=0)
    out = mlp([1.0, 2.0])
    assert out.scope == ("MLP", "layers.1", "neurons.0")
    assert out.parents[0].scope == ("MLP", "layers.1", "neurons.0")
    weights = mlp.layers[0].neurons[1].weights
    assert weights[0].scope == ("MLP", "layers.0", "neurons.1")


def test_a_module_without_forward_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        Module()(1.0)


def test_repr_tells_parts_and_number_of_parameters():
    net = Net()
    net.head = MLP(1, [2], seed=0)
    assert repr(net) == (
        "Net(13 parameters)\n"
        "  first: Line(2 parameters)\n"
        "  rest.0.0: Line(2 parameters)\n"
        "  rest.0.1: Line(2 parameters)\n"
        "  head: MLP(1 -> 2, 4 parameters)"
    )


def test_repr_indents_parts_of_parts():
    outer = Module()
    outer.inner = Module()
    outer.inner.line = Line()
    outer.inner.line._hidden = outer
    assert repr(outer) == (
        "Module(2 parameters)\n"
        "  inner: Module(2 parameters)\n"
        "    line: Line(2 parameters)"
    )


def test_state_has_an_array_per_layer_and_boxes_of_values_elsewhere():
    net = Net()
    net.head = Layer(3, 2, seed=0)
    net.box = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    net.ragged = [[Value(1.0), Value(2.0)], [Value(3.0)]]
    shapes = {key: array.shape for key, array in net.state_dict().items()}
    assert shapes == {
        "first.slope": (),
        "first.shift": (),
        "rest.0.0.slope": (),
        "rest.0.0.shift": (),
        "rest.0.1.slope": (),
        "rest.0.1.shift": (),
        "table.a": (),
        "table.b": (2,),
        "head.weight": (2, 3),
        "head.bias": (2,),
        "box": (2, 2),
        "ragged.0": (2,),
        "ragged.1": (1,),
    }
    assert net.state_dict()["box"].tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_row_of_the_weight_array_is_a_neuron():
    layer = Layer(3, 2, seed=0)
    weight = layer.state_dict()["weight"]
    assert weight.dtype == np.float64
    for row, neuron in zip(weight, layer.neurons, strict=True):
        assert row.tolist() == [w.data for w in neuron.weights]


def test_a_state_is_a_copy_and_comes_back_bit_for_bit():
    model, other = MLP(3, [4, 2], seed=0), MLP(3, [4, 2], seed=1)
    state = model.state_dict()
    assert other.load_state_dict(state) == ([], [])
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    model.parameters()[0].data = 99.0
    assert state["layers.0.weight"][0, 0] != 99.0


def test_inf_and_nan_are_loaded_like_other_numbers():
    line = Line()
    line.load_state_dict({"slope": np.inf, "shift": np.float32("nan")})
    assert line.slope.data == np.inf
    assert line.shift.data != line.shift.data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers.0.bias": None}, "missing layers.0.bias"),
        ({"layers.9.bias": [1.0]}, "unexpected layers.9.bias"),
        ({"layers.0.weight": [[1.0, 2.0]]}, r"layers.0.weight has the shape \(1, 2\)"),
        ({"layers.0.weight": [[1.0], [2.0, 3.0]]}, "layers.0.weight holds no real"),
        ({"layers.1.bias": ["one"]}, "layers.1.bias holds no real numbers but list"),
        ({"layers.1.bias": [1j]}, "layers.1.bias holds no real numbers"),
    ],
)
def test_an_unfit_state_is_refused_by_key_and_changes_nothing(change, message):
    model = MLP(2, [2, 1], seed=0)
    before = [p.data for p in model.parameters()]
    state = {k: array + 1.0 for k, array in model.state_dict().items()} | change
    state = {key: array for key, array in state.items() if array is not None}
    with pytest.raises(StateError, match=message) as caught:
        model.load_state_dict(state)
    assert "MLP(2 -> 2 relu -> 1, 9 parameters)" in str(caught.value)
    assert [p.data for p in model.parameters()] == before


def test_every_problem_of_a_state_is_told_at_once():
    with pytest.raises(StateError) as caught:
        Line().load_state_dict({"slope": [1.0], "tilt": 3.0})
    for part in (
        "missing shift",
        "unexpected tilt",
        "slope has the shape (1,), not ()",
    ):
        assert part in str(caught.value)


def test_without_strict_other_keys_are_left_out_and_returned():
    line = Line()
    keys = line.load_state_dict({"slope": 5.0, "tilt": 3.0}, strict=False)
    assert keys.missing_keys == ["shift"]
    assert keys.unexpected_keys == ["tilt"]
    assert (line.slope.data, line.shift.data) == (5.0, 1.0)
    with pytest.raises(StateError, match="shape"):
        line.load_state_dict({"slope": [5.0]}, strict=False)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_copy_of_a_model_is_independent_and_computes_the_same(copied):
    model = MLP(2, [3, 1], activation="relu", seed=0)
    twin = copied(model)
    assert twin([0.5, -1.0]).data == model([0.5, -1.0]).data
    twin.parameters()[0].data += 1.0
    assert twin.parameters()[0].data != model.parameters()[0].data
    assert repr(twin) == repr(model)


def test_text_as_a_row_is_an_operand_error():
    with pytest.raises(OperandError, match="MLP"):
        MLP(2, [1])("ab")


def test_an_overflow_inside_a_model_is_told_at_the_line_that_calls_it():
    """In an editable install too, where nn does not lie below the engine."""
    model = MLP(1, [1], seed=0)
    model.load_state_dict({"layers.0.weight": [[1e200]], "layers.0.bias": [0.0]})
    line = sys._getframe().f_lineno + 2
    with errstate(over="warn"), pytest.warns(RuntimeWarning) as told:
        y = model([1e200])
    assert (told[0].filename, told[0].lineno) == (__file__, line)
    assert y.source == f"{__file__}:{line}"


def test_a_part_is_a_module_by_its_class_and_not_by_what_it_has():
    class Table(dict):
        state_items = ()

    net = Module()
    net.table = Table(a=Value(1.0))
    assert [name for name, _ in net.named_parameters()] == ["table.a"]
    assert net.state_dict() == {"table.a": 1.0}
