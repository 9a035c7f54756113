"""The style sheet of a picture: what changes in the dark, on focus, and on hovering.

Presentation attributes hold the light colours, so a viewer without CSS shows a right
picture; the sheet overrides them. The background is opaque in either theme, since a
page around a picture need not have the theme of the reader's system.
"""

from __future__ import annotations

from dendrograd.viz.style import DARK, SHADES, Theme, fill

__all__ = ["colours", "sheet"]


def sheet(scope: str, theme: str) -> str:
    """Return the CSS of a picture; `scope` is the selector that it is kept within."""
    basic = (
        f"{scope} .node:focus{{outline:none}}"
        f"{scope} .node:focus .box,{scope} .node:hover .box{{stroke-width:2.5}}"
        f"{scope} .node:focus .entries,{scope} .node:hover .entries{{visibility:visible}}"
    )
    if theme != "auto":
        return basic
    return f"{basic}@media (prefers-color-scheme:dark){{{colours(scope, DARK)}}}"


def colours(scope: str, theme: Theme) -> str:
    """Return the CSS that paints a picture in the colours of a theme."""
    rules = {
        ".bg": f"fill:{theme.background}",
        "text": f"fill:{theme.ink}",
        ".local": f"fill:{theme.muted}",
        ".sheet": f"fill:{theme.background};stroke:{theme.line}",
        ".remark,.faint,.frame text".replace(",", f",{scope} "): f"fill:{theme.muted}",
        ".box,.ring,.key".replace(",", f",{scope} "): f"stroke:{theme.ink}",
        ".rest .box": f"stroke:{theme.line}",
        ".back": f"fill:{theme.zero};stroke:{theme.line}",
        ".frame rect": f"fill:{theme.frame};stroke:{theme.line}",
        **{f"rect.{name}": f"fill:{fill(name, theme)}" for name in SHADES},
    }
    lines = {
        "up": theme.blue,
        "down": theme.orange,
        "flat": theme.line,
        "bad": theme.purple,
    }
    rules[".bad"] = rules[".way"] = f"stroke:{theme.purple}"
    for kind, colour in lines.items():
        rules[f"path.{kind}"] = f"stroke:{colour}"
        rules[f".tip.{kind}"] = f"fill:{colour}"
    return "".join(f"{scope} {name}{{{rule}}}" for name, rule in rules.items())
