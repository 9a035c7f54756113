"""A page with nothing but our script computes what the engine does."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pages
from programs import check, script

TELL = 'document.querySelector("output").textContent = JSON.stringify(swept);'


def page_of(code: str) -> str:
    """Return a page that may run this one script, and load nothing."""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'"
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Programs</title><main><output></output></main><script>{code}</script>"
    )


def test_random_programs_in_a_browser_are_those_of_the_engine(
    page: Any, tmp_path: Path
) -> None:
    path = tmp_path / "programs.html"
    path.write_text(page_of(script() + TELL), "utf-8")
    pages.open(page, path)
    check(page.text_content("output"))
