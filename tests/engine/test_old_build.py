"""A twin that was built from another table is left alone, with one warning."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
from implementations import native_class

from dendrograd import native
from dendrograd.languages.c import origin
from dendrograd.native import TAPE, TWIN, is_current, sources
from dendrograd.ops import OPS

REBUILD = "python -m dendrograd.generate && pip install -e ."
TODAY = tuple(map(origin, OPS.values()))


def test_a_twin_of_todays_table_is_taken_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert is_current(SimpleNamespace(table=lambda: TODAY, sources=sources()))


@pytest.mark.parametrize(
    ("module", "what"),
    [
        (SimpleNamespace(), "the table"),  # as built before a twin could say it
        (SimpleNamespace(table=lambda: TODAY[::-1]), "the table"),
        (SimpleNamespace(table=lambda: TODAY[:-1]), f"the rows of {list(OPS)[-1]}"),
        (SimpleNamespace(table=lambda: (*TODAY, "gone")), "the table"),
        pytest.param(
            *(SimpleNamespace(table=lambda: TODAY, sources=1), "its own C"),
            marks=pytest.mark.skipif(not sources(), reason="no clone: no C to compare"),
        ),
    ],
)
def test_a_twin_of_another_table_is_refused_with_the_way_out(module, what):
    with pytest.warns(RuntimeWarning) as told:
        assert not is_current(module)
    assert len(told) == 1
    assert f"before {what} changed" in str(told[0].message)
    assert REBUILD in str(told[0].message)


def test_outside_of_a_clone_there_is_no_c_to_compare_with(tmp_path):
    assert sources(TWIN, tmp_path) == sources(TAPE, tmp_path) == 0


def test_an_old_tape_is_refused_in_its_own_name():
    module = SimpleNamespace(table=lambda: TODAY[:-1])
    with pytest.warns(RuntimeWarning, match="native tape was built before the rows of"):
        assert not is_current(module, TAPE)


@native_class
def test_beside_an_old_tape_numpy_runs_compiled_code_and_one_warning_says_so(package):
    path = package / "dendrograd" / "ops.py"
    path.write_text(with_a_row(path.read_text("utf-8")), encoding="utf-8")
    done = python(package, "-c", TAPED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "[3.0]"]
    told = re.findall(r"RuntimeWarning: (.*) was built", done.stderr)
    assert told == ["the native twin", "the native tape"]
    assert "so NumPy runs compiled code, more slowly" in done.stderr


@native_class
def test_a_change_of_one_c_file_is_noticed(package, tmp_path):
    home = Path(native.__file__).parent
    copied = package / "dendrograd"
    shutil.copytree(home / "twin", copied / "twin")
    shutil.copy(home / "_value.c", copied)
    assert python(package, "-c", SHOW.format("x.sin()")).stdout.startswith("native")
    with (copied / "twin" / "order.c").open("a", encoding="utf-8") as file:
        file.write("/* another */\n")
    done = python(package, "-c", SHOW.format("x.sin()"))
    assert done.stdout.startswith("pure")
    assert "before its own C changed" in done.stderr


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the copy of the package comes before the installed one."""
    command = [sys.executable, *arguments]
    env = {**os.environ, "PYTHONPATH": str(folder), "DENDROGRAD_PURE": "0"}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package and of the twin that is built here."""
    skip = shutil.ignore_patterns("__pycache__", "twin", "tape", "*.c")
    installed = Path(native.__file__).parent
    shutil.copytree(installed, tmp_path / "dendrograd", ignore=skip)
    for script in ("tests/engine/make_edge_specials.py", "docs/make_edge_cases.py"):
        (tmp_path / script).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / script).write_text("import dendrograd\n", encoding="utf-8")
    return tmp_path


def swapped(text: str) -> str:
    """Exchange the rows of sin and cos."""
    sine, cosine = (
        re.search(rf"^{name} .*\n", text, re.MULTILINE)[0] for name in ("sin", "cos")
    )
    return text.replace(sine + cosine, cosine + sine)


def with_another_rule(text: str) -> str:
    rule = '"tan", math.tan, lambda y, x: (1.0 + y * y,)'
    assert rule in text
    return text.replace(rule, rule.replace("1.0 + y * y", "2.0 + 2.0 * y * y"))


def with_a_row(text: str) -> str:
    row = 'halved = op("halved", lambda x: x / 2.0, lambda y, x: (0.5,), REAL)\n'
    return f"{text}\n{row}"


def another_spelling(text: str) -> str:
    assert "1.0 / cosh({})" in text
    return text.replace("1.0 / cosh({})", "2.0 / (2.0 * cosh({}))")


CHANGES = {
    "rows exchanged": ("ops.py", swapped, "x.sin()", math.sin(1.0), math.cos(1.0)),
    "a rule changed": (
        *("ops.py", with_another_rule, "x.tan()", math.tan(1.0)),
        2.0 + 2.0 * math.tan(1.0) ** 2,
    ),
    "a row added": ("ops.py", with_a_row, "x.halved()", 0.5, 0.5),
    "a spelling changed": (
        *("languages/c.py", another_spelling, "x.sech()", 1.0 / math.cosh(1.0)),
        -math.tanh(1.0) / math.cosh(1.0),
    ),
}
TAPED = """
import numpy as np
from dendrograd import Value
from dendrograd.compiler.code import from_flat
from dendrograd.compiler.tape import Tape
from dendrograd.flat import flat
x = Value(1.0)
tape = Tape(from_flat(flat([x + 1.0], [x]))[0])
print(tape.native, tape(np.array([2.0])).tolist())
"""
SHOW = """
from dendrograd import Value, implementation
x = Value(1.0)
y = {}
y.backward()
print(implementation, y.data, x.grad)
"""


@native_class
@pytest.mark.parametrize("name", CHANGES)
def test_beside_an_old_build_a_changed_table_is_the_one_that_answers(name, package):
    file, change, expression, value, slope = CHANGES[name]
    path = package / "dendrograd" / file
    changed = change(text := path.read_text("utf-8"))
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    done = python(package, "-c", SHOW.format(expression))
    assert done.returncode == 0, done.stderr
    implementation, *numbers = done.stdout.split()
    assert implementation == "pure"
    assert [float(x) for x in numbers] == pytest.approx([value, slope], rel=1e-15)
    assert done.stderr.count("RuntimeWarning") == 1
    assert REBUILD in done.stderr


@native_class
def test_the_copy_itself_runs_the_twin_in_silence(package):
    done = python(package, "-c", SHOW.format("x.sin()"))
    assert done.stdout.split()[0] == "native"
    assert done.stderr == ""


@native_class
def test_a_new_row_is_written_into_what_follows_beside_an_old_build(package):
    path = package / "dendrograd" / "ops.py"
    path.write_text(with_a_row(path.read_text("utf-8")), encoding="utf-8")
    spellings = package / "dendrograd" / "languages" / "c.py"
    text = spellings.read_text("utf-8").replace(
        '"sqrt": ', '"halved": Inline("{} / 2.0"),\n    "sqrt": '
    )
    spellings.write_text(text, encoding="utf-8")
    done = python(package, "-m", "dendrograd.generate")
    assert done.returncode == 0, done.stderr
    header = (package / "dendrograd" / "_operations.h").read_text("utf-8")
    assert "double primal_halved(double x)" in header
    assert "halved" in (package / "dendrograd" / "__init__.py").read_text("utf-8")
