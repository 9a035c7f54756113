"""What pytest shows of a check that fails: a person's lines, not those of the kit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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

def test():
    {line}
"""


@pytest.mark.parametrize("line", FAILING.values(), ids=FAILING)
def test_the_last_line_of_a_traceback_is_the_persons_own(
    line: str, tmp_path: Path
) -> None:
    file = tmp_path / "test_mine.py"
    file.write_text(SOURCE.format(line=line))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    places = re.findall(r"^(\S+\.py):(\d+): ", done.stdout, re.MULTILINE)
    assert places, done.stdout
    assert places[-1][0] == "test_mine.py"
    assert not [path for path, _ in places if "testing" in path]
