"""Which pictures and sounds a collection has, in which order, with what is known of each.

A manifest is listed from a folder or from a table with a column ``file``; then every file is given
the fingerprint of its bytes.
"""

import csv
import hashlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from symscope.errors import UsageError, among
from symscope.io.images import SUFFIXES, find_pictures
from symscope.io.paths import SOUND_SUFFIXES

FILE, FOLDER = "file", "folder"
"""Columns that every manifest has: the file as it was listed, and the folder it lies in."""

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
"""A cell of a column of numbers; 007 is a name."""

DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Entry:
    """One picture of a collection.

    Attributes
    ----------
    path : where it is, for this process
    columns : what is known of it: ``file``, ``folder``, and the other columns of a table
    sha256 : fingerprint of the file's bytes; None for a file that is missing, too large or closed
    size : bytes; 0 where it is not known
    """

    path: str
    columns: dict[str, Any]
    sha256: str | None = None
    size: int = 0


@dataclass(frozen=True)
class Manifest:
    """The pictures of a collection, in order.

    Attributes
    ----------
    entries : tuple of Entry
    group : the column that says which pictures belong together
    """

    entries: tuple[Entry, ...]
    group: str = FOLDER

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of what is listed, in its order, with the pictures' fingerprints."""
        digest = hashlib.sha256()
        for entry in self.entries:
            digest.update(json.dumps([entry.columns, entry.sha256], sort_keys=True).encode())
        return digest.hexdigest()

    def to_json(self) -> bytes:
        """Encode the manifest as JSON, one line for each picture."""
        head = {"format": "symscope manifest", "version": 1, "sha256": self.sha256}
        lines = [
            json.dumps({"path": e.path, "sha256": e.sha256, "size": e.size, "manifest": e.columns})
            for e in self.entries
        ]
        opening = json.dumps(head | {"group": self.group}).removesuffix("}")
        listing = ",\n".join(lines)
        return f'{opening}, "pictures": [\n{listing}\n]}}\n'.encode()


def listed(source: Path, group: str | None = None) -> Manifest:
    """List the pictures and sounds of a folder, sorted, or of a table, in order; none is read yet.

    Parameters
    ----------
    source : Path
        A folder, searched with its sub-folders; or a CSV with a header and a column ``file``, whose
        paths are relative to the CSV. The columns are parted by commas, semicolons or tabs.
    group : str, optional
        The column of groups; ``folder`` by default.

    Raises
    ------
    UsageError
        If there is no such source, no picture in it, or no column of that name; or if the table is
        not well formed (the line is named).
    """
    entries = _of_folder(source) if source.is_dir() else _of_table(source)
    columns = list(entries[0].columns)
    chosen = FOLDER if group is None else group
    if chosen not in columns:
        raise UsageError(
            f"--group-by found no column {chosen!r} in {source}, expected {among(chosen, columns)}"
        )
    return Manifest(tuple(entries), chosen)


def _of_folder(folder: Path) -> list[Entry]:
    files = find_pictures([folder], SUFFIXES | SOUND_SUFFIXES)
    if files == [str(folder)]:
        endings = ", ".join(sorted(SUFFIXES | SOUND_SUFFIXES))
        raise UsageError(
            f"found no picture and no sound in {folder}, expected files that end in {endings}"
        )
    return [_entry(file, os.path.relpath(file, folder), {}) for file in files]


def _entry(path: str, name: str, columns: dict[str, Any]) -> Entry:
    name = name.replace(os.sep, "/")
    return Entry(path, {FILE: name, FOLDER: name.rpartition("/")[0] or "."} | columns)


