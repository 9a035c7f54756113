"""The player: one HTML file that plays back-propagation, and needs nothing else.

It holds the complete picture, which is all that a reader without scripts sees. The
script is our own, the only one that may run there: its digest is in the page's policy.
"""

from __future__ import annotations

import base64
import hashlib
import math
from importlib.resources import files
from typing import Any

from .markup import element, escape, script_json
from .sheet import SHADES
from .steps import Steps
from .style import DARK, LIGHT, fill
from .telling import Number

__all__ = ["player_data", "to_player"]

SPEEDS = {"slow": 2000, "normal": 1000, "fast": 300}  # milliseconds a step
HELP = {"←": "", "→": " step", "space": " play or pause", "b": " backward"}
HELP |= {"Home": "", "End": " first and last step"}


def to_player(steps: Steps, picture: str, title: str, theme: str) -> str:
    """Return a page that plays the steps on a picture, which is given as SVG."""
    script = "\n".join([source("live.js"), source("player.js")])
    data = element(
        "script",
        script_json(player_data(steps, theme)),
        type="application/json",
        id="data",
    )
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(script)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>" + element("style", source("player.css"))
    )
    pinned = "" if theme == "auto" else f' class="{theme}"'
    return (
        f'<!doctype html>\n<html lang="en"{pinned}><head>{head}</head><body>'
        f"<header><h1>{escape(title)}</h1>{bar()}"
        '<p id="caption" aria-live="polite"></p></header>'
        f'<main id="view" class="fit">{picture}</main>'
        f'<footer><p id="about">Point at a box, or tab to it, for every digit.</p>{keys()}</footer>'
        f"{data}<script>{script}</script></body></html>\n"
    )


def source(name: str) -> str:
    """Return a file of the package that becomes a part of the page."""
    return files(__package__ or "").joinpath(name).read_text("utf-8")


def policy(script: str) -> str:
    """Return the policy of a page in which this one script runs, and nothing loads."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; "
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )


def bar() -> str:
    """Return the buttons."""

    def button(name: str, text: str, label: str | None = None) -> str:
        return element("button", text, id=name, type="button", aria_label=label)

    speeds = "".join(
        element("option", name, value=wait, selected="" if name == "normal" else None)
        for name, wait in SPEEDS.items()
    )
    parts = [
        button("previous", "◀", "Previous step"),
        button("play", "Play"),
        button("next", "▶", "Next step"),
        button("backward", "Backward"),
        '<input id="slider" type="range" min="0" value="0" aria-label="Step">',
        '<span id="phase"></span>',
        f'<label>Speed <select id="speed">{speeds}</select></label>',
        button("fit", "100 %"),
    ]
    return element(
        "div", "".join(parts), class_="bar", role="group", aria_label="Playback"
    )


def keys() -> str:
    """Return what the keys do."""
    parts = [f"<kbd>{key}</kbd>{what}" for key, what in HELP.items()]
    return f'<p class="bar">{" ".join(parts)}</p>'


def player_data(steps: Steps, theme: str) -> dict[str, Any]:
    """Return what the script plays: steps and numbers, in the form of `player.js`."""
    colours = DARK if theme == "dark" else LIGHT
    boxes, arrows = steps.picture.boxes, steps.picture.arrows
    return {
        "steps": [
            [
                int(step.phase == "backward"),
                step.box,
                step.arrow,
                step.gains,
                int(step.last),
                [_word(word) for word in step.words],
            ]
            for step in steps.steps
        ],
        "fills": {name: fill(name, colours) for name in SHADES},
        "numbers": {
            "data": [_plain(box.data) for box in boxes],
            "grad": [_plain(box.adjoint) for box in boxes],
            "norm": [_plain(box.norm) for box in boxes],
            "local": [_plain(arrow.local) for arrow in arrows],
            "term": [_plain(arrow.contribution) for arrow in arrows],
        },
    }


def _word(word: str | Number) -> Any:
    return word if isinstance(word, str) else [word.kind, word.of, int(word.guarded)]


def _plain(x: float | None) -> Any:
    """Return a number as JSON can hold it: inf and nan as JavaScript spells them."""
    if x is None or math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
