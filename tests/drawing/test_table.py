"""Rows as JSON, CSV, Parquet and as a table for people."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from fake_scores import a_failure, a_score
from symscope.drawing import flat, table

ROWS = [a_failure("gone.png").to_row(), a_score("kite.png", label="Z_2").to_row()]

leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats()
names = st.text(max_size=3)
branches = st.recursive(leaves, lambda x: st.dictionaries(names, x, max_size=2), max_leaves=4)
rows = st.dictionaries(names, branches, max_size=3)


def printed(*tables: object) -> str:
    console = Console(width=100, file=io.StringIO())
    with console.capture() as captured:
        for each in tables:
            console.print(each)
    return captured.get()


def test_json_is_a_list_of_nested_rows_in_plain_letters() -> None:
    encoded = table.to_json(ROWS)
    assert "∅" in encoded.decode("utf-8")
    assert json.loads(encoded) == table.plain(ROWS)
    assert json.loads(encoded)[1]["probabilities"]["Z_2"] == pytest.approx(0.9)


def test_no_rows_are_an_empty_list() -> None:
    assert json.loads(table.to_json([])) == []


def test_json_lines_are_one_row_each() -> None:
    lines = table.to_json_lines(ROWS).decode().splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["gone.png", "kite.png"]


@settings(max_examples=50)
@given(st.lists(rows, max_size=2))
def test_any_row_becomes_strict_json(given_rows: list[dict]) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    back = json.loads(table.to_json(given_rows), parse_constant=refuse)
    assert back == table.plain(given_rows)


def test_numpy_values_and_non_finite_numbers_become_plain() -> None:
    row = {"a": np.float32(0.5), "b": np.array([1, 2]), "c": float("nan"), "d": float("-inf")}
    assert table.plain(row) == {"a": 0.5, "b": [1, 2], "c": None, "d": None}


def test_a_name_that_is_not_utf8_survives_json() -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    assert json.loads(table.to_json([{"path": name}]))[0]["path"] == name


def test_csv_has_one_dotted_column_per_leaf_and_none_for_a_missing_branch() -> None:
    lines = list(csv.DictReader(io.StringIO(table.to_csv(ROWS).decode())))
    assert [line["path"] for line in lines] == ["gone.png", "kite.png"]
    assert float(lines[1]["probabilities.Z_2"]) == pytest.approx(0.9)
    assert lines[0]["probabilities.Z_2"] == ""
    assert "probabilities" not in lines[0]
    assert lines[1]["provenance.versions.symscope"] == "0.1.0"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_csv_has_no_cell_that_a_spreadsheet_would_execute(start: str) -> None:
    row = {"path": f"{start}cmd|' /C calc'!A0", f"{start}x": "a=b", "symmetry": -0.5}
    header, cells = csv.reader(io.StringIO(table.to_csv([row]).decode(), newline=""))
    assert header[1] == f"'{start}x"
    assert cells == [f"'{row['path']}", "a=b", "-0.5"]


@given(st.lists(rows, max_size=2))
def test_no_text_in_a_csv_begins_like_a_formula(given_rows: list[dict]) -> None:
    for flat_row in csv.reader(io.StringIO(table.to_csv(given_rows).decode(), newline="")):
        for cell in flat_row:
            if cell.startswith(flat.FORMULA_STARTS):
                assert isinstance(float(cell), float)


def test_csv_for_excel_says_that_it_is_utf8_and_is_otherwise_the_same() -> None:
    plain, excel = table.to_csv(ROWS), table.to_csv(ROWS, excel=True)
    assert excel.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in excel.replace(b"\r\n", b"")
    text = excel.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == list(
        csv.reader(io.StringIO(plain.decode(), newline=""))
    )


def test_parquet_in_many_groups_has_one_schema_and_says_what_it_is(monkeypatch) -> None:
    monkeypatch.setattr(flat, "ROWS_TOGETHER", 1)
    some = [{"x": None, "message": None}, {"x": 1, "y": "a"}, {"x": 0.5, "y": 2, "z": None}]
    file = io.BytesIO()
    flat.write_parquet(file, lambda: iter(some), {"symscope": "∅"})
    read = pq.read_table(file)
    assert read.to_pydict() == {
        "x": [None, 1.0, 0.5],
        "message": [None, None, None],
        "y": [None, "a", "2"],
        "z": [None, None, None],
    }
    assert [str(kind) for kind in read.schema.types] == ["double", "string", "string", "double"]
    assert read.schema.metadata == {b"symscope": "∅".encode()}


def test_csv_of_failures_alone_keeps_its_columns() -> None:
    (line,) = csv.DictReader(io.StringIO(table.to_csv(ROWS[:1]).decode()))
    assert line["outcome"] == "missing"
    assert line["symmetry"] == ""


def test_parquet_holds_the_same_cells_as_csv() -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    given_rows = [*ROWS, {"path": name}]
    read = pq.read_table(io.BytesIO(table.to_parquet(given_rows)))
    columns, flat = table.flat_table(given_rows)
    assert read.column_names == columns
    assert read.slice(0, 2).to_pylist() == flat[:2]
    assert read["path"][2].as_py() == "caf\\udce9.png"


def test_the_table_tells_score_class_and_outcome() -> None:
    text = printed(table.score_table(ROWS))
    assert "0.90 ± 0.02" in text
    assert "Z_2 0.90" in text
    assert "missing" in text


def test_the_table_obeys_neither_markup_nor_control_characters_of_a_name() -> None:
    row = a_score("[red]a\x1b[2Jb.png").to_row()
    text = printed(table.score_table([row]))
    assert "[red]a" in text
    assert "\x1b[2J" not in text


def test_a_table_in_a_file_has_no_colours() -> None:
    assert b"\x1b" not in table.to_text(ROWS)


def test_figures_of_an_evaluation_are_numbers_and_matrices() -> None:
    figures = {
        "accuracy": {"hidden": 0.93456, "interval": [0.9, 0.95]},
        "confusion": {"∅": {"∅": 9, "T": 1}, "T": {"∅": 2, "T": 8}},
        "plain": [[1, 2], [3, 4]],
    }
    tables = table.figures_tables(figures)
    text = printed(*tables)
    assert len(tables) == 3
    assert "accuracy.hidden    0.935" in text
    assert "0.900 … 0.950" in text


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("a/b/kite.png", "kite.png"),
        ("sample:camera", "camera"),
        ("x" * 30 + ".png", "xxxxxxxxx…xxxxxx.png"),
    ],
)
def test_a_short_name_fits(path: str, short: str) -> None:
    assert table.short_name(path, most=20) == short
