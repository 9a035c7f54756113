"""Labels that break naive pictures, and what a reader must see instead."""

import unicodedata

LABELS = [
    "a|b",
    "{x}",
    "}{",
    "<f0> y",
    "<b>bold</b>",
    "<<table><tr><td>x</td></tr></table>>",
    "<>",
    "x<0",
    "</title><script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "]]>",
    "<!-- -->",
    "&amp;",
    "&#60;b&#62;",
    "& && &lt",
    "\\N \\G \\l \\r \\T",
    "end\\",
    "\\\\",
    '\\"',
    "q\"uote\" and 'single'",
    "new\nline",
    "trailing newline\n",
    "\r\nwindows\r",
    "tab\tx",
    "nul\x00",
    "\x1b[31mred",
    "del\x7f c1\x85",
    "\u202eRTL",
    "\u2066isolate\u2069",
    "\u061ca\u200eb\u200f",
    "日本語ラベル",
    "e\u0301 combining",
    "👩‍🔬",
    "line\u2028separator",
    "\ud800 lone",
    "\ufffe\uffff",
    "a:b:c",
    "n0:w",
    "javascript:window.pwned=1",
    "%s%n%(x)s{0}",
    "subgraph",
    "node",
    "-1.5",
    "label=x];}",
    "// comment",
    "#define",
    "two  spaces   kept",
    " lead and trail ",
    " ",
    "",
    "x" * 5000,
    "\n".join("abcdefgh"),
]

LONG = {  # what a box holds of a label that is too large for it
    "x" * 5000: "x" * 47 + "…",
    "\n".join("abcdefgh"): "a\nb\nc\nd\n…",
}

TOO_LONG = {  # for dot, once escaped and in UTF-8
    name: unit * 20_000
    for name, unit in {
        "letters": "x",
        "ampersands": "&",
        "quotation marks": '"',
        "backslashes": "\\x",  # graphviz takes seconds for a long row of them alone
        "marks of records": "|{}<> ",
        "glyphs of three bytes": "日",
        "glyphs of four bytes": "\U0001f9e0",
        "marks without width": "\u0301",
        "lines": "\n",
        "lines of letters": "xyz\n",
        "control characters": "\0",
    }.items()
}


def seen(label: str) -> str:
    """Return what must be read for a label: itself, less what nobody can see."""
    lines = "\n".join(label.replace("\r\n", "\n").split("\r")).replace("\t", " " * 4)
    return "".join([c if c == "\n" or visible(c) else "\ufffd" for c in lines])


def visible(char: str) -> bool:
    if char in "\ufffe\uffff\u061c\u200e\u200f":
        return False
    if unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF"):
        return False
    if unicodedata.bidirectional(char) in ("LRI", "RLI", "FSI", "PDI"):
        return False
    return unicodedata.category(char) not in ("Cc", "Cs")
