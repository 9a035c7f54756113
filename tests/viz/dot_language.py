"""A small reader of the DOT language, to see pictures as Graphviz would.

It follows graphviz.org/doc/info/lang.html, the escape sequences of the attribute type
escString and the record labels of graphviz.org/doc/info/shapes.html.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r'"((?:[^"\\]|\\.)*)"|(->|[\[\]{}=;,])|([^\s\[\]{}=;,"<>]+)', re.DOTALL
)


@dataclass
class Picture:
    """What a DOT text says; `inside` tells the labels of the frames around a node."""

    attributes: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    inside: dict[str, list[str]] = field(default_factory=dict)


def tokens(source: str) -> list[str]:
    found, at = [], 0
    while match := TOKEN.match(source, skip := space(source, at)):
        quoted, mark, word = match.groups()
        found.append(mark or word or "\0" + quoted.replace('\\"', '"'))
        at = match.end()
    assert skip == len(source), f"not DOT: {source[skip : skip + 40]!r}"
    return found


def space(source: str, at: int) -> int:
    return at + len(source[at:]) - len(source[at:].lstrip())


def read(source: str) -> Picture:
    """Return the picture that a DOT text describes."""
    rest = iter(tokens(source))
    picture, frames = Picture(), []
    assert next(rest) == "digraph"
    next(rest)
    for word in rest:
        if word == "{":
            frames.append({})
        elif word == "}":
            frames.pop()
        elif word == "subgraph":
            assert next(rest).startswith("cluster")
        elif word in ("graph", "node", "edge"):
            values = attributes(rest)
            if word == "graph":
                frames[-1].update(values)
                if len(frames) == 1:
                    picture.attributes = values
        else:
            statement(word, rest, picture, frames)
    assert not frames
    return picture


def statement(word, rest, picture, frames):
    mark = next(rest)
    if mark == "->":
        head = next(rest)
        assert next(rest) == "["
        picture.edges.append((word, head, attributes(rest, opened=True)))
    else:
        assert mark == "[", (word, mark)
        assert word not in picture.nodes, "a node is described once"
        picture.nodes[word] = attributes(rest, opened=True)
        picture.inside[word] = [text(frame["label"]) for frame in frames[1:]]


def attributes(rest, opened=False):
    if not opened:
        assert next(rest) == "["
    found = {}
    for key in rest:
        if key == "]":
            return found
        assert next(rest) == "="
        found[key] = next(rest).removeprefix("\0")
    raise AssertionError("an attribute list without end")


def text(escaped: str) -> str:
    r"""Return what is shown for an escString: \\ is a backslash, \n ends a line.

    A space may be written as one that no line breaks at.
    """
    assert not re.search(r"(?<!\\)(?:\\\\)*\\[^\\n]", escaped), escaped
    shown = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], escaped)
    return html.unescape(shown).replace("\xa0", " ")


def fields(label: str) -> list[str]:
    """Return the texts of a record label's fields, in the order of the text."""
    parts, part, depth, escape = [], "", 0, False
    for char in label:
        if escape:
            part += char if char in "|{}<> " else "\\" + char
            escape = False
        elif char == "\\":
            escape = True
        elif char in "{}|":
            depth += {"{": 1, "}": -1}.get(char, 0)
            parts, part = [*parts, part], ""
        else:
            assert char not in "<> ", f"{char!r} has a meaning in a record: {label!r}"
            part += char
    assert depth == 0
    assert not escape
    return [text(part) for part in [*parts, part] if part]
