"""What gets installed: every package, every data file, one version, one import name."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from dendrograd import implementation

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
FOLDERS: dict[str, str] = SETUPTOOLS["package-dir"]  # "dendrograd.nn": "nn"
NOT_DATA = {".py", ".pyc", ".so", ".pyd"}
BUILT = SETUPTOOLS["exclude-package-data"]  # C: the wheel has what came of it


def package_of(folder: Path) -> str:
    """Return the import name of a source folder: engine/cli is dendrograd.cli."""
    top, *below = folder.relative_to(ROOT).parts
    name = next(package for package, source in FOLDERS.items() if source == top)
    return ".".join([name, *below])


def folder_of(package: str) -> Path:
    """Return the source folder of an import name, as setuptools looks it up."""
    below: list[str] = []
    while package not in FOLDERS:
        package, _, last = package.rpartition(".")
        below.insert(0, last)
    return ROOT.joinpath(FOLDERS[package], *below)


def python(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run this Python in a process of its own."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_every_folder_with_an_init_is_a_listed_package() -> None:
    found = [
        package_of(init.parent)
        for top in FOLDERS.values()
        for init in (ROOT / top).rglob("__init__.py")
    ]
    assert sorted(SETUPTOOLS["packages"]) == sorted(found)


def test_every_folder_with_python_files_is_a_package() -> None:
    for top in FOLDERS.values():
        for file in (ROOT / top).rglob("*.py"):
            assert (file.parent / "__init__.py").exists(), file


def test_package_data_holds_every_file_that_is_neither_python_nor_built() -> None:
    for package in SETUPTOOLS["packages"]:
        folder = folder_of(package)
        patterns = SETUPTOOLS["package-data"].get(package, []) + BUILT.get(package, [])
        shipped = {file for pattern in patterns for file in folder.glob(pattern)}
        present = {file for file in folder.iterdir() if file.is_file()}
        wanted = {file for file in present if file.suffix not in NOT_DATA}
        assert shipped == wanted, package


def test_every_pattern_of_package_data_matches_a_file() -> None:
    data = [*SETUPTOOLS["package-data"].items(), *BUILT.items()]
    for package, patterns in data:
        for pattern in patterns:
            assert list(folder_of(package).glob(pattern)), f"{package}: {pattern}"


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("dendrograd", "py.typed"),
        ("dendrograd", "_methods.pyi"),
        ("dendrograd.languages", "functions.js"),
        ("dendrograd.languages", "sweep.js"),
        ("dendrograd.cli", "penguins.csv"),
        ("dendrograd.nn", "py.typed"),
        ("dendrograd.viz", "py.typed"),
    ],
)
def test_the_installed_package_has_its_data(package: str, name: str) -> None:
    assert files(package).joinpath(name).is_file()


@pytest.mark.parametrize("folder", ["engine", "nn", "viz"])
def test_importing_a_folder_is_refused_with_the_right_name(folder: str) -> None:
    done = python("-c", f"import {folder}")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: import {folder}: ")
    assert "dendrograd" in last


def test_metadata_has_the_version_of_pyproject() -> None:
    assert version("dendrograd") == PROJECT["project"]["version"]


def test_the_version_is_written_in_pyproject_alone() -> None:
    written = PROJECT["project"]["version"]
    for top in FOLDERS.values():
        for file in (ROOT / top).rglob("*.py"):
            for part in ast.walk(ast.parse(file.read_text("utf-8"))):
                assert not (isinstance(part, ast.Constant) and part.value == written), (
                    f"{file}:{part.lineno} repeats the version"
                )


def test_the_command_line_tells_the_version(tmp_path: Path) -> None:
    done = python("-m", "dendrograd", "--version", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == [
        "dendrograd",
        version("dendrograd"),
        f"({implementation})",
    ]


def test_the_oldest_python_of_the_classifiers_is_the_required_one() -> None:
    prefix = "Programming Language :: Python :: 3."
    classifiers = metadata("dendrograd").get_all("Classifier") or []
    minors = [int(c.removeprefix(prefix)) for c in classifiers if c.startswith(prefix)]
    assert metadata("dendrograd")["Requires-Python"] == f">=3.{min(minors)}"
    assert minors == list(range(min(minors), max(minors) + 1))
