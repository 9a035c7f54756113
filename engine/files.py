"""The one way that files are written: whole or not at all, where the name leads.

The new content goes into a file beside the old one, which it then replaces in one
move, so nobody ever reads half of it and a failure leaves what was there.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from .errors import NotAFileError

__all__ = ["write_whole"]

KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO (a named pipe)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}
PERMISSIONS = 0o777  # but not setuid and its like, which a plain write clears too


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    r"""Write bytes, or text as UTF-8 with its line ends as they are; return the path.

    A symbolic link stays, and the file that it leads to is written. An existing file
    keeps its permissions and, where the system allows it, its owner; a new one gets
    those that the umask leaves. Where a file has several hard links, the others keep
    the old content: to write through them could leave half a file.

    Raises NotAFileError where something other than a regular file stands at the path,
    PermissionError for a write-protected file or folder, and the system's own OSError
    otherwise. After an error or a Ctrl-C the old content stands, and nothing beside it.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_whole(os.path.join(folder, "note.txt"), "whole\n")
    ...     path.read_text(), os.listdir(folder)
    ('whole\n', ['note.txt'])
    """
    data = content.encode() if isinstance(content, str) else content
    old = _standing(Path(path))
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name[:40]}.{uuid4().hex}")
    try:
        _write_new(beside, data, path, private=old is not None)
        if old is not None:
            _dress(beside, old)
        os.replace(beside, target)
    except BaseException:  # a Ctrl-C too leaves nothing behind
        with suppress(OSError):  # the first error is the one to tell
            beside.unlink(missing_ok=True)
        raise
    return Path(path)


def _standing(path: Path) -> os.stat_result | None:
    """Return what is known of the file to replace, None where there is none."""
    try:
        old = path.stat()  # of what a link leads to
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(old.st_mode):
        kind = KINDS.get(stat.S_IFMT(old.st_mode), "something else")
        raise NotAFileError(
            f"write: {path} is {kind}, not a regular file; give the name of a file"
        )
    if not os.access(path, os.W_OK):
        raise PermissionError(
            errno.EACCES, "write: the file is write-protected; name another", str(path)
        )
    return old


def _write_new(
    beside: Path, data: bytes, path: str | os.PathLike[str], private: bool
) -> None:
    """Write a file that must be new; `path` is the name that an error shall tell.

    A private one can be read by its owner alone, as its content may have to stay so.
    """
    mode = 0o600 if private else 0o666  # of which the system takes the umask away
    try:
        with open(beside, "xb", opener=lambda name, how: os.open(name, how, mode)) as f:
            f.write(data)
            f.flush()
            os.fsync(
                f.fileno()
            )  # else a power cut could leave the name without content
    except PermissionError:
        advice = "write: no file can be made in this folder; write into another"
        raise PermissionError(errno.EACCES, advice, os.fspath(path)) from None
    except OSError as error:
        error.filename = os.fspath(path)
        raise


def _dress(beside: Path, old: os.stat_result) -> None:
    """Give a file the owner and the permissions of the one that it replaces."""
    new = beside.stat()
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with suppress(PermissionError):  # only root may give files away
            os.chown(beside, old.st_uid, old.st_gid)
    os.chmod(beside, stat.S_IMODE(old.st_mode) & PERMISSIONS)
