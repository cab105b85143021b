"""The one reader of tables, for signals and for samples: .csv and .xlsx → named columns.

Columns may be parted by semicolons, tabs, commas or spaces; decimals may be written with a comma
where it does not part columns. A spreadsheet is written as text, in another process, and read as
text is.
"""

import csv
import io
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from symscope.errors import TooLarge, TooSmall, Unreadable
from symscope.io.extras import library
from symscope.io.grids import check_kind
from symscope.io.paths import printable, suffix_of
from symscope.io.sandbox import Sandbox, Task

MOST_HEADER = 1_000_000
"""Bytes in which a table's first lines are looked for: longer ones hold no names of columns."""

MOST_UNPACKED = 256 << 20
"""Bytes of a spreadsheet, unpacked, and of its text."""

MOST_CELLS = 20_000_000
"""Cells of a spreadsheet's first sheet, with the empty ones between others."""

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NULL", "null", "-")
"""Cells without a value."""

UNIT = re.compile(r"\s*(?:\[[^]]*\]|\([^)]*\)|\s/\s.*)\s*$")
"""What may follow a column's name: its unit, as in ``x [mm]``, ``x (mm)`` or ``x / mm``."""

UNIT_WIDTH = 20
"""Characters of a unit."""

SPREADSHEETS = Task(
    "symscope.io.sandbox_worker:table",
    "reads spreadsheets",
    "found a spreadsheet on which its reader {how}, expected a whole one; save it as CSV",
    "it takes longer than {seconds:g} seconds to read, or too much memory; save it as CSV",
    TooLarge,
)

SPREADSHEET_SECONDS = 120.0
SPREADSHEET_ROOM = 2 << 30


@dataclass(frozen=True)
class Table:
    """What a table holds.

    Attributes
    ----------
    names : of the columns, as they stand there; empty where the table has none
    columns : (P,) each, whole numbers, floats or text
    left_out : rows with a missing cell, which are not in the columns
    notes : what was chosen in reading it
    """

    names: tuple[str, ...]
    columns: tuple[NDArray[Any], ...]
    left_out: int
    notes: tuple[str, ...]


def read_table(path: str, apart: bool = False) -> Table:
    """Read a table.

    Parameters
    ----------
    path : of a .csv file in UTF-8 (or UTF-16 with its mark), or of an .xlsx file, whose first sheet
        counts. A first line that is not all numbers holds names, one of units may follow; lines
        that begin with # are comments.
    apart : whether a spreadsheet is read in another process; where that is this one, it is not

    Raises
    ------
    Unreadable, TooSmall, TooLarge
    """
    if suffix_of(path) == ".xlsx":
        data = _spreadsheet_apart(path) if apart else spreadsheet_text(path)
        return _of_text(data, "\t")
    with open(path, "rb") as file:
        data = file.read()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    return _of_text(data.removeprefix(b"\xef\xbb\xbf"))


