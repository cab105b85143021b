"""Samples of a function in files: .npz and tables → points, and a value or label at each."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from symscope.errors import MissingFile, TooLarge, Unreadable, UsageError, among
from symscope.io.paths import TABLES, mistaken, printable, split_array
from symscope.io.tables import UNIT, Table, plain_name, read_table, table_of
from symscope.io.volumes import named_errors

MOST_BYTES = 1_000_000_000
"""Larger files are refused: their points would not fit into memory many times over."""

POINTS = ("x", "points")
TARGETS = ("y", "target", "value", "values", "level", "levels", "label", "labels", "class")
"""Names of arrays and columns, whatever their case."""


@dataclass(frozen=True)
class Samples:
    """Points (P, D), a target (P,) or (P, M) or None, names of the coordinates, and notes."""

    points: NDArray[np.float64]
    target: NDArray[Any] | None
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_samples(path: str | Path, target: str | None = None) -> Samples:
    """Read samples from a file.

    Parameters
    ----------
    path : of an .npz file with arrays ``X`` (P, D) and ``y`` (P,) or (P, M), or of a table (.csv,
        .xlsx) with a header and a column for each coordinate; see ``read_table``. Rows of a table
        with an empty cell are left out, and counted in a note.
    target : name of the target's array or column; by default one of TARGETS, if there is one;
        in a table, a column ``y`` beside a column ``x`` is a coordinate

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
    if suffix in TABLES:
        return _of_columns(file, target)
    raise Unreadable(f"{file} is neither .npz nor .csv nor .xlsx: convert it to one of them")


def holds_points(path: str) -> bool:
    """Tell whether an .npz file has the array of points that samples have; or is no such file."""
    try:
        with ZipFile(split_array(path)[0]) as archive:
            names = archive.namelist()
    except (OSError, BadZipFile, ValueError, NotImplementedError):
        return True  # Who reads samples says what is wrong with it.
    return not names or any(name.removesuffix(".npy").lower() in POINTS for name in names)


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
        found = mistaken(str(file)) or "found no archive of plain arrays"
        raise Unreadable(f"{file}: {found}: numpy.savez(file, X=…, y=…) writes one") from error
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
    target: str | None, columns: Any, file: Path | str, coordinates: Collection[str] = ()
) -> str | None:
    """Find the target's column: by its whole name, or without capitals and its unit."""
    known = {plain_name(name): name for name in columns if plain_name(name) not in coordinates}
    if target is None:
        return next((known[name] for name in TARGETS if name in known), None)
    meant = [name for name in columns if plain_name(name) == plain_name(target)]
    if target not in columns and len(meant) != 1:
        raise UsageError(f"{file} has no {target!r}: expected {among(target, columns)}")
    return target if target in columns else meant[0]


def _of_columns(file: Path, target: str | None) -> Samples:
    with named_errors(str(file)):
        table = read_table(str(file), apart=True)
        if not table.names:
            raise Unreadable("it begins with numbers: add a first line that names the columns")
    return samples_of(table, target, str(file))


def samples_in(source: Any, target: Any) -> Samples | None:
    """Read points, and what is known of each, of a DataFrame: as of a table in a file.

    Parameters
    ----------
    target : name of a column; None: one of TARGETS

    Returns
    -------
    Samples or None
        None for what is no DataFrame, and where the target is given beside it.

    Raises
    ------
    InputError, UsageError
    """
    frame = hasattr(type(source), "iloc") and hasattr(type(source), "columns")
    if not frame or not (target is None or isinstance(target, str)):
        return None
    with named_errors("table"):
        return samples_of(table_of(source), target, "table")


def samples_of(table: Table, target: str | None, name: str) -> Samples:
    """Part the columns of a table with names into coordinates and target, as ``read_samples`` does.

    Raises
    ------
    Unreadable, UsageError
        With the table's ``name``.
    """
    names, columns = table.names, table.columns
    if len(set(names)) < len(names):
        raise Unreadable(f"{name}: found two columns of one name: rename one of them")
    coordinate = {"y"} if "x" in map(plain_name, names) else set()
    wanted = _target(target, names, name, coordinate)
    values = columns[names.index(wanted)] if wanted is not None else None
    places = {n: c for n, c in zip(names, columns, strict=True) if n != wanted}
    words = [n for n, column in places.items() if column.dtype.kind not in "iuf"]
    if words:
        shown = printable(str(places[words[0]][0]), 40)
        raise Unreadable(
            f"{name}: column {', '.join(map(repr, words))} holds no numbers (such as {shown!r}): "
            "remove it, or name it as the target (--target); write all decimals with one mark"
        )
    if not places:
        raise Unreadable(f"{name}: expected a column for each coordinate, found none")
    points = np.stack([column.astype(np.float64) for column in places.values()], axis=1)
    return Samples(points, values, tuple(UNIT.sub("", n) or n for n in places), table.notes)
