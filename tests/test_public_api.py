"""The public names: listed, sorted, told what they are, and cheap to import."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
import traceback
from importlib.metadata import version
from types import ModuleType
from typing import Any

import pytest

import dendrograd
import dendrograd.errorbars
import dendrograd.implicit
import dendrograd.linalg
import dendrograd.nn
import dendrograd.series
import dendrograd.testing
import dendrograd.viz
from dendrograd.op import Op

LATE = ("errorbars", "implicit", "linalg", "nn", "series", "testing", "viz")
MODULES = (dendrograd, *[getattr(dendrograd, name) for name in LATE])
PUBLIC = [
    pytest.param(getattr(module, name), id=f"{module.__name__}.{name}")
    for module in MODULES
    for name in module.__all__
    if not isinstance(getattr(module, name), str)  # a text has no docstring
]
CALLABLES = [
    param
    for param in PUBLIC
    if inspect.isroutine(param.values[0]) or inspect.isclass(param.values[0])
]
HEAVY = (
    "numpy", "graphviz", "rich", "typer", "safetensors", "mpmath", "hypothesis",
    "matplotlib", "sklearn", "scipy", "pandas",
)  # fmt: skip
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)


def order(name: str) -> tuple[int, list[tuple[int, Any]]]:
    """Return a sort key: SGD before Adam before accuracy, log2 before log10."""
    rank = 0 if name.isupper() else 1 if name[0].isupper() else 2
    parts = re.split(r"(\d+)", name)
    return rank, [(0, int(p)) if p.isdigit() else (1, p) for p in parts]


@each_module
def test_the_public_names_are_sorted_without_repeats(module: ModuleType) -> None:
    assert module.__all__ == sorted(set(module.__all__), key=order)


@each_module
def test_the_public_names_are_those_bound_without_underscore(
    module: ModuleType,
) -> None:
    bound = {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and not isinstance(thing, ModuleType)
    }
    assert set(module.__all__) == bound


@each_module
def test_a_module_says_what_it_is(module: ModuleType) -> None:
    assert (module.__doc__ or "").splitlines()[0].endswith(".")


@pytest.mark.parametrize("thing", PUBLIC)
def test_a_public_object_says_its_contract_in_the_first_line(thing: Any) -> None:
    first = (inspect.getdoc(thing) or "").split("\n\n")[0]
    assert first.endswith((".", ":")), first
    assert len(first.splitlines()) == 1, first


@pytest.mark.parametrize("thing", CALLABLES)
def test_a_public_function_or_class_shows_an_example(thing: Any) -> None:
    if not (inspect.isclass(thing) and issubclass(thing, BaseException)):
        assert ">>> " in (inspect.getdoc(thing) or "")


@pytest.mark.parametrize("thing", PUBLIC)
def test_a_public_object_says_where_it_lives(thing: Any) -> None:
    if isinstance(thing, Op):
        assert getattr(importlib.import_module(thing.module), thing.name) is thing
    else:
        assert thing.__module__.split(".")[0] == "dendrograd"


@pytest.mark.parametrize("thing", CALLABLES)
def test_public_methods_say_their_contract(thing: Any) -> None:
    if not inspect.isclass(thing):
        return
    for name, member in inspect.getmembers(thing):
        ours = getattr(member, "__module__", "") or ""
        if not name.startswith("_") and ours.startswith("dendrograd"):
            first = (inspect.getdoc(member) or "").split("\n\n")[0]
            assert first.endswith((".", ":")), f"{thing.__name__}.{name}: {first!r}"


@each_module
def test_a_package_lists_its_public_names_alone(module: ModuleType) -> None:
    late = set(LATE) if module is dendrograd else set()
    shown = {name for name in dir(module) if not name.startswith("_")}
    assert shown == set(module.__all__) | late


@pytest.mark.parametrize(
    ("module", "wrong", "meant"),
    [
        (dendrograd, "sigmiod", "sigmoid"),
        (dendrograd, "Valeu", "Value"),
        (dendrograd, "vis", "viz"),
        (dendrograd.linalg, "slove", "solve"),
        (dendrograd.nn, "MPL", "MLP"),
        (dendrograd.nn, "Cross_Entropy", "cross_entropy"),
        (dendrograd.viz, "drawdot", "draw_dot"),
        (dendrograd.testing, "check_grad", "check_grads"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(
    module: ModuleType, wrong: str, meant: str
) -> None:
    with pytest.raises(AttributeError) as error:
        getattr(module, wrong)
    hint = f"{module.__name__!r} has no attribute {wrong!r}. Did you mean: {meant!r}?"
    assert str(error.value) == f"module {hint}"
    shown = "".join(traceback.format_exception(error.value))
    assert shown.count("Did you mean") == 1  # from 3.12 Python could add its own,
    assert error.value.obj is None  # and is not given what it would ask


@each_module
@pytest.mark.parametrize("name", ["zzzz", "_sum", "__wrapped__"])
def test_a_name_that_is_near_to_none_is_answered_without_a_guess(
    module: ModuleType, name: str
) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'$"):
        getattr(module, name)


def test_the_packages_are_attributes_that_are_imported_when_they_are_used() -> None:
    assert "dendrograd.nn" in loaded("import dendrograd as dg; dg.nn.MLP(1, [1])")
    assert "dendrograd.viz" in loaded("import dendrograd as dg; dg.viz.draw")
    assert "dendrograd.testing" in loaded("import dendrograd as dg; dg.testing.audit")


@pytest.mark.parametrize("name", LATE)
def test_a_package_that_was_not_asked_for_is_imported(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module = getattr(dendrograd, name)
    monkeypatch.delattr(dendrograd, name)
    assert getattr(dendrograd, name) is module


def test_the_version_is_that_of_the_distribution() -> None:
    assert dendrograd.__version__ == version("dendrograd")


def test_type_checkers_know_the_packages_and_no_other_name() -> None:
    for module in MODULES:
        tree = ast.parse(inspect.getsource(module))
        defined = [part for part in tree.body if isinstance(part, ast.FunctionDef)]
        assert defined == []  # a __getattr__ would stand for every name
    (typed,) = [
        part.body
        for part in ast.parse(inspect.getsource(dendrograd)).body
        if isinstance(part, ast.If) and ast.unparse(part.test) == "TYPE_CHECKING"
    ]
    assert [ast.unparse(line) for line in typed] == [
        *[f"from dendrograd import {name} as {name}" for name in LATE],
        "__version__: str",
    ]


def loaded(statement: str) -> set[str]:
    """Return the packages that a fresh Python has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_engine_loads_the_standard_library_alone() -> None:
    assert loaded("import dendrograd").isdisjoint(HEAVY)


