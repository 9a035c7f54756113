"""A headless Chromium for tests marked `browser`; they are skipped where there is none.

It is looked for as a program on PATH, and driven by Playwright, which the extra
`browser` brings. Playwright runs an event loop while a browser is open, so the browser
is closed after each file, lest a later test of the same worker finds the loop running.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pages import troubles, watch

FOLDER = Path(__file__).parent
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
# fmt: off
FLAGS = [  # a browser that asks nobody for anything
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
# fmt: on


def missing() -> str:
    """Return why no page can be opened here; "" where one can."""
    if CHROMIUM is None:
        return f"NO BROWSER: none of {', '.join(PROGRAMS)} is on PATH"
    if find_spec("playwright") is None or find_spec("axe_playwright_python") is None:
        return "NO BROWSER: pip install -e '.[browser]' brings what drives it"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them where no page can be opened."""
    why = missing()
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker("browser")
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for the tests of a file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """An empty page, offline, whose errors and requests fail the test."""
    context = browser.new_context(offline=True)
    opened = context.new_page()
    watch(opened)
    yield opened
    context.close()
    assert troubles(opened) == []
