"""What a user can hold is copied and pickled: used or not, by either class, for ever."""

import copy
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from dendrograd import (
    Value,
    errstate,
    first_nonfinite,
    grad,
    hessian,
    implementation,
    jacobian,
    nn,
    no_grad,
    scope,
    tanh,
    toposort,
    value_and_grad,
    viz,
    vjp,
)
from dendrograd.audit import audit
from dendrograd.context import recording
from dendrograd.mode import MODE, PLAIN, current
from dendrograd.ops import OPS
from dendrograd.testing import GradientError, check_grads

FOLDER = Path(__file__).parent
ROWS, LABELS = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [1.0, 0.0, 0.5]


def bowl(x, scale=2.0):
    return scale * x * x * x


def line(xs):
    return [xs[0] * xs[1], tanh(xs[1])]


def wrong(x):
    return Value(x.data**2, (x,), (3 * x.data,))


def model():
    return nn.MLP(2, [3, 1], activation="tanh", seed=0)


def output(net):
    return net([0.5, -1.0]).data


def called():
    net = model()
    net([0.5, -1.0])
    return net


def trained():
    net = called()
    optimizer = nn.Adam(net.parameters(), lr=0.1)
    schedule = nn.StepLR(optimizer, 2)
    nn.fit(net, ROWS, LABELS, nn.mse_loss, optimizer, epochs=2, seed=0)
    return net, optimizer, schedule


def further(things):
    """Train one step more: the optimiser moves the model that lies beside it."""
    net, optimizer, schedule = things
    net.zero_grad()
    net([0.5, -1.0]).backward()
    optimizer.step()
    schedule.step()
    return output(net), optimizer.lr, repr(schedule)


def inside(block):
    """Return what holds inside a block, and whether it is left as it was entered."""
    with block:
        found = current()
        told = found.recording, (Value(1.0) * 2).scope, dict(found.actions)
    return told, MODE.get() is PLAIN


def ended(block):
    with block:
        Value(1.0).exp()
    return block


def graph():
    x = Value(-1.0, label="x")
    with scope("net"):
        y = x * x + x.log()
    return y


def failed():
    with suppress(GradientError):
        check_grads(wrong, 2.0)
        raise AssertionError("the derivative is wrong, and it was not said")
    try:
        check_grads(wrong, 2.0)
    except GradientError as error:
        return error


class Model:
    slope = grad(bowl)

    def loss(self, x):
        return bowl(x)

    by_x = grad(loss, argnums=1)


BLOCKS = {
    "scope": lambda: scope("layer"),
    "no_grad": no_grad,
    "recording": recording,
    "errstate": lambda: errstate(all="ignore", invalid="warn"),
}
# what is held: how it is made, and what it answers when it is used
HELD = {
    "a model": (model, output),
    "a model that was called": (called, output),
    "a model, its optimiser and its schedule": (trained, further),
    "a method of a model": (lambda: called().forward, lambda f: f([1.0, 2.0]).data),
    "a scaler": (lambda: nn.Standardizer().fit(ROWS), lambda s: str(s.transform(ROWS))),
    **{f"a {name}": (make, inside) for name, make in BLOCKS.items()},
    **{
        f"a {name} that ended": (lambda make=make: ended(make()), inside)
        for name, make in BLOCKS.items()
    },
    "a gradient": (lambda: grad(bowl), lambda f: f(3.0, scale=1.0)),
    "a second gradient": (lambda: grad(grad(bowl)), lambda f: f(3.0)),
    "value and gradient": (lambda: value_and_grad(bowl), lambda f: f(3.0)),
    "a jacobian": (lambda: jacobian(line), lambda f: f([3.0, 4.0])),
    "a forward jacobian": (
        lambda: jacobian(line, 0, "forward"),
        lambda f: f([3.0, 4.0]),
    ),
    "a hessian": (lambda: hessian(bowl, (0, 1)), lambda f: f(3.0, 2.0)),
    "a pullback": (
        lambda: vjp(line, [3.0, 4.0]),
        lambda pair: (pair[0], pair[1]([1.0, 2.0])),
    ),
    "a gradient as a method": (lambda: Model().by_x, lambda f: f(3.0)),
    "an operation's gradient": (lambda: grad(tanh), lambda f: f(0.5)),
    "a graph": (graph, lambda y: [repr(v) for v in toposort(y)]),
    "a call": (lambda: graph().call, repr),
    "an operation": (lambda: tanh, lambda op: op(0.5)),
    "a picture": (lambda: viz.draw(graph()), lambda d: len(d.svg)),
    "an animation": (lambda: viz.animate(graph()), lambda a: len(a.html)),
    "an audit": (lambda: audit(bowl(Value(0.1))), str),
    "a report": (lambda: check_grads(bowl, 2.0, order=1), str),
    "a failed check": (failed, lambda error: (str(error), str(error.report))),
    "the first bad number": (lambda: first_nonfinite(graph()), str),
}
WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda held: pickle.loads(pickle.dumps(held)),
    "pickle 2": lambda held: pickle.loads(pickle.dumps(held, 2)),
}


