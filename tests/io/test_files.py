"""Files that are whole or not there, and places that are refused beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from symscope.errors import UsageError
from symscope.io import files


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "rows.json"
    files.write_whole(target, b"first")
    files.write_whole(target, b"second")
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("sync", [False, True])
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, sync: bool) -> None:
    target = tmp_path / "rows.json"
    target.write_bytes(b"old")

    def write() -> None:
        with files.whole_file(target, sync=sync) as file:
            file.write(b"half of the n")
            raise OSError(28, "No space left on device")

    with pytest.raises(UsageError, match="No space left"):
        write()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_bytes(b"old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    files.write_whole(tmp_path / "link.txt", b"new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    null = Path("/dev/null")
    files.write_whole(null, b"gone")
    assert null.is_char_device()


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="folder"):
        files.check_file(tmp_path, "--out")
    with pytest.raises(UsageError, match="--out"):
        files.check_file(tmp_path / "file" / "rows.csv", "--out")
    with pytest.raises(UsageError, match="--figure"):
        files.make_folder(tmp_path / "file", "--figure")


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    files.check_file(tmp_path / "a" / "b" / "rows.csv", "--out")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_figure_becomes_what_its_name_says(tmp_path: Path) -> None:
    for name, start in [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")]:
        files.write_figure(tmp_path / name, Figure(figsize=(1, 1)))
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(UsageError, match=r"\.png"):
        files.picture_format(tmp_path / "a.txt", "--contact-sheet")
