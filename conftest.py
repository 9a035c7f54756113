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
import gc
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

# A worker for each core: more threads for products of matrices would only wait for each
# other. NumPy reads this when it is imported.
for pool in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{pool}_NUM_THREADS", "1")

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ELSEWHERE = (  # commands that are shown but not run here
    r"git clone .+|cd \S+|(DENDROGRAD_PURE=1 )?(pip (install|wheel) .+|pytest.*)",  # .ci/run
    r"CFLAGS=.+ pip install .+|export .+|python tests/\w+/\w+\.py( \d+)?",
    r"valgrind .+",
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

    Those of README run in a process each, as a reader's do; the first takes some
    seconds, since it is the whole demo. Those of docs run in this one, which is faster.
    """
    run = in_a_process if Path(example.path).name == "README.md" else in_this_process
    session = example.region.parsed.startswith("$ ")
    for command, expected in _sessions(example.parsed, session):
        if any(re.fullmatch(pattern, command) for pattern in ELSEWHERE):
            continue
        words = shlex.split(command, comments=True)
        if words[:1] != ["dendrograd"]:
            return (
                f"{command}: only dendrograd's commands run here; list it in {__file__}"
            )
        status, told = run(words)
        if status:
            return f"{command}: exit status {status}\n{told}"
        if session:
            wanted = doctest.Example(command, expected)
            checker = doctest.OutputChecker()
            if not checker.check_output(wanted.want, told, FLAGS):
                return checker.output_difference(wanted, told, FLAGS)
    return None


def in_a_process(words: list[str]) -> tuple[int, str]:
    """Run a command as a program; return its exit status and what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "88", "PYTHONUTF8": "1"},
    )
    return done.returncode, done.stdout


def in_this_process(words: list[str]) -> tuple[int, str]:
    """Run a command here, and forget the modules of a person that it imports."""
    from dendrograd.__main__ import main

    told, known = StringIO(), set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "88")
        patch.setattr(sys, "path", list(sys.path))
        with redirect_stdout(told), redirect_stderr(told):
            status = main(words[1:])
    for name in sys.modules.keys() - known:
        if (
            Path(getattr(sys.modules[name], "__file__", None) or "/").parent
            == Path.cwd()
        ):
            del sys.modules[name]
    return status, told.getvalue()


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
    """Go into a folder that holds an empty `pictures` alone; say whether dot is there."""
    namespace["_home"], namespace["_folder"] = os.getcwd(), tempfile.mkdtemp()
    namespace["no_dot"] = shutil.which("dot") is None
    namespace["native"] = is_native()
    namespace["_table"] = list(operations().items())
    os.chdir(namespace["_folder"])
    os.mkdir("pictures")  # as beside the pages; nothing that is saved makes a folder


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


def pytest_collection_finish() -> None:
    """Spare the collector ten thousand tests, which stay: a pass takes 0.2 s with them."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Mark the pages that look for `dot` themselves; their blocks ask for `no_dot`.

    What is marked `heavy`, with the reason, is skipped where the class in Python is
    asked for: it is a run of its own, and such tests do not depend on the class.

    In a worker, files that are marked `long` come first and then those of most tests, so
    that short ones are left when the workers come to the end.
    """
    for item in items:
        if item.path.suffix == ".md" and "if(no_dot" in item.path.read_text("utf-8"):
            item.add_marker("dot")
    if os.environ.get("DENDROGRAD_PURE"):
        for item in items:
            heavy = item.get_closest_marker("heavy")
            if heavy:
                why = f"{heavy.args[0]}: only without DENDROGRAD_PURE"
                item.add_marker(pytest.mark.skip(why))
    if hasattr(config, "workerinput"):
        counts = Counter(item.path for item in items)

        def order(item: pytest.Item) -> tuple[bool, int]:
            long = item.path.name == "README.md" or item.get_closest_marker("long")
            return not long, -counts[item.path]

        items.sort(key=order)


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
