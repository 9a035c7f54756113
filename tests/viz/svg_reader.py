"""Reads a chart back: its texts with their boxes, its axes, its marks."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import hostile

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@dataclass
class Text:
    """A line of text, and the box that it fills at 0.62 em a column at most."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def parse(chart):
    """Return the tree of a chart, after what must hold for every one."""
    root = ET.fromstring(chart.svg)
    chart.svg.encode("utf-8")
    assert root.tag == f"{SVG}svg"
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "title", "desc", "style", "rect", "path", "circle", "text"}
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert "href" not in name
            assert "nan" not in value.lower() or name == "aria-label"
    return root


def texts(chart):
    found = []
    for element in parse(chart).iter(f"{SVG}text"):
        size = float(element.get("font-size"))
        width = 0.62 * size * len(element.text or "")
        x, y = float(element.get("x")), float(element.get("y"))
        share = {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor")]
        box = (x - share * width, y - size, x + (1 - share) * width, y + 2)
        if turn := element.get("transform"):
            assert turn.startswith("rotate(-90 ")
            box = (x - size, y, x + 2, y + width)
        found.append(Text(element.text or "", *box))
    return found


def words(chart):
    return [t.text for t in texts(chart)]


def one_line(label):
    """Return what a chart shows of a hostile label: a line of 18 columns at most."""
    wanted = " ".join(hostile.seen(label).split())
    return wanted if len(wanted) <= 18 else wanted[:17] + "…"


def check_layout(chart):
    """Every text lies in the picture and none lies on another."""
    root, lines = parse(chart), [t for t in texts(chart) if t.text.strip()]
    width, height = (float(root.get(key)) for key in ("width", "height"))
    for t in lines:
        assert t.left >= 0, t
        assert t.right <= width, t
        assert t.top >= 0, t
        assert t.bottom <= height, t
    for i, a in enumerate(lines):
        for b in lines[i + 1 :]:
            apart = a.right <= b.left + 1 or b.right <= a.left + 1
            assert apart or a.bottom <= b.top + 3 or b.bottom <= a.top + 3, (a, b)


def number(text):
    """Return the number that a picture writes, None for other text."""
    try:
        return float(text.replace("−", "-").replace("∞", "inf"))
    except ValueError:
        return None


def scale(pairs):
    """Return the line through the first and last of (number, pixel)."""
    (a, p), (b, q) = pairs[0], pairs[-1]
    return lambda value: p + (value - a) * (q - p) / (b - a)


def ruler(chart):
    """Return pixel functions of both axes, from the numbers written at the ticks."""
    root = parse(chart)
    across, up = [], []
    for element in root.iter(f"{SVG}text"):
        if "dg-muted" in element.get("class") and number(element.text) is not None:
            x, y = float(element.get("x")), float(element.get("y"))
            if element.get("text-anchor") == "middle":
                across.append((number(element.text), x))
            elif element.get("text-anchor") == "end":
                up.append((number(element.text), y - 4))
    return scale(across), scale(up)


def marks(chart, kind):
    """Return where the marks of a series or class stand, in drawing order."""
    paths = (p for p in parse(chart).iter(f"{SVG}path") if p.get("class"))
    here = [p for p in paths if p.get("class") == f"dg-fill{kind} dg-edge"]
    return [tuple(map(float, NUMBER.findall(p.get("d"))[:2])) for p in here]


def paths(chart, paint):
    """Return the path data of a paint."""
    root = parse(chart)
    return [p.get("d") for p in root.iter(f"{SVG}path") if p.get("class") == paint]
