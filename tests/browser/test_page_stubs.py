"""A stub of a page opens: then all is drawn that was cut off."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value, scope
from dendrograd.viz import Diagram, draw

CLICK = "(one) => one.dispatchEvent(new MouseEvent('click', { bubbles: true }))"
OPEN_ALL = """() => { for (;;) {
  const one = [...document.querySelectorAll('.opens')].find((n) => !n.closest('[hidden]'));
  if (!one) return;
  one.dispatchEvent(new MouseEvent('click', { bubbles: true })); } }"""
SEEN = """() => [...document.querySelectorAll('.leaf')].filter((n) => !n.closest('[hidden]'))
  .map((n) => n.querySelector('.label').textContent)"""


def neuron(count: int) -> Value:
    """A call of many steps, of which a page draws the largest paths."""
    xs = [Value(math.sin(i), label=f"x{i}") for i in range(count)]
    with scope("neuron"):
        y = sum(Value(math.cos(i), label=f"w{i}") * x for i, x in enumerate(xs)).tanh()
    y.label = "y"
    y.backward()
    return y


def of_one_leaf() -> Diagram:
    """The largest path from one leaf among many."""
    leaves = [Value(math.sin(i), label=f"x{i}") for i in range(60)]
    root = sum(leaf * leaf for leaf in leaves).tanh()
    root.backward()
    return draw(root, focus=leaves[3], k=1)


@pytest.mark.parametrize("way", ["key", "click"])
def test_a_stub_inside_a_box_opens_to_all_of_it(
    page: Any, tmp_path: Path, way: str
) -> None:
    path = draw(neuron(40), fold=1).save(tmp_path / "neuron.html")
    pages.open(page, Path(path))
    page.evaluate(
        CLICK,
        page.query_selector(".call.opens >> text=neuron").evaluate_handle(
            "(one) => one.parentNode"
        ),
    )
    stub = page.locator(".rest.opens:visible").first
    assert stub.get_attribute("role") == "button"
    if way == "key":
        stub.focus()
        page.keyboard.press("Enter")
    else:
        stub.click()
    assert page.locator(".rest:visible").count() == 0
    page.evaluate(OPEN_ALL)
    assert {f"w{i}" for i in range(40)} <= set(page.evaluate(SEEN))
    page.click("#shut")
    assert page.locator(".view:visible").count() == 0


def test_a_stub_of_the_picture_opens_to_the_whole_and_back(
    page: Any, tmp_path: Path
) -> None:
    pages.open(page, Path(of_one_leaf().save(tmp_path / "focus.html")))
    before = page.evaluate(SEEN)
    page.locator(".rest.opens:visible").first.focus()
    page.keyboard.press(" ")
    assert page.evaluate("document.activeElement.classList.contains('root')")
    page.evaluate(OPEN_ALL)
    assert sorted(page.evaluate(SEEN)) == sorted(f"x{i}" for i in range(60))
    page.focus(".leaf:visible >> nth=0")
    page.fill("#number", "0.75")
    page.click("#shut")
    assert page.evaluate(SEEN) == before
    assert page.locator(".rest:visible").count() > 0


def test_what_a_stub_opens_shows_numbers_that_were_changed(
    page: Any, tmp_path: Path
) -> None:
    pages.open(page, Path(of_one_leaf().save(tmp_path / "focus.html")))
    page.focus(".leaf:visible >> nth=0")
    page.fill("#number", "3")
    page.keyboard.press("Escape")
    page.locator(".rest.opens:visible").first.click()
    page.evaluate(OPEN_ALL)
    told = "[...document.querySelectorAll('.op')].filter((n) => !n.closest('[hidden]')).map((n) => n.dataset.data)"
    assert "9.0" in page.evaluate(told)
