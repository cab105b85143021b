"""Rows as JSON, JSON lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
from fnmatch import fnmatchcase

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.fields import a_volume, in_space
from fakes.scores import a_failure, a_score, a_sound
from symscope.drawing import rows as table
from symscope.drawing.rows import COLUMNS, FORMULA_STARTS, encoded, flatten, plain
from symscope.io.standard_input import STANDARD_INPUT

ROWS = [a_failure("gone.png").to_row(), a_score("kite.png", label="Z_2").to_row()]

leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats()
names = st.text(max_size=3)
branches = st.recursive(leaves, lambda x: st.dictionaries(names, x, max_size=2), max_leaves=4)
rows = st.dictionaries(names, branches, max_size=3)


def test_json_is_a_list_of_nested_rows_in_plain_letters() -> None:
    data = encoded(ROWS, "json")
    assert "∅" in data.decode("utf-8")
    assert json.loads(data) == plain(ROWS)
    assert json.loads(data)[1]["probabilities"]["Z_2"] == pytest.approx(0.9)


def test_no_rows_are_an_empty_list() -> None:
    assert json.loads(encoded([], "json")) == []


def test_json_lines_are_one_row_each() -> None:
    lines = table.to_json_lines(ROWS).decode().splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["gone.png", "kite.png"]


@settings(max_examples=50)
@given(st.lists(rows, max_size=2))
def test_any_row_becomes_strict_json(given_rows: list[dict]) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    back = json.loads(encoded(given_rows, "json"), parse_constant=refuse)
    assert back == plain(given_rows)


def test_numpy_values_and_non_finite_numbers_become_plain() -> None:
    row = {"a": np.float32(0.5), "b": np.array([1, 2]), "c": float("nan"), "d": float("-inf")}
    assert plain(row) == {"a": 0.5, "b": [1, 2], "c": None, "d": None}


def test_a_name_that_is_not_utf8_survives_json() -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    assert json.loads(encoded([{"path": name}], "json"))[0]["path"] == name


def test_csv_has_one_dotted_column_per_leaf_and_none_for_a_missing_branch() -> None:
    lines = list(csv.DictReader(io.StringIO(encoded(ROWS, "csv").decode())))
    assert [line["path"] for line in lines] == ["gone.png", "kite.png"]
    assert float(lines[1]["probabilities.Z_2"]) == pytest.approx(0.9)
    assert lines[0]["probabilities.Z_2"] == ""
    assert "probabilities" not in lines[0]
    assert lines[1]["provenance.versions.symscope"] == "0.1.0"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_csv_has_no_cell_that_a_spreadsheet_would_execute(start: str) -> None:
    row = {"path": f"{start}cmd|' /C calc'!A0", f"{start}x": "a=b", "symmetry": -0.5}
    header, cells = csv.reader(io.StringIO(encoded([row], "csv").decode(), newline=""))
    assert header == ["path", "symmetry", f"'{start}x"]
    assert cells == [f"'{row['path']}", "-0.5", "a=b"]


@settings(max_examples=50)
@given(st.lists(rows, max_size=2))
def test_no_text_in_a_csv_begins_like_a_formula(given_rows: list[dict]) -> None:
    for flat_row in csv.reader(io.StringIO(encoded(given_rows, "csv").decode(), newline="")):
        for cell in flat_row:
            if cell.startswith(FORMULA_STARTS) and cell != STANDARD_INPUT:
                assert isinstance(float(cell), float)


def test_csv_for_excel_says_that_it_is_utf8_and_is_otherwise_the_same() -> None:
    plain, excel = encoded(ROWS, "csv"), encoded(ROWS, "csv", excel=True)
    assert excel.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in excel.replace(b"\r\n", b"")
    text = excel.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == list(
        csv.reader(io.StringIO(plain.decode(), newline=""))
    )


def test_parquet_in_many_groups_has_one_schema_and_says_what_it_is(monkeypatch) -> None:
    monkeypatch.setattr(table, "ROWS_TOGETHER", 1)
    some = [{"x": None, "message": None}, {"x": 1, "y": "a"}, {"x": 0.5, "y": 2, "z": None}]
    file = io.BytesIO()
    table.write_parquet(file, lambda: iter(some), {"symscope": "∅"})
    read = pq.read_table(file)
    assert read.to_pydict() == {
        "message": [None, None, None],
        "x": [None, 1.0, 0.5],
        "y": [None, "a", "2"],
        "z": [None, None, None],
    }
    assert [str(kind) for kind in read.schema.types] == ["string", "double", "string", "double"]
    assert read.schema.metadata == {b"symscope": "∅".encode()}


def test_csv_of_failures_alone_keeps_its_columns() -> None:
    (line,) = csv.DictReader(io.StringIO(encoded(ROWS[:1], "csv").decode()))
    assert line["outcome"] == "missing"
    assert line["symmetry"] == ""


def test_parquet_holds_the_same_cells_as_csv() -> None:
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    given_rows = [*ROWS, {"path": name}]
    read = pq.read_table(io.BytesIO(encoded(given_rows, "parquet")))
    lines = list(csv.DictReader(io.StringIO(encoded(given_rows, "csv").decode())))
    assert read.column_names == list(lines[0])
    for line, cells in zip(lines, read.to_pylist(), strict=True):
        assert {key: "" if value is None else str(value) for key, value in cells.items()} == line
    assert read["path"][2].as_py() == "caf\\udce9.png"


@pytest.mark.parametrize("make", [a_score, a_failure, lambda: a_sound("T_n"), a_volume, in_space])
def test_every_column_of_a_result_is_in_the_list_and_of_its_type(make) -> None:
    row = make().to_row()
    columns = table.columns_of([row])
    known = [name for name, _ in COLUMNS[:-1]]
    for name, kind in columns.items():
        assert any(fnmatchcase(name, p) or p == f"{name}.*" for p in known), name
        value = flatten(row)[name]
        types = {"text": str, "number": int | float, "integer": int}
        assert value is None or isinstance(value, types[kind]), name
    assert list(columns)[:2] == ["path", "outcome"]


def test_columns_of_a_manifest_are_numbers_if_all_their_values_are() -> None:
    given = [{"manifest": {"year": 1900, "name": 7}}, {"manifest": {"year": None, "name": "x"}}]
    assert table.columns_of(given) == {"manifest.year": "number", "manifest.name": "text"}
