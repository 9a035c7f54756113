"""Imports go one way, the core needs the standard library alone, the table is alone.

Read from the syntax trees of the sources, so an import inside a function counts too;
one under `if TYPE_CHECKING` does not.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from dendrograd.ops import OPS

ROOT = Path(__file__).resolve().parents[1]

# A module of engine/ imports from the lines above its own.
LAYERS = (
    {"digamma_root"},
    {"attributes", "calls", "decorating", "edges", "errors", "listen"},
    {"domain", "number", "trees", "argnums", "files", "tools"},
    {"op", "arguments", "special"},
    {"ops", "primitive", "describe"},
    {"compositions", "program", "language"},
    {"python", "spec", "ufuncs"},
    {"printing"},
    {"rules"},
    {"c", "c_loops"},
    {"c_header", "numpy"},
    {"native"},
    {"mode"},
    {"alarm", "lost", "context"},
    {"methods", "functions"},
    {"door"},
    {"value"},
    {"leaves", "sweeps"},
    {"backprop"},
    {"flat"},
    {"passes"},
    {"copying", "diagnose", "javascript", "rows", "runs"},
    {"compiling", "derived"},
    {"transforms"},
    {"__init__"},
    {"__main__", "generate"},
)
CORE_ROOMS = ("languages", "node", "notices")
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
UPWARDS = {"__main__"}  # the command line may import what stands on the engine
LATE = {  # a method that walks a graph asks for its walker when it is called
    "value": {"backprop", "copying"},
    "program": {"flat"},  # Program.of reads a graph
}

# Who may import which tool, beside the standard library and dendrograd itself.
TOOLS: dict[str, set[str]] = {
    "engine": set(),
    "engine/arithmetic": set(),  # mpmath by name, where it is used
    "engine/audit": set(),
    "engine/testing": set(),  # hypothesis and mpmath by name, where they are used
    "engine/cli": {"numpy", "rich", "typer"},
    "engine/compiler": {"numpy"},
    "engine/compiler/rolled": {"numpy"},
    "engine/errorbars": set(),
    "engine/implicit": set(),
    "engine/languages": set(),
    "engine/linalg": set(),
    "engine/node": set(),
    "engine/notices": set(),
    "engine/series": set(),
    "nn": {"numpy", "rich", "safetensors"},
    "nn/estimators": {"numpy", "scipy", "sklearn"},
    "viz": set(),
    "viz/layout": set(),
    "viz/model": set(),
    "viz/formats": {"graphviz"},
    "viz/page": set(),
    "viz/player": set(),
    "viz/explanation": set(),
    "viz/training": {"numpy"},  # matplotlib by name, where it is used
}
ROOMS = [room.partition("/")[2] for room in TOOLS if room.startswith("viz/")]
ALPHABET = {"text", "style", "markup"}  # files of viz that every room may use
# dendrograd's own packages that a folder may import by their absolute name.
SEES: dict[str, set[str]] = {
    "engine": {  # the compiler late: it needs NumPy
        "dendrograd.compiler",
        "dendrograd.languages",
        "dendrograd.node",
        "dendrograd.notices",
    },
    "engine/node": {"dendrograd", "dendrograd.notices"},
    "engine/notices": {"dendrograd"},
    "engine/arithmetic": {"dendrograd"},
    "engine/languages": {"dendrograd", "dendrograd.arithmetic"},
    "engine/linalg": {"dendrograd"},
    "engine/series": {"dendrograd"},
    "engine/errorbars": {"dendrograd", "dendrograd.linalg"},
    "engine/implicit": {"dendrograd", "dendrograd.linalg", "dendrograd.notices"},
    "engine/audit": {"dendrograd", "dendrograd.arithmetic", "dendrograd.notices"},
    "engine/testing": {
        "dendrograd",
        "dendrograd.arithmetic",
        "dendrograd.audit",
        "dendrograd.languages",
        "dendrograd.notices",
    },
    "engine/cli": {
        "dendrograd.notices",
        "dendrograd",
        "dendrograd.arithmetic",
        "dendrograd.nn",
        "dendrograd.testing",
        "dendrograd.viz",
    },
    "engine/compiler": {
        "dendrograd",
        "dendrograd.compiler.rolled",
        "dendrograd.languages",
        "dendrograd.notices",
    },
    "engine/compiler/rolled": {
        "dendrograd",
        "dendrograd.compiler",
        "dendrograd.languages",
    },
    "nn": {"dendrograd"},
    "nn/estimators": {"dendrograd", "dendrograd.nn"},
    "viz": {"dendrograd"} | {f"dendrograd.viz.{room}" for room in ROOMS},
    "viz/layout": set(),  # a library of its own
    "viz/model": {"dendrograd", "dendrograd.viz"},  # draws nothing
    "viz/formats": {
        "dendrograd",
        "dendrograd.viz",
        "dendrograd.viz.layout",
        "dendrograd.viz.model",
    },
    "viz/page": {
        "dendrograd",
        "dendrograd.languages",
        "dendrograd.viz",
        "dendrograd.viz.formats",
        "dendrograd.viz.layout",
        "dendrograd.viz.model",
    },
    "viz/player": {
        "dendrograd",
        "dendrograd.languages",
        "dendrograd.viz",
        "dendrograd.viz.formats",
        "dendrograd.viz.layout",
        "dendrograd.viz.model",
        "dendrograd.viz.page",
    },
    "viz/explanation": {"dendrograd", "dendrograd.viz", "dendrograd.viz.model"},
    "viz/training": {
        "dendrograd",
        "dendrograd.viz",
        "dendrograd.viz.model",
        "dendrograd.viz.page",
    },
}
# A method that asks for its picture when a notebook calls it, and never before: viz is
# where pictures are made, and the user need not import it to see one.
SHOWN = {
    ("engine/value.py", "dendrograd.viz"): "_repr_svg_",
    ("nn/module.py", "dendrograd.viz"): "_repr_html_",
    ("nn/estimators/answer.py", "dendrograd.viz"): "_verbs",
}
PACKAGE = re.compile(
    rf"(\w+(?:\.(?:nn|viz(?:\.(?:{'|'.join(ROOMS)}))?|cli|testing|arithmetic|audit|compiler(?:\.rolled)?|errorbars|implicit|languages|linalg|node|notices|series)\b)?).*"
)  # dendrograd.errors: dendrograd
# An operation named outside the table, and why that is no special case of calculus.
GRAMMAR = {
    ("engine/cli/formula.py", "where"): "a condition may be written a < b",
    ("engine/cli/functions.py", "dot"): "takes two lists and a bias",
}
NAMES = {"name", "symbol", "dunder", "op", "_op"}  # variables that hold an operation's

FILES = sorted(file for folder in TOOLS for file in (ROOT / folder).glob("*.py"))
IDS = [file.relative_to(ROOT).as_posix() for file in FILES]
each_file = pytest.mark.parametrize("file", FILES, ids=IDS)


def folder(file: Path) -> str:
    return file.parent.relative_to(ROOT).as_posix()


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a syntax tree but those under `if TYPE_CHECKING`."""
    for part in ast.iter_child_nodes(tree):
        if isinstance(part, ast.If) and ast.unparse(part.test) == "TYPE_CHECKING":
            for other in part.orelse:
                yield from running(other)
        else:
            yield part
            yield from running(part)