def _of_table(path: Path) -> list[Entry]:
    lines = _lines(path)
    header = [name.strip() for name in lines[0][1]]
    _check_header(path, header)
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise UsageError(
                f"{path}, line {number}: found {len(cells)} cells, expected {len(header)} as in "
                "the header: quote cells that hold the delimiter"
            )
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        if not row[FILE] or "\0" in row[FILE]:
            raise UsageError(f"{path}, line {number}: found no file name in the column {FILE!r}")
        rows.append(row)
    if not rows:
        raise UsageError(f"found a header and no rows in {path}, expected one row for each picture")
    columns = {name: _values([row[name] for row in rows]) for name in header if name != FILE}
    return [
        _entry(
            str(path.parent / row[FILE]),
            row[FILE],
            {name: values[i] for name, values in columns.items()},
        )
        for i, row in enumerate(rows)
    ]


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Read the lines of a table that are not empty, with their numbers."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"found neither a folder nor a file at {path}, expected one of them")
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = file.readline()
            marks = Counter(mark for mark in head if mark in DELIMITERS)
            delimiter = max(DELIMITERS, key=lambda mark: marks[mark])
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if any(cells)]
    except FileNotFoundError:
        raise UsageError(
            f"found nothing at {path}, expected a folder of pictures or a CSV with a column "
            f"{FILE!r}: check the path"
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"found no table in {path} ({error}), expected a CSV in UTF-8 with a column {FILE!r}; "
            "for one picture there is `symscope score`"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror}): check its permissions") from error
    if not lines:
        raise UsageError(f"found nothing in {path}, expected a CSV with a column {FILE!r}")
    return lines


def _check_header(path: Path, header: list[str]) -> None:
    if FILE not in header:
        found = ", ".join(header)
        raise UsageError(f"found the columns {found[:300]} in {path}, expected one called {FILE!r}")
    twice = [name or "(no name)" for name, count in Counter(header).items() if count > 1]
    if twice or "" in header:
        raise UsageError(
            f"found columns of one name in {path}: {', '.join(twice) or '(no name)'}; "
            "expected a different name for each"
        )


def _values(cells: list[str]) -> list[Any]:
    """Turn a column into numbers if it holds nothing else; empty cells become None."""
    filled = [cell for cell in cells if cell]
    if filled and all(NUMBER.fullmatch(cell) for cell in filled):
        number = float if any("." in cell for cell in filled) else int
        return [number(cell) if cell else None for cell in cells]
    return [cell or None for cell in cells]


@dataclass(frozen=True)
class Known:
    """What is known of a file since an earlier look at it.

    ``changed`` are the times of its last modification and status change, in nanoseconds.
    """

    size: int
    changed: tuple[int, int]
    sha256: str

    def to_json(self) -> str:
        """Encode it, for the store."""
        return json.dumps([self.size, *self.changed, self.sha256])

    @classmethod
    def of_json(cls, text: str) -> "Known":
        """Read what ``to_json`` wrote."""
        size, modified, status, sha256 = json.loads(text)
        return cls(size, (modified, status), sha256)


def fingerprinted(
    entry: Entry, limit: int, known: dict[str, Known], new: dict[str, Known]
) -> Entry:
    """Give an entry the SHA-256 of its file; a file that has not changed since is not read.

    Parameters
    ----------
    entry : as listed
    limit : bytes; a larger file is not read and has no fingerprint, as one that is missing
    known : what earlier looks found, by absolute path
    new : takes what is found of a file that was read
    """
    place = os.path.abspath(entry.path)
    try:
        status = os.stat(place)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            return entry
        changed = (status.st_mtime_ns, status.st_ctime_ns)
        before = known.get(place)
        if before is None or (before.size, before.changed) != (status.st_size, changed):
            with open(place, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            before = known[place] = new[place] = Known(status.st_size, changed, digest)
    except (OSError, ValueError):
        # What is wrong with it, the reader of pictures says better.
        return entry
    return replace(entry, sha256=before.sha256, size=before.size)


def unique(entries: Iterable[Entry]) -> list[Entry]:
    """Keep the first of the entries with the same content, or of the same path without one."""
    first: dict[tuple[str | None, str | None], Entry] = {}
    for entry in entries:
        key = (entry.sha256, None) if entry.sha256 else (None, entry.path)
        first.setdefault(key, entry)
    return list(first.values())
