"""A function fits a screen: its body can be read without scrolling."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 40  # lines of a body, its docstring not counted


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield part


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("package", ["engine", "nn", "viz"])
def test_no_function_is_longer_than_a_screen(package: str) -> None:
    long = {
        f"{file.relative_to(ROOT).as_posix()} {function.name}"
        for file in (ROOT / package).rglob("*.py")
        for function in functions(ast.parse(file.read_text("utf-8")))
        if length(function) > LONGEST
    }
    assert long == set()
