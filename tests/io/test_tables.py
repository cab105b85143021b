"""The one reader of tables: how columns are parted and named, and what is left out."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from symscope.errors import InputError, TooLarge, TooSmall, Unreadable, UsageError
from symscope.io import tables
from symscope.io.samples import read_samples
from symscope.io.signals import read_signal
from symscope.io.tables import read_table

ROWS = np.random.default_rng(0).normal(size=(50, 3)).round(6)


def plain(rows=ROWS, header="x,y,signal"):
    return header + "\n" + "\n".join(",".join(f"{v:.6f}" for v in row) for row in rows) + "\n"


def european(rows=ROWS):
    lines = "\r\n".join(";".join(f"{v:.6f}".replace(".", ",") for v in row) for row in rows)
    return ("\ufeffx [mm];y [mm];Signal [a.u.]\r\n" + lines + "\r\n").encode()


def written(folder, data, name="a.csv"):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(folder / name)


def spreadsheet(folder, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("other").append(["nothing"])
    book.save(folder / "a.xlsx")
    return str(folder / "a.xlsx")


def test_the_european_form_is_the_same_table(tmp_path):
    usual = read_samples(written(tmp_path, plain()), "signal")
    found = read_samples(written(tmp_path, european(), "b.csv"), "signal")
    np.testing.assert_array_equal(found.points, usual.points)
    np.testing.assert_array_equal(found.target, usual.target)
    assert found.names == usual.names == ("x", "y")
    assert "decimal commas" in found.notes
    assert usual.notes == ()


def test_a_spreadsheet_is_the_same_table(tmp_path):
    header = ["x [mm]", "y [mm]", "Signal [a.u.]", None]
    path = spreadsheet(tmp_path, [header, *map(list, ROWS.tolist()), [None] * 4])
    found = read_samples(path, "signal")
    np.testing.assert_array_equal(found.points, ROWS[:, :2])
    np.testing.assert_array_equal(found.target, ROWS[:, 2])
    signal = spreadsheet(tmp_path, [["t", "v"], *([i / 10, i % 7] for i in range(64))])
    assert read_signal(signal).shape == (64,)


@pytest.mark.parametrize("start", ["sep=;\n", "# by hand\n\n", "\n\n"])
@pytest.mark.parametrize("mark", [";", "\t", " "])
def test_lines_before_a_table_are_passed_over(tmp_path, start, mark):
    mark = ";" if start.startswith("sep") else mark
    text = start + f"t{mark}v\n" + "".join(f"{i}{mark}{i}.5\n# remark\n" for i in range(40))
    table = read_table(written(tmp_path, text))
    assert table.names == ("t", "v")
    np.testing.assert_array_equal(table.columns[1], np.arange(40) + 0.5)


def test_units_may_have_a_line_of_their_own_and_names_a_mark(tmp_path):
    table = read_table(written(tmp_path, "t;v\ns;mV\n1;2\n3;4\n"))
    assert table.names == ("t [s]", "v [mV]")
    assert read_table(written(tmp_path, "# t,v\n1,2\n3,4\n")).names == ("t", "v")
    assert read_table(written(tmp_path, "1,2\n3,4\n")).names == ()
    wide = "t\tv\n1\t2\n3\t4\n".encode("utf-16")
    assert read_table(written(tmp_path, wide)).names == ("t", "v")


def test_rows_with_an_empty_cell_are_left_out_and_counted(tmp_path):
    text = "t,v\n" + "".join(f"{i},{i % 5}\n" for i in range(60))
    text = text.replace("\n7,2\n", "\n7,\n").replace("\n9,4\n", "\n9,N/A\n") + ",\n"
    table = read_table(written(tmp_path, text))
    assert table.left_out == 2
    assert len(table.columns[0]) == 58
    assert "2 of 60 rows left out" in table.notes[0]
    assert "row 8" in table.notes[0]
    assert read_signal(written(tmp_path, text)).notes == table.notes
    samples = read_samples(written(tmp_path, text), "v")
    assert (len(samples.points), samples.notes) == (58, table.notes)
    with pytest.raises(Unreadable, match=r"1 of 60 rows.*would shift"):
        read_signal(written(tmp_path, "1\n" * 59 + "NA\n"))


def test_a_table_of_two_decimal_marks_is_not_guessed_at(tmp_path):
    mixed = "a;b;y\n" + "0.5;1,5;2\n" * 60
    with pytest.raises(Unreadable, match=r"'b' holds no numbers.*1,5.*one mark"):
        read_samples(written(tmp_path, mixed))
    thousands = "a;y\n" + "1.234,5;2\n" * 60
    with pytest.raises(Unreadable, match="'a' holds no numbers"):
        read_samples(written(tmp_path, thousands))


def test_a_target_is_known_without_its_unit(tmp_path):
    file = written(tmp_path, plain(header="x,y (mm),E [eV]"))
    assert read_samples(file, "e").target is not None
    assert read_samples(file, "E [eV]").target is not None
    twice = written(tmp_path, plain(header="x,E (J),E (eV)"))
    with pytest.raises(UsageError, match="has no 'E'"):
        read_samples(twice, "E")


def bomb(folder):
    data = b"<worksheet><sheetData>" + b" " * (1 << 20)
    with zipfile.ZipFile(folder / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", data)
    return str(folder / "a.xlsx")


def entities(folder):
    path = spreadsheet(folder, [["a"], [1]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 12))
    kind = b'<!DOCTYPE worksheet [<!ENTITY a0 "lol">' + laughs + b"]>"
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = kind + parts[sheet].replace(b"<sheetData>", b"<sheetData>&a11;")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def wide(folder):
    book = openpyxl.Workbook()
    for row in range(1, 40):
        book.active.cell(row, 16384, 1)
    book.save(folder / "a.xlsx")
    return str(folder / "a.xlsx")


def test_hostile_spreadsheets_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_UNPACKED", 1 << 20)
    with pytest.raises(TooLarge, match="unpacked"):
        read_table(bomb(tmp_path))
    monkeypatch.setattr(tables, "MOST_CELLS", 100_000)
    with pytest.raises(TooLarge, match="cells"):
        read_table(wide(tmp_path))
    with pytest.raises(Unreadable):
        read_table(entities(tmp_path))
    data = Path(spreadsheet(tmp_path, ROWS.tolist())).read_bytes()
    for keep in (0, 100, len(data) // 2, len(data) - 30):
        with pytest.raises(InputError):
            read_table(written(tmp_path, data[:keep], "b.xlsx"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", TooSmall),
        (b"a;b\n", TooSmall),
        (b"\xff\xfe", InputError),
        ("é;b\n1;2\n".encode("latin-1"), Unreadable),
        ("a;b\n1;é\n".encode("latin-1"), Unreadable),
        (b"a;b\n1;2\n3\n", Unreadable),
        (b'a;b\n"1;2\n', Unreadable),
        (b"a;b\n;\n;\n", InputError),
        (bytes(range(256)) * 4, InputError),
        (bytes(300), InputError),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, error):
    with pytest.raises(error):
        read_samples(written(tmp_path, text))
    with pytest.raises(InputError):
        read_signal(written(tmp_path, text))
