"""Signals and volumes read in another process: the same as here, and what is wrong with them."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from symscope.errors import InputError, TooLarge, Unreadable
from symscope.io import sandbox
from symscope.io.inputs import load, read_apart, read_input
from symscope.io.sandbox import framed


def claiming(*shape: int) -> bytes:
    """Write a .npy header of a shape whose values are not there."""
    header = repr({"descr": "<f4", "fortran_order": False, "shape": shape}).encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


HOSTILE = {
    "one.npy": claiming(1) + b"\0" * 4,
    "empty.npy": claiming(0, 9, 9),
    "large.npy": claiming(1000, 1000, 1000),
    "large.mrc": np.array([100_000] * 3 + [2] + [0] * 252, np.int32).tobytes(),
    "damaged.nii.gz": gzip.compress(b"\x5c\x01\x00\x00" + b"\xff" * 400),
    "text.csv": b"this is\nno table, really\n",
}


def test_what_is_read_apart_is_what_is_read_here(tmp_path):
    path = str(tmp_path / "v.npy")
    np.save(path, np.random.default_rng(0).random((70, 66, 64)))
    there, here = read_apart(path, zoom=1.5), read_input(path, 3, zoom=1.5)
    assert there is not None
    assert there.field.sha256 == here.field.sha256
    assert there.sha256 == here.sha256
    for name, value in vars(here.grid).items():
        assert np.array_equal(getattr(there.grid, name), value), name


def test_samples_come_as_points_and_a_picture_as_none(tmp_path):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(600, 4))
    np.savez(tmp_path / "s.npz", X=points, y=np.linalg.norm(points, axis=1))
    np.save(tmp_path / "p.npy", rng.random((40, 40)))
    found = read_apart(str(tmp_path / "s.npz"))
    assert found is not None
    assert found.grid is None
    assert found.field.coords.shape == (600, 4)
    assert read_apart(str(tmp_path / "p.npy")) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_the_same_words(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(InputError) as here:
        read_input(str(path), 1 if name.endswith("csv") else 3)
    with pytest.raises(InputError) as there:
        read_apart(str(path))
    assert type(there.value) is type(here.value)
    assert str(there.value) == str(here.value)


@pytest.mark.parametrize(
    ("boot", "kind"),
    [
        ("import os; os.abort()", Unreadable),
        ("import time; time.sleep(60)", TooLarge),
        ("import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\7{\"a\":1}')", Unreadable),
    ],
)
def test_a_reader_that_crashes_hangs_or_lies_costs_one_file(tmp_path, monkeypatch, boot, kind):
    monkeypatch.setattr(sandbox, "BOOT", boot)
    monkeypatch.setattr(sandbox, "START_SECONDS", 2.0)
    with pytest.raises(kind, match=r"v\.npy: "):
        read_apart(str(tmp_path / "v.npy"))


def test_an_answer_that_stops_after_its_header_is_not_waited_for(tmp_path, monkeypatch):
    header = {"dimension": 3, "sha256": "", "points": 9}
    said = repr(framed({"ready": 1}) + framed(header))
    boot = f"import sys, time; sys.stdout.buffer.write({said}); sys.stdout.flush(); time.sleep(60)"
    monkeypatch.setattr(sandbox, "BOOT", boot)
    with pytest.raises(TooLarge, match=r"v\.npy: it takes longer than 0\.5 seconds"):
        read_apart(str(tmp_path / "v.npy"), seconds=0.5)


def test_a_spreadsheet_is_unpacked_in_another_process_by_whoever_scores_it(tmp_path, monkeypatch):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for i in range(64):
        book.active.append((i, i % 7))
    book.save(tmp_path / "a.xlsx")
    # This process no longer can.
    monkeypatch.setattr("symscope.io.tables.spreadsheet_text", None)
    assert load(str(tmp_path / "a.xlsx")).dimension == 1
