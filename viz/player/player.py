"""The player: one HTML file that plays back-propagation, and needs nothing else.

It holds the complete picture, which is all that a reader without scripts sees. The
script is our own, the only one that may run there: its digest is in the page's policy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dendrograd.languages.javascript import operations
from dendrograd.rules import textbook
from dendrograd.viz.markup import element, escape
from dendrograd.viz.model.snapshot import Graph
from dendrograd.viz.page.document import document, source
from dendrograd.viz.page.live import live_code, live_data, live_picture, obstacle
from dendrograd.viz.style import SHADES, fill, theme_named

from .captions import Word
from .naming import box_names
from .slopes import Formula, Number
from .steps import Steps

__all__ = ["player_data", "to_player"]

HINT = "Point at a box, or tab to it, for every digit."
SPEEDS = {"slow": 2000, "normal": 1000, "fast": 300}  # milliseconds a step
HELP = {"←": "", "→": " step", "space": " play or pause", "b": " backward"}
HELP |= {"Home": "", "End": " first and last step"}


def to_player(steps: Steps, graph: Graph, picture: str, title: str, theme: str) -> str:
    """Return a page that plays the steps of a graph on a picture, given as SVG."""
    why = obstacle(graph)
    leaves = [] if why else [box for box in steps.picture.boxes if box.kind == "leaf"]
    play = [own(f"{name}.js") for name in ("sentences", "follow", "player")]
    parts = [source("words.js"), *play]
    if leaves:
        rules = f"const TEXTBOOK = {textbook_of(steps)};"
        parts[1:] = [live_code(graph), rules, *play, own("player_leaves.js")]
    data = player_data(steps, theme, live=bool(leaves))
    if leaves:
        pictures = {"": live_picture(graph, steps.picture)}
        data["tree"] = live_data(graph, pictures, theme)
        data["leaves"] = [[box.node.id, box.id] for box in leaves if box.node]
    called = box_names(steps.picture)
    panel = editor([called[box.id] for box in leaves]) if leaves else escape(why)
    body = (
        f"<header><h1>{escape(title)}</h1>{bar()}"
        '<p id="caption" aria-live="polite"></p></header>'
        f'<main><div id="view" class="fit">{picture}</div></main>'
        f'<footer>{panel}<p id="about">{HINT}</p>{keys()}</footer>'
    )
    pinned = None if theme == "auto" else theme
    return document(title, own("player.css"), body, data, "\n".join(parts), pinned)


def own(name: str) -> str:
    """Return a file that stands beside this one."""
    return source(name, __package__ or "")


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
        button("fit", "Whole"),
    ]
    return element(
        "div", "".join(parts), class_="bar", role="group", aria_label="Playback"
    )


def editor(called: Sequence[str]) -> str:
    """Return where the numbers of leaves are changed."""
    options = "".join(element("option", escape(name)) for name in called)
    parts = [
        f'<label>Change <select id="leaf">{options}</select></label>',
        '<input id="number" type="number" step="any" aria-label="Its number">',
        '<input id="range" type="range" step="any" aria-label="Its number, as a slider">',
        '<button id="reset" type="button" disabled>Reset</button>',
    ]
    return element(
        "div", "".join(parts), class_="bar", role="group", aria_label="Numbers"
    )


def keys() -> str:
    """Return what the keys do."""
    parts = [f"<kbd>{key}</kbd>{what}" for key, what in HELP.items()]
    return f'<p class="bar" id="keys">{" ".join(parts)}</p>'


def textbook_of(steps: Steps) -> str:
    """Return the derivatives that sentences tell, as JavaScript."""
    words = [word for step in steps.steps for word in step.words]
    told = [(w.op, len(w.numbers) - 1) for w in words if isinstance(w, Formula)]
    return operations(told, textbook)


def player_data(steps: Steps, theme: str, live: bool) -> dict[str, Any]:
    """Return what the script plays: steps and numbers, in the form of `player.js`.

    Where nothing can be changed, the arithmetic of a derivative is plain text.
    """

    def written(word: Word) -> Any:
        fixed = isinstance(word, Formula) and not live
        return steps.shown(word) if fixed else _word(word)

    colours = theme_named(theme)
    boxes, arrows = steps.picture.boxes, steps.picture.arrows
    return {
        "steps": [
            [
                int(step.phase == "backward"),
                step.box,
                step.arrow,
                step.gains,
                int(step.last),
                [written(word) for word in step.words],
            ]
            for step in steps.steps
        ],
        "fills": {name: fill(name, colours) for name in SHADES},
        "ends": [[arrow.src, arrow.dst] for arrow in arrows],
        "numbers": {
            "data": [_plain(box.data) for box in boxes],
            "grad": [_plain(box.adjoint) for box in boxes],
            "norm": [_plain(box.norm) for box in boxes],
            "local": [_plain(arrow.local) for arrow in arrows],
            "term": [_plain(arrow.contribution) for arrow in arrows],
        },
    }


def _word(word: Word) -> Any:
    if isinstance(word, str):
        return word
    if isinstance(word, Number):
        return [word.kind, word.of, int(word.guarded)]
    return {
        "arrow": word.arrow,
        "op": word.op.name,
        "slot": word.slot,
        "parts": word.parts,
        "numbers": [_word(number) for number in word.numbers],
    }


def _plain(x: float | None) -> Any:
    """Return a number as JSON can hold it: inf and nan as JavaScript spells them."""
    if x is None or math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
