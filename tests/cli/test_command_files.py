"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dendrograd.cli.errors import CommandError
from dendrograd.cli.files import filling, write_file


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    write_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o400


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("absent/a.txt", "No such file"),
        ("folder", "is a directory, not a regular file"),
    ],
)
def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, place: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError, match=f"cannot be written: .*{reason}"):
        write_file(tmp_path / place, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_a_folder_is_filled_when_all_is_done_and_keeps_what_it_had(
    tmp_path: Path,
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.txt").write_text("kept")
    with filling(tmp_path / "out") as work:
        (work / "new.txt").write_text("new")
        assert not (tmp_path / "out" / "new.txt").exists()
    found = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert found == ["kept.txt", "new.txt"]


def test_a_link_in_a_folder_that_is_filled_stays(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").symlink_to(tmp_path / "real.txt")
    fill(tmp_path / "out", "a.txt")
    assert (tmp_path / "out" / "a.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def fill(folder: Path, *names: str, error: BaseException | None = None) -> None:
    """Fill a folder with files, and raise an error before the end if there is one."""
    with filling(folder) as work:
        for name in names:
            (work / name).write_text("new")
        if error:
            raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, CommandError])
def test_a_folder_that_was_not_there_is_gone_again_after_an_error(
    tmp_path: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        fill(tmp_path / "a" / "b", "half.txt", error=error("stop"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_is_as_it_was_after_an_error(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(ValueError, match="stop"):
        fill(tmp_path, "kept.txt", error=ValueError("stop"))
    assert [file.name for file in tmp_path.iterdir()] == ["kept.txt"]
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="is a file; name a folder"):
        filling(tmp_path / "file").__enter__()
    with pytest.raises(CommandError, match="cannot be written"):
        filling(tmp_path / "file" / "below").__enter__()


def test_a_folder_in_the_place_of_a_file_is_told_before_anything_moves(
    tmp_path: Path,
) -> None:
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(CommandError, match=r"b\.txt: is a folder"):
        fill(tmp_path, "a.txt", "b.txt")
    assert [file.name for file in tmp_path.iterdir()] == ["b.txt"]


def test_a_file_that_cannot_be_moved_into_its_place_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(CommandError, match="cannot be written: No space left"):
        fill(tmp_path / "new", "a.txt")
    assert list(tmp_path.iterdir()) == []
