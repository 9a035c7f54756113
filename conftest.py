"""Runs what README, CONTRIBUTING and docs show: every block of code is a test.

The blocks of a page share names and run in order, in an empty folder. A `python` block
may be a session with `>>>`; one whose first line is `# name.py` is also written to a
file of that name. In a `console` block the lines after `$ ` run and must print what
stands below them, where `...` stands for anything; a `bash` block holds commands alone.

A test, or a page, that is not marked `dot` never sees the Graphviz program `dot`, even
where it is installed. So `pytest -m dot` is all that a machine without it can change.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NUMBER = re.compile(r"\d+\.\d+(?:e[-+]?\d+)?")
ELSEWHERE = (  # commands that are shown but not run here
    r"git clone .+|cd \S+|(DENDROGRAD_PURE=1 )?(pip (install|wheel) .+|pytest.*)",  # .ci/run
    r"CFLAGS=.+ pip install .+|export .+|python tests/engine/leaks.py.*",
    r"python -m venv \S+|source \S+",  # likewise
    r"cosmic-ray .+|cr-\S+ .+|cibuildwheel .+",  # hours, or a container
    r"ruff .+|mypy|pyright|\.ci/.+",  # not among the tools of [test]
    r"sudo apt install graphviz|brew install graphviz",  # they change the machine
    r"python -m dendrograd\.generate|python \S+/make_\w+\.py",  # tests compare
)


class FileEvaluator(PythonEvaluator):
    """Runs a block of Python, and writes the one that names a file into it."""

    def __call__(self, example: Example) -> None:
        named = re.match(r"# (\w+\.py)\n", example.parsed)
        if named:
            with open(named[1], "w", encoding="utf-8") as file:
                file.write(example.parsed)
        super().__call__(example)


def python_blocks(document: Document) -> Iterator[Region]:
    """Parse the blocks of Python; sessions and plain code differ in the evaluator."""
    sessions = PythonCodeBlockParser(doctest_optionflags=FLAGS)
    for region in sessions(document):
        if isinstance(region.evaluator, PythonEvaluator):
            region.evaluator = FileEvaluator()
        yield region


def commands(example: Example) -> str | None:
    """Run the commands of a block; return what went wrong, as Sybil wants it.

    README's first command takes some seconds: it is the whole demo, as a reader runs it.
    """
    session = example.region.parsed.startswith("$ ")
    for command, expected in _sessions(example.parsed, session):
        if any(re.fullmatch(pattern, command) for pattern in ELSEWHERE):
            continue
        words = shlex.split(command, comments=True)
        if words[:1] != ["dendrograd"]:
            return (
                f"{command}: only dendrograd's commands run here; list it in {__file__}"
            )
        done = subprocess.run(
            [sys.executable, "-m", *words],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "88", "PYTHONUTF8": "1"},
        )
        if done.returncode:
            return f"{command}: exit status {done.returncode}\n{done.stdout}"
        if session:
            wanted = doctest.Example(command, expected)
            checker = doctest.OutputChecker()
            if not checker.check_output(
                _short(wanted.want), _short(done.stdout), FLAGS
            ):
                return checker.output_difference(wanted, done.stdout, FLAGS)
    return None


def _short(text: str) -> str:
    """Return text with numbers to nine digits: the last ones differ by platform."""
    return NUMBER.sub(lambda found: f"{float(found[0]):.9g}", text)


def _sessions(text: str, session: bool) -> list[tuple[str, str]]:
    """Return (command, what it prints) for each command of a block."""
    if not session:
        lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
        return [
            (part.strip(), "") for line in lines for part in line.split("&&") if part
        ]
    found = []
    for entry in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = entry.partition("\n")
        found.append((command.strip(), expected))
    return found


def enter(namespace: dict[str, Any]) -> None:
    """Go into an empty folder, and tell the page whether pictures can be rendered."""
    namespace["_home"], namespace["_folder"] = os.getcwd(), tempfile.mkdtemp()
    namespace["no_dot"] = shutil.which("dot") is None
    namespace["native"] = is_native()
    namespace["_table"] = list(operations().items())
    os.chdir(namespace["_folder"])


def leave(namespace: dict[str, Any]) -> None:
    """Go back, and remove the folder with what the page wrote."""
    os.chdir(namespace["_home"])
    shutil.rmtree(namespace["_folder"])
    assert list(operations().items()) == namespace["_table"], "a page changed the table"


def operations() -> dict[str, Any]:
    """Return the table, imported no sooner than coverage has begun."""
    from dendrograd.ops import OPS

    return OPS


def is_native() -> bool:
    """Return whether Value is the class in C, imported as late as the table."""
    from dendrograd import implementation

    return implementation == "native"


pytest_collect_file = Sybil(
    parsers=[
        SkipParser(),
        python_blocks,
        CodeBlockParser("console", commands),
        CodeBlockParser("bash", commands),
    ],
    pattern="*.md",
    setup=enter,
    teardown=leave,
).pytest()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run the tests of a single file in this process: workers take a second to start.

    A file is not divided, since the blocks of a page run in order and fixtures of a
    module are costly; hence `--dist loadfile` in pyproject.toml.
    """
    files = {argument.partition("::")[0] for argument in config.args}
    return 0 if len(files) == 1 and all(map(os.path.isfile, files)) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the pages that look for `dot` themselves; their blocks ask for `no_dot`."""
    for item in items:
        if item.path.suffix == ".md" and "if(no_dot" in item.path.read_text("utf-8"):
            item.add_marker("dot")


@cache
def path_without_dot() -> str:
    """Return PATH less `dot`: a folder that has it gives way to links to the others."""
    links = tempfile.TemporaryDirectory(prefix="without-dot-")
    path_without_dot.links = links  # type: ignore[attr-defined]  # removed at the end
    kept = []
    for folder in os.get_exec_path():
        if not shutil.which("dot", path=folder):
            kept.append(folder)
        elif os.name == "posix":  # elsewhere Graphviz has a folder of its own
            place = Path(tempfile.mkdtemp(dir=links.name))
            for program in Path(folder).iterdir():
                if program.name != "dot":
                    (place / program.name).symlink_to(program)
            kept.append(str(place))
    return os.pathsep.join(kept)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Hide `dot` while a test runs that is not marked as one that looks for it."""
    with pytest.MonkeyPatch.context() as patch:
        if not item.get_closest_marker("dot"):
            patch.setenv("PATH", path_without_dot())
        return (yield)
