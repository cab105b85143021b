"""The table of a collection: CSV, JSON, JSON lines or Parquet, written row by row, whole or not."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from symscope.collection.journal import sync_folder
from symscope.drawing.flat import Row, dumps, encode, plain, write_csv, write_parquet
from symscope.errors import UsageError
from symscope.io.files import check_file

Rows = Callable[[], Iterator[Row]]

METADATA_KEY = "symscope"
"""Key in a Parquet file's metadata; its value is one JSON object."""


def kind_of(path: Path, excel: bool = False) -> str:
    """Tell by its name how a table is written: parquet, csv, jsonl or json.

    Raises
    ------
    UsageError
        For another name, a place that cannot be written, or ``excel`` without CSV.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in _WRITE:
        expected = ", ".join(f".{known}" for known in _WRITE)
        raise UsageError(f"--out found {path.name}, expected a name that ends in {expected}")
    if excel and kind != "csv":
        raise UsageError(f"found --excel with {path.name}, expected it with a name in .csv")
    check_file(path, "--out")
    return kind


def write_table(
    path: Path, rows: Rows, metadata: Mapping[str, Any] | None = None, excel: bool = False
) -> None:
    """Write rows into a file that is complete or as it was before.

    Parameters
    ----------
    path : Path
        Its ending says how.
    rows : function that gives an iterator over the rows, the same each time
    metadata : what a Parquet file says of the whole table
    excel : whether CSV is written as Excel opens it

    Raises
    ------
    UsageError
        If the system refuses to write.
    """
    kind = kind_of(path, excel)
    write = partial(write_csv, excel=excel) if kind == "csv" else _WRITE[kind]
    if kind == "parquet":
        write = partial(write_parquet, metadata={METADATA_KEY: dumps(plain(metadata or {}))})
    target = path.resolve()
    temporary = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
    try:
        try:
            with open(temporary, "wb") as file:
                write(file, rows)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
            sync_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"could not write {path} ({error.strerror}): free some space and run the same command "
            "again; no row is lost"
        ) from error


def table_metadata(path: Path) -> dict[str, Any]:
    """Read what a Parquet table says of itself: options, versions, fingerprints.

    Raises
    ------
    UsageError
        If the file is no table of a collection.
    """
    import pyarrow.parquet as pq

    found = (pq.read_schema(path).metadata or {}).get(METADATA_KEY.encode())
    if found is None:
        raise UsageError(f"found no collection in {path}: expected a table that symscope wrote")
    return json.loads(found)


def _write_json(file: BinaryIO, rows: Rows) -> None:
    mark = b"[\n  "
    for row in rows():
        file.write(mark + encode(dumps(plain(row))))
        mark = b",\n  "
    file.write(b"[]\n" if mark.startswith(b"[") else b"\n]\n")


def _write_lines(file: BinaryIO, rows: Rows) -> None:
    for row in rows():
        file.write(encode(dumps(plain(row))) + b"\n")


_WRITE: dict[str, Callable[[BinaryIO, Rows], None]] = {
    "parquet": write_parquet,
    "csv": write_csv,
    "jsonl": _write_lines,
    "json": _write_json,
}
