"""The page of a picture: one HTML file in which boxes open and leaves can be changed.

Python draws the inside of every box that opens, once (`views.py`, which also says how
the data stays small); the script only moves what is there. The page asks for nothing,
and may run nothing but its own script, which its policy names by hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .arrows import weights
from .labels import EM, FONT, SMALL, words
from .live import live_code, live_data, live_picture, obstacle
from .markup import element, escape, script_json, short
from .sheet import sheet
from .style import DARK, LIGHT, MONO, shade
from .svg import Hosted, drawn, laid_out
from .text import clip, columns
from .views import View, views

if TYPE_CHECKING:
    from .diagram import Diagram

__all__ = ["policy", "to_html"]

ROOM = 13  # columns of a number in a page that recomputes it: "data −0.01234"
STRIP = 18.0  # of the title of a frame
KEYS = (
    "<kbd>Tab</kbd> or arrows: go from box to box · <kbd>Enter</kbd>: open or fold · "
    "<kbd>Esc</kbd>: fold what is around · <kbd>+</kbd> <kbd>−</kbd> <kbd>1</kbd> "
    "<kbd>0</kbd>: larger, smaller, 100 %, fit"
)


def policy(script: str) -> str:
    """Return the content security policy of a page that may run this one script.

    >>> policy("")[:41]
    "default-src 'none'; script-src 'sha256-47"
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; "
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )


def to_html(diagram: Diagram) -> str:
    """Return the page of a diagram."""
    graph, look = diagram.graph, diagram.look
    why = obstacle(graph)
    layout = diagram.layout
    if not why:
        look = replace(look, room=ROOM)
        if diagram.engine != "dot":
            layout = laid_out(diagram.picture, look)
    held = views(diagram.picture, layout, graph, look)
    code = "" if why else live_code(graph)
    script = (
        "\n".join([code, _numbers() if why else "", _read("page.js")]).strip() + "\n"
    )
    style = _read("page.css") + sheet("#tree", look.theme)
    data: dict[str, Any] = {
        "rankdir": look.rankdir,
        "names": {v.prefix: [box.name for box in v.picture.boxes] for v in held},
        "words": {
            v.prefix: [words(b, v.picture.titles) for b in v.picture.boxes]
            for v in held
        },
        "live": None,
    }
    if not why:
        pictures = {v.prefix: live_picture(graph, v.picture, v.nodes) for v in held}
        data["live"] = live_data(graph, pictures, look.theme)
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(script)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(diagram.title)}</title><style>{style}</style>"
    )
    body = (
        _header(diagram.title, not why)
        + f'<div id="work"><main id="stage">{_tree(diagram, held, look)}</main>{DETAILS}</div>'
        + _footer(diagram.notes, why)
        + f'<script type="application/json" id="data">{script_json(data)}</script>'
        + f"<script>{script}</script>"
    )
    return (
        f'<!doctype html>\n<html lang="en" class="{look.theme}"><head>{head}</head>'
        f"<body>{body}</body></html>\n"
    )


def _read(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text("utf-8")


def _numbers() -> str:
    """Return the part of live.js that writes numbers, for a page without the rest."""
    return _read("live.js").partition("function live(")[0]


def _header(title: str, live: bool) -> str:
    reset = '<button id="reset" disabled>Reset leaves</button>' if live else ""
    return (
        f'<header><h1>{escape(title)}</h1><div class="bar" role="group" aria-label="View">'
        '<button id="shut">Fold all</button><button id="fit" aria-pressed="false">Fit</button>'
        '<button id="full">100 %</button><button id="out" aria-label="Smaller">−</button>'
        f'<button id="in" aria-label="Larger">+</button><span id="zoom"></span>{reset}</div></header>'
    )


DETAILS = (
    '<aside id="details" aria-label="Details of the box in focus" tabindex="0">'
    '<h2 id="name"></h2><p id="about"></p><dl><dt>data</dt><dd id="the-data"></dd>'
    '<dt>grad</dt><dd id="the-grad"></dd></dl><p id="chain"></p>'
    '<div id="edit" hidden><label>Change this leaf '
    '<input id="number" type="number" step="any"></label>'
    '<label>Around its value <input id="slider" type="range" step="any"></label></div></aside>'
)


def _footer(notes: Sequence[str], why: str) -> str:
    """Return what the reader must know, as text."""
    lines = [escape(note) for note in notes]
    if why:
        lines.append(escape(why))
    items = "".join(element("li", line) for line in lines)
    stale = (
        ""
        if why
        else (
            '<p id="stale" hidden role="status">A leaf was changed: numbers and colours are '
            "those of the recorded program with the new number.</p>"
        )
    )
    shown = element("ul", items) if items else ""
    return f'<footer>{stale}{shown}<p class="keys">{KEYS}</p></footer>'


def _tree(diagram: Diagram, held: Sequence[View], look: Any) -> str:
    """Return the SVG with all views, each inside the one that it opens in."""
    theme = DARK if look.theme == "dark" else LIGHT
    boxes = [box for view in held for box in view.picture.boxes]
    arrows = [arrow for view in held for arrow in view.picture.arrows]
    step = shade(b.adjoint for b in boxes if b.adjoint is not None and b.kind != "port")
    width = weights(arrows)
    inside: dict[int, dict[int, str]] = {view.number: {} for view in held}
    for view in reversed(held):
        host = Hosted(view.prefix, step, width, inside[view.number], view.closed)
        text = drawn(view.picture, view.layout, look, host)
        if view.parent is None:
            break
        outer, box = view.parent
        inside[outer][box] = _frame(view, box, text, theme)
    layout = held[0].layout
    whole = element(
        "g", text, id="v0", data_width=layout.width, data_height=layout.height
    )
    w, h = layout.width + 24, layout.height + 24
    back = element("rect", class_="bg", width=w, height=h, fill=theme.background)
    return element(
        "svg",
        back + whole,
        id="tree",
        class_="dendrograd",
        width=w,
        height=h,
        viewBox=f"0 0 {short(w)} {short(h)}",
        role="graphics-document",
        aria_roledescription="computational tree",
        aria_label=diagram.title,
        font_family=MONO,
        font_size=FONT,
    )


def _frame(view: View, box: int, text: str, theme: Any) -> str:
    """Return a view in the frame that stands in place of its box, hidden at first."""
    layout = view.layout
    title = clip(" ".join(view.title.split()), 30)
    wide = 28 + columns(title) * EM * SMALL
    button = element(
        "g",
        element(
            "rect", class_="hit", x=4, y=2, width=wide, height=17, rx=4, fill="none"
        )
        + element(
            "text",
            "−",
            x=13,
            y=15,
            text_anchor="middle",
            font_weight=700,
            fill=theme.ink,
        )
        + element("text", escape(title), x=25, y=14, font_size=SMALL, fill=theme.ink),
        class_="fold",
        role="button",
        tabindex=0,
        aria_expanded="true",
        aria_label=f"{title}, fold it",
    )
    border = element(
        "rect",
        width=layout.width,
        height=layout.height + STRIP,
        rx=8,
        fill=theme.frame,
        stroke=theme.line,
        stroke_dasharray="3 3",
    )
    return element(
        "g",
        element("g", border + button, class_="frame opened")
        + element("g", text, class_="inside"),
        id=f"v{view.number}",
        class_="view",
        hidden="",
        data_box=box,
        data_width=layout.width,
        data_height=layout.height,
        data_strip=STRIP,
    )
