"""Rows of results as JSON, JSON lines, CSV and Parquet: one list of columns and their types.

A row is what ``Score.to_row`` gives: a nested dictionary of plain values. JSON keeps it nested; CSV
and Parquet have one flat column per leaf, named by its keys with dots (``probabilities.Z_2``). Rows
may be given as a function that iterates over them: they are gone through twice, once for the
columns and once for the cells, and never held together.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, partial
from typing import Any, BinaryIO

import numpy as np

from symscope.errors import UsageError
from symscope.io.standard_input import STANDARD_INPUT

Row = Mapping[str, Any]
Rows = Callable[[], Iterator[Row]] | Sequence[Row]

TEXT, NUMBER, INTEGER, AS_GIVEN = "text", "number", "integer", "as given"

COLUMNS = (
    ("path", TEXT),
    ("outcome", TEXT),
    ("message", TEXT),
    ("label", TEXT),
    ("symmetry", NUMBER),
    ("symmetry_sd", NUMBER),
    ("there", NUMBER),
    ("realised", NUMBER),
    ("chance", NUMBER),
    ("nearest", TEXT),
    ("probabilities.*", NUMBER),
    ("probabilities_sd.*", NUMBER),
    ("fit.*", NUMBER),
    ("elements", TEXT),
    ("nearly", TEXT),
    ("strongest.*", NUMBER),
    ("flow.kind", TEXT),
    ("flow.verdict", TEXT),
    ("flow.defect_interval", TEXT),
    ("flow.centre", TEXT),
    ("flow.*", NUMBER),
    ("baselines.*", NUMBER),
    ("music.name", TEXT),
    ("music.symbol", TEXT),
    ("music.along", TEXT),
    ("music.words", TEXT),
    ("music.classifier", TEXT),
    ("music.also", TEXT),
    ("music.view", TEXT),
    ("music.*", NUMBER),
    ("generators.*", TEXT),
    ("provenance.networks", INTEGER),
    ("provenance.seed", INTEGER),
    ("provenance.side", INTEGER),
    ("provenance.dimension", INTEGER),
    ("provenance.zoom", NUMBER),
    ("provenance.window", NUMBER),
    ("provenance.*", TEXT),
    ("group", AS_GIVEN),
    ("manifest.*", AS_GIVEN),
    ("*", AS_GIVEN),
)
"""All columns of a table, in their order, and what is in them; a list is its JSON text. A name with
a star stands for those that some row has. A column AS_GIVEN, such as one of a manifest, holds
numbers if all its values are numbers."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a text begins that a spreadsheet would take for a formula, or hide one behind."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

ROWS_TOGETHER = 250
"""Rows in a group of a Parquet file: what is held in memory at a time."""


def plain(value: Any) -> Any:
    """Reduce a value to what JSON knows; numbers that are not finite become None.

    >>> plain({"a": np.float32(0.5), "b": (1, float("nan"))})
    {'a': 0.5, 'b': [1, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def dumps(value: Any) -> str:
    """Encode a plain value as strict JSON on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def encode(text: str) -> bytes:
    r"""Encode text as UTF-8; a file's name may hold other bytes, which become \udc….

    JSON reads that escape back as the same name.
    """
    return text.encode("utf-8", "backslashreplace")


def flatten(row: Row) -> dict[str, Any]:
    """Give every leaf of a nested row its own key, with dots; lists become JSON text.

    >>> flatten({"path": "a.png", "probabilities": {"Z_2": 0.9, "T": 0.1}})
    {'path': 'a.png', 'probabilities.Z_2': 0.9, 'probabilities.T': 0.1}
    """
    flat: dict[str, Any] = {}
    for key, value in plain(row).items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": leaf for inner, leaf in flatten(value).items()}
        else:
            flat[key] = dumps(value) if isinstance(value, list) else value
    return flat


@cache
def _place(name: str) -> int:
    return next(
        n
        for n, (pattern, _) in enumerate(COLUMNS)
        if fnmatchcase(name, pattern) or pattern == f"{name}.*"
    )


def columns_of(rows: Iterable[Row]) -> dict[str, str]:
    """Return the columns of a table of these rows, in their order, with TEXT, NUMBER or INTEGER.

    >>> columns_of([{"probabilities": None}, {"probabilities": {"T": 0.5}, "path": "a"}])
    {'path': 'text', 'probabilities.T': 'number'}
    """
    numeric: dict[str, bool] = {}
    for row in rows:
        for name, value in flatten(row).items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            numeric[name] = numeric.get(name, True) and (value is None or number)
    # A branch that some rows lack has no column of its own beside those of its leaves.
    branches = {name[:end] for name in numeric for end in range(len(name)) if name[end] == "."}
    kinds = {}
    for name in sorted((name for name in numeric if name not in branches), key=_place):
        kind = COLUMNS[_place(name)][1]
        kinds[name] = kind if kind != AS_GIVEN else NUMBER if numeric[name] else TEXT
    return kinds


