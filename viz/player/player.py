"""The player: one HTML file that plays back-propagation, and needs nothing else.

It holds the complete picture, which is all that a reader without scripts sees, and one
for each call that a step opens. The script is our own, the only one that may run there:
its digest is in the page's policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dendrograd.viz.markup import element, escape
from dendrograd.viz.model.snapshot import Graph
from dendrograd.viz.page.document import document, source
from dendrograd.viz.page.live import live_code, live_data, obstacle

from .data import leaves_of, player_data, textbook_of, views_of
from .steps import Steps

__all__ = ["to_player"]

HINT = "Point at a box, or tab to it, for every digit."
SPEEDS = {"slow": 4000, "normal": 2000, "fast": 500}  # milliseconds a step
HELP = {"←": "", "→": " step", "space": " play or pause", "b": " backward"}
HELP |= {"Home": "", "End": " first and last step"}
SCRIPTS = ("sentences", "course", "stage", "follow", "player")


def to_player(
    courses: Mapping[str, Steps],
    by: str,
    graph: Graph,
    svgs: Sequence[str],
    title: str,
    theme: str,
    shut: str = "",
) -> str:
    """Return a page that plays the steps of a graph on pictures, given as SVG.

    `by` is the course that it begins with; of the pictures the first is shown then.
    `shut` says why calls are not opened, where they are not.
    """
    why = obstacle(graph)
    most = courses.get("operation") or courses["call"]
    leaves = {} if why else leaves_of(most)
    views = views_of(graph, most, live=bool(leaves))
    data = player_data(courses, graph, views, theme, live=bool(leaves))
    parts, play = [source("words.js")], [own(f"{name}.js") for name in SCRIPTS]
    if leaves:
        data["tree"] = live_data(graph, views, theme)
        data["leaves"] = list(leaves)
        rules = f"const TEXTBOOK = {textbook_of(courses)};"
        parts += [live_code(graph), rules]
        play.append(own("player_leaves.js"))
    panel = editor(list(leaves.values())) if leaves else escape(why)
    choice = switch(by) if len(courses) > 1 else ""
    body = (
        f"<header><h1>{escape(title)}</h1>{bar(choice)}"
        '<p id="caption" aria-live="polite"></p></header>'
        f'<main><div id="view" class="fit">{"".join(svgs)}</div></main>'
        f'<footer>{panel}<p id="about">{HINT}</p>{escape(shut)}{keys()}</footer>'
    )
    pinned = None if theme == "auto" else theme
    return document(
        title, own("player.css"), body, data, "\n".join([*parts, *play]), pinned
    )


def own(name: str) -> str:
    """Return a file that stands beside this one."""
    return source(name, __package__ or "")


def bar(choice: str) -> str:
    """Return the buttons; `choice` is the markup of a further one."""

    def button(name: str, text: str, label: str | None = None) -> str:
        return element("button", text, id=name, type="button", aria_label=label)

    parts = [
        button("previous", "◀", "Previous step"),
        button("play", "Play"),
        button("next", "▶", "Next step"),
        button("backward", "Backward"),
        '<input id="slider" type="range" min="0" value="0" aria-label="Step">',
        '<span id="phase"></span>',
        choice,
        chooser("Speed", "speed", SPEEDS, "normal"),
        button("fit", "Whole"),
    ]
    return element(
        "div", "".join(parts), class_="bar", role="group", aria_label="Playback"
    )


def switch(by: str) -> str:
    """Return the choice of what a step is."""
    return chooser("Steps", "by", {"by call": "call", "by operation": "operation"}, by)


def chooser(label: str, name: str, values: Mapping[str, object], chosen: object) -> str:
    """Return a labelled choice of texts that stand for values."""
    options = "".join(
        element(
            "option",
            text,
            value=value,
            selected="" if chosen in (text, value) else None,
        )
        for text, value in values.items()
    )
    return f'<label>{label} <select id="{name}">{options}</select></label>'


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
