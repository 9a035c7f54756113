"""What the tests of pages rely on: that a bad page is seen to be bad."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pages
import pytest

HEAD = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>T</title>'
FORBIDDING = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">"
LIGHTS = """<style>
:root { color-scheme: light dark; }
p { color: light-dark(#767676, #fff); background: light-dark(#fff, #000); }
@media (prefers-reduced-motion: no-preference) { p { animation: pulse 9s infinite; } }
@keyframes pulse { to { letter-spacing: 1px; } }
</style><main><h1>Lights</h1><p>half</p>
<svg width="200" height="60" role="img" aria-label="a box"><rect width="200" height="60"
fill="#000"/><text x="80" y="30" fill="#fff" pointer-events="none">full</text></svg></main>
"""


def written(folder: Path, body: str) -> Path:
    path = folder / "page.html"
    path.write_text(HEAD + body, "utf-8")
    return path


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ("<script>missing()</script>", "error: missing is not defined"),
        ("<script>console.error('no')</script>", "console error: no"),
        ("<script>console.warn('hm')</script>", "console warning: hm"),
        (
            "<img alt='' src='http://localhost/x.png'>",
            "asks for http://localhost/x.png",
        ),
        ("<link rel=stylesheet href=beside.css>", "asks for file:.*beside.css"),
        (
            f"{FORBIDDING}<script>1</script>",
            "console error: .*Content Security Policy",
        ),
    ],
)
def test_a_page_that_errs_or_asks_for_more_fails(
    page: Any, tmp_path: Path, body: str, trouble: str
) -> None:
    with pytest.raises(AssertionError):
        pages.open(page, written(tmp_path, body))
    found = pages.troubles(page)
    assert [line for line in found if re.match(trouble, line)]
    found.clear()  # or the fixture fails this test, as it should any other


def test_a_data_url_is_no_request(page: Any, tmp_path: Path) -> None:
    image = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    pages.open(page, written(tmp_path, f"<main><img alt='a dot' src='{image}'></main>"))


def test_what_is_not_accessible_is_named(page: Any, tmp_path: Path) -> None:
    pages.open(page, written(tmp_path, "<main><h1>H</h1><button></button></main>"))
    assert [line.split(":")[0] for line in pages.axe(page)] == ["button-name"]


@pytest.mark.parametrize(("scheme", "ratio"), [("light", 4.54), ("dark", 21.0)])
def test_contrast_is_that_of_the_light_and_of_the_shape_below(
    page: Any, tmp_path: Path, scheme: str, ratio: float
) -> None:
    pages.open(page, written(tmp_path, LIGHTS), color_scheme=scheme)
    found = pages.contrast(page, "p, svg text")
    assert found == pytest.approx({"half": ratio, "full": 21.0}, abs=0.005)
    assert pages.axe(page) == []
    assert pages.screenshot(page, tmp_path, scheme).stat().st_size > 1000


@pytest.mark.parametrize("calm", [False, True])
def test_motion_is_seen_and_can_be_reduced(
    page: Any, tmp_path: Path, calm: bool
) -> None:
    pages.open(page, written(tmp_path, LIGHTS), reduced_motion=calm)
    assert pages.moving(page) == ([] if calm else ["pulse"])


def test_zoom_makes_the_window_narrow(page: Any, tmp_path: Path) -> None:
    pages.open(page, written(tmp_path, LIGHTS), zoom=4.0)
    seen = page.evaluate("[innerWidth, innerHeight, devicePixelRatio]")
    assert seen == [320, 200, 4]