def parsed(file: Path) -> ast.AST:
    return ast.parse(file.read_text("utf-8"))


def imports(file: Path) -> tuple[list[str], list[str]]:
    """Return the sibling modules that a file imports, and the absolute names."""
    siblings, absolute = [], []
    for part in running(parsed(file)):
        if isinstance(part, ast.Import):
            absolute += [alias.name for alias in part.names]
        elif isinstance(part, ast.ImportFrom) and not part.level:
            absolute.append(part.module or "")
        elif isinstance(part, ast.ImportFrom):
            assert part.level == 1, f"{file}: write an absolute import"
            names = [part.module] if part.module else [a.name for a in part.names]
            siblings += [name.split(".")[0] for name in names]
    late = LATE.get(file.stem, set()) if file.parent == ROOT / "engine" else set()
    return [name for name in siblings if name not in late], absolute


def test_every_package_says_what_it_may_import() -> None:
    tops = ("engine", "nn", "viz")
    packages = {
        init.parent for top in tops for init in (ROOT / top).rglob("__init__.py")
    }
    assert {package.relative_to(ROOT).as_posix() for package in packages} == set(TOOLS)


def core() -> dict[str, Path]:
    """Return the modules that the engine proper is made of, in rooms or not."""
    flat = list((ROOT / "engine").glob("*.py"))
    rooms = [
        file
        for room in CORE_ROOMS
        for file in (ROOT / "engine" / room).glob("*.py")
        if file.stem != "__init__"
    ]
    return {file.stem: file for file in flat + rooms}


