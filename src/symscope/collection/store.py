"""What is kept of a collection between runs: its rows, its manifest, the fingerprints of its files.

All of it lies in a folder beside the table: ``rows.sqlite`` and ``manifest.json``. A row is found
again by the picture's fingerprint and by all that the row depends on beside it, so that it is
computed once, whatever the picture is called and how often a run was stopped.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from symscope.collection.manifest import Entry, Known, Manifest
from symscope.errors import Outcome, UsageError
from symscope.io.files import make_folder, write_whole
from symscope.io.paths import NAME_WIDTH, printable
from symscope.options import Options

Row = dict[str, Any]

ROWS, MANIFEST, LOCK = "rows.sqlite", "manifest.json", "lock"

JOURNALS = "rows.journal", "files.journal"
"""Files in which symscope 0.1 kept what is now in ROWS."""

FINGERPRINT_DIGITS = 16

SCHEMA = """
PRAGMA synchronous = EXTRA;
CREATE TABLE IF NOT EXISTS terms (fingerprint TEXT PRIMARY KEY, named TEXT);
CREATE TABLE IF NOT EXISTS rows (terms TEXT, key BLOB, row TEXT, PRIMARY KEY (terms, key));
CREATE TABLE IF NOT EXISTS files (path BLOB PRIMARY KEY, known TEXT);
"""
"""What is committed is on the disk, also after a power cut (EXTRA). There is no write-ahead log: it
needs memory that processes share, which a network file system does not give. 2,600 rows a second
were measured, in batches of 16. Paths are bytes, as not all of them are UTF-8."""


@dataclass(frozen=True)
class Result:
    """What an engine says of one picture.

    Attributes
    ----------
    row : as ``Score.to_row`` gives it, of plain values
    again : whether the next run shall try once more: what failed was not the picture's content
    """

    row: Row
    again: bool = False


@dataclass(frozen=True)
class Terms:
    """All that a row depends on beside the picture's content.

    Attributes
    ----------
    options : Options; its limit of size decides only whether a picture is refused
    weights : SHA-256 of the classifiers' weights, of pictures and of sounds
    networks : fingerprints of how the networks of each are built and trained
    """

    options: Options
    weights: tuple[str, ...]
    networks: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The terms by name."""
        kept = asdict(self.options)
        del kept["max_megapixels"]
        if kept["select"] is None:  # Then rows are what they were before there was a choice.
            del kept["select"]
        return kept | {
            "task": self.options.learned().text,
            "symscope": version("symscope"),
            "classifier_sha256": self.weights,
            "settings_fingerprint": self.networks,
        }

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits that name the terms."""
        text = json.dumps(self.values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_DIGITS]

    @property
    def arguments(self) -> str:
        """What ``symscope score PICTURE`` takes to compute a row again."""
        usual = replace(self.options, max_megapixels=Options().max_megapixels)
        return " ".join(usual.arguments())


class Store:
    """The folder of a collection, for one run at a time.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    terms : Terms
        Of the rows that are asked for and added.
    fresh : bool
        Forget what is there.

    Raises
    ------
    UsageError
        If another run is at work in the folder, or what is there is of another kind, or the
        system refuses to read or write it.
    """

    def __init__(self, folder: Path, terms: Terms, fresh: bool = False) -> None:
        self.folder, self.terms = folder, terms
        make_folder(folder, "--out")
        with ExitStack() as opening:
            opening.enter_context(_locked(folder))
            if fresh:
                for name in (ROWS, f"{ROWS}-journal", MANIFEST, *JOURNALS):
                    (folder / name).unlink(missing_ok=True)
            elif (folder / JOURNALS[0]).exists() and not (folder / ROWS).exists():
                raise UsageError(
                    f"found rows of symscope 0.1 in {folder}, expected those of this version: "
                    "choose another --out, or add --fresh to forget them and score all again"
                )
            with self._explained():
                self._database = opening.enter_context(closing(sqlite3.connect(folder / ROWS)))
                self._database.executescript(SCHEMA)
            named = json.dumps(terms.values, sort_keys=True)
            self._write("INSERT OR IGNORE INTO terms VALUES (?, ?)", [(terms.fingerprint, named)])
            self._open = opening.pop_all()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            path, name = self.folder / ROWS, getattr(error, "sqlite_errorname", "")
            if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
                raise UsageError(
                    f"found another kind of file at {path}, or a damaged one, expected rows of "
                    "symscope: move it away, or choose another --out"
                ) from error
            raise UsageError(
                f"could not write {path} ({error}): free some space or choose another --out"
            ) from error

    def _write(self, statement: str, values: Iterable[tuple[Any, ...]]) -> None:
        """Write all of it or nothing; it is on the disk when this returns."""
        with self._explained(), self._database:
            self._database.executemany(statement, values)

    def _read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._explained():
            return self._database.execute(statement, values).fetchall()

    def known_files(self) -> dict[str, Known]:
        """Give what earlier runs found of files, by absolute path."""
        found = self._read("SELECT path, known FROM files")
        return {os.fsdecode(path): Known.of_json(known) for path, known in found}

    def add_files(self, known: Mapping[str, Known]) -> None:
        """Keep what was found of files."""
        self._write(
            "INSERT OR REPLACE INTO files VALUES (?, ?)",
            [(os.fsencode(path), of_file.to_json()) for path, of_file in known.items()],
        )

    def keep_manifest(self, manifest: Manifest) -> None:
        """Keep the manifest of this run beside its rows."""
        write_whole(self.folder / MANIFEST, manifest.to_json())

    def _keys(self, entry: Entry) -> list[bytes]:
        """Name an entry's row: as measured, as too large under this limit, as failed for now."""
        content = entry.sha256 or entry.path
        limit = self.terms.options.max_megapixels
        names = f"sha256 {content}", f"limit {limit!r} {content}", f"again {content}"
        return [os.fsencode(name) for name in names]

    def _record(self, keys: Iterable[bytes]) -> dict[str, Any] | None:
        """Read the first record that is there under one of the keys."""
        for key in keys:
            select = "SELECT row FROM rows WHERE terms = ? AND key = ?"
            for (text,) in self._read(select, self.terms.fingerprint, key):
                return json.loads(text)
        return None

    def has(self, entry: Entry) -> bool:
        """Tell whether the row of an entry need not be computed any more."""
        return self._record(self._keys(entry)[:2]) is not None

    def add(self, results: Iterable[tuple[Entry, Result]]) -> None:
        """Write rows down; they are on the disk when this returns."""
        records = []
        for entry, result in results:
            refused = result.row["outcome"] == Outcome.TOO_LARGE
            measured, too_large, for_now = self._keys(entry)
            again = result.again or entry.sha256 is None
            key = for_now if again else too_large if refused else measured
            options = " ".join(self.terms.options.arguments())
            record = _without_path(result.row, entry, options if refused else self.terms.arguments)
            # ASCII keeps names that are not UTF-8 as they are.
            records.append((self.terms.fingerprint, key, json.dumps(record, allow_nan=False)))
        self._write(
            "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET row = excluded.row",
            records,
        )

    def rows(self, manifest: Manifest) -> Iterator[Row]:
        """Give the row of each entry that has one, in the manifest's order, read as it is needed.

        A row is what ``Score.to_row`` gives, with the entry's path and, after it, its columns as
        ``manifest``.
        """
        for entry in manifest.entries:
            record = self._record(self._keys(entry))
            if record is not None:
                row = record["row"]
                if record["named"]:
                    row["message"] = f"{printable(entry.path, NAME_WIDTH)}: {row['message']}"
                yield {"path": entry.path, "manifest": entry.columns} | row


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(
            f"found another run at work in {folder}, expected to be the only one: "
            "wait until it is over, or choose another --out"
        ) from None
    except OSError as error:
        raise UsageError(
            f"could not write {folder / LOCK} ({error.strerror}): choose another --out"
        ) from error
    try:
        yield
    finally:
        lock.release()


def plain_message(row: Row) -> str:
    """Return a row's message without the file's name, with which it may begin."""
    return (row["message"] or "").removeprefix(f"{printable(row['path'], NAME_WIDTH)}: ")


def _without_path(row: Row, entry: Entry, arguments: str) -> dict[str, Any]:
    """Take out of a row what belongs to the file's name, not to its content."""
    message = plain_message(row)
    provenance = row["provenance"] | {"arguments": arguments}
    if entry.sha256 is not None:
        provenance["file_sha256"] = entry.sha256
    kept = {key: value for key, value in row.items() if key != "path"}
    kept |= {"message": message or None, "provenance": provenance}
    return {"named": message != (row["message"] or ""), "row": kept}