def test_differentiating_needs_the_standard_library_alone() -> None:
    statement = """
from dendrograd import exp, hessian, value_and_grad
value, gradient = value_and_grad(lambda x: x[0] * exp(x[1]))([2.0, 0.0])
assert (value, gradient) == (2.0, [1.0, 2.0])
assert hessian(lambda x: x[0] * x[1])([2.0, 0.0]) == [[0.0, 1.0], [1.0, 0.0]]
"""
    assert loaded(statement).isdisjoint(HEAVY)


def test_importing_the_engine_does_not_load_what_stands_on_it() -> None:
    above = {"dendrograd.nn", "dendrograd.viz", "dendrograd.cli"}
    assert loaded("import dendrograd").isdisjoint(above)


def test_the_kit_loads_its_tools_when_they_are_used() -> None:
    assert loaded("import dendrograd.testing").isdisjoint(HEAVY)


def test_pictures_words_and_moving_pictures_need_the_standard_library_alone() -> None:
    statement = """
import sys
sys.modules |= {"numpy": None, "graphviz": None}  # an import of them raises
from dendrograd import Value
from dendrograd.viz import animate, draw, explain, tree
x = Value(2.0, label="x")
y = (x * 3).tanh()
page = draw(y).html, animate(y).html, animate(y).svg
text = draw(y).pipe("mermaid"), draw(y).pipe("json"), draw(y).svg
assert all([*page, *text, str(explain(y, x)), tree(y)])
del sys.modules["numpy"], sys.modules["graphviz"]
"""
    assert loaded(statement).isdisjoint(HEAVY)


def test_nn_and_viz_do_not_load_each_other() -> None:
    assert "dendrograd.viz" not in loaded("import dendrograd.nn")
    assert "dendrograd.nn" not in loaded("import dendrograd.viz")
