"""What tests do with a page: open a file in some light, measure it, take its picture."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

WIDTH, HEIGHT = 1280, 800  # of the window, in pixels of the screen
TROUBLES: WeakKeyDictionary[Any, list[str]] = WeakKeyDictionary()


def watch(page: Any) -> None:
    """Note from now on what a page that stands alone does not do."""
    found = TROUBLES[page] = []

    def requested(request: Any) -> None:
        if request.url.split(":")[0] not in ("data", "blob") and not (
            request.is_navigation_request() and request.url.startswith("file:")
        ):
            found.append(f"asks for {request.url}")

    def told(message: Any) -> None:
        if message.type in ("error", "warning"):
            found.append(f"console {message.type}: {message.text}")

    page.on("request", requested)
    page.on("console", told)
    page.on("pageerror", lambda error: found.append(f"error: {error}"))


def troubles(page: Any) -> list[str]:
    """Return the errors, warnings and requests of a page so far."""
    return TROUBLES[page]


def open(  # pages.open
    page: Any,
    path: Path,
    *,
    color_scheme: str = "light",
    reduced_motion: bool = False,
    forced_colors: bool = False,
    zoom: float = 1.0,
) -> None:
    """Open a file, and fail at any error, warning or request that this makes.

    `zoom` is what a person does with Ctrl and +: at 2.0 the window is half as wide in
    the units of the page.
    """
    page.emulate_media(
        color_scheme=color_scheme,
        reduced_motion="reduce" if reduced_motion else "no-preference",
        forced_colors="active" if forced_colors else "none",
    )
    size = {"width": round(WIDTH / zoom), "height": round(HEIGHT / zoom)}
    page.context.new_cdp_session(page).send(
        "Emulation.setDeviceMetricsOverride",
        {**size, "deviceScaleFactor": zoom, "mobile": False},
    )
    page.goto(path.absolute().as_uri())
    assert troubles(page) == []


@cache
def source_of_axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def axe(page: Any) -> list[str]:
    """Return what is not accessible: a line for each rule of axe-core and its places."""
    page.evaluate(source_of_axe())
    found = page.evaluate("() => axe.run({ resultTypes: ['violations'] })")
    return [
        f"{rule['id']}: {rule['help']}: "
        + ", ".join(str(node["target"][0]) for node in rule["nodes"])
        for rule in found["violations"]
    ]


def contrast(page: Any, selector: str) -> dict[str, float]:
    """Return the contrast (WCAG 2, 1 to 21) of each text that a selector finds.

    The text has the CSS `color`, or in SVG the `fill`; what is painted below the middle
    of its box is behind it.
    """
    measure = Path(__file__).with_name("contrast.js").read_text("utf-8")
    return dict(page.evaluate(f"([selector]) => {{ {measure} }}", [selector]))


def moving(page: Any) -> list[str]:
    """Return the animations and transitions that run: the name of each."""
    found: list[str] = page.evaluate(
        """() => document.getAnimations()
        .filter((one) => one.playState === "running")
        .map((one) => one.animationName ?? one.transitionProperty ?? "script")"""
    )
    return found


def screenshot(page: Any, folder: Path, name: str) -> Path:
    """Write a picture of the whole page into a folder, say `tmp_path`, to look at."""
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
