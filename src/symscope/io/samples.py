"""Samples of a function in files: .npz and .csv → points, and a value or label at each of them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from symscope.errors import MissingFile, TooLarge, Unreadable, UsageError

MOST_BYTES = 1_000_000_000
"""Larger files are refused: their points would not fit into memory many times over."""

MOST_HEADER = 1_000_000
"""Characters of a table's first line: more are no names of columns."""

POINTS = ("x", "points")
TARGETS = ("y", "target", "value", "values", "level", "levels", "label", "labels", "class")
"""Names of arrays and columns, whatever their case."""


@dataclass(frozen=True)
class Samples:
    """Points (P, D), a target (P,) or (P, M) or None, and the names of the coordinates."""

    points: NDArray[np.float64]
    target: NDArray[Any] | None
    names: tuple[str, ...]


def read_samples(path: str | Path, target: str | None = None) -> Samples:
    """Read samples from a file.

    Parameters
    ----------
    path : of an .npz file with arrays ``X`` (P, D) and ``y`` (P,) or (P, M), or of a .csv file with
        a header and a column for each coordinate, parted by commas, semicolons or tabs
    target : name of the target's array or column; by default one of TARGETS, if there is one;
        in a .csv file, a column ``y`` beside a column ``x`` is a coordinate

    Raises
    ------
    MissingFile, Unreadable, TooLarge, UsageError
    """
    file = Path(path)
    if file.is_dir():
        raise MissingFile(f"found a folder {file}, expected a .csv or .npz file in it")
    if not file.is_file():
        raise MissingFile(f"found no file {file}: check the path, or give potential:NAME")
    if file.stat().st_size > MOST_BYTES:
        raise TooLarge(f"{file} has more than {MOST_BYTES} bytes: give fewer points")
    suffix = file.suffix.lower()
    if suffix == ".npz":
        return _of_arrays(file, target)
    if suffix == ".csv":
        return _of_columns(file, target)
    raise Unreadable(f"{file} is neither .npz nor .csv: convert it to one of them")


def _of_arrays(file: Path, target: str | None) -> Samples:
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size <= MOST_BYTES:
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except Exception as error:  # hostile bytes raise what they like, in zipfile, zlib and numpy
        # numpy's own message recommends to allow pickles, which can run any code.
        raise Unreadable(
            f"{file} is no .npz archive of plain arrays: write one with numpy.savez(file, X=…, y=…)"
        ) from error
    if size > MOST_BYTES:
        raise TooLarge(f"{file} unpacks to {size} bytes, more than {MOST_BYTES}: give fewer points")
    known = {name.lower(): name for name in arrays}
    places = next((known[name] for name in POINTS if name in known), None)
    if places is None:
        raise Unreadable(
            f"{file} holds {', '.join(arrays) or 'nothing'}: expected an array X of shape (P, D)"
        )
    wanted = _target(target, arrays, file)
    points = arrays[places]
    if points.ndim != 2 or not points.shape[1] or points.dtype.kind not in "iuf":
        raise Unreadable(f"{file}: expected {places} of shape (P, D), found {points.shape}")
    names = tuple(f"x{i + 1}" for i in range(points.shape[1]))
    return Samples(points.astype(np.float64), arrays[wanted] if wanted else None, names)


def _target(
    target: str | None, columns: Any, file: Path, coordinates: Collection[str] = ()
) -> str | None:
    known = {name.lower(): name for name in columns if name.lower() not in coordinates}
    if target is None:
        return next((known[name] for name in TARGETS if name in known), None)
    if target not in columns:
        raise UsageError(f"{file} has no {target!r}: expected one of {', '.join(columns)}")
    return target


def _of_columns(file: Path, target: str | None) -> Samples:
    import pyarrow as pa
    from pyarrow import csv

    try:
        with open(file, encoding="utf-8-sig") as text:
            header = text.readline(MOST_HEADER)
        parted = next((mark for mark in ";\t" if mark in header), ",")
        names = header.strip().split(parted)
        if all(is_number(name) for name in names):
            raise Unreadable(f"{file} begins with numbers: add a first line that names the columns")
        table = csv.read_csv(file, parse_options=csv.ParseOptions(delimiter=parted))
        names = table.column_names
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file} is no table: {error}") from error
    if len(set(names)) < len(names):
        raise Unreadable(f"{file} has two columns of one name: rename one of them")
    coordinate = {"y"} if "x" in {name.lower() for name in names} else set()
    wanted = _target(target, names, file, coordinate)
    places = [name for name in names if name != wanted]
    kinds = [table.schema.field(name).type for name in places]
    numbers = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds]
    words = [name for name, number in zip(places, numbers, strict=True) if not number]
    if words:
        raise Unreadable(
            f"{file}: column {', '.join(map(repr, words))} holds no numbers: remove it, or name it "
            "as the target (--target)"
        )
    if not places:
        raise Unreadable(f"{file}: expected a column for each coordinate, found none")
    # An empty cell becomes NaN, which is refused further on, with its row.
    columns = [np.asarray(table[name].to_numpy(), dtype=np.float64) for name in places]
    values = table[wanted].to_numpy() if wanted else None
    if values is not None and values.dtype == object:
        values = values.astype(str)
    return Samples(np.stack(columns, axis=1), values, tuple(places))


def is_number(text: str) -> bool:
    """Tell whether a cell of a table is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
