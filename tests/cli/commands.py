"""What a command says, for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Told(NamedTuple):
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The message of a wrong use, once it is seen to be one line with status 2."""
        assert self.status == 2, self
        first, *sketch = self.err.splitlines()
        assert first.startswith("error: ")
        assert all(line.startswith("  ") for line in sketch)  # carets, if any
        assert "Traceback" not in self.err
        return first.removeprefix("error: ")


Command = Callable[..., Told]
