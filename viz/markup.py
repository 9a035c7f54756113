"""Escaping for SVG and HTML: the one door through which a text comes into a page.

A text of a user is only ever a text node or a quoted attribute. No link, no foreign
element, no event handler and no style is made of it, and ids are numbers of our own.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from .text import clean

if TYPE_CHECKING:
    from dendrograd.viz.layout.layered import Rect

__all__ = [
    "attributes",
    "element",
    "escape",
    "rectangle",
    "script_json",
    "short",
    "text_at",
]

SPECIAL = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
)


def escape(text: object) -> str:
    """Return text that stands for itself in XML and HTML, in quotes or outside.

    >>> print(escape('<b> & "c"'))
    &lt;b&gt; &amp; &quot;c&quot;
    """
    return clean(text).translate(SPECIAL)


def attributes(values: dict[str, object]) -> str:
    """Return attributes with a space before each; those that are None are left out.

    >>> attributes({"x": 1.50, "data-a": None, "class": "b"})
    ' x="1.5" class="b"'
    """
    return "".join(
        [f' {k}="{_written(v)}"' for k, v in values.items() if v is not None]
    )


def _written(value: object) -> str:
    return short(value) if isinstance(value, float) else escape(value)


def short(x: float) -> str:
    """Return a coordinate in pixels, to a hundredth.

    >>> short(12.0), short(0.125), short(-0.001)
    ('12', '0.12', '0')
    """
    text = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, inside: str = "", **values: object) -> str:
    """Return an element; `inside` is markup, `class_` and `data_x` lose the underscore.

    >>> print(element("rect", width=2.0, class_="b"))
    <rect width="2" class="b"/>
    """
    named = {_name(key): value for key, value in values.items()}
    head = f"<{name}{attributes(named)}"
    return f"{head}>{inside}</{name}>" if inside else f"{head}/>"


def rectangle(rect: Rect, kind: str | None = None, **look: Any) -> str:
    """Return the SVG of a rectangle, of a class of the style sheet."""
    return element(
        "rect",
        class_=kind,
        x=rect.left,
        y=rect.top,
        width=rect.width,
        height=rect.height,
        **look,
    )


def text_at(x: float, y: float, what: str, kind: str | None = None, **look: Any) -> str:
    """Return the SVG of a text that begins at a point, of a class of the style sheet.

    >>> print(text_at(8, 15, "a < b", "label"))
    <text class="label" x="8" y="15">a &lt; b</text>
    """
    return element("text", escape(what), class_=kind, x=x, y=y, **look)


@cache
def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def script_json(data: Any) -> str:
    """Return JSON that may stand inside a script element: nothing in it can close one.

    Raises ValueError for inf and nan, which JSON has no words for.

    >>> print(script_json({"a": "</script>"}))
    {"a":"\\u003c/script\\u003e"}
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for char in "&<>":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
