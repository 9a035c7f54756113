"""What a command raises on wrong use; `main` prints it and exits with status 2."""

from __future__ import annotations

from dendrograd.errors import DendrogradError

__all__ = ["CommandError", "quoted"]


class CommandError(DendrogradError):
    """Wrong use of a command: a message of one line, and perhaps a sketch below it.

    The sketch is for a place in a text that one line cannot point at, with carets.
    """

    exit_code = 2

    def __init__(self, message: str, sketch: str = "") -> None:
        super().__init__(message)
        self.sketch = sketch


def quoted(text: object, limit: int = 40) -> str:
    r"""Return a text in quotes, cut to a limit, with control characters escaped.

    >>> print(quoted("3,14"), quoted("red\x1b[31m"))
    '3,14' 'red\x1b[31m'
    """
    whole = str(text)
    return repr(whole if len(whole) <= limit else whole[: limit - 3] + "...")