def guarded(cell: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would execute; numbers stay numbers.

    >>> guarded("=1+1"), guarded("a=1"), guarded(-0.5)
    ("'=1+1", 'a=1', -0.5)
    """
    text = isinstance(cell, str) and cell != STANDARD_INPUT
    return f"'{cell}" if text and cell.startswith(FORMULA_STARTS) else cell


def write_json(file: BinaryIO, rows: Rows) -> None:
    """Write rows as one JSON list, UTF-8, one row at a time."""
    mark = b"[\n  "
    for row in _each(rows):
        file.write(mark + encode(dumps(plain(row))))
        mark = b",\n  "
    file.write(b"[]\n" if mark.startswith(b"[") else b"\n]\n")


def write_json_lines(file: BinaryIO, rows: Rows) -> None:
    """Write rows as JSON, one line each, UTF-8."""
    for row in _each(rows):
        file.write(encode(f"{dumps(plain(row))}\n"))


def write_csv(file: BinaryIO, rows: Rows, excel: bool = False) -> None:
    """Write rows as CSV with a header line, UTF-8, one row at a time.

    A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line's end is written with an
    apostrophe before it, or a spreadsheet would execute what somebody named a file. ``excel`` puts
    a byte-order mark first, without which Excel takes the text for another encoding, and ends
    lines as it does.
    """
    columns = columns_of(_each(rows))
    if excel:
        file.write(BYTE_ORDER_MARK)
    line = io.StringIO(newline="")
    # The writer quotes what its own line's end consists of, and a lone return ends lines too.
    writer = csv.writer(line, lineterminator="\r\n")

    def write(cells: Iterable[Any]) -> None:
        writer.writerow(guarded(cell) for cell in cells)
        written = line.getvalue()
        file.write(encode(written if excel else written.removesuffix("\r\n") + "\n"))
        line.seek(0)
        line.truncate()

    write(columns)
    for row in _each(rows):
        flat = flatten(row)
        write(flat.get(column) for column in columns)


def write_parquet(file: BinaryIO, rows: Rows, metadata: Mapping[str, str] | None = None) -> None:
    """Write rows as Parquet, a group of rows at a time; ``metadata`` is of the whole table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = columns_of(_each(rows))
    types = {TEXT: pa.string(), NUMBER: pa.float64(), INTEGER: pa.int64()}
    schema = pa.schema([(_utf8(name), types[kind]) for name, kind in columns.items()])
    schema = schema.with_metadata({k: encode(v) for k, v in metadata.items()} if metadata else None)
    with pq.ParquetWriter(file, schema) as writer:
        waiting: list[dict[str, Any]] = []

        def flush() -> None:
            arrays = [
                pa.array([_cell(row.get(name), kind) for row in waiting], types[kind])
                for name, kind in columns.items()
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            waiting.clear()

        for row in _each(rows):
            waiting.append(flatten(row))
            if len(waiting) == ROWS_TOGETHER:
                flush()
        if waiting:
            flush()


def to_frame(rows: Sequence[Row]) -> Any:
    """Make a DataFrame with the columns that CSV and Parquet have: text, floats and whole numbers.

    Raises
    ------
    UsageError
        Without pandas.
    """
    try:
        import pandas as pd
    except ImportError:
        raise UsageError(
            'a table in Python needs the library pandas: pip install "symscope[pandas]"'
        ) from None

    types, flat = {TEXT: "string", NUMBER: "float64", INTEGER: "Int64"}, [flatten(r) for r in rows]
    columns = {
        name: pd.Series([_cell(row.get(name), kind) for row in flat], dtype=types[kind])
        for name, kind in columns_of(rows).items()
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(flat)))


def _cell(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == TEXT:
        return _utf8(value if isinstance(value, str) else dumps(value))
    return float(value) if kind == NUMBER else int(value)


def _utf8(text: str) -> str:
    return encode(text).decode("utf-8")


def _each(rows: Rows) -> Iterable[Row]:
    return rows() if callable(rows) else rows


WRITERS: dict[str, Callable[[BinaryIO, Rows], None]] = {
    "parquet": write_parquet,
    "csv": write_csv,
    "jsonl": write_json_lines,
    "json": write_json,
}
"""Formats for programs."""


def encoded(rows: Sequence[Row], kind: str, excel: bool = False) -> bytes:
    """Encode rows as one of WRITERS writes them."""
    file = io.BytesIO()
    (partial(write_csv, excel=True) if excel else WRITERS[kind])(file, rows)
    return file.getvalue()


def to_json_lines(rows: Sequence[Row]) -> bytes:
    """Encode rows as JSON, one line each."""
    return encoded(rows, "jsonl")
