"""The page of a picture: one HTML file in which boxes open and leaves can be changed.

Python draws what is seen at first, and plans the inside of every box that opens (`views.py`,
which also says how the data stays small); the script draws it when it opens. The page asks
for nothing, and may run nothing but its own script, which its policy names by hash.
"""

from __future__ import annotations

from collections.abc import Sequence

from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.paint import Paint
from dendrograd.viz.formats.sheet import sheet
from dendrograd.viz.formats.svg import Hosted, svg_body
from dendrograd.viz.markup import element, escape, short
from dendrograd.viz.model.broken import marked, shown_ways
from dendrograd.viz.model.labels import FONT
from dendrograd.viz.model.statements import is_rolled
from dendrograd.viz.style import CLASSES, DARK, LIGHT, MONO

from .document import document, source
from .drawing import cleaned, page_data
from .legend import chooser, page_legend, painted_views
from .live import live_code, live_data, live_picture, obstacle
from .views import View, views

__all__ = ["to_html"]

PACKED = 500_000  # characters of data from which on they are packed
ROOM = 13  # columns of a number in a page that recomputes it: "data −0.01234"
PARTS = (  # of the script
    "unpacked",
    "drawn",
    "marks",
    "amounts",
    "rule",
    "route",
    "rows",
    "placed",
    "drawing",
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
    held = views(drawn.picture, graph, drawn.look)
    ways = shown_ways(graph, drawn.look.grad)
    marks = [marked(view.picture, ways, view.nodes) for view in held]
    paints = painted_views(drawn, [view.picture for view in held])
    data = cleaned(page_data(held, drawn, paints, marks))
    if not why:
        pictures = {
            v.prefix: live_picture(graph, v.picture, _around(v, held)) for v in held
        }
        data["live"] = live_data(graph, pictures, theme)
    return document(
        drawn.title,
        source("page.css") + sheet(".dendrograd", theme, CLASSES),
        _header(drawn, not why)
        + f'<div id="work"><main id="stage">{_tree(drawn, held[0], paints[0])}</main>'
        + f"{DETAILS}</div>{_footer(drawn, why)}",
        data,
        _script("" if why else live_code(graph)),
        theme,
        PACKED,
    )


def _around(view: View, held: Sequence[View]) -> tuple[str, int] | None:
    """Return the picture and the box that a view is the inside of."""
    return (held[view.parent[0]].prefix, view.parent[1]) if view.parent else None


def _script(live: str) -> str:
    """Return the script; its parts stand in a scope of their own, beside operations."""
    parts = "\n".join([source(f"{name}.js") for name in PARTS])
    return f"{source('words.js')}\n{live}\n(async () => {{\n{parts}}})();\n"


def _header(drawn: Drawn, live: bool) -> str:
    reset = '<button id="reset" disabled>Reset leaves</button>' if live else ""
    return (
        f"<header><h1>{escape(drawn.title)}</h1>"
        f'<div class="bar" role="group" aria-label="View">{chooser(drawn.look.color, is_rolled(drawn.graph))}'
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
        '<p id="still" hidden>This browser cannot unpack the data of the page '
        "(DecompressionStream), so boxes do not open and leaves cannot be changed.</p>"
    )
    if not why:
        stale += (
            '<p id="stale" hidden role="status">A leaf was changed: numbers and colours are '
            "those of the recorded program with the new number.</p>"
        )
    shown = element("ul", items) if items else ""
    legend = page_legend(drawn)
    return f'<footer>{legend}{stale}{shown}<p class="keys">{KEYS}</p></footer>'


def _tree(drawn: Drawn, first: View, paint: Paint) -> str:
    """Return the SVG with the first view; its scales are those of all."""
    look, layout = drawn.look, drawn.layout
    theme = DARK if look.theme == "dark" else LIGHT
    host = Hosted(first.prefix, paint, first.buttons, first.closed, drawn.marks)
    text = svg_body(first.picture, layout, look, host)
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
        aria_label=drawn.title,
        font_family=MONO,
        font_size=FONT,
    )
