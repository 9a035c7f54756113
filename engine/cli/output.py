"""Files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import CommandError

__all__ = ["filling", "write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so no half of it is ever seen.

    Raises CommandError where that is not possible.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o666 & ~_umask())  # mkstemp makes it private
            os.replace(name, path)
        except BaseException:  # Ctrl-C too
            os.unlink(name)
            raise
    except OSError as error:
        raise CommandError(f"{path}: cannot be written: {error.strerror}") from None


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
        raise CommandError(f"{folder}: cannot be written: {error.strerror}") from None
    try:
        yield work
        files = sorted(work.iterdir())
        for file in files:
            if (folder / file.name).is_dir():
                raise CommandError(f"{folder / file.name}: is a folder; move it away")
        for file in files:
            os.replace(file, folder / file.name)
        made = None
    except OSError as error:
        raise CommandError(f"{folder}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(made or work, ignore_errors=True)


def _missing(folder: Path) -> Path | None:
    """Return the outermost folder that has to be made, None if all of them exist."""
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    return absent[-1] if absent else None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
