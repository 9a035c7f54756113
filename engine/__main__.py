"""The command line `dendrograd`, and `python -m dendrograd`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper

from .errors import DendrogradError

__all__ = ["main"]

STOPPED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its status: 0 done, 1 gradients disagree, 2 wrong use.

    Wrong use prints one line on stderr; after Ctrl-C the status is 130.
    """
    from .cli.app import app
    from .cli.console import tell_error
    from .cli.errors import CommandError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without θ shows \u03b8
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(arguments, prog_name="dendrograd", standalone_mode=False)
    except CommandError as error:
        tell_error(error)
        return error.exit_code
    except DendrogradError as error:
        tell_error(CommandError(str(error)))
        return 2
    except KeyboardInterrupt:
        status = STOPPED
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise  # not wrong use but a mistake of ours: show where
        tell_error(CommandError(_usage(error)))
        return 2
    if status == STOPPED:
        print("stopped; nothing was written", file=sys.stderr)
    return int(status or 0)


def _usage(error: Exception) -> str:
    """Return the message of a usage error of typer, and where to read on."""
    command = getattr(getattr(error, "ctx", None), "command_path", "dendrograd")
    message = error.format_message().rstrip(".")  # type: ignore[attr-defined]  # seen above
    return f"{message} (see {command} --help)"


if __name__ == "__main__":
    sys.exit(main())