def _of_text(data: bytes, mark: str | None = None) -> Table:
    import pyarrow as pa

    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head = data[:MOST_HEADER]
    try:
        if len(data) > MOST_HEADER:  # A line, and a letter, may be cut in two.
            head = head[: head.rfind(b"\n") + 1]
        lines = head.decode().split("\n")
    except UnicodeDecodeError:
        raise Unreadable("found no text in UTF-8: save the table as CSV in UTF-8") from None
    if lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        mark, lines[0] = lines[0][4], ""
    kept = [i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")][:3]
    if not kept:
        raise TooSmall("found no table: no values are in it; expected a line for each sample")
    probe = lines[kept[min(1, len(kept) - 1)]]
    mark = mark or next((m for m in ";\t," if m in probe), " ")
    rows = [_cells(lines[i], mark) for i in kept]
    width = len(rows[min(1, len(kept) - 1)])
    names: tuple[str, ...] = ()
    begins = kept[0]
    if not all(_number_or_missing(cell, mark) for cell in rows[0]):
        names, begins = tuple(rows[0]), kept[0] + 1
        units = len(rows) > 2 and not any(_number_or_missing(c, mark) for c in rows[1] if c)
        if units and any(rows[1]) and len(rows[1]) == len(names):
            begins = kept[1] + 1
            names = tuple(f"{n} [{u}]" if u else n for n, u in zip(names, rows[1], strict=True))
    elif kept[0] and len(stated := _cells(lines[kept[0] - 1].lstrip("# "), mark)) == width:
        # numpy.savetxt writes names behind a #.
        names = tuple(stated) if all(stated) else ()
    body = data.split(b"\n", begins)[begins] if data.count(b"\n") >= begins else b""
    if b"#" in body:
        body = re.sub(rb"(?m)^#.*\n?", b"", body)
    if mark == " ":
        body = re.sub(rb"(?m)^ +| +$", b"", re.sub(rb" +", b" ", body))
    if not body.strip():
        raise TooSmall("found names and no values, expected rows of numbers")
    if width == 1 and len(names) > 1:
        names = (lines[kept[0]].strip(),)  # A name with blanks in it.
    if names and len(names) != width:
        raise Unreadable(f"found no table: {len(names)} columns in one line, {width} in the next")
    try:
        return of_columns(_parsed(body, mark, width), names)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        reason = printable(" ".join(str(error).split()))[:120]
        raise Unreadable(f"found no table: {reason}; rows have one number of columns") from None


def _cells(line: str, mark: str) -> list[str]:
    try:
        lines = csv.reader([line.strip(" ")], delimiter=mark, skipinitialspace=True, strict=True)
        row = next(lines, [])
    except csv.Error as error:
        raise Unreadable(f"found no table: {error}") from None
    return [cell.strip() for cell in row]


def _parsed(body: bytes, mark: str, width: int) -> Any:
    """Parse rows; a number may have a decimal comma, if more columns are numbers then."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    def read(decimal: str) -> Any:
        return arrow.read_csv(
            pa.BufferReader(body),
            arrow.ReadOptions(column_names=[str(i) for i in range(width)], use_threads=False),
            arrow.ParseOptions(delimiter=mark),
            arrow.ConvertOptions(
                null_values=list(MISSING), strings_can_be_null=True, decimal_point=decimal
            ),
            # The others set aside more addresses than a guarded process may have.
            pa.system_memory_pool(),
        )

    def numbers(table: Any) -> int:
        kinds = [field.type for field in table.schema]
        return sum(pa.types.is_integer(k) or pa.types.is_floating(k) for k in kinds)

    plain = read(".")
    if mark == "," or numbers(plain) == width:
        return plain.replace_schema_metadata({"decimal": "."})
    european = read(",")
    decimal, table = max((".", plain), (",", european), key=lambda pair: numbers(pair[1]))
    return table.replace_schema_metadata({"decimal": decimal})


def of_columns(table: Any, names: tuple[str, ...]) -> Table:
    """Take the columns of an Arrow table, whose metadata say which mark its decimals have.

    Columns and rows that are empty are left out, and rows with a missing cell, which are counted.

    Raises
    ------
    TooSmall, Unreadable
    """
    import pyarrow as pa

    decimal = table.schema.metadata[b"decimal"].decode()
    notes = ["decimal commas"] if decimal == "," else []
    # Spreadsheets leave empty columns at the right, and empty rows at the end.
    used = [i for i in range(table.num_columns) if not pa.types.is_null(table.schema.field(i).type)]
    empty = [names[i] for i in range(len(names)) if i not in used and names[i]]
    if empty:
        notes.append(f"empty columns left out: {printable(', '.join(empty))[:100]}")
    if not used:
        raise TooSmall("found no table: all cells are empty, expected rows of numbers")
    columns = [table.column(i) for i in used]
    valid = np.array([np.asarray(column.is_valid()) for column in columns])
    whole = valid.all(axis=0)
    some = valid.any(axis=0) | (len(used) == 1)
    left_out = int((some & ~whole).sum())
    if left_out:
        first = int(np.argmax(some & ~whole)) + 1
        notes.append(
            f"{left_out} of {int(some.sum())} rows left out, which have an empty cell; the first "
            f"is row {first}"
        )
    return Table(
        tuple(names[i] for i in used) if names else (),
        tuple(_values(c.filter(pa.array(whole)), decimal) for c in columns),
        left_out,
        tuple(notes),
    )


def table_of(frame: Any) -> Table:
    """Take the columns of a DataFrame as ``read_table`` gives those of a file.

    Raises
    ------
    TooSmall, Unreadable, UsageError
    """
    import pyarrow as pa

    columns = [_column(frame.iloc[:, number]) for number in range(frame.shape[1])]
    made = [pa.array(column, from_pandas=True) for column in columns]
    table = pa.table(made, names=[str(number) for number in range(len(made))])
    names = tuple(str(name) for name in frame.columns)
    return of_columns(table.replace_schema_metadata({"decimal": "."}), names)


def _column(column: Any) -> Any:
    """Return a Series as floats, with NaN where it has no value, or as words."""
    kind = getattr(column.dtype, "kind", "O")
    if kind == "c":
        check_kind(column.dtype)
    if kind in "mM":
        return seconds(column.to_numpy(f"{'timedelta64' if kind == 'm' else 'datetime64'}[ns]"))
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        return column.astype("string")


def seconds(times: NDArray[Any]) -> NDArray[np.float64]:
    """Count times in seconds: moments from the first one, durations as they are.

    >>> seconds(np.array(["2024-01-01T00:00:03", "2024-01-01"], "datetime64[s]")).tolist()
    [3.0, 0.0]
    """
    if times.dtype.kind == "M":
        known = times[~np.isnat(times)]
        times = times - (known.min() if len(known) else np.datetime64("NaT"))
    return times / np.timedelta64(1, "s")


def _values(column: Any, decimal: str) -> NDArray[Any]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return column.to_numpy()
    if not pa.types.is_string(kind):
        if pa.types.is_binary(kind):
            raise Unreadable("found no text in UTF-8: save the table as CSV in UTF-8")
        return np.array(column.cast(pa.string()).to_pylist(), dtype=np.str_)
    texts = column.to_pylist()
    try:
        # What pyarrow takes for text because of its size, as 1e999, is a number still.
        return np.array([float(t.replace(",", ".") if decimal == "," else t) for t in texts])
    except ValueError:
        return np.array(texts, dtype=np.str_)


def plain_name(name: str) -> str:
    """Return a column's name in small letters, without its unit.

    >>> plain_name("Signal [a.u.]"), plain_name("x (mm)"), plain_name("t / s"), plain_name("a/b")
    ('signal', 'x', 't', 'a/b')
    """
    return (UNIT.sub("", name) or name).strip().lower()


def unit_of(name: str) -> str:
    """Return the unit that follows a column's name; empty where none does.

    >>> unit_of("time (s)"), unit_of("x [mm]"), unit_of("t / s"), unit_of("a/b")
    ('s', 'mm', 's', '')
    """
    found = UNIT.search(name)
    return printable(found[0].strip(" \t[]()/"))[:UNIT_WIDTH] if found else ""


def is_number(text: str) -> bool:
    """Tell whether a cell of a table is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number_or_missing(text: str, mark: str) -> bool:
    european = mark != "," and text.count(",") == 1 and is_number(text.replace(",", "."))
    return text in MISSING or is_number(text) or european


# Spreadsheets


def spreadsheet_text(path: str) -> bytes:
    """Write the first sheet of an .xlsx file as text, its columns parted by tabs.

    Raises
    ------
    Unreadable, TooLarge
    """
    openpyxl: Any = library("openpyxl", "tables", "a spreadsheet")
    try:
        with ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MOST_UNPACKED:
            raise TooLarge(f"found {size} bytes when unpacked, expected at most {MOST_UNPACKED}")
        # Values as they were last computed; what the file refers to elsewhere is left alone.
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # Stated ones may be any.
        return _written(sheet.iter_rows(values_only=True))
    except (TooLarge, MemoryError):
        raise
    except Exception as error:  # damaged bytes raise what they like in zipfile, expat and openpyxl
        raise Unreadable(
            f"found no spreadsheet that can be read ({printable(str(error))[:100]}); save it again"
        ) from error


def _written(rows: Iterable[tuple[Any, ...]]) -> bytes:
    kept: list[list[str]] = []
    cells = 0
    for row in rows:
        cells += len(row) + 1
        if cells > MOST_CELLS:
            raise TooLarge(f"found more than {MOST_CELLS} cells, expected fewer; save it as CSV")
        texts = ["" if cell is None else " ".join(str(cell).split()) for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            kept.append(texts)
    # Cells that are empty up to a row's end are not stored.
    width, text = max(map(len, kept), default=0), io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    if width * len(kept) > MOST_CELLS:
        raise TooLarge(f"found more than {MOST_CELLS} cells, expected fewer; save it as CSV")
    writer.writerows(texts + [""] * (width - len(texts)) for texts in kept)
    return text.getvalue().encode()


def _spreadsheet_apart(path: str) -> bytes:
    """Have another process write a spreadsheet as text."""
    room = SPREADSHEET_ROOM + os.path.getsize(path)
    wanted, stdin = {"name": path}, subprocess.DEVNULL
    sandbox = Sandbox(SPREADSHEETS, wanted, room, SPREADSHEET_SECONDS, stdin)
    try:
        with sandbox.exchange() as header:
            size = header.get("bytes")
            if type(size) is not int or not 0 <= size <= MOST_UNPACKED * 2:
                raise ValueError("a text of no size")
            return sandbox.array((size,), np.uint8).tobytes()
    finally:
        sandbox.stop()
