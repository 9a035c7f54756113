"""deepcopy, pickle and copy of graphs: independent, shared inside, and of any depth."""

import copy
import math
import pickle
import subprocess
import sys

import pytest
from hypothesis import given

from dendrograd import Value, dot, primitive, scope, toposort
from dendrograd.testing import Expression, expressions


@primitive(lambda y, x: (3 * x * x,))
def cube(x):
    return x**3


def gradients(root, leaves):
    for leaf in leaves:
        leaf.grad = 0.0
    root.backward()
    return [leaf.grad for leaf in leaves]


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))]
)
@given(program=expressions(depth=8))
def test_a_copied_graph_has_the_same_gradients_and_shares_nothing(
    twin, program: Expression
):
    leaves = [Value(x, label=f"x{i}") for i, x in enumerate(program.point)]
    root = program(*leaves)
    other_root, other_leaves = twin((root, leaves))
    before, after = toposort(root), toposort(other_root)
    assert not set(before) & set(after)
    assert [v.data for v in before] == [v.data for v in after]
    assert [v.op for v in before] == [v.op for v in after]
    for leaf in leaves:
        leaf.data = math.nan
    assert gradients(other_root, other_leaves) == gradients(root, leaves)
    assert [v.label for v in other_leaves] == [v.label for v in leaves]


def test_everything_a_node_knows_survives():
    with scope("layer"):
        x = Value(-1.0, label="x")
        root = cube(x.log()) + dot([x, 2.0], [3.0, x], 1.0) * 2
    root.backward()
    for twin in (copy.deepcopy(root), pickle.loads(pickle.dumps(root))):
        for ours, theirs in zip(toposort(root), toposort(twin), strict=True):
            for field in ("label", "scope", "source", "op"):
                assert getattr(ours, field) == getattr(theirs, field)
            assert repr(ours) == repr(theirs)
            assert list(map(float, ours.operands))[1:] == pytest.approx(
                list(map(float, theirs.operands))[1:], nan_ok=True
            )
            for operand in theirs.operands:
                assert not isinstance(operand, Value) or operand in toposort(twin)


def test_sharing_inside_one_pickle_is_kept():
    x = Value(2.0)
    y = x * x
    pair = pickle.loads(pickle.dumps({"x": x, "y": y, "again": [y, x]}))
    assert pair["y"].parents == (pair["x"], pair["x"])
    assert pair["again"][0] is pair["y"]
    assert pair["again"][1] is pair["x"]


def test_a_list_of_a_leaf_and_what_was_made_of_it_copies_with_the_sharing():
    x = Value(2.0)
    leaf, square = copy.deepcopy([x, x * x])
    assert leaf is not x
    assert [parent is leaf for parent in square.parents] == [True, True]


def test_a_graph_of_thirty_thousand_steps_copies_and_pickles_in_another_process(
    tmp_path,
):
    x = Value(1.0)
    y = x
    for _ in range(30_000):
        y = y + 1e-5
    assert toposort(copy.deepcopy(y))[-1].data == y.data
    file = tmp_path / "graph.pickle"
    file.write_bytes(pickle.dumps((x, y)))
    code = (
        "import pickle, sys\n"
        "x, y = pickle.load(open(sys.argv[1], 'rb'))\n"
        "y.backward()\n"
        "print(x.grad, y.data)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1.0", repr(y.data)]


def test_the_python_pickler_and_every_protocol_agree():
    x = Value(3.0)
    y = (x * x).tanh() + x
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        for dumps in (pickle.dumps, pickle._dumps):
            a, b = pickle.loads(dumps((x, y), protocol))
            assert gradients(b, [a]) == gradients(y, [x])


def test_a_failed_pickle_does_not_spoil_the_next_one():
    def local():
        @primitive(lambda y, x: (1.0,))
        def here(x):
            return x

        return here

    deep = Value(1.0)
    for _ in range(5000):
        deep = deep + 1.0
    with pytest.raises(pickle.PicklingError, match="top level of a module"):
        pickle.dumps(local()(deep) + 1.0)
    assert pickle.loads(pickle.dumps(deep)).data == 5001.0


def test_copy_makes_another_node_on_the_same_parents():
    x = Value(2.0, label="x")
    y = x * 3
    twin = copy.copy(y)
    assert twin is not y
    assert twin.parents == (x,)
    leaf = copy.copy(x)
    leaf.data = 5.0
    assert x.data == 2.0


def test_a_subclass_keeps_its_class_and_attributes():
    weight = Weight(2.0)
    weight.frozen = True
    for twin in (
        copy.deepcopy(weight * 1 + weight),
        pickle.loads(pickle.dumps(weight)),
    ):
        found = toposort(twin)[0]
        assert type(found) is Weight
        assert found.frozen


class Weight(Value):
    pass


class Slotted(Value):
    __slots__ = ("__secret", "unit", "unset")

    def __init__(self, data, unit, secret):
        super().__init__(data)
        self.unit, self.__secret = unit, secret

    def told(self):
        return self.unit, self.__secret


class Open(Slotted):  # slots above, a __dict__ below
    pass


@pytest.mark.parametrize("cls", [Slotted, Open])
@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_the_slots_of_a_subclass_survive(cls, twin):
    leaf = cls(2.0, "kg", ["secret"])
    found = twin(leaf)
    assert type(found) is cls
    assert (found.data, found.told()) == (2.0, ("kg", ["secret"]))
    assert not hasattr(found, "unset")
    assert (found.told()[1] is leaf.told()[1]) is (twin is copy.copy)
    below = toposort(twin(leaf * 3))[0]
    assert below.told() == ("kg", ["secret"])


def test_copy_shares_the_attributes_of_a_subclass_but_not_their_dict():
    weight = Weight(2.0)
    weight.history = [1]
    twin = copy.copy(weight)
    twin.frozen = True
    assert twin.history is weight.history
    assert not hasattr(weight, "frozen")


def test_deepcopy_copies_the_attributes_of_a_subclass_with_the_sharing_inside():
    weight, other = Weight(2.0), Weight(3.0)
    product = weight * other
    weight.history, weight.owner, weight.used_by = [1], weight, product
    other.history = weight.history
    twin = copy.deepcopy(product)
    ours, theirs = toposort(twin)[:2]
    ours.history.append(2)
    assert theirs.history is ours.history
    assert weight.history == [1]
    assert ours.owner is ours
    assert ours.used_by is twin


def test_a_pickled_subclass_may_refer_to_itself():
    weight = Weight(2.0)
    weight.owner = weight
    twin = pickle.loads(pickle.dumps(weight * 1))
    assert twin.parents[0].owner is twin.parents[0]
    assert twin.parents[0] is not weight


def test_a_gradient_of_none_survives():
    leaf = Value(2.0)
    leaf.grad = None
    for twin in (
        copy.copy(leaf),
        copy.deepcopy(leaf),
        pickle.loads(pickle.dumps(leaf)),
    ):
        assert twin.grad is None