def asked_of_core(file: Path) -> list[str]:
    """Return the modules of the engine proper that a file of it imports."""
    siblings, absolute = imports(file)
    inside = re.compile(rf"dendrograd\.(?:(?:{'|'.join(CORE_ROOMS)})\.)?(\w+)$")
    late = LATE.get(file.stem, set())
    asked = [found[1] for name in absolute if (found := inside.match(name))]
    return [name for name in siblings + asked if name in core() and name not in late]


def test_every_module_of_the_engine_has_a_layer() -> None:
    assert set(core()) == set(LEVEL)


@pytest.mark.parametrize("name", sorted(set(LEVEL) - UPWARDS))
def test_engine_imports_only_from_layers_below(name: str) -> None:
    above = [
        other for other in asked_of_core(core()[name]) if LEVEL[other] >= LEVEL[name]
    ]
    assert above == []


def test_imports_of_the_engine_make_no_circle_its_rooms_included() -> None:
    graph = {
        name: asked_of_core(file) for name, file in core().items() if name != "__init__"
    }
    TopologicalSorter(graph).prepare()  # raises CycleError and names the circle


@pytest.mark.parametrize("where", TOOLS)
def test_imports_between_the_files_of_a_folder_make_no_circle(where: str) -> None:
    files = (ROOT / where).glob("*.py")
    graph = {file.stem: imports(file)[0] for file in files}
    TopologicalSorter(graph).prepare()  # raises CycleError and names the circle


def room(file: str) -> str:
    """Return the room of a file of viz; at the root stand an alphabet and verbs."""
    *rooms, name = file.split(".")
    return rooms[0] if rooms else "alphabet" if name in ALPHABET else "verbs"


def test_no_circle_leads_through_the_rooms_of_viz() -> None:
    graph: dict[str, set[str]] = {}
    for file in set((ROOT / "viz").rglob("*.py")) - {ROOT / "viz" / "__init__.py"}:
        where = file.relative_to(ROOT / "viz").with_suffix("").as_posix()
        here = room(where.replace("/", "."))
        siblings, absolute = imports(file)
        asked = [name.partition("viz.")[2] for name in absolute if ".viz." in name]
        asked += siblings if file.parent == ROOT / "viz" else []
        graph.setdefault(here, set()).update({room(name) for name in asked} - {here})
    TopologicalSorter(graph).prepare()  # raises CycleError and names the circle


@pytest.mark.parametrize("where", ["layout", "model", "formats", "page"])
def test_rooms_that_a_drawing_is_made_in_use_only_the_alphabet_of_the_root(
    where: str,
) -> None:
    for file in (ROOT / "viz" / where).glob("*.py"):
        root = re.compile(r"dendrograd\.viz\.(\w+)$")
        used = {found[1] for name in imports(file)[1] if (found := root.match(name))}
        assert used <= ALPHABET | set(ROOMS), file


@each_file
def test_folders_see_only_the_packages_below_them(file: Path) -> None:
    if folder(file) == "engine" and file.stem in UPWARDS:
        return
    own = ("dendrograd", "engine", "nn", "viz")
    seen = [name for name in imports(file)[1] if name.split(".")[0] in own]
    packages = {PACKAGE.sub(r"\1", name) for name in seen}
    name = file.relative_to(ROOT).as_posix()
    asked = {package for where, package in SHOWN if where == name}
    assert packages - asked <= SEES[folder(file)]


@pytest.mark.parametrize(("name", "package"), SHOWN)
def test_what_a_notebook_shows_is_imported_in_its_own_method_alone(
    name: str, package: str
) -> None:
    tree = parsed(ROOT / name)
    inside = {
        id(part)
        for method in ast.walk(tree)
        if isinstance(method, ast.FunctionDef) and method.name == SHOWN[name, package]
        for part in ast.walk(method)
    }
    where = [
        part
        for part in ast.walk(tree)
        if isinstance(part, ast.ImportFrom) and (part.module or "").startswith(package)
    ]
    assert [id(part) in inside for part in where] == [True]


@each_file
def test_files_import_only_the_tools_of_their_folder(file: Path) -> None:
    names = {name.split(".")[0] for name in imports(file)[1]}
    assert names - sys.stdlib_module_names - {"dendrograd"} <= TOOLS[folder(file)]


