"""Which pictures a collection has: folders, tables, what is wrong with them, fingerprints."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from symscope.collection.manifest import Entry, Manifest, fingerprinted, listed, unique
from symscope.errors import UsageError

LIMIT = 1000


@pytest.fixture
def folder(tmp_path) -> Path:
    """Make a folder with pictures in two sub-folders, and what is no picture."""
    root = tmp_path / "scans"
    for name in ("b.png", "monet/2.png", "monet/1.jpg", "monet/late/3.tif", "monet/notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def table(folder: Path, text: str | bytes) -> Path:
    """Write a table into a folder."""
    path = folder / "list.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(manifest: Manifest, known: dict | None = None) -> tuple[Manifest, list[str]]:
    """Fingerprint a manifest → (the result, which files were read)."""
    new: dict = {}
    entries = [
        fingerprinted(e, LIMIT, {} if known is None else known, new) for e in manifest.entries
    ]
    return replace(manifest, entries=tuple(entries)), [Path(path).name for path in new]


def test_a_folder_is_listed_in_order_with_its_sub_folders(folder) -> None:
    entries = listed(folder).entries
    assert [e.columns for e in entries] == [
        {"file": "b.png", "folder": "."},
        {"file": "monet/1.jpg", "folder": "monet"},
        {"file": "monet/2.png", "folder": "monet"},
        {"file": "monet/late/3.tif", "folder": "monet/late"},
    ]
    assert [e.path for e in entries] == [str(folder / e.columns["file"]) for e in entries]


def test_a_table_keeps_its_order_and_columns_and_numbers_are_numbers(folder) -> None:
    path = table(
        folder,
        "artist, file ,year,width,code\nClaude,monet/2.png,1899,1.5,007\n\nAnon,gone.png,,2,12\n",
    )
    manifest = listed(path, "artist")
    assert manifest.group == "artist"
    assert [e.columns for e in manifest.entries] == [
        {
            "file": "monet/2.png",
            "folder": "monet",
            "artist": "Claude",
            "year": 1899,
            "width": 1.5,
            "code": "007",
        },
        {
            "file": "gone.png",
            "folder": ".",
            "artist": "Anon",
            "year": None,
            "width": 2.0,
            "code": "12",
        },
    ]
    assert manifest.entries[0].path == str(folder / "monet/2.png")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_may_come_from_a_spreadsheet(folder, delimiter) -> None:
    text = f"file{delimiter}title\r\nb.png{delimiter}Nymphéas, 1899\r\n"
    (entry,) = listed(table(folder, text.encode("utf-8-sig"))).entries
    assert entry.columns["title"] == "Nymphéas, 1899"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found nothing in"),
        ("\n\n", "found nothing in"),
        ("path,year\na.png,1\n", "columns path, year .* expected one called 'file'"),
        ("file,year\n", "a header and no rows"),
        ("file,year,year\na.png,1,2\n", "columns of one name .*year"),
        ("file,\na.png,1\n", "different name"),
        ("file,year\na.png,1\nb.png\n", "line 3: found 1 cells, expected 2"),
        ("file,year\na.png,1,2\n", "line 2: found 3 cells, expected 2"),
        ("file,year\n ,1\n", "line 2: found no file name"),
        ('file,year\n"a.png,1\n', "found no table"),
        (b"file\n\xe9.png\n", "found no table .* UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00", "found no table"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(folder, text, said) -> None:
    with pytest.raises(UsageError, match=said):
        listed(table(folder, text))


def test_what_is_no_source_is_refused(folder, tmp_path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="found no picture and no sound in"):
        listed(empty)
    with pytest.raises(UsageError, match="found nothing at"):
        listed(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="neither a folder nor a file"):
        listed(tmp_path / "pipe")
    with pytest.raises(UsageError, match=r"no column 'artist' .* expected one of file, folder"):
        listed(folder, "artist")


def test_fingerprints_are_those_of_the_bytes(folder) -> None:
    manifest, seen = read(listed(folder))
    assert seen == ["b.png", "1.jpg", "2.png", "3.tif"]
    for entry in manifest.entries:
        data = Path(entry.path).read_bytes()
        assert (entry.sha256, entry.size) == (hashlib.sha256(data).hexdigest(), len(data))


def test_a_file_that_has_not_changed_is_not_read_again(folder) -> None:
    known: dict = {}
    first, _ = read(listed(folder), known)
    again, seen = read(listed(folder), known)
    assert (again.sha256, seen) == (first.sha256, [])
    file = folder / "b.png"
    times = file.stat()
    file.write_bytes(b"B.PNG")  # As long, and as old as it pretends to be.
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    changed, seen = read(listed(folder), known)
    assert seen == ["b.png"]
    assert changed.sha256 != first.sha256


def test_what_cannot_be_read_has_no_fingerprint_and_stops_nothing(folder, monkeypatch) -> None:
    with (folder / "b.png").open("wb") as file:
        file.truncate(20 << 30)  # 20 GB of nothing.
    os.mkfifo(folder / "monet/0.png")
    (folder / "monet/1.jpg").unlink()
    (folder / "monet/1.jpg").symlink_to("nowhere.jpg")
    manifest, seen = read(listed(folder))
    assert seen == ["2.png", "3.tif"]
    assert [e.sha256 is None for e in manifest.entries] == [True, True, True, False, False]


def test_a_manifest_is_named_by_what_it_lists_and_in_which_order() -> None:
    a, b = (Entry(f"{n}.png", {"file": f"{n}.png", "year": 1}, "0" * 64) for n in "ab")
    sums = {Manifest(entries).sha256 for entries in ((a, b), (b, a), (a,), (a, a, b))}
    assert len(sums) == 4
    assert Manifest((a, b)).sha256 == Manifest((Entry("elsewhere", a.columns, a.sha256), b)).sha256


def test_a_manifest_is_written_as_json_whatever_files_are_called() -> None:
    name = os.fsdecode(b"caf\xe9 \n\"'.png")
    manifest = Manifest((Entry(name, {"file": name}), Entry("b", {"file": "b"}, "0" * 64, 3)))
    found = json.loads(manifest.to_json())
    assert found["sha256"] == manifest.sha256
    assert [e["path"] for e in found["pictures"]] == [name, "b"]


def test_the_same_content_is_one_picture() -> None:
    some = [
        Entry(path, {}, sha) for path, sha in [("a", "1"), ("b", "1"), ("c", None), ("c", None)]
    ]
    assert [entry.path for entry in unique(some)] == ["a", "c"]
