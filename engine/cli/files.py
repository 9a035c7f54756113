"""The files that a command writes, as `dendrograd.files` does, with errors in a line."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dendrograd.files import write_whole

from .errors import CommandError

__all__ = ["filling", "write_file"]


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raise CommandError where that fails."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise CommandError(f"{path}: cannot be written: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    """Return the system's words, or the whole message of an error of our own."""
    return error.strerror or str(error)


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Give a temporary folder; its files move into `folder` when the block ends well.

    Other files in `folder` stay. Raises CommandError at once, before any work, where
    the folder cannot be made or written.
    """
    try:
        made = _missing(folder)
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=folder, prefix=".unfinished-"))
    except FileExistsError:
        raise CommandError(f"{folder}: is a file; name a folder") from None
    except OSError as error:
        raise CommandError(f"{folder}: cannot be written: {_reason(error)}") from None
    try:
        yield work
        done = sorted(work.iterdir())
        for file in done:
            if (folder / file.name).is_dir():
                raise CommandError(f"{folder / file.name}: is a folder; move it away")
        for file in done:
            write_whole(folder / file.name, file.read_bytes())
        made = None
    except OSError as error:
        raise CommandError(f"{folder}: cannot be written: {_reason(error)}") from None
    finally:
        shutil.rmtree(made or work, ignore_errors=True)


def _missing(folder: Path) -> Path | None:
    """Return the outermost folder that has to be made, None if all of them exist."""
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    return absent[-1] if absent else None
