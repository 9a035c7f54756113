"""The shell of an HTML page: its head, its content policy, and the files it is made of.

A page loads nothing, and may run nothing but its own script, which the policy names by
its hash. A page without a script runs nothing at all.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import math
from importlib.resources import files
from typing import Any

from dendrograd.viz.markup import element, escape, script_json

__all__ = ["document", "policy", "source"]


def source(name: str, package: str = __package__ or "") -> str:
    """Return a style sheet or a script of a package, which becomes a part of a page."""
    return files(package).joinpath(name).read_text("utf-8")


def policy(script: str = "") -> str:
    """Return the content security policy of a page that may run this one script.

    >>> policy()
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    >>> policy("start()")[:41]
    "default-src 'none'; script-src 'sha256-DI"
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    runs = f"script-src 'sha256-{digest}'; " if script else ""
    return (
        f"default-src 'none'; {runs}"
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )


def document(
    title: str,
    style: str,
    body: str,
    data: Any = None,
    script: str = "",
    theme: str | None = None,
    packed: float = math.inf,
) -> str:
    """Return a whole page; `body` is markup and `theme` the class of its root.

    The script finds `data` as the JSON of the element #data, which is packed by gzip, as
    base64, where that has `packed` characters or more.

    >>> page = document("a < b", "", "<p>text</p>")
    >>> page[-26:]
    '<p>text</p></body></html>\\n'
    """
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(script)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style>"
    )
    if script:
        body = f"{body}{_held(data, packed)}<script>{script}</script>"
    pinned = f' class="{theme}"' if theme else ""
    return (
        f'<!doctype html>\n<html lang="en"{pinned}><head>{head}</head>'
        f"<body>{body}</body></html>\n"
    )


def _held(data: Any, packed: float) -> str:
    """Return the element that holds the data."""
    text, kind = script_json(data), "application/json"
    if len(text) >= packed:
        small = gzip.compress(text.encode(), mtime=0)  # the same bytes at any time
        text, kind = base64.b64encode(small).decode(), "application/gzip"
    return element("script", text, type=kind, id="data")
