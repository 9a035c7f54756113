"""Which function a line calls is read from its bytecode, or not told at all."""

import math
import sys
from types import SimpleNamespace

import pytest

from dendrograd.notices import calls
from dendrograd.notices.calls import called, formats, ours

HEARD = []


class Number:
    """A number that notes what its float() is taken by."""

    def __float__(self):
        HEARD.append((called(sys._getframe(1)), formats(sys._getframe(1))))
        return 0.5


class Namespace:
    sine = math.sin

    @property
    def never(self):
        raise AssertionError("a property was run")


x = Number()
space = SimpleNamespace(sine=math.sin)
functions = [math.cos]


def heard(text, **names):
    HEARD.clear()
    exec(text, globals() | names)  # noqa: S102  # written above
    return [function for function, _ in HEARD]


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("float(x)", float),
        ("math.exp(x)", math.exp),
        ("y = 1 + math.exp(x) * 2", math.exp),
        ("math.pow(2.0, x)", math.pow),
        ("math.hypot(*[1.0, x])", math.hypot),
        ("math . isclose(1.0, x, rel_tol=1.0)", math.isclose),
        ("Namespace.sine(x)", math.sin),
        ("f(x)", math.tan),
        ("def g(h): return h(x)\ng(math.cos)", math.cos),
        ("def g(h): return lambda: h(x)\ng(math.cos)()", math.cos),
        ("try:\n  1\nfinally:\n  math.exp(x)", math.exp),
        (
            "for i in range(2):\n  try:\n    if i: break\n  finally: math.exp(x)",
            math.exp,
        ),
        ("def g():\n  global math\n  return math.exp(\n    x\n  )\ng()", math.exp),
        ("list(map(math.exp, [x]))", list),
        ("functions[0](x)", None),
        ("(lambda: math.exp)()(x)", None),
        ("space.sine(x)", None),
        ("[*map(math.exp, [x])]", None),
        ("'%f' % x", None),
    ],
)
def test_a_call_of_a_name_is_told_and_any_other_is_not(text, function):
    assert set(heard(text, f=math.tan)) == {function}


def test_of_nested_calls_the_one_that_takes_the_float_is_told():
    assert heard("math.exp(math.sin(x)) + math.cos(x)") == [math.sin, math.cos]


def test_a_name_deleted_during_the_call_is_not_told():
    class Deleting:
        def __float__(self):
            found.append(called(sys._getframe(1)))
            return 0.5

    found = []
    names = {"f": math.exp, "x": Deleting()}
    exec("f((globals().pop('f'), x)[1])", names)  # noqa: S102  # exec is what is tested
    assert found == [None]


def test_a_property_is_not_run_to_tell_a_call():
    class Odd:
        @property
        def sine(self):
            runs.append(1)
            return math.sin

    runs = []
    assert heard("odd.sine(x)", odd=Odd()) == [None]
    assert len(runs) == 1


def test_formatting_is_no_call():
    HEARD.clear()
    _ = "%f" % x, math.exp(x)  # noqa: UP031  # % is what is tested
    assert [by for _, by in HEARD] == [True, False]


def test_without_positions_nothing_is_told():
    code = compile("math.exp(x)", "?", "exec")
    HEARD.clear()
    exec(code.replace(co_linetable=b""), globals())  # noqa: S102  # of this very file
    assert HEARD == [(None, False)]


def test_the_instructions_remembered_are_few(monkeypatch):
    monkeypatch.setattr(calls, "MOST", 2)
    for i in range(5):
        assert heard(f"math.exp(x) + {i}") == [math.exp]
    assert len(calls.SITES) <= 2


@pytest.mark.parametrize(
    ("module", "mine"),
    [
        ("dendrograd", True),
        ("dendrograd.nn.layers", True),
        ("dendrogradient", False),
        ("__main__", False),
        (None, False),
    ],
)
def test_code_is_ours_by_the_name_of_its_module(module, mine):
    names = {"sys": sys, "__name__": module}
    exec("frame = sys._getframe()", names)  # noqa: S102  # under that name
    assert ours(names["frame"]) is mine
