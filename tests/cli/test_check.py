"""`dendrograd check`: a right gradient passes, a wrong one fails, wrong use is told."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dendrograd.cli.compiled import equals

FUNCTIONS = """
import math
import random
from dendrograd import Value, cos, exp, log, primitive, relu, sin, tanh
from dendrograd.nn import mse_loss

def right(x, y):
    return tanh(x * y) + x ** 2

def wrong(x):
    return Value(x.data ** 2, (x,), (3.0,))

@primitive(lambda y, x: (4 * x * x,))
def cube(x):
    return x * x * x

def cubed(x):
    return cube(x) * tanh(x)

def lost(x):
    return x * math.exp(x)

def kink(x):
    return relu(x)

def edge(x):
    return x ** 0.5

def dotted(w, x):
    return sum(a * b for a, b in zip(w, x))

def nested(p):
    return p["a"] * p["b"][0][1]

def counted(x, n, kind="sum"):
    return sum(x for _ in range(n)) if kind == "sum" else x ** n

def first(x, /, *, scale=3):
    return x * scale

def keywords(**k):
    return k["x"] * 2

def constant(x):
    return 3.0

def logarithm(x):
    return math.log(x) + x

def fails(x):
    return x / undefined

def unpaired(x):
    return mse_loss([x], [1.0, 2.0])

def dice(x):
    return x * random.random()

def two(x):
    return [x, x]

def cancels(x):
    return (x + 1e12) - 1e12

def rough(x):
    return Value(math.log(x.data), (x,), (1 / x.data,))

def picky(x):
    if float(x) != 2.0:
        raise KeyError("only 2")
    return Value(x.data, (x,), (1.0,))

def exits(x):
    raise SystemExit(3)

def untold(x):
    return x

untold.__signature__ = "x"

NUMBER = 3

def outside(x):
    return log(x)

def jumps(x):
    return x if x <= 1 else x * 2

def bends(x):
    return x if x <= 1 else x * 2 - 1

def steeper(x):
    return (1 if x <= 1 else 2) * x

def point(x):
    return x * 0 + 1 if x == 1 else x

def absolute(x):
    return abs(x)

def swallowed(x):
    return (x + 1e16) - 1e16

def shorter(x):
    return (1 - cos(x)) / x ** 2

def overflows(x):
    return exp(x) / exp(x)

def floated(x):
    return x * float(x)

def fast(x):
    return sin(1e8 * x)

def jagged(x):
    return Value(math.floor(x.data), (x,), (1.0,))

class Group:
    @staticmethod
    def square(x):
        return x * x
