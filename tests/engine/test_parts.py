"""The parts of the twin: one unit for the compiler, each to be read alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "engine"
PARTS = sorted((ENGINE / "twin").glob("*.c"))


def test_each_part_is_included_once_in_the_unit():
    unit = (ENGINE / "_value.c").read_text("utf-8")
    included = re.findall(r'^#include "twin/(\w+\.c)"', unit, flags=re.MULTILINE)
    assert sorted(included) == [part.name for part in PARTS]


def test_each_part_says_what_it_is_about_and_begins_with_what_all_share():
    for part in PARTS:
        text = part.read_text("utf-8")
        assert re.match(r'/\* [A-Z].*?\*/\n#include "twin\.h"\n', text, flags=re.DOTALL)
        assert text.count("#include") == 1, part.name


def test_each_part_compiles_alone():
    include = sysconfig.get_path("include")
    cc = shutil.which("cc")
    if not cc or not Path(include, "Python.h").exists():
        pytest.skip("no compiler, or no headers of Python: the parts were not compiled")
    flags = ["-fsyntax-only", "-Werror=implicit-function-declaration"]
    command = [cc, *flags, f"-I{include}", *map(str, PARTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
