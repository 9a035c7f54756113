"""The parts in C: a unit for the compiler each, whose files can be read alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from dendrograd.native import TAPE, TWIN

ENGINE = Path(__file__).resolve().parents[2] / "engine"
PARTS = {
    part.folder: sorted((ENGINE / part.folder).glob("*.c")) for part in (TWIN, TAPE)
}
each_unit = pytest.mark.parametrize("part", [TWIN, TAPE], ids=lambda part: part.folder)


@each_unit
def test_each_file_is_included_once_in_the_unit(part):
    unit = (ENGINE / f"{part.module}.c").read_text("utf-8")
    pattern = rf'^#include "{part.folder}/(\w+\.c)"'
    included = re.findall(pattern, unit, flags=re.MULTILINE)
    assert sorted(included) == [file.name for file in PARTS[part.folder]]


@each_unit
def test_each_file_says_what_it_is_about_and_begins_with_what_all_share(part):
    head = rf'/\* [A-Z].*?\*/\n#include "{part.folder}\.h"\n'
    for file in PARTS[part.folder]:
        text = file.read_text("utf-8")
        assert re.match(head, text, flags=re.DOTALL)
        assert not re.search(r'#include ".*\.c"', text), file.name


@each_unit
def test_each_file_compiles_alone(part):
    include = sysconfig.get_path("include")
    cc = shutil.which("cc")
    if not cc or not Path(include, "Python.h").exists():
        pytest.skip("no compiler, or no headers of Python: the parts were not compiled")
    flags = ["-fsyntax-only", "-Werror=implicit-function-declaration"]
    command = [cc, *flags, f"-I{include}", *map(str, PARTS[part.folder])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
