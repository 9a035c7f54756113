"""The style sheet of a picture: what changes in the dark, on focus, and on hovering.

Presentation attributes hold the light colours, so a viewer without CSS shows a right
picture; the sheet overrides them. The background is opaque in either theme, so that a picture
can be read on any page.

A picture is light or dark as its `color-scheme` says. Inside a page it is that of the page,
since a light notebook may be open on a system that is set to dark; as a file or an image of
its own it is what the browser prefers there, which is the page's where the page says which it
is (JupyterLab from 4.3, GitHub), else the system's. In print it is light. The properties
are those of W3C's CSS Color Adjustment 1 and of CSS Color 5, `light-dark()`.
"""

from __future__ import annotations

from collections.abc import Sequence

from dendrograd.viz.style import DARK, LIGHT, SHADES, Theme, fill

__all__ = ["KNOWS", "either", "follows", "sheet"]

# The notebooks that say which theme they have by a class or an attribute: VS Code, Jupyter
# and Colab. VS Code's light high contrast has the class of the dark one too.
HOSTS = {
    "dark": ".vscode-dark,.vscode-high-contrast,[data-jp-theme-light=false],[theme=dark]",
    "light": ".vscode-light,.vscode-high-contrast-light,[data-jp-theme-light=true],[theme=light]",
}
KNOWS = "@supports (color:light-dark(red,red))"  # others keep the light colours


def sheet(scope: str, theme: str, more: Sequence[str] = ()) -> str:
    """Return the CSS of a picture; `scope` is the selector that it is kept within.

    Its boxes have the shades that all pictures may have, and `more`.
    """
    basic = (
        f"{scope} .node:focus{{outline:none}}"
        f"{scope} .node:focus .box,{scope} .node:hover .box{{stroke-width:2.5}}"
        f"{scope} .node:focus .entries,{scope} .node:hover .entries{{visibility:visible}}"
    )
    if theme != "auto":
        return basic
    return f"{basic}{KNOWS}{{{follows(scope)}{_colours(scope, more)}}}"


def follows(scope: str) -> str:
    """Return the CSS by which a picture is light or dark as what is around it."""
    hosts = "".join(
        f":is({hosts}) {scope}{{color-scheme:{name}}}" for name, hosts in HOSTS.items()
    )
    return (
        f"{scope}:root{{color-scheme:light dark}}{hosts}"
        f"@media print{{{scope}{scope}{{color-scheme:light}}}}"
    )


def either(light: str, dark: str) -> str:
    """Return a colour that is one of two, by the color-scheme of what has it.

    >>> either("#FFFFFF", "#0D1117")
    'light-dark(#FFFFFF,#0D1117)'
    """
    return f"light-dark({light},{dark})"


def _colours(scope: str, more: Sequence[str]) -> str:
    """Return the CSS that paints a picture in the colours of both themes."""
    light, dark = _rules(LIGHT, more), _rules(DARK, more)
    return "".join(
        f"{','.join(f'{scope} {part}' for part in parts.split(','))}{{"
        + ";".join(f"{k}:{either(v, dark[parts][k])}" for k, v in rule.items())
        + "}"
        for parts, rule in light.items()
    )


def _rules(theme: Theme, more: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the colour of each property of each selector in a theme."""
    ink, line, muted = theme.ink, theme.line, {"fill": theme.muted}
    rules = {
        ".bg": {"fill": theme.background},
        "text": {"fill": ink},
        ".local": muted,
        ".sheet": {"fill": theme.background, "stroke": line},
        ".remark,.faint,.frame text": muted,
        ".box,.ring,.key": {"stroke": ink},
        ".rest .box": {"stroke": line},
        ".back": {"fill": theme.zero, "stroke": line},
        ".frame rect": {"fill": theme.frame, "stroke": line},
        ".bad,.way": {"stroke": theme.purple},
        **{f"rect.{name}": {"fill": fill(name, theme)} for name in (*SHADES, *more)},
    }
    lines = {"up": theme.blue, "down": theme.orange, "flat": line, "bad": theme.purple}
    for kind, colour in lines.items():
        rules[f"path.{kind}"] = {"stroke": colour}
        rules[f".tip.{kind}"] = {"fill": colour}
    return rules
