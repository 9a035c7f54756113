"""A file is written whole or not at all, where its name leads, and stays what it was."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dendrograd.errors import DendrogradError, NotAFileError
from dendrograd.files import write_whole

posix = pytest.mark.skipif(
    os.name == "nt", reason="Windows has no such permissions, pipes and devices"
)


@pytest.fixture
def umask() -> Iterator[int]:
    """A mask that no system has by default, so that only who asks for it obeys it."""
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("old", [None, b"", b"much longer than the new content"])
@pytest.mark.parametrize("content", ["é\r\n\n", "é\r\n\n".encode(), ""])
def test_the_file_holds_what_was_given_and_nothing_stays_beside_it(
    tmp_path: Path, old: bytes | None, content: str | bytes
) -> None:
    file = tmp_path / "a.txt"
    if old is not None:
        file.write_bytes(old)
    assert write_whole(str(file), content) == file
    wanted = content if isinstance(content, bytes) else content.encode("utf-8")
    assert file.read_bytes() == wanted
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("links", [["x/target"], ["x/second", "target"]])
@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_written(
    tmp_path: Path, links: list[str], there: bool
) -> None:
    (tmp_path / "x").mkdir()
    target, place = tmp_path / "x" / "target", tmp_path / "link"
    for leads_to in links:  # each is relative to the folder of the link
        place.symlink_to(leads_to)
        place = place.parent / leads_to
    if there:
        target.write_text("old")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").readlink() == Path(links[0])
    assert not target.is_symlink()
    assert target.read_text() == "new"
    assert names(tmp_path) == ["link", "x"]
    assert len(names(tmp_path / "x")) == len(links)


def test_links_in_a_circle_and_into_no_folder_are_the_systems_errors(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "c").symlink_to("absent/file")
    with pytest.raises(OSError, match="a'"):
        write_whole(tmp_path / "a", "new")
    with pytest.raises(FileNotFoundError, match="/c'"):
        write_whole(tmp_path / "c", "new")
    assert names(tmp_path) == ["a", "b", "c"]


@posix
@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o755, 0o666])
def test_an_existing_file_keeps_its_permissions(
    tmp_path: Path, umask: int, permissions: int
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    file.chmod(permissions)
    write_whole(file, "new")
    assert mode(file) == permissions


@posix
def test_a_new_file_has_the_permissions_that_the_umask_leaves(
    tmp_path: Path, umask: int
) -> None:
    write_whole(tmp_path / "a.txt", "new")
    assert mode(tmp_path / "a.txt") == 0o666 & ~umask


@posix
def test_the_content_of_a_private_file_is_never_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, seen = tmp_path / "a.txt", []
    file.write_text("old")
    file.chmod(0o600)
    sync = os.fsync

    def looking(handle: int) -> None:
        seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        sync(handle)

    monkeypatch.setattr(os, "fsync", looking)
    write_whole(file, "new")
    assert seen == [0o600]


@posix
@pytest.mark.parametrize("allowed", [True, False])
def test_the_owner_is_kept_where_the_system_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    file, given = tmp_path / "a.txt", []
    file.write_text("old")
    file.chmod(0o640)
    real = Path.stat

    def of_another(path: Path, **how: Any) -> os.stat_result:
        found = real(path, **how)
        if path != file:
            return found
        return os.stat_result((*found[:4], 4321, 8765, *found[6:]))

    def chown(path: Path, user: int, group: int) -> None:
        given.append((user, group))
        if not allowed:
            raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", of_another)
        patch.setattr(os, "chown", chown)
        write_whole(file, "new")
    assert given == [(4321, 8765)]
    assert file.read_text() == "new"
    assert mode(file) == 0o640


@pytest.fixture
def no_replacing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own devices from a writer that is broken."""

    def refuse(*paths: object) -> None:
        raise AssertionError(f"replaced: {paths}")

    monkeypatch.setattr(os, "replace", refuse)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(path.parent)  # an address has room for 107 characters only
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


@posix
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: path.mkdir(), "a directory"),
        (lambda path: os.mkfifo(path), "a FIFO"),
        (make_socket, "a socket"),
        (lambda path: path.symlink_to("/dev/null"), "a character device"),
        (lambda path: path.symlink_to(path.parent), "a directory"),
    ],
)
def test_what_is_no_regular_file_is_refused_and_stays(
    tmp_path: Path, no_replacing: None, make: Callable[[Path], None], kind: str
) -> None:
    place = tmp_path / "place"
    make(place)
    before = place.lstat()
    with pytest.raises(NotAFileError, match=f"{place} is {kind}.*; give") as caught:
        write_whole(place, "new")
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, DendrogradError)
    assert place.lstat() == before
    assert names(tmp_path) == ["place"]


@posix
@pytest.mark.parametrize("device", ["/dev/null", "/dev/full"])
def test_a_device_is_refused_and_stays(device: str, no_replacing: None) -> None:
    before = os.lstat(device).st_rdev
    with pytest.raises(NotAFileError, match=f"{device} is a character device"):
        write_whole(device, b"new")
    assert stat.S_ISCHR(os.lstat(device).st_mode)
    assert os.lstat(device).st_rdev == before


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_failure_leaves_the_old_content_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(type(error)):
            write_whole(file, "new")
    assert file.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_failure_where_nothing_stood_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left")

    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "a.txt", "new \ud800")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a.txt", "new")
    assert names(tmp_path) == []


def test_other_hard_links_keep_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    os.link(tmp_path / "a", tmp_path / "b")
    write_whole(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "b").read_text() == "old"


def test_a_write_protected_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(PermissionError, match=r"write-protected.*a\.txt"):
        write_whole(file, "new")
    assert file.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_that_takes_no_new_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")

    def denied(name: Path, *_: object) -> int:
        raise PermissionError(13, "Permission denied", name)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", denied)  # root may write into every folder
        with pytest.raises(PermissionError, match=r"in this folder.*/a\.txt'"):
            write_whole(file, "new")
    assert file.read_text() == "old"


def test_an_error_names_the_path_that_was_given(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(tmp_path / "absent" / "a.txt", "new")
    assert caught.value.filename == str(tmp_path / "absent" / "a.txt")
