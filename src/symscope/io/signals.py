"""The door for signals: a table of one column, or of time and value; .npy goes by volumes.py."""

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symscope.errors import MissingFile, NotFinite, TooLarge, Unreadable
from symscope.io.grids import Grid, Source, array_source, check_shape, file_digest, sampled
from symscope.io.paths import printable
from symscope.io.tables import Table, is_number, read_table, unit_of
from symscope.io.volumes import named_errors

MOST_BYTES = 256 << 20
"""Of a .csv; a longer signal is read from .npy, a piece at a time."""

UNEVEN = 1e-3
"""Largest deviation of time steps, as a share of their mean, that counts as even."""

EVEN_SAMPLES = 8192
"""Samples to which an uneven signal is brought."""


def read_signal(path: str | os.PathLike[str], *, frame: str = "crop", zoom: float = 1.0) -> Grid:
    """Read a signal from a table and average it to the working grid.

    Parameters
    ----------
    path : of a .csv or .xlsx file with one column of values, or two: place and value; see
        ``read_table``. Rows with an empty cell are left out where there are places.
    frame, zoom : see ``sampled``

    Returns
    -------
    Grid
        Places are in the unit of the first column, or in samples.

    Raises
    ------
    MissingFile, Unreadable, TooLarge, TooSmall, NotFinite
    """
    name = os.fsdecode(path)
    with named_errors(name):
        if not os.path.exists(name):
            raise MissingFile("found no such file, expected a signal; check the path")
        if not os.path.isfile(name):
            raise Unreadable("found a folder, device or pipe, expected a file")
        if os.path.getsize(name) > MOST_BYTES:
            raise TooLarge(
                f"found {os.path.getsize(name)} bytes, expected at most {MOST_BYTES}; save the "
                "values with numpy.save and give the .npy"
            )
        table = read_table(name)
        source = replace(signal_source(signal_columns(table), table.names), notes=table.notes)
        return sampled(os.path.basename(name), source, file_digest(name), frame, zoom)


def signal_columns(table: Table) -> NDArray[np.float64]:
    """Return a table's values (samples, 1), or places and values (samples, 2).

    Raises
    ------
    Unreadable
        It is no signal.
    """
    width, rows = len(table.columns), len(table.columns[0]) if table.columns else 0
    if rows == 1 and width > 2:
        raise Unreadable(f"found {width} values in one line, expected one value in each")
    if width not in (1, 2):
        raise Unreadable(
            f"found lines of {width} columns, expected one column of values, or two: time and "
            "value; values at points in space are for symscope generators FILE --target NAME"
        )
    if width == 1 and table.left_out:
        raise Unreadable(
            f"{table.notes[-1]}: without a column of times what follows would shift; fill them"
        )
    for column in table.columns:
        if column.dtype.kind != "U":
            continue
        wrong = next((i for i, cell in enumerate(column) if not is_number(cell)), 0)
        if "file" in (name.lower() for name in table.names):
            raise Unreadable(
                "found a list of files, expected numbers: `symscope collection FILE.csv --out "
                "rows.csv` scores all that a CSV lists as file"
            )
        shown = f"found {printable(str(column[wrong]))[:40]!r} in row {wrong + 1}, expected numbers"
        if width == 2 and column is table.columns[0] and not any(map(is_number, column)):
            raise Unreadable(
                f"{shown}: write times as numbers (seconds, days), or leave only the column of "
                "values"
            )
        raise Unreadable(
            f"{shown}: fill the cell or remove the row; write all decimals with one mark"
        )
    return np.stack([column.astype(np.float64) for column in table.columns], axis=1)


def signal_source(columns: NDArray[np.float64], names: Sequence[str] = ()) -> Source:
    """Make an evenly sampled source of values (P, 1), or of times and values (P, 2).

    The times are in the unit that follows their column's name.
    """
    if not np.isfinite(columns).all():
        raise NotFinite("found NaN or infinite values: fill them or cut them out")
    if columns.shape[1] == 1:
        return array_source(columns[:, 0], "samples")
    check_shape(columns.shape[:1])
    time, values = columns.T
    steps = np.diff(time)
    if len(steps) < 1 or not (steps > 0).all():
        raise Unreadable("found times that do not rise from row to row; sort the rows by time")
    step = float(steps.mean())
    if np.abs(steps - step).max() > UNEVEN * step:
        even = np.linspace(time[0], time[-1], max(EVEN_SAMPLES, len(time)))
        values, step = np.interp(even, time, values), float(even[1] - even[0])
    unit = (unit_of(names[0]) if names else "") or "time"
    made = array_source(values, unit)
    return Source(made.shape, 0, made.slab, (step,), (float(time[0]),), unit)
