"""Text in pictures: what a label may hold, how wide it is, how numbers are written.

Every text that a user gave passes `clean` before it is drawn, in any format.
"""

from __future__ import annotations

import math
import re
import unicodedata

__all__ = ["clean", "clip", "columns", "num", "one_line"]

# What XML 1.0 section 2.2 cannot hold, and the other control characters, which no
# reader can see: C0 less tab and line feed, DEL and C1, surrogates, U+FFFE, U+FFFF.
CONTROL = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\ud800-\udfff\ufffe\uffff"
# Directional marks can make a label read as another one (Unicode report 36, 3.3).
BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
UNSEEN = re.compile(f"[{CONTROL}{BIDI}]")


def clean(text: object) -> str:
    r"""Return the text with what cannot be shown as U+FFFD and line ends as \n.

    >>> clean("a\x00b\r\nc")
    'a\ufffdb\nc'
    """
    text = str(text)
    if text.isascii() and text.isprintable():  # most are, and hold none of these
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return UNSEEN.sub("\ufffd", lines.replace("\t", "    "))


def columns(text: str) -> int:
    """Return the width in columns of a monospaced font: East Asian glyphs take two.

    >>> columns("w0"), columns("重み"), columns("e\u0301")
    (2, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_advance, text))


def _advance(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0  # drawn over its neighbour, or joins two
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip(text: str, width: int) -> str:
    """Return the longest beginning that fits into `width` columns, `…` if it was cut.

    >>> clip("a long label", 7), clip("short", 7)
    ('a long…', 'short')
    """
    if text.isascii() and len(text) <= width:
        return text
    used, cut = 0, 0
    for at, char in enumerate(text):
        used += _advance(char)
        if used > width:
            return text[:cut] + "…"
        if used <= width - 1:
            cut = at + 1  # as far as this there is room for the ellipsis
    return text


def one_line(text: object, width: int) -> str:
    """Return the cleaned text on one line of at most `width` columns."""
    return clip(" ".join(clean(text).split()), width)


def num(x: float, digits: int = 4) -> str:
    """Return a short and honest number: never 0.0000 for 3e-7, and a true minus.

    >>> num(0.00001), num(-2.0), num(24.70408), num(5.024e-14), num(float("inf"))
    ('1e−5', '−2', '24.7', '5.024e−14', '∞')
    """
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    mantissa, _, exponent = f"{x or 0.0:.{digits}g}".partition("e")
    text = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return text.replace("-", "−")
