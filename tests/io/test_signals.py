"""The door for signals: tables of one or two columns."""

from __future__ import annotations

import numpy as np
import pytest

from symscope.errors import MissingFile, NotFinite, TooLarge, TooSmall, Unreadable
from symscope.io import signals
from symscope.io.signals import read_signal

TIME = np.linspace(2, 9, 500)
VALUES = np.sin(TIME)


def table(folder, text: str):
    path = folder / "s.csv"
    path.write_text(text)
    return path


def lines(*columns, mark=",") -> str:
    return "\n".join(mark.join(f"{v:.9g}" for v in row) for row in zip(*columns, strict=True))


def test_one_column_is_counted_in_samples(tmp_path):
    found = read_signal(table(tmp_path, lines(VALUES)))
    assert (found.unit, found.centre, found.half) == ("samples", (249.5,), 250.0)
    assert found.values.shape == (256,)


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_two_columns_are_time_and_value(tmp_path, mark):
    found = read_signal(table(tmp_path, f"t{mark}v\n{lines(TIME, VALUES, mark=mark)}"))
    assert found.centre[0] == pytest.approx(5.5)
    middle = found.place(np.array([[0.0]]))[0, 0]
    assert found.values[127:129].mean() == pytest.approx(np.sin(middle), abs=0.01)


def test_uneven_times_are_brought_to_even_ones(tmp_path):
    uneven = TIME**2
    found = read_signal(table(tmp_path, lines(uneven, np.sin(uneven / 10))))
    place = found.place(np.linspace(-0.9, 0.9, 7)[:, None])[:, 0]
    cells = ((np.linspace(-0.9, 0.9, 7) + 1) * 128).astype(int)
    assert found.values[cells] == pytest.approx(np.sin(place / 10), abs=0.06)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", TooSmall, "no values"),
        ("t;v\n", TooSmall, "no values"),
        ("1\n2\n", TooSmall, "at least 32"),
        ("1,2,3\n" * 50, Unreadable, "3 columns"),
        ("a\n" + "1\n" * 40 + "x\n", Unreadable, "row 41"),
        ("1,2\n" * 30 + "3\n" + "4,5\n", Unreadable, "columns"),
        (lines(VALUES, VALUES), Unreadable, "rise"),
        ("nan\n" * 60, NotFinite, "NaN"),
        ("t,v\n", TooSmall, "names and no values"),
        (",".join("123456789"), Unreadable, "9 values in one line"),
        ("d,v\n" + "2020-01-01,1\n" * 60, Unreadable, "times as numbers"),
        ("t;v\n" + "0;0,5\n" * 60, Unreadable, "rise"),
        ("0,1\n" + "1,\n" * 60, TooSmall, "at least 32"),
        ("1e999\n" * 60, NotFinite, "infinite"),
    ],
)
def test_what_is_no_signal_is_told(tmp_path, text, error, message):
    with pytest.raises(error, match=message):
        read_signal(table(tmp_path, text))


def test_bytes_that_are_no_text_and_missing_files_are_told(tmp_path):
    (tmp_path / "b.csv").write_bytes(bytes(range(128, 256)) * 9)
    with pytest.raises(Unreadable, match="UTF-8"):
        read_signal(tmp_path / "b.csv")
    with pytest.raises(MissingFile, match="no such file"):
        read_signal(tmp_path / "none.csv")


def test_large_tables_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(signals, "MOST_BYTES", 100)
    with pytest.raises(TooLarge, match=r"\.npy"):
        read_signal(table(tmp_path, lines(VALUES)))
