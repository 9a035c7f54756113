"""What is written is true: examples in docstrings, blocks, links, pictures, words.

The blocks of code in README, CONTRIBUTING and docs run by way of `conftest.py` at the
root; here stands that none of them is left out.
"""

from __future__ import annotations

import doctest
import importlib.util
import re
import tomllib
import unicodedata
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from dendrograd.ops import OPS

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
SHOWN = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\]\(\s*([^()\s]+)\s*\)|^\[[^\]]+\]:\s+(\S+)$", re.MULTILINE)
RUN = {"python", "console", "bash"}  # by the parsers of conftest.py
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
MODULES = PACKAGES + sorted(
    module.name
    for package in PACKAGES  # each by its own path: dendrograd.nn is not in engine/
    for module in iter_modules(import_module(package).__path__, f"{package}.")
    if not module.ispkg and module.name != "dendrograd.__main__"
)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def prose(page: Path) -> str:
    """Return a page without its blocks and its inline code."""
    return re.sub(r"`[^`\n]+`", "", SHOWN.sub("", text_of(page)))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", SHOWN.sub("", text_of(page)), re.MULTILINE)
    plain = [re.sub(r"[`*]|\]\([^)]*\)|\[", "", title).lower() for title in titles]
    return {
        "".join(c for c in title.replace(" ", "-") if c in "-_" or is_word(c))
        for title in plain
    }


def is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN"


def links(page: Path) -> list[str]:
    return [inline or named for inline, named in LINK.findall(prose(page))]


