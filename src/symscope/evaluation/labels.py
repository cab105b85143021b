"""The table of labels of a folder: which columns it may have, and what is wrong with it."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from symscope.elements import LATTICE_ORDERS, UPRIGHT
from symscope.errors import UsageError
from symscope.groups import Symmetry

TABLE = "labels.csv"

YES_NO = {
    "has_mirror": "mirror",
    "has_upright_mirror": UPRIGHT,
    "has_glide": "glide",
    "has_translation": "translation",
}
"""Columns of 0 and 1, and the kind of element each asks for."""

COLUMNS = ("class", "rotation_order", *YES_NO, "axis_deg", "bravais", "rating")

GROUP = "group"
"""Column that says which pictures show the same thing, such as one letter by many hands."""

CENTRE = ("centre_x", "centre_y")
"""Columns that say where a symmetry is: a point of its axis, or its centre, in pixels; 0, 0 is the
middle of the upper left one, y downwards. They are compared where a class is named."""

Label = dict[str, Any]


def _value(column: str, cell: str) -> Any:
    """Read one cell; None where it says nothing.

    Raises
    ------
    ValueError
        If the cell is not what its column holds.
    """
    cell = cell.strip()
    if not cell:
        return None
    if column == "class":
        known = {str(s).lower(): s for s in Symmetry} | {s.name.lower(): s for s in Symmetry}
        if cell.lower() not in known:
            raise ValueError
        return known[cell.lower()]
    if column == "bravais":
        return _lattice_name(cell)
    number = float(cell)
    whole = column == "rotation_order" or column in YES_NO
    if not np.isfinite(number) or (whole and number != int(number)):
        raise ValueError
    if column in YES_NO and number not in (0, 1):
        raise ValueError
    return int(number) if whole else number


def _lattice_name(text: str) -> str:
    """Reduce a lattice's name to one of LATTICE_ORDERS: rhombic is centred rectangular."""
    words = text.lower().replace("-", " ")
    if "rhombic" in words or "centred" in words or "centered" in words:
        return "centred rectangular"
    named = [name for name in LATTICE_ORDERS if name in words]
    if not named:
        raise ValueError
    return named[-1]


def read_labels(path: Path) -> tuple[list[Label], list[str], list[str]]:
    """Read a table of labels → (rows with ``file``, columns present, what is wrong with it).

    Where the table has columns GROUP and CENTRE, rows have them too.

    Raises
    ------
    UsageError
        If there is no table, no ``file`` column, or none of COLUMNS.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as table:
            reader = csv.DictReader(table)
            names, lines = list(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"found no readable table at {path}: expected one with the column `file` and any of "
            f"{', '.join(COLUMNS)}"
        ) from error
    present = [column for column in COLUMNS if column in names]
    if "file" not in names or not present:
        raise UsageError(
            f"found the columns {', '.join(names) or 'none'} in {path}: expected `file` and any "
            f"of {', '.join(COLUMNS)}"
        )
    rows, wrong = [], []
    for number, line in enumerate(lines, start=2):
        row: Label = {"file": (line.get("file") or "").strip()}
        if GROUP in names:
            row[GROUP] = (line.get(GROUP) or "").strip()
        if not row["file"]:
            wrong.append(f"line {number}: no file")
            continue
        for column in (*present, *(name for name in CENTRE if name in names)):
            try:
                row[column] = _value(column, line.get(column) or "")
            except ValueError:
                row[column] = None
                wrong.append(f"line {number}: {column} is {line[column]!r}")
        rows.append(row)
    return rows, present, wrong
