"""The door for signals: .csv of one column, or of time and value; .npy goes through volumes.py."""

import csv
import io
import os

import numpy as np
from numpy.typing import NDArray

from symscope.errors import MissingFile, NotFinite, TooLarge, TooSmall, Unreadable
from symscope.io.grids import (
    LEAST_SIDE,
    Grid,
    Source,
    array_source,
    file_digest,
    sampled,
)
from symscope.io.samples import is_number
from symscope.io.volumes import named_errors

MOST_BYTES = 256 << 20
"""Of a .csv; a longer signal is read from .npy, a piece at a time."""

UNEVEN = 1e-3
"""Largest deviation of time steps, as a share of their mean, that counts as even."""

EVEN_SAMPLES = 8192
"""Samples to which an uneven signal is brought."""


def read_signal(path: str | os.PathLike[str], *, frame: str = "crop", zoom: float = 1.0) -> Grid:
    """Read a signal from a .csv file and average it to the working grid.

    Parameters
    ----------
    path : of a file with one column of values, or two: time and value. A first line of names is
        passed over; columns are parted by commas, semicolons, tabs or spaces.
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
        with open(name, "rb") as file:
            content = file.read()
        try:
            columns = parsed(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise Unreadable("found no text in UTF-8: save the table as CSV in UTF-8") from None
        return sampled(
            os.path.basename(name), signal_source(columns), file_digest(name), frame, zoom
        )


def parsed(text: str) -> NDArray[np.float64]:
    """Parse a table of numbers → (samples, 1 or 2).

    >>> parsed("t;v\\n0;1\\n1;4\\n").tolist()
    [[0.0, 1.0], [1.0, 4.0]]
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise TooSmall(f"found no values, expected at least {LEAST_SIDE[1]}")
    parted = next((mark for mark in ";\t," if mark in lines[-1]), " ")
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=parted, skipinitialspace=True))
    if not all(is_number(cell) for cell in rows[0]):
        rows = rows[1:]
    if not rows:
        raise TooSmall(f"found names and no values, expected at least {LEAST_SIDE[1]}")
    _check_rows(rows, decimal_commas=parted != ",")
    return np.array([[float(cell) for cell in row] for row in rows])


def _check_rows(rows: list[list[str]], decimal_commas: bool) -> None:
    """Refuse what is no table of one or two columns of numbers; say what to do about it."""
    widths = {len(row) for row in rows}
    if len(rows) == 1 and len(rows[0]) > 2:
        raise Unreadable(f"found {len(rows[0])} values in one line, expected one value in each")
    if len(widths) != 1 or not widths <= {1, 2}:
        raise Unreadable(
            f"found lines of {', '.join(map(str, sorted(widths)))} columns, expected one column of "
            "values, or two: time and value; remove the others (a table that is a picture or a "
            "volume is read from .npy)"
        )
    wrong = next((i for i, row in enumerate(rows) if not all(map(is_number, row))), None)
    if wrong is None:
        return
    shown = f"found {', '.join(rows[wrong])[:40]!r} in row {wrong + 1}, expected numbers"
    if decimal_commas and all(is_number(cell.replace(",", ".")) for cell in rows[wrong]):
        raise Unreadable(f"{shown}: write decimals with a point")
    if not any(is_number(row[0]) for row in rows):
        raise Unreadable(
            f"{shown}: write times as numbers (seconds, days), or leave only the column of values"
        )
    raise Unreadable(f"{shown}: fill the cell or remove the row")


def signal_source(columns: NDArray[np.float64]) -> Source:
    """Make an evenly sampled source of values (P, 1), or of times and values (P, 2)."""
    if not np.isfinite(columns).all():
        raise NotFinite("found NaN or infinite values: fill them or cut them out")
    if columns.shape[1] == 1:
        return array_source(columns[:, 0], "samples")
    time, values = columns.T
    steps = np.diff(time)
    if len(steps) < 1 or not (steps > 0).all():
        raise Unreadable("found times that do not rise from row to row; sort the rows by time")
    step = float(steps.mean())
    if np.abs(steps - step).max() > UNEVEN * step:
        even = np.linspace(time[0], time[-1], max(EVEN_SAMPLES, len(time)))
        values, step = np.interp(even, time, values), float(even[1] - even[0])
    made = array_source(values, "time")
    return Source(made.shape, 0, made.slab, (step,), (float(time[0]),), "time")