@cache
def drawn() -> Any:
    """Return the module docs/make_pictures.py, which is not part of a package."""
    spec = importlib.util.spec_from_file_location(
        "make_pictures", ROOT / "docs" / "make_pictures.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_are_true(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = import_module(name)
    assert doctest.testmod(module).failed == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", [p for p in PACKAGES if p.count(".") < 2])
def test_every_package_has_examples(package: str) -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    rooms = [package, *(p for p in PACKAGES if p.startswith("dendrograd.viz."))]
    homes = rooms if package == "dendrograd.viz" else [package]
    inside = [name for name in MODULES if name.rpartition(".")[0] in homes]
    tests = [test for name in inside for test in finder.find(import_module(name))]
    small = ("arithmetic", "audit", "compiler", "languages")  # of few files each
    inner = ("errorbars", "node", "notices")  # of one verb, or which nobody calls
    small += ("implicit", "linalg", "series")
    least = {**dict.fromkeys(small, 3), **dict.fromkeys(inner, 1)}
    name = package.partition(".")[2]
    assert sum(len(test.examples) > 0 for test in tests) >= least.get(name, 10)


@each_page
def test_every_block_is_of_a_kind_that_runs(page: Path) -> None:
    kinds = [kind for kind, _ in SHOWN.findall(text_of(page))]
    assert text_of(page).count("\n```") == 2 * len(kinds), "a fence is left open"
    assert set(kinds) <= RUN | {"math", "diff"}  # shown, not run


@each_page
def test_a_session_shows_what_its_commands_print(page: Path) -> None:
    for kind, block in SHOWN.findall(text_of(page)):
        if kind == "console":
            assert block.startswith("$ ")
        if kind == "python" and ">>> " in block:
            assert block.startswith(">>> ")  # or its results are not compared


@each_page
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for link in links(page):
        path, _, anchor = unquote(link).partition("#")
        if not re.match(r"https?://", link):
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert target.is_relative_to(ROOT), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    found, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in found or page not in PAGES:
            continue
        found.add(page)
        local = [link.partition("#")[0] for link in links(page) if ":" not in link]
        todo += [(page.parent / path).resolve() for path in local if path]
    assert found | {ROOT / "docs" / "README.md"} == set(PAGES)  # an index of its folder


def test_the_readme_shows_the_two_commands() -> None:
    blocks = [block for kind, block in SHOWN.findall(text_of(PAGES[0]))]
    assert "pip install '.[plot]' && dendrograd demo\n" in blocks
    assert "pip install -e '.[test]' && pytest\n" in blocks


WRITTEN = [
    *(file for top in ("engine", "nn", "viz") for file in (ROOT / top).rglob("*.py")),
    *(file for file in (ROOT / "examples").iterdir() if file.is_file()),
    *(ROOT / "benchmarks").glob("*.md"),
    *PAGES,
]


def test_nobody_is_told_to_install_from_an_index_that_lacks_it() -> None:
    """Installed is a clone, by its path; dendrograd is on no package index."""
    told = [
        f"{file}: {line}"
        for file in WRITTEN
        for line in re.findall(r"pip install [^\n&]*dendrograd\b", text_of(file))
    ]
    assert told == []


@each_page
def test_extras_that_are_named_exist(page: Path) -> None:
    for names in re.findall(r"pip install [^\n]*\[([\w,]+)\]", text_of(page)):
        known = PROJECT["project"]["optional-dependencies"]
        assert set(names.split(",")) <= known.keys()


def test_the_changelog_has_the_version_of_pyproject() -> None:
    versions = re.findall(
        r"^## \[([^]]+)\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE
    )
    assert versions[:2] == ["Unreleased", PROJECT["project"]["version"]]


def test_the_page_on_adding_an_operation_explains_every_field() -> None:
    page = text_of(ROOT / "docs" / "adding-an-op.md")
    given = {"name", "primal", "partials", "module"}  # told in the text, or not given
    fields = set(type(OPS["add"]).__dataclass_fields__) - given
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == fields


def test_the_table_of_kinks_says_what_the_operations_do() -> None:
    page = text_of(ROOT / "docs" / "conventions.md")
    kinks = page.split("## Kinks")[1].split("\n## ")[0]
    words = set(re.findall(r"\w+", kinks)) | {"pow", "floordiv"}  # as ** and //
    promised = {op.name for op in OPS.values() if op.kinks}
    assert promised - {"compare"} <= words  # for the table's own use


def test_the_pictures_are_those_that_the_script_draws() -> None:
    folder = drawn().FOLDER
    assert {path.name for path in folder.iterdir()} == drawn().pictures().keys()


def test_the_drawings_are_not_older_than_the_code() -> None:
    for name, picture in drawn().pictures().items():
        if not isinstance(picture, Figure):
            text = text_of(drawn().FOLDER / name)
            assert f"<!-- drawn from {drawn().digest(picture)} -->" in text, (
                f"{name} is old: python docs/make_pictures.py"
            )


def test_charts_are_written_alike_each_time_and_without_a_date() -> None:
    kinds = {name: type(picture) for name, picture in drawn().pictures().items()}
    charts = [name for name, kind in kinds.items() if issubclass(kind, Figure)]
    assert charts
    first, again = (drawn().svg(drawn().descent()) for _ in range(2))
    assert first == again
    for name in charts:
        root = ElementTree.parse(drawn().FOLDER / name).getroot()
        assert not [e for e in root.iter() if e.tag.endswith("}date")]


def test_the_picture_of_descent_shows_the_loss_after_each_step() -> None:
    lines = drawn().descent().axes[0].lines
    assert len(lines) == 3
    for line in lines:
        rate = float(line.get_label().removeprefix("rate "))
        law = [9 * (1 - 2 * rate) ** (2 * k) for k in line.get_xdata()]
        assert line.get_ydata() == pytest.approx(law, rel=1e-9, abs=1e-15)


def test_every_section_of_the_gallery_draws_the_picture_that_it_shows() -> None:
    sections = text_of(ROOT / "docs" / "gallery.md").split("\n## ")[1:]
    assert len(sections) >= 8
    for section in sections:
        (shown,) = re.findall(r"\]\((pictures/\S+)\)", section)
        assert section.count(f'"{shown}"') == 1, shown


def test_pictures_load_fast_and_drawings_follow_the_theme_of_the_reader() -> None:
    for name, picture in drawn().pictures().items():
        assert (drawn().FOLDER / name).stat().st_size < 100_000, name
        if not isinstance(picture, Figure):
            assert "color-scheme:light dark" in picture, name


def test_every_picture_is_shown_with_words_for_those_who_do_not_see_it() -> None:
    shown: set[str] = set()
    for page in PAGES:
        for words, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text_of(page)):
            assert len(words.split()) >= 4, path
            shown.add(Path(path).name)
    assert shown == drawn().pictures().keys()


def test_every_picture_has_a_background_so_that_it_reads_on_a_dark_page() -> None:
    for path in drawn().FOLDER.iterdir():
        root = ElementTree.parse(path).getroot()
        fills = [painted(shape) for shape in root.iter()]
        first = next(fill for fill in fills if fill != "none")
        assert first.lower() in ("#ffffff", "white"), path


def painted(shape: ElementTree.Element) -> str:
    """Return the fill of a shape: an attribute of Graphviz, a style of matplotlib."""
    style = re.search(r"fill: ([^;]+)", shape.get("style", ""))
    return style[1] if style else shape.get("fill", "none")


@each_page
def test_lines_are_short_enough_to_read_in_an_editor(page: Path) -> None:
    if page.name == "operations.md":  # a generated table
        return
    for line in text_of(page).splitlines():
        free = line.startswith(("|", "![", "[", "dendrograd.errors"))
        assert free or len(line) <= 100, line
