"""Where the program `dot` is, or what can stand for it.

The installers of Graphviz do not always put it on PATH, so the places that they use are
looked at as well. `$GRAPHVIZ_DOT` names one by hand.
"""

from __future__ import annotations

import os
import shutil
import sys
from glob import glob
from pathlib import Path

__all__ = ["find_dot"]


def find_dot() -> str | None:
    """Return the path of a program that understands `dot -Tformat`; None if none."""
    program_files = os.environ.get("PROGRAMFILES", "")
    places = [
        os.environ.get("GRAPHVIZ_DOT"),
        shutil.which("dot"),
        str(Path(sys.prefix, "Library", "bin", "dot.exe")),  # conda on Windows
        str(Path(sys.prefix, "bin", "dot")),  # conda elsewhere, not activated
        *sorted(glob(os.path.join(program_files, "Graphviz*", "bin", "dot.exe"))),
        "/opt/homebrew/bin/dot",
        "/usr/local/bin/dot",
        shutil.which("graphviz-pure"),  # pip install graphviz-pure
    ]
    return next((place for place in places if place and os.path.isfile(place)), None)
