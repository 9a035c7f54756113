"""Names in the texts of a page lead to their boxes, by mouse and by key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value, scope
from dendrograd.nn import MLP
from dendrograd.viz import draw

FOCUSED = "document.activeElement.closest('.node, .fold')?.getAttribute('aria-label') ?? document.activeElement.id"
IN_SIGHT = """() => { const stage = document.getElementById('stage').getBoundingClientRect();
  const at = document.activeElement.getBoundingClientRect();
  return at.left >= stage.left - 1 && at.right <= stage.right + 1
    && at.top >= stage.top - 1 && at.bottom <= stage.bottom + 1; }"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("links")
    x = Value(0.0, label="x")
    h = x
    for number in range(30):
        with scope(f"rk {number}"), scope("inner"):
            h = (h * 0.9 + x).tanh()
            if number == 17:
                h = h + (h - h).log() * 0.0
    h.label = "end"
    h.backward()
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    y = (a * b).tanh() * a
    y.label = "y"
    y.backward()
    trees = {"deep": draw(h), "plain": draw(y)}
    return {k: Path(tree.save(folder / f"{k}.html")) for k, tree in trees.items()}


def test_a_name_in_a_note_opens_the_way_to_its_box(written: Any, page: Any) -> None:
    pages.open(page, written["deep"])
    link = page.locator("footer .link").first
    assert link.inner_text().startswith("log(")
    before = page.locator(".view:not([hidden])").count()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(350)
    assert page.locator(".view:not([hidden])").count() > before
    assert page.evaluate(FOCUSED).startswith("log(")
    assert page.evaluate(IN_SIGHT)
    assert page.locator(".found").count() == 1
    page.keyboard.press("ArrowRight")
    assert page.locator(".found").count() == 0
    link.click()  # all is open already
    page.wait_for_timeout(350)
    assert page.evaluate(FOCUSED).startswith("log(")


def test_a_name_in_the_details_leads_to_its_box_and_esc_back(
    written: Any, page: Any
) -> None:
    pages.open(page, written["plain"])
    label = "(e) => e.getAttribute('aria-label')"
    boxes = page.locator(".node").all()
    told = [box.evaluate(label) for box in boxes]
    product = next(k for k, text in enumerate(told) if text.startswith("a * b"))
    boxes[product].focus()
    assert page.locator("#chain").inner_text().endswith("(via tanh(a * b))")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "tanh(a * b)"
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED).startswith("a * b")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED).startswith("tanh(a * b)")
    assert page.locator("h2").inner_text() == "tanh(a * b)"


def test_what_leaves_an_opened_box_is_told_by_the_box_that_it_leads_to(
    page: Any, tmp_path: Path
) -> None:
    y = MLP(2, [3, 4, 1], seed=0)([1.0, 2.0])
    y.backward()
    pages.open(page, Path(draw(y, fold=2).save(tmp_path / "net.html")))
    page.focus("[aria-label^='layers.0,']")
    page.keyboard.press("Enter")
    page.focus("[aria-label^='neurons.2,']")
    assert page.locator("#chain").inner_text().endswith("(via layers.1)")
    page.click("#chain .link")
    assert page.evaluate(FOCUSED).startswith("layers.1,")