"""


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write a module of functions, and forget it and its folder afterwards."""
    (tmp_path / "mine.py").write_text(FUNCTIONS)
    (tmp_path / "needs.py").write_text("import not_there_at_all\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "raises.py").write_text("\n1 / 0\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit('bye')\n")
    monkeypatch.setattr(sys, "path", sys.path.copy())
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (
            name in ("mine", "needs", "broken", "raises", "leaves", "beside")
            or name[-3:] == ".py"
        ):
            del sys.modules[name]


@pytest.mark.parametrize(
    "arguments",
    [
        ("mine:right", "x=1", "y=-0.5"),
        ("mine.py:right", "x=1", "y=-0.5"),
        ("mine:dotted", "w=[1, 2]", "x=[3, -4.5]"),
        ("mine:nested", "p={'a': 2, 'b': [(1, 3)]}"),
        ("mine:counted", "x=2", "n=3", "--fixed", "n"),
        ("mine:counted", "x=2", "n=3", "kind='power'", "--fixed", "n"),
        ("mine:first", "x=2"),
        ("mine:keywords", "x=2"),
        ("mine:constant", "x=2"),
        ("mine:cancels", "x=1e3"),
        ("mine:absolute", "x=1e-9"),
        ("mine:fast", "x=1"),
        ("mine:Group.square", "x=3"),
    ],
)
def test_a_right_gradient_has_status_0(command: Command, arguments: list[str]) -> None:
    told = command("check", *arguments)
    assert told.status == 0, told
    assert "agree: reverse mode, forward mode and differences" in told.out
    assert told.err == ""


def test_the_oracles_that_knew_the_function_are_named(command: Command) -> None:
    lines = command("check", "mine:right", "x=1", "y=-0.5").out.splitlines()
    assert lines[-1] == "also held against dual numbers, complex step, mpmath"


def test_the_table_has_every_number_by_its_name(command: Command) -> None:
    lines = command("check", "mine:dotted", "w=[1,2]", "x=[3,-4.5]").out.splitlines()
    assert lines[0] == "dotted = -6.0"
    heads = "name reverse forward differences tolerance verdict"
    assert lines[1].split() == heads.split()
    found = {line.split()[0]: line.split()[1:4] for line in lines[2:6]}
    assert found["w[1]"] == ["-4.5", "-4.5", "-4.5"]
    assert list(found) == ["w[0]", "w[1]", "x[0]", "x[1]"]


def test_a_file_named_as_a_module_leaves_that_module_in_place(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "beside.py").write_text("two = 2.0\n")
    text = "from beside import two\ndef f(x):\n    import beside\n    return x * two\n"
    for name in ("math", "numpy", "mpmath", "rich", "mine"):
        before = {key: held for key, held in sys.modules.items() if "." not in key}
        file = tmp_path / f"{name}.py"
        file.write_text(text)
        for place in (file.name, file):
            told = command("check", f"{place}:f", "x=3")
            assert told.status == 0, told
            assert "f = 6.0" in told.out
        assert all(sys.modules[key] is held for key, held in before.items())


def test_a_file_may_import_the_module_it_is_named_after(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("dendrograd")
    if not script.exists():
        pytest.skip(f"no script {script}; the package is not installed here")
    for name in ("math", "mpmath"):  # mpmath is asked later, by an oracle
        file = tmp_path / f"{name}.py"
        file.write_text(f"import {name} as m\ndef f(x):\n    return x * float(m.pi)\n")
        told = subprocess.run(
            [script, "check", f"{file}:f", "x=1"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
        )
        assert told.returncode == 0, told.stderr
        assert "f = 3.14159" in told.stdout
        assert "mpmath" in told.stdout.splitlines()[-1]
        file.unlink()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mine:wrong", "x=2"), "1 of 1 differ"),
        (("mine:wrong", "x=2"), "was made by hand, with the local derivatives [3.0]"),
        (("mine:cubed", "x=2"), "first wrong local derivative: cube(2.0) = 8.0"),
        (("mine:cubed", "x=2"), "d cubed / d x: 3.86 (31.8%) away from differences"),
        (("mine:swallowed", "x=1"), "d swallowed / d x: within"),
        (("mine:lost", "x=1"), "does the function leave dendrograd"),
        (("mine:logarithm", "x=2"), "does the function leave dendrograd"),
        (("math:sqrt", "x=2"), "does the function leave dendrograd"),
        (("mine:right", "x=inf", "y=1"), "not finite"),
        (("mine:outside", "x=-1"), "1 of 1 not finite"),
        (("mine:jumps", "x=1"), "1 of 1 at a branch"),
        (("mine:bends", "x=1"), "1 of 1 at a branch"),
        (("mine:steeper", "x=1"), "1 of 1 at a branch"),
        (("mine:point", "x=1"), "the function takes another branch"),
        (("mine:absolute", "x=0"), "1 of 1 at a kink"),
        (("mine:kink", "x=0"), "1 of 1 at a kink"),
        (("mine:edge", "x=0"), "1 of 1 at a kink"),
        (("mine:swallowed", "x=1"), "1 of 1 cannot tell"),
        (("mine:cancels", "x=1e-3"), "1 of 1 cannot tell"),
        (("mine:jagged", "x=1"), "1 of 1 cannot tell"),
    ],
)
def test_a_gradient_that_is_not_confirmed_has_status_1(
    command: Command, arguments: list[str], said: str
) -> None:
    told = command("check", *arguments)
    assert told.status == 1
    assert said in told.out


def test_every_oracle_has_a_verdict_of_its_own(command: Command) -> None:
    lines = command("check", "mine:bends", "x=1").out.splitlines()
    words = {line[4:18].strip(): line[18:].strip() for line in lines[-5:]}
    assert words == {
        "forward mode": "1 agree",
        "dual numbers": "1 agree",
        "complex step": "1 agree",
        "mpmath": "1 agree",
        "differences": "1 branch",
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["jumps", "bends", "steeper", "absolute", "outside", "swallowed", "shorter"]
    ),
    st.sampled_from([-1.0, 0.0, 1.0, 1e-4])
    | st.floats(-3.0, 3.0)
    | st.builds(
        lambda a, b: a + b, st.sampled_from([0.0, 1.0]), st.floats(-1e-5, 1e-5)
    ),
)
def test_the_table_says_agree_beside_figures_that_agree_alone(
    command: Command, name: str, x: float
) -> None:
    told = command("check", f"mine:{name}", f"x={x!r}")
    _, *figures, word = told.out.splitlines()[2].split(maxsplit=5)
    reverse, forward, differences, tolerance = map(float, figures)
    assert (told.status == 0) == (word == "agree")
    if word == "agree":
        assert math.isfinite(float(told.out.splitlines()[0].split("=")[1]))
        assert forward == pytest.approx(reverse, rel=1e-8)
        assert abs(differences - reverse) <= 1.1 * tolerance + 1e-8 * abs(reverse)
        assert differences == pytest.approx(reverse, rel=2e-2, abs=1e-7)


LEAVES, AUDIT = "does the function leave dendrograd", "dendrograd.testing.audit"


@pytest.mark.parametrize(
    ("arguments", "said", "not_said"),
    [
        (("mine:lost", "x=1"), LEAVES, AUDIT),
        (("mine:floated", "x=2"), LEAVES, AUDIT),
        (("mine:swallowed", "x=1"), AUDIT, LEAVES),
        (("mine:shorter", "x=1e-4"), AUDIT, LEAVES),
        (("mine:shorter", "x=1e-8"), AUDIT, LEAVES),
        (("mine:overflows", "x=800"), AUDIT, LEAVES),
        (("mine:overflows", "x=800"), "value: exp(x=800.0) = inf", LEAVES),
        (("mine:point", "x=1"), "takes another branch", LEAVES),
        (("mine:bends", "x=1"), "branch", LEAVES),
    ],
)
def test_the_hint_follows_what_speaks_for_it(
    command: Command, arguments: list[str], said: str, not_said: str
) -> None:
    told = command("check", *arguments)
    assert told.status == 1
    assert said in told.out
    assert not_said not in told.out


