"""Carets under the part of an expression that is refused."""

from __future__ import annotations

import ast
from typing import NoReturn

from rich.cells import cell_len

from .errors import CommandError, quoted

__all__ = ["point", "refuse", "source"]

AROUND, WIDEST = 30, 70  # characters shown beside the place, and in all
REFUSED: dict[type[object], tuple[str, str]] = {
    ast.Attribute: ("an attribute", ""),
    ast.BitXor: ("the operator ^", "a power is written **"),
    ast.BoolOp: ("and/or", ""),
    ast.Compare: ("a comparison", "it stands only as the condition of where(...)"),
    ast.Dict: ("a dict", ""),
    ast.GeneratorExp: ("a comprehension", ""),
    ast.IfExp: ("if/else", "write where(condition, a, b)"),
    ast.JoinedStr: ("a text", ""),
    ast.Lambda: ("a lambda", ""),
    ast.List: ("a list here", "it stands only as an argument, as in sum([x, y])"),
    ast.ListComp: ("a comprehension", ""),
    ast.MatMult: ("the operator @", "write dot([...], [...])"),
    ast.Not: ("the operator not", ""),
    ast.Invert: ("the operator ~", ""),
    ast.Starred: ("a star", ""),
    ast.Subscript: ("an index", ""),
    ast.Tuple: ("a comma here", ""),
    bool: ("True or False", "write 1 or 0"),
    bytes: ("a text", ""),
    complex: ("an imaginary number", ""),
    str: ("a text", ""),
}


def source(text: str, node: ast.AST) -> str:
    """Return the part of the text that a node was parsed from."""
    return ast.get_source_segment(text, node) or ""


def refuse(
    text: str, node: ast.expr, reason: str = "", what: type[object] | None = None
) -> NoReturn:
    """Raise CommandError with carets under a node: for a reason, or for what it is."""
    part = source(text, node)
    if not reason:
        what = type(node.value) if isinstance(node, ast.Constant) else what
        kind, way_out = REFUSED.get(what or type(node), ("this", ""))
        reason = f"an expression cannot hold {kind}: {quoted(part)}"
        reason += f"; {way_out}" if way_out else ""
    start = len(text.encode()[: node.col_offset].decode())  # ast counts bytes
    point(text, start, start + len(part), reason)


def point(text: str, start: int, end: int, reason: str) -> NoReturn:
    """Raise CommandError with carets below text[start:end], in a window around it."""
    first = max(0, start - AROUND)
    last = min(len(text), max(end, start + 1) + AROUND, first + WIDEST)
    end = max(min(end, last), start + 1)
    pad = " " * cell_len(text[first:start])
    carets = "^" * max(1, cell_len(text[start:end]))
    raise CommandError(reason, f"  {text[first:last]}\n  {pad}{carets}")
