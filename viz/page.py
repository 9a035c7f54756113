"""The page of a picture: one HTML file that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markup import element, escape

if TYPE_CHECKING:
    from .diagram import Diagram

__all__ = ["to_html"]

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
STYLE = (
    ":root{color-scheme:light dark}body{margin:0;background:#fff;overflow:auto}"
    "@media (prefers-color-scheme:dark){body{background:#0d1117}}"
)


def to_html(diagram: Diagram) -> str:
    """Return a page with the picture; it loads nothing and runs nothing."""
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(diagram.title)}</title>" + element("style", STYLE)
    )
    body = f"<main>{diagram.svg}</main>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'
