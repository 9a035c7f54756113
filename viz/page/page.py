"""The page of a picture: one HTML file in which boxes open and leaves can be changed.

Python draws the inside of every box that opens, once (`views.py`, which also says how
the data stays small); the script finds where it stands. The page asks for nothing,
and may run nothing but its own script, which its policy names by hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.sheet import sheet
from dendrograd.viz.formats.svg import Hosted, svg_body
from dendrograd.viz.markup import element, escape, short
from dendrograd.viz.model.broken import Marks, marked, shown_ways
from dendrograd.viz.model.labels import EM, FONT, SMALL, words
from dendrograd.viz.style import DARK, LIGHT, MONO
from dendrograd.viz.text import clip, columns

from .document import document, source
from .legend import chooser, marks_data, page_legend, painted_views, painting
from .links import linked
from .live import live_code, live_data, live_picture, obstacle
from .plans import cut_columns, plan_data
from .views import View, views

__all__ = ["to_html"]

ROOM = 13  # columns of a number in a page that recomputes it: "data −0.01234"
PARTS = (  # of the script
    "drawn",
    "marks",
    "rule",
    "route",
    "rows",
    "placed",
    "zoom",
    "opening",
    "links",
    "details",
    "colours",
    "keys",
)
KEYS = (
    "<kbd>Tab</kbd> or arrows: go from box to box · <kbd>Enter</kbd>: open, fold, change a "
    "leaf, or go to the names in its gradient · <kbd>Esc</kbd>: back, or fold what is around · <kbd>+</kbd> <kbd>−</kbd> <kbd>1</kbd> "
    "<kbd>0</kbd>: larger, smaller, 100 %, fit"
)


def to_html(drawn: Drawn) -> str:
    """Return the page of a picture."""
    drawn = drawn.with_derivatives()
    graph, theme = drawn.graph, drawn.look.theme
    why = obstacle(graph)
    if not why:
        drawn = drawn.with_room(ROOM)
    held = views(drawn.picture, drawn.layout, graph, drawn.look)
    ways = shown_ways(graph, drawn.look.grad)
    bad = [marked(view.picture, ways, view.nodes) for view in held]
    data: dict[str, Any] = {
        "rankdir": drawn.look.rankdir,
        "notes": linked(drawn.notes, graph, held),
        "names": {v.prefix: [box.spoken for box in v.picture.boxes] for v in held},
        "words": {
            v.prefix: [words(b, v.picture.titles) for b in v.picture.boxes]
            for v in held
        },
        "plans": [plan_data(v.picture, v.found, v.opens, bool(v.parent)) for v in held],
        "live": None,
        "cuts": cut_columns(
            held[0].found, drawn.layout.cuts if drawn.look.rankdir == "LR" else ()
        ),
        **painting(drawn, theme),
        "bad": {
            view.prefix: marks_data(mark) for view, mark in zip(held, bad, strict=True)
        },
    }
    if not why:
        pictures = {v.prefix: live_picture(graph, v.picture, v.nodes) for v in held}
        data["live"] = live_data(graph, pictures, theme)
    return document(
        drawn.title,
        source("page.css") + sheet(".dendrograd", theme),
        _header(drawn, not why)
        + f'<div id="work"><main id="stage">{_tree(drawn, held, bad)}</main>'
        + f"{DETAILS}</div>{_footer(drawn, why)}",
        data,
        _script("" if why else live_code(graph)),
        theme,
    )


def _script(live: str) -> str:
    """Return the script; its parts stand in a scope of their own, beside operations."""
    parts = "\n".join([source(f"{name}.js") for name in PARTS])
    return f"{source('words.js')}\n{live}\n(() => {{\n{parts}}})();\n"


def _header(drawn: Drawn, live: bool) -> str:
    reset = '<button id="reset" disabled>Reset leaves</button>' if live else ""
    return (
        f"<header><h1>{escape(drawn.title)}</h1>"
        f'<div class="bar" role="group" aria-label="View">{chooser(drawn.look.color)}'
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
    '<label>Around its value <input id="slider" type="range" step="any"></label>'
    '<div class="range"><label>from <input id="lo" type="number" step="any"></label>'
    '<label>to <input id="hi" type="number" step="any"></label></div></div></aside>'
)


def _footer(drawn: Drawn, why: str) -> str:
    """Return the legend, and what the reader must know, as text."""
    lines = [escape(note) for note in drawn.notes]
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
    legend = page_legend(drawn)
    return f'<footer>{legend}{stale}{shown}<p class="keys">{KEYS}</p></footer>'


def _tree(drawn: Drawn, held: Sequence[View], bad: Sequence[Marks]) -> str:
    """Return the SVG with all views, each inside the one that it opens in."""
    title, look = drawn.title, drawn.look
    paints = painted_views(drawn, [view.picture for view in held])
    theme = DARK if look.theme == "dark" else LIGHT
    inside: dict[int, dict[int, str]] = {view.number: {} for view in held}
    text = ""
    for view, paint, marks in reversed(list(zip(held, paints, bad, strict=True))):
        host = Hosted(view.prefix, paint, inside[view.number], view.closed, marks)
        text = svg_body(view.picture, view.layout, look, host)
        if view.parent:
            outer, box = view.parent
            inside[outer][box] = _frame(view, box, text, theme)
    layout = held[0].layout
    whole = element("g", text, id="v0", transform="translate(12 12)")
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
        aria_label=title,
        font_family=MONO,
        font_size=FONT,
    )


def _frame(view: View, box: int, text: str, theme: Any) -> str:
    """Return a view in the frame that stands in place of its box, hidden at first."""
    layout = view.layout
    button = _fold_button(clip(" ".join(view.title.split()), 30), theme)
    border = element(
        "rect",
        width=layout.width,
        height=layout.height,
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
    )


def _fold_button(title: str, theme: Any) -> str:
    """Return the title of a frame, which folds it."""
    wide = 28 + columns(title) * EM * SMALL
    return element(
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
