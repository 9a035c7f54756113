"""no_grad, scope and errstate hold inside their block, in their thread, and nest."""

import math
import pickle
import sys
import threading
import warnings
from pathlib import Path

import pytest

from dendrograd import Value, errstate, no_grad, polygamma, scope
from dendrograd import sum as total
from dendrograd.context import within
from dendrograd.errors import NonFiniteError
from dendrograd.mode import NOWHERE, Call

BAD = {
    "divide": [
        lambda: Value(1.0) / 0.0,
        lambda: Value(0.0).log(),
        lambda: 0 ** Value(-1),
        lambda: Value(0.0).lgamma(),
        lambda: Value(-2.0).lgamma(),
        lambda: Value(0.0).digamma(),
        lambda: Value(-0.0).digamma(),
        lambda: polygamma(0, Value(0.0)),
        lambda: polygamma(2, Value(-0.0)),
        lambda: polygamma(1, Value(-3.0)),
        lambda: Value(1.0).atanh(),
    ],
    "over": [
        lambda: Value(1e200) * 1e200,
        lambda: Value(1000.0).exp(),
        lambda: Value(5e-324).digamma(),  # -2e323, beside the pole
        lambda: polygamma(1, Value(1e-200)),
        lambda: polygamma(2, Value(-1e-200)),
    ],
    "invalid": [
        lambda: Value(-1.0).log(),
        lambda: Value(0.0) / 0.0,
        lambda: Value(-1.0).digamma(),  # a pole whose sides differ
    ],
}
CASES = [(kind, make) for kind, makes in BAD.items() for make in makes]


@pytest.mark.parametrize(("kind", "make"), CASES)
def test_each_kind_of_bad_number_raises_on_request_and_only_then(kind, make):
    assert not math.isfinite(make().data)
    with errstate(**{kind: "raise"}), pytest.raises(NonFiniteError, match=kind):
        make()
    others = dict.fromkeys(BAD.keys() - {kind}, "raise")
    with errstate(**others):
        make()
    with errstate(all="raise", **{kind: "ignore"}):
        make()


@pytest.mark.parametrize(("kind", "make"), CASES)
def test_a_warning_points_at_the_line_of_the_user(kind, make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with errstate(all="warn"):
            make()
    assert [w.category for w in caught] == [RuntimeWarning]
    assert caught[0].filename == __file__
    assert kind in str(caught[0].message)


def test_the_error_names_operation_operands_result_and_way_out():
    with errstate(all="raise"):
        said = r"log\(-1.0\) = nan .*\(0 .. inf\)"
        with pytest.raises(NonFiniteError, match=said):
            Value(-1.0).log()
        for count, shown in ((4, r"1e\+308"), (5, r"\.\.\."), (9, r"\.\.\.")):
            said = rf"sum\((1e\+308, ){{3,4}}{shown}\) = inf"
            with pytest.raises(NonFiniteError, match=said):
                total([Value(1e308)] * count)
        with pytest.raises(FloatingPointError):  # the built-in that fits
            Value(1.0) / 0


def test_what_an_operand_brought_along_is_no_new_error():
    bad, inf = Value(math.nan), Value(math.inf)
    with errstate(all="raise"):
        assert math.isnan((bad + 1).data)
        assert (inf * 2).data == math.inf
        with pytest.raises(NonFiniteError, match="invalid"):
            inf - inf


def test_an_unknown_action_is_told():
    said = r"invalid='shout'.*ignore, warn, raise"
    with pytest.raises(ValueError, match=said), errstate(invalid="shout"):
        pass


def test_blocks_nest_and_end_even_by_an_exception():
    def inside():
        with no_grad(), scope("a"), scope("b"):
            assert Value(1.0).scope == ("a", "b")
            assert (Value(1.0) * 2).parents == ()
            raise KeyError

    with pytest.raises(KeyError):
        inside()
    y = Value(1.0) * 2
    assert y.scope == ()
    assert y.parents


def test_a_scope_stamps_leaves_and_nodes():
    with scope("net"):
        x = Value(1.0)
        with scope("layer"):
            y = x * 2
    assert (x.scope, y.scope, (y * 2).scope) == (("net",), ("net", "layer"), ())
    said = "scope: the name 3 is a int, not a str"
    with pytest.raises(TypeError, match=said), scope(3):
        pass


def test_another_thread_does_not_see_the_mode():
    seen = []
    with no_grad(), scope("here"), errstate(all="raise"):
        other = threading.Thread(target=lambda: seen.append(Value(0.0).log()))
        other.start()
        other.join()
    assert seen[0].parents
    assert seen[0].scope == ()


def test_the_source_line_stands_on_nodes_that_made_a_bad_number_only():
    x = Value(0.0)
    fine, bad = x + 1, x.log()
    assert fine.source is None
    file, _, line = bad.source.rpartition(":")
    assert file == __file__
    assert (
        "x.log()" in Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    )


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_was_given_is_no_error_of_an_operation(bad):
    with errstate(all="raise"):
        leaf = Value(bad)
        by_hand = Value(bad, (Value(1.0),), (1.0,))
    assert (leaf.op, by_hand.op.name) == (None, "by_hand")


def test_a_function_within_a_block_runs_as_in_a_with_statement():
    x, block = Value(2.0), scope("layer")
    with scope("model"):
        y = within(block, lambda a, b=1.0: a * b, x, b=3.0)
        z = x + 1.0
    assert (y.data, y.scope, z.scope) == (6.0, ("model", "layer"), ("model",))
    assert within(no_grad(), x.exp).parents == ()
    assert x.exp().scope == ()


def test_an_error_within_a_block_passes_through_and_ends_it():
    def failing():
        raise KeyError("x")

    block = scope("layer")
    for each in (block, no_grad()):
        with pytest.raises(KeyError, match="x"):
            within(each, failing)
        with pytest.raises(TypeError):
            within(each, failing, 1)
    assert Value(1.0).exp().scope == ()


def test_a_block_that_a_function_began_stays_when_the_one_around_it_ends():
    inner = scope("inner")
    within(scope("outer"), inner.__enter__)
    assert Value(1.0).exp().scope == ("inner",)
    inner.__exit__(None, None, None)
    assert Value(1.0).exp().scope == ()


def test_a_scope_can_be_entered_again_inside_itself():
    block = scope("again")

    def deeper(n):
        return within(block, deeper, n - 1) if n else Value(1.0).exp()

    assert deeper(4).scope == ("again",) * 4
    assert len(set(deeper(4).call.path)) == 4
    assert Value(1.0).exp().scope == ()


def test_calls_nest_a_hundred_thousand_deep_and_are_freed():
    call = NOWHERE
    for i in range(100_000):
        call = Call("deeper", call, i)
    held = sys.getallocatedblocks()
    del call
    freed = held - sys.getallocatedblocks()
    assert freed > 90_000 or not held  # not counted under PYTHONMALLOC=malloc


def test_a_call_is_pickled_with_those_around_it():
    with scope("a"), scope("b"):
        call = Value(1.0).exp().call
    copied = pickle.loads(pickle.dumps(call))
    assert [(c.name, c.serial) for c in copied.path] == [
        (c.name, c.serial) for c in call.path
    ]
    assert repr(copied) == repr(call)


class Named(scope):
    """A scope with a way in of its own."""

    def inside(self, outer):
        mode = super().inside(outer)
        mode.recording = False
        return mode


def test_a_block_of_ones_own_is_asked_what_it_changes():
    x = Value(2.0)
    with Named("mine"):
        y = x.exp()
    assert (y.parents, within(Named("mine"), x.exp).parents, y.scope) == (
        (),
        (),
        ("mine",),
    )
