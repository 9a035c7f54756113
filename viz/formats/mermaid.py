"""A picture in the Mermaid language, which GitHub and GitLab draw in Markdown.

Ids are numbers of our own and every text stands in quotes with its special characters as
entities; the rest is up to Mermaid's renderer. https://mermaid.js.org/syntax/flowchart
"""

from __future__ import annotations

from collections.abc import Iterator

from dendrograd.viz.model.broken import Marks
from dendrograd.viz.model.labels import heading, rows
from dendrograd.viz.model.own import untold
from dendrograd.viz.model.picture import Box
from dendrograd.viz.style import LIGHT
from dendrograd.viz.text import clean, num

from .drawn import Drawn

__all__ = ["to_mermaid"]

SHAPES = {
    "leaf": "[{}]",
    "op": "({})",
    "sum": "({})",
    "call": "[[{}]]",
    "rest": "([{}])",
}
PURPLE = LIGHT.purple
MARK = {"data": "stroke-width:5px", "grad": "stroke-dasharray:2 5"}
BRACES = {ord(c): f"#{ord(c)};" for c in "{}"}  # in a comment they begin a directive


def to_mermaid(drawn: Drawn) -> str:
    """Return the picture as a flowchart of Mermaid, with its notes as comments below.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> y = Value(2.0, label="x") * 3
    >>> y.backward()
    >>> print(draw(y, values=False).pipe("mermaid", "utf-8"))
    flowchart LR
      n0["x"]
      n1("* 3")
      n0 -->|"×3"| n1
    <BLANKLINE>
    """
    picture, look = drawn.picture, drawn.look
    grey = untold(picture.boxes, look.grad)
    lines = [f"flowchart {look.rankdir}"]
    lines += [f"  {_box(box, drawn)}" for box in picture.boxes]
    for arrow in picture.arrows:
        local = arrow.local
        label = f'|"×{num(local)}"|' if local is not None and local != 1 else ""
        falls = arrow.contribution < 0 and arrow.src not in grey
        line = "-.->" if falls else "-->"
        lines.append(f"  n{arrow.src} {line}{label} n{arrow.dst}")
    lines += _marked(drawn.marks, len(picture.arrows))
    lines += [f"%% {note.translate(BRACES)}" for note in picture.notes]
    return "\n".join(lines) + "\n"


def _marked(marks: Marks, arrows: int) -> Iterator[str]:
    """Yield the styles of boxes and lines, by number, in which inf and nan begin and go."""
    for kind, box in marks.first.items():
        if box >= 0:
            yield f"  classDef {kind} stroke:{PURPLE},{MARK[kind]}"
            yield f"  class n{box} {kind}"
    for i in range(arrows):
        if kinds := marks.along([i]):
            style = ",".join([MARK[kind] for kind in kinds])
            yield f"  linkStyle {i} stroke:{PURPLE},{style}"


def _box(box: Box, drawn: Drawn) -> str:
    label, operation = heading(box)
    marks = drawn.marks
    texts = [f"{label}  {operation}".strip()]
    texts += [row.text for row in rows(box, drawn.look)]
    texts += marks.says[box.id] if marks.begins(box.id) else ()
    text = '"' + "<br>".join(map(entity, texts)) + '"'
    return f"n{box.id}{SHAPES[box.kind].format(text)}"


def entity(text: str) -> str:
    """Return text in which only letters, digits and a few marks stand for themselves.

    >>> print(entity('a "b" <c>'))
    a #34;b#34; #60;c#62;
    """
    return "".join(
        [
            char if char.isalnum() or char in " .,−×·…*+-/Σ" else f"#{ord(char)};"
            for char in clean(text)
        ]
    )
