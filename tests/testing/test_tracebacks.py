"""What pytest shows of a check that fails: a person's lines, not those of the kit."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.long

FAILING = {
    "a wrong gradient": "check_grads(lambda x: x * math.exp(x), (1.0,))",
    "no such order": "check_grads(exp, (1.0,), order=0)",
    "a wrong rule": "check_partials(wrong)",
    "a broken promise": "check_partials(broken, samples=1)",
    "no operation": "check_partials(3)",
    "no Value": "audit(3)",
    "no such operation": "expressions(ops=['tanj'])",
}
SOURCE = """
import math
from dataclasses import replace
from dendrograd import exp, primitive
from dendrograd.ops import OPS
from dendrograd.testing import audit, check_grads, check_partials, expressions

wrong = primitive(lambda y, x: (3.0,))(lambda x: 2.0 * x)
broken = replace(OPS["relu"], kinks=(((0.0,), (1.0,)),))

"""
HEADING = re.compile(r"^_+ test_(\w+) _+$", re.MULTILINE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what pytest tells of each failure; one run of it has all of them."""
    folder = tmp_path_factory.mktemp("mine")
    tests = [
        f"def test_{name.replace(' ', '_')}():\n    {line}\n"
        for name, line in FAILING.items()
    ]
    (folder / "test_mine.py").write_text("\n".join([SOURCE, *tests]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "test_mine.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    _, *parts = HEADING.split(done.stdout)  # heading, text, heading, text ...
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", FAILING)
def test_the_last_line_of_a_traceback_is_the_persons_own(
    name: str, told: dict[str, str]
) -> None:
    text = told[name.replace(" ", "_")]
    places = re.findall(r"^(\S+\.py):(\d+): ", text, re.MULTILINE)
    assert places, text
    assert places[-1][0] == "test_mine.py"
    assert not [path for path, _ in places if "testing" in path]
