"""Random hostile input: every case is an answer or one clear refusal, and runs nothing.

Survived in each case: no exception but `DendrogradError`, with a message of one line;
no hang; and no audit event of running, importing, opening or starting anything (PEP
578), so no text of a user is ever executed. `HYPOTHESIS_MAX_EXAMPLES=100000 pytest
tests/cli/test_fuzz.py` runs as many cases of each test.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from fuzzing import ASSIGNMENTS, EXPRESSIONS, LITERALS, Ran, guarded
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dendrograd import Value
from dendrograd.__main__ import main
from dendrograd.cli.assign import literal, split
from dendrograd.cli.check import on_numbers
from dendrograd.cli.draw import draw
from dendrograd.cli.errors import CommandError
from dendrograd.cli.formula import parse
from dendrograd.errors import DendrogradError

pytestmark = pytest.mark.long

CASES = settings(max_examples=max(100, settings().max_examples))
FEWER = settings(max_examples=max(50, settings().max_examples // 10))  # slower cases


def check_refusal(error: DendrogradError) -> None:
    """Fail unless the error says something, with nothing or a line of carets below."""
    assert str(error).strip()
    assert len(getattr(error, "sketch", "").splitlines()) in (0, 2)


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """Let codecs, rich and typer import what they first need when they are used."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        main(["draw", "é*x", "x=1"])
        main(["draw", "日.x"])


@pytest.mark.parametrize(
    "attack",
    [
        lambda: eval("1 + 1"),
        lambda: __import__("this"),
        lambda: Path(os.devnull).read_bytes(),
        lambda: os.system("true"),
        lambda: subprocess.Popen(["true"]),
    ],
    ids=["eval", "import", "open", "system", "Popen"],
)
def test_the_guard_sees_what_it_is_to_see(attack: Any) -> None:
    with pytest.raises(Ran), guarded():
        attack()


@CASES
@example("x" * 9000)
@example("9**" * 3000 + "9")
@given(EXPRESSIONS)
def test_any_text_is_a_number_or_one_refusal_with_carets(text: str) -> None:
    x = Value(0.5)
    with guarded():
        try:
            root = parse(text).evaluate({"x": x, "y": 2.0})
            assert isinstance(root, (Value, float))
            if isinstance(root, Value):
                root.backward()
        except CommandError as error:
            check_refusal(error)


@CASES
@given(EXPRESSIONS | st.sampled_from(["x", "x*y + z", "e*x"]), ASSIGNMENTS)
def test_any_assignments_draw_a_tree_or_are_one_refusal(
    text: str, assignments: list[str]
) -> None:
    with guarded():
        try:
            root, leaves = draw(text, assignments)
            assert isinstance(root.data, float)
            assert all(isinstance(leaf.grad, float) for leaf in leaves)
        except CommandError as error:
            check_refusal(error)


def product(x: Any, y: Any = 1.0, z: Any = 0.0) -> Any:
    """Return what a person's own function might: of whatever it is given."""
    return x * y + z


@CASES
@given(ASSIGNMENTS | LITERALS.map(lambda text: [f"x={text}"]))
def test_any_arguments_of_check_are_read_as_data_or_one_refusal(
    assignments: list[str],
) -> None:
    with guarded():
        try:
            given = {
                name: literal(name, text) for name, text in split(assignments).items()
            }
            _, numbers = on_numbers(product, given, [])
            assert all(type(x) in (int, float) for x in numbers.values())
        except CommandError as error:
            check_refusal(error)


@FEWER
@given(EXPRESSIONS, ASSIGNMENTS)
def test_the_command_itself_ends_with_a_status_and_no_traceback(
    text: str, assignments: list[str]
) -> None:
    out, err = (
        StringIO(),
        StringIO(),
    )  # typer itself runs and imports, so only time is watched
    with redirect_stdout(out), redirect_stderr(err), guarded(watch=()):
        status = main(["draw", "--", text, *assignments])
    assert status in (0, 2)
    if status == 2:
        first, *sketch = err.getvalue().splitlines()
        assert first.startswith("error: ")
        assert all(line.startswith("  ") for line in sketch)  # and no traceback
    else:
        assert out.getvalue().startswith("value ")