def test_the_help_says_what_the_status_means(command: Command) -> None:
    text = " ".join(command("check", "--help").out.replace("│", "").split())
    assert "also at a kink (abs at 0" in text


def test_of_many_numbers_only_some_that_agree_are_listed(command: Command) -> None:
    numbers = ",".join(map(str, range(1, 51)))
    told = command("check", "mine:dotted", f"w=[{numbers}]", f"x=[{numbers}]")
    assert "... and 60 more that agree" in told.out
    assert "100 of 100 agree" in told.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mine", "x=2"), "'mine': name the function as MODULE:FUNCTION"),
        (("absent:f", "x=2"), "no module 'absent' in "),
        (("absent.py:f", "x=2"), "absent.py: no such file"),
        (("mine:rihgt", "x=2"), "mine has no 'rihgt'; did you mean right?"),
        (("mine:NUMBER", "x=2"), "mine:NUMBER is not a function but int"),
        (("needs:f", "x=2"), "importing needs raised ModuleNotFoundError: No module"),
        (("broken:f", "x=2"), "importing broken raised SyntaxError: invalid syntax"),
        (("raises.py:f", "x=2"), "raised ZeroDivisionError: division by zero ("),
        (("leaves:f", "x=2"), "importing leaves raised SystemExit: bye ("),
        (("mine:right", "x=2"), "right(x, y): missing a required argument: 'y'"),
        (("mine:right", "x=2", "y=1", "z=3"), "unexpected keyword argument 'z'"),
        (("mine:right", "x=2", "x=3"), "x is given twice"),
        (("mine:right", "x=a", "y=1"), "x=a: the value is neither a number nor"),
        (("mine:right", "x"), "'x': an argument is NAME=VALUE"),
        (
            ("mine:right", "x=1" + "0" * 400, "y=1"),
            "check: x: an operand of type int is larger",
        ),
        (("mine:right", "x=1", "y=1", "--fixed", "z"), "z is not among the arguments"),
        (("mine:constant", "x='a'"), "no number to differentiate by"),
        (("mine:fails", "x=2"), "fails raised NameError: name 'undefined' is not"),
        (("mine:counted", "x=2", "n=3"), "--fixed NAME passes a number as it is"),
        (("mine:dice", "x=2"), "two results for the same arguments"),
        (("mine:two", "x=2"), "two returned a list; its result must be one number"),
        (("mine:right", "x=[1]", "y=2"), "right raised OperandError: mul: "),
        (("mine:untold", "x=2"), "untold does not tell its arguments"),
        (("mine:exits", "x=2"), "exits raised SystemExit: 3 ("),
        (("mine:picky", "x=2"), "picky raised KeyError: 'only 2'"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    command: Command, arguments: list[str], message: str
) -> None:
    assert message in command("check", *arguments).refusal


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fails", "return x / undefined"),
        ("unpaired", "return mse_loss([x], [1.0, 2.0])"),
    ],
)
def test_an_error_is_told_with_the_persons_own_line(
    command: Command, tmp_path: Path, name: str, text: str
) -> None:
    line = FUNCTIONS.splitlines().index(f"    {text}") + 1
    told = command("check", f"mine:{name}", "x=2").refusal
    assert f"({tmp_path / 'mine.py'}:{line})" in told


def test_a_step_out_of_a_foreign_domain_is_no_error(command: Command) -> None:
    told = command("check", "mine:rough", "x=1e-3")
    assert "raised" not in told.err
    assert told.status == 0


@pytest.mark.parametrize(
    ("call", "count"),
    [
        (["right", "x=0.5", "y=2"], "1 path"),
        (["jumps", "x=0.9"], "2 paths"),
        (["counted", "x=2", "n=3", "--fixed", "n"], "1 path"),
    ],
)
def test_a_compiled_function_is_held_against_the_eager_one(
    command: Command, call: list[str], count: str
) -> None:
    name, *rest = call
    told = command("check", f"mine:{name}", *rest, "--compiled").out
    assert f"equal to the last bit at 21 points, on {count}\n" in told


def test_a_function_that_cannot_be_compiled_says_why(command: Command) -> None:
    told = command("check", "mine:floated", "x=1", "--compiled")
    assert "reads a number that changes from call to call" in told.refusal


def test_a_compiled_function_that_differs_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def twice(f: object) -> object:
        return lambda *xs: f(*xs) * 2.0  # type: ignore[operator]

    monkeypatch.setattr("dendrograd.cli.compiled.compile", twice)
    assert not equals(lambda x: x * x, [3.0])
    told = " ".join(capsys.readouterr().out.split())
    assert "at [3.0] it gives 18.0 with the gradient [12.0], and not 9.0" in told
