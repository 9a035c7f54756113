"""What reads the files of a Diagram, by format; a file that is not well-formed is refused.

A reader returns the kinds of things in a file, which no label and no number may change:
the names of its elements and of their attributes.
"""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import dot_language

MERMAID = {
    "head": r"flowchart (LR|RL|TB|BT)",
    "box": r'  n\d+[\[(]+"[^"{}<>]*"[\])]+',
    "arrow": r'  n\d+ -\.?->(\|"[^"{}<>]*"\|)? n\d+',
    "mark": r"  (classDef|class|linkStyle) [\w ,:#-]+",
    "note": r"%% [^{}]*",
}


def svg(text):
    elements = ElementTree.fromstring(text).iter()
    return {(element.tag, name) for element in elements for name in element.attrib}


class Page(HTMLParser):
    """The elements of a page; one that is closed out of order is refused."""

    VOID = frozenset({"meta", "input"})

    def __init__(self, text):
        super().__init__()
        self.inside, self.kinds = [], set()
        self.feed(text)
        assert self.inside == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.kinds.update((tag, name) for name, _ in attrs)

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag


def page(text):
    json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    return Page(text).kinds


def dot(text):
    nodes = dot_language.read(text).nodes.values()
    return {name for attributes in nodes for name in attributes}


def mermaid(text):
    lines = text.removesuffix("\n").replace("<br>", "").split("\n")
    kinds = [[k for k, form in MERMAID.items() if re.fullmatch(form, x)] for x in lines]
    assert all(kinds), lines[kinds.index([])]
    return {kind for line in kinds for kind in line}


def objects(text):
    data = json.loads(text)
    return {
        (name, key) for name in ("boxes", "arrows") for x in data[name] for key in x
    }


def lines(text):
    """Return how many lines there are, none of them empty: of a format without a reader."""
    found = text.removesuffix("\n").split("\n")
    assert all(found)
    return len(found)


OTHERS = {"svg": svg, "html": page, "dot": dot, "mermaid": mermaid, "json": objects}


def read(name, text):
    """Return the kinds of things in a file of a format."""
    return OTHERS.get(name, lines)(text)