@pytest.mark.parametrize("name", HELD)
def test_a_copy_and_a_pickle_answer_as_what_they_were_made_of(name):
    make, answer = HELD[name]
    held = make()
    twins = [way(held) for way in WAYS.values()]
    assert [answer(twin) for twin in twins[1:]] == [answer(held)] * (len(WAYS) - 1)
    if (
        name != "a model, its optimiser and its schedule"
    ):  # whose copy shares what moves
        assert answer(twins[0]) == answer(held)
    assert MODE.get() is PLAIN


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_copy_of_a_block_that_holds_is_entered_nowhere(name, way):
    block = BLOCKS[name]()
    with block, no_grad():
        twin = WAYS[way](block)
        assert not hasattr(twin, "_last")
    assert inside(twin) == inside(block)


class Slow(scope):
    """A block with attributes of its own, in a dict and in a slot."""

    __slots__ = ("__dict__", "speed")


def test_a_block_of_ones_own_keeps_its_attributes():
    block = Slow("slow")
    block.speed, block.unit = 3, ["m/s"]
    with block:
        for way in WAYS.values():
            twin = way(block)
            assert (twin.name, twin.speed, twin.unit) == ("slow", 3, ["m/s"])
            assert not hasattr(twin, "_last")


def answers(things):
    return {name: HELD[name][1](held) for name, held in things.items()}


OTHER = """
import pickle, sys, dendrograd, test_pickles
things = pickle.load(sys.stdin.buffer)
again = pickle.dumps(things)
found = dendrograd.implementation, test_pickles.answers(things), again
sys.stdout.buffer.write(pickle.dumps(found))
"""


def test_what_one_class_pickles_the_other_reads_uses_and_sends_back():
    things = {name: make() for name, (make, _) in HELD.items()}
    done = subprocess.run(
        [sys.executable, "-c", OTHER],
        input=pickle.dumps(things),
        env={
            **os.environ,
            "PYTHONPATH": str(FOLDER),
            "DENDROGRAD_PURE": str(int(implementation == "native")),
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    other, theirs, again = pickle.loads(done.stdout)
    assert other == "pure" or implementation == "pure"
    back = answers(pickle.loads(again))
    assert back == theirs == answers(things)


def test_derivatives_and_models_that_were_used_go_to_a_worker_process():
    net = called()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(grad(bowl), [1.0, 2.0, 3.0])) == [6.0, 24.0, 54.0]
        assert pool.submit(output, net).result() == output(net)
        error = pool.submit(check_grads, wrong, 2.0).exception()
    assert isinstance(error, GradientError)
    assert error.report.checks


@pytest.fixture(params=["native", "pure"], scope="module")
def older(request):
    """What the commit a6839b3 pickled (make_pickles.py)."""
    return pickle.loads((FOLDER / "pickles" / f"{request.param}.pickle").read_bytes())


def test_a_graph_of_older_code_is_read_with_all_that_it_said(older):
    nodes = toposort(older["root"])
    told = [
        (v.data, v.grad, v.label, v.scope, v.op and v.op.name, v.partials)
        for v in nodes
    ]
    assert told == older["told"]
    for node in nodes:
        node.grad = 0.0
    older["root"].backward()
    assert [v.grad for v in nodes] == [grad for _, grad, *_ in told]
    assert older["operations"][:-1] == [OPS[name] for name in older["names"][:-1]]
    assert [op.name for op in older["operations"]] == older["names"]
    assert [call.name for call in older["call"].path] == ["model", "layer"]
    assert (older["bad"].source, older["bad"].scope) == ("model.py:12", ("model",))


def test_models_and_blocks_of_older_code_work(older):
    net, optimizer = older["model"], older["optimizer"]
    assert list(map(id, optimizer.params)) == list(map(id, net.parameters()))
    other = model()
    other.load_state_dict(net.state_dict())
    before = output(net)
    assert before == output(other)
    optimizer.step()
    older["schedule"].step()
    assert output(net) != before
    assert older["rows"].transform([[2.0, 3.5]]).tolist() == [[0.0, 0.0]]
    older["sequence"].eval()([1.0, 2.0])
    told = [inside(block) for block in older["blocks"]]
    assert told == [
        ((True, ("net",), {}), True),
        ((False, (), {}), True),
        ((True, (), {"invalid": "warn"}), True),
    ]
    if "called" in older:
        assert output(older["called"]) == pytest.approx(
            older["called there"], rel=1e-15
        )
