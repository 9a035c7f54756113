"""Text that Graphviz shows as it is, whatever a label holds, and never too long for it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dendrograd.viz.text import clean

__all__ = ["LABEL_BYTES", "fitting", "library", "quote"]

# dot refuses a text of more than 16,384 bytes between quotes ("missing endquote?"). A
# record holds four fields at most; a tooltip must keep room for what follows a label.
TEXT_BYTES, FIELD_BYTES, LABEL_BYTES = 16_000, 3_000, 12_000
ESCAPES = {ord("\\"): r"\\", ord("&"): "&amp;", ord("\n"): r"\n"}
FIELD_ESCAPES = ESCAPES | {ord(char): f"\\{char}" for char in "|{}<> "}


def library() -> Any:
    """Return the library graphviz, imported where it is used: pages need none of it."""
    return import_module("graphviz")


def quote(text: object, field: bool = False) -> str:
    r"""Return text that Graphviz shows as it is, in an attribute or a record field.

    Graphviz decodes entities everywhere and gives \N, \G, \l a meaning in labels; in
    a record | { } < > are syntax and spaces collapse (graphviz.org/doc/info/shapes,
    "Record-based Nodes"). `nohtml` keeps the library from reading <...> as HTML. A text
    that `dot` would refuse for its length ends in an ellipsis.

    >>> print(quote("<b> & \\N"))
    <b> &amp; \\N
    >>> print(quote("<b> & \\N", field=True))
    \<b\>\ &amp;\ \\N
    """
    escapes, most = (FIELD_ESCAPES, FIELD_BYTES) if field else (ESCAPES, TEXT_BYTES)
    escaped = fitting(clean(text), most, escapes).translate(escapes)
    if escaped.startswith("\\ "):  # dot drops a space that opens a field
        escaped = "&nbsp;" + escaped[2:]
    literal: str = library().nohtml(escaped)
    return literal


def fitting(text: str, most: int, escapes: dict[int, str] = ESCAPES) -> str:
    """Return the longest beginning of at most `most` bytes once escaped and quoted.

    It ends in an ellipsis if it was cut.

    >>> fitting("a & b & c", 17), fitting("a & b & c", 16)
    ('a & b & c', 'a & b …')
    """
    if len(text) * len("&amp;") <= most:  # no character takes more bytes than that
        return text
    used, cut = 0, 0
    for at, char in enumerate(text):
        # the library writes a backslash before a quotation mark
        used += len(char.translate(escapes).encode()) + (char == '"')
        if used > most:
            return text[:cut] + "…"
        if used <= most - len("…".encode()):
            cut = at + 1  # as far as this there is room for the ellipsis
    return text
