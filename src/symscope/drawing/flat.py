"""Rows as flat tables: CSV that a spreadsheet can open without harm, and Parquet.

A row is what ``Score.to_row`` gives: a nested dictionary of plain values. Here it has one flat
column per leaf, named by its keys with dots (``probabilities.Z_2``). Rows may be given as a function that
iterates over them: they are gone through twice, once for the columns and once for the cells, and
never held together.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from symscope.io.standard_input import STANDARD_INPUT

Row = Mapping[str, Any]

TEXT_ENCODING_ERRORS = "backslashreplace"
r"""File names may hold bytes that are not UTF-8; JSON reads ``\udcff`` back as the same name."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a text begins that a spreadsheet would take for a formula, or hide one behind."""

WORDS = frozenset({"message", "label", "elements"})
"""Columns of text, also where no row has any; of the others, an empty one is of numbers."""

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
    """Encode text as UTF-8, also where a file's name in it is not."""
    return text.encode("utf-8", TEXT_ENCODING_ERRORS)


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


class Columns:
    """The columns of many rows, and what kinds of values are in each.

    A branch that is missing from one row (a failed picture has no probabilities) leaves no column of its
    own where other rows have its leaves.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._branches: dict[str, dict[str, set[type]]] = {}
        for row in rows:
            self.add(flatten(row))

    def add(self, flat: Row) -> None:
        """Take note of one flat row."""
        for key, value in flat.items():
            kinds = self._branches.setdefault(key.split(".", 1)[0], {}).setdefault(key, set())
            if value is not None:
                kinds.add(type(value))

    @property
    def kinds(self) -> dict[str, set[type]]:
        """The types of the values in each column, in the order of the columns."""
        return {
            key: kinds
            for branch, keys in self._branches.items()
            for key, kinds in keys.items()
            if not (key == branch and len(keys) > 1)
        }


def flat_table(rows: Sequence[Row]) -> tuple[list[str], list[dict[str, Any]]]:
    """Flatten rows onto one common list of columns; a cell that a row lacks is None."""
    columns = list(Columns(rows).kinds)
    flat = [flatten(row) for row in rows]
    return columns, [{column: row.get(column) for column in columns} for row in flat]


def guarded(cell: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would execute; numbers stay numbers.

    >>> guarded("=1+1"), guarded("a=1"), guarded(-0.5)
    ("'=1+1", 'a=1', -0.5)
    """
    text = isinstance(cell, str) and cell != STANDARD_INPUT
    return f"'{cell}" if text and cell.startswith(FORMULA_STARTS) else cell


def write_csv(
    file: BinaryIO, rows: Callable[[], Iterator[Row]] | Sequence[Row], excel: bool = False
) -> None:
    """Write rows as CSV with a header line, UTF-8, one row at a time.

    A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line's end is written with an
    apostrophe before it, or a spreadsheet would execute what somebody named a file.

    Parameters
    ----------
    file : open for bytes
    rows : a sequence, or what gives an iterator over the same rows each time
    excel : bool
        Begin with a byte-order mark, without which Excel takes the text for another encoding, and
        end lines as it does.
    """
    columns = list(Columns(_each(rows)).kinds)
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


def write_parquet(
    file: BinaryIO,
    rows: Callable[[], Iterator[Row]] | Sequence[Row],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write rows as Parquet with one flat column per leaf, a group of rows at a time.

    Parameters
    ----------
    file : open for bytes
    rows : a sequence, or what gives an iterator over the same rows each time
    metadata : what the file's schema says of the whole table
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = Columns(_each(rows)).kinds
    schema = pa.schema([(_utf8(name), _arrow_type(name, of)) for name, of in kinds.items()])
    schema = schema.with_metadata({k: encode(v) for k, v in metadata.items()} if metadata else None)
    with pq.ParquetWriter(file, schema) as writer:
        waiting: list[dict[str, Any]] = []

        def flush() -> None:
            arrays = [
                pa.array([_cell(row.get(name), field.type) for row in waiting], field.type)
                for name, field in zip(kinds, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            waiting.clear()

        for row in _each(rows):
            waiting.append(flatten(row))
            if len(waiting) == ROWS_TOGETHER:
                flush()
        if waiting:
            flush()


def to_csv(rows: Sequence[Row], excel: bool = False) -> bytes:
    """Encode rows as ``write_csv`` writes them."""
    file = io.BytesIO()
    write_csv(file, rows, excel)
    return file.getvalue()


def to_parquet(rows: Sequence[Row]) -> bytes:
    """Encode rows as ``write_parquet`` writes them."""
    file = io.BytesIO()
    write_parquet(file, rows)
    return file.getvalue()


def _each(rows: Callable[[], Iterator[Row]] | Sequence[Row]) -> Iterable[Row]:
    return rows() if callable(rows) else rows


def _arrow_type(name: str, kinds: set[type]) -> Any:
    import pyarrow as pa

    if not kinds:
        return pa.string() if name.rsplit(".", 1)[-1] in WORDS else pa.float64()
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds <= {int, float} else pa.string()


def _cell(value: Any, kind: Any) -> Any:
    import pyarrow as pa

    if value is None or not pa.types.is_string(kind):
        return value
    return _utf8(value if isinstance(value, str) else dumps(value))


def _utf8(text: str) -> str:
    return encode(text).decode("utf-8")
