"""A journal loses nothing that was written, whatever happens to its end."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symscope.collection.journal import FORMAT, Journal
from symscope.errors import UsageError

ROWS = [{"row": number, "name": "∅\udcff\n" * number} for number in range(5)]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
).filter(lambda value: "Infinity" not in json.dumps(value))


def records(path: Path) -> list[dict]:
    """Read all records of a journal, as opening it leaves them."""
    with Journal(path) as journal:
        return [record for _, record in journal.records()]


@pytest.fixture
def journal(tmp_path):
    """Write ROWS into a journal and return its path."""
    path = tmp_path / "rows.journal"
    with Journal(path) as new:
        new.append(ROWS[:2])
        new.append(ROWS[2:])
    return path


def test_what_was_written_is_read_in_its_order(journal) -> None:
    assert records(journal) == ROWS


@settings(max_examples=30)
@given(given_rows=st.lists(st.dictionaries(st.text(), values, max_size=3), max_size=4))
def test_any_record_comes_back_as_it_was(given_rows, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("any") / "journal"
    with Journal(path) as new:
        places = new.append(given_rows)
        assert [new.at(place) for place in places] == given_rows
    assert records(path) == given_rows


def test_a_record_torn_at_any_byte_is_cut_off_and_no_other_is_lost(journal) -> None:
    whole = journal.read_bytes()
    last = whole[:-1].rfind(b"\n") + 1
    for end in range(last, len(whole)):
        journal.write_bytes(whole[:end])
        with Journal(journal) as torn:
            assert torn.torn == end - last
            torn.append([{"row": "new"}])
        assert records(journal) == [*ROWS[:-1], {"row": "new"}]


@given(tail=st.binary(min_size=1), cut=st.integers(min_value=0, max_value=60))
def test_whatever_stands_at_the_end_no_earlier_record_is_lost(tail, cut, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("tail") / "journal"
    with Journal(path) as new:
        new.append(ROWS)
    whole = path.read_bytes()
    last = whole[:-1].rfind(b"\n") + 1
    path.write_bytes(whole[: min(last + cut, len(whole) - 1)] + tail)
    found = records(path)
    assert found[:4] == ROWS[:4]
    assert found[4:] in ([], ROWS[4:])  # A tail may complete the line by chance.
    assert records(path) == found


def test_a_line_damaged_in_the_midst_costs_that_line_only(journal) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"row"', b'"r0w"')
    journal.write_bytes(b"".join(lines))
    assert records(journal) == [ROWS[0], *ROWS[2:]]


def test_a_journal_torn_in_its_first_line_is_begun_anew(journal) -> None:
    first = journal.read_bytes().splitlines(keepends=True)[0]
    for end in range(len(first)):
        journal.write_bytes(first[:end])
        assert records(journal) == []
    journal.write_bytes(bytes(100))  # What a power cut may leave of a new file.
    assert records(journal) == []
    assert journal.read_bytes() == first


@pytest.mark.parametrize("other", [b"PAR1", b"path,symmetry\na.png,0.5\n", b"\0\0x", b"\n"])
def test_another_file_is_left_alone(tmp_path, other) -> None:
    path = tmp_path / "precious"
    path.write_bytes(other)
    with pytest.raises(UsageError, match="another kind of file"):
        Journal(path)
    assert path.read_bytes() == other


def test_a_journal_of_a_later_version_is_left_alone(journal, monkeypatch) -> None:
    whole = journal.read_bytes()
    monkeypatch.setitem(FORMAT, "version", 2)
    with pytest.raises(UsageError, match="another kind of file"):
        Journal(journal)
    assert journal.read_bytes() == whole


def test_rows_are_on_the_disk_before_their_places_come_back(tmp_path, monkeypatch) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_size))
    with Journal(tmp_path / "journal") as new:
        new.append(ROWS)
        assert synced[-1] == (tmp_path / "journal").stat().st_size


def test_a_full_disk_leaves_the_journal_as_it_was(journal, monkeypatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with Journal(journal) as opened:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(UsageError, match="No space left"):
            opened.append([{"row": "lost"}])
        monkeypatch.undo()
        opened.append([{"row": "after"}])
    assert records(journal) == [*ROWS, {"row": "after"}]


def test_a_place_that_holds_something_else_is_noticed(journal) -> None:
    with Journal(journal) as opened, pytest.raises(UsageError, match="altered"):
        opened.at(3)