def compared(file: Path) -> Iterator[str]:
    """Yield the texts that a file compares a name, symbol or operator with."""
    for part in running(parsed(file)):
        if isinstance(part, ast.Compare):
            sides = [part.left, *part.comparators]
            if any(_holds_an_operation(side) for side in sides):
                yield from (
                    text.value
                    for side in sides
                    for text in ast.walk(side)
                    if isinstance(text, ast.Constant) and isinstance(text.value, str)
                )
        elif isinstance(part, ast.MatchValue) and isinstance(part.value, ast.Constant):
            yield str(part.value.value)


def _holds_an_operation(side: ast.expr) -> bool:
    name = getattr(side, "attr", None) or getattr(side, "id", None)
    return name in NAMES


def test_no_operation_is_a_special_case_outside_the_table() -> None:
    spelled = {op.name for op in OPS.values()} | {op.symbol for op in OPS.values()}
    spelled |= {op.dunder for op in OPS.values() if op.dunder}
    found = {
        (name, text)
        for file, name in zip(FILES, IDS, strict=True)
        if name != "engine/ops.py"
        for text in compared(file)
        if text in spelled
    }
    assert found == set(GRAMMAR)


# A table of operations by name, and the test that asks it for the whole table.
TABLES = {
    ("engine/languages/c.py", "OWN"): "tests/languages/test_language.py",
    ("engine/languages/c.py", "ABSENT"): "tests/languages/test_language.py",
    ("engine/arithmetic/complex.py", "OWN"): "tests/arithmetic/test_kinds.py",
    ("engine/arithmetic/complex.py", "ABSENT"): "tests/arithmetic/test_kinds.py",
    ("engine/arithmetic/fraction.py", "OWN"): "tests/arithmetic/test_kinds.py",
    ("engine/languages/javascript.py", "OWN"): "tests/languages/test_language.py",
    ("engine/languages/numpy.py", "OWN"): "tests/languages/test_language.py",
    ("engine/arithmetic/mpmath.py", "OWN"): "tests/arithmetic/test_kinds.py",
}
LISTS = {  # lists of names that are no facts about operations
    "__all__": "what a module exports",
    "engine/attributes.py ELSEWHERE": "names that people look for, and what to use",
    "engine/languages/language.py PRECEDENCE": "how tightly an operator binds",
    "engine/languages/javascript.py MATH": "the functions of JavaScript's Math",
    "engine/arithmetic/fraction.py WORDS": "the words in the formulas of constants",
    "engine/cli/assign.py NAMED": "numbers that a person may write by name",
    "engine/cli/formula.py OPERATORS": "the grammar of a formula",
    "engine/cli/functions.py OF_LISTS": "functions of lists, which a formula calls",
    "engine/cli/functions.py OTHER_NAMES": "what other languages call a function",
    "engine/node/ufuncs.py NEAR": "functions of NumPy that are none, and what to write",
    "nn/activations.py ACTIVATIONS": "what a layer may be given, compositions too",
    "nn/estimators/elementwise.py MATRIX_FORMS": "activations of matrices, each tested",
    "nn/activations.py RECTIFIERS": "which initial weights an activation has",
}


def tabled(file: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield the collections that a file binds to a name, with the texts in them."""
    for part in running(parsed(file)):
        if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            texts = {
                entry.value
                for holder in ast.walk(part.value)
                if isinstance(holder, (ast.Dict, ast.Set, ast.List, ast.Tuple))
                for entry in ast.iter_child_nodes(holder)
                if isinstance(entry, ast.Constant) and isinstance(entry.value, str)
            }
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, texts


def test_no_table_of_operations_stands_outside_the_table_but_those_asked_for_all() -> (
    None
):
    spelled = {op.name for op in OPS.values()} | {op.symbol for op in OPS.values()}
    tables = [
        (name, target, texts)
        for file, name in zip(FILES, IDS, strict=True)
        if name != "engine/ops.py"
        for target, texts in tabled(file)
    ]
    found = {
        (name, target)
        for name, target, texts in tables
        if len(texts & spelled) > 1
        and target not in LISTS
        and f"{name} {target}" not in LISTS
    }
    assert found == set(TABLES)
    assert all((ROOT / test).exists() for test in TABLES.values())
    there = {"__all__", *[f"{name} {target}" for name, target, _ in tables]}
    assert set(LISTS) <= there, "an exemption of what is not there"
