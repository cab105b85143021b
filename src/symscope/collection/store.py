"""What is kept of a collection between runs: its manifest, its rows, what is known of its files.

All of it lies in a folder beside the table: ``rows.journal``, ``files.journal``, ``manifest.json``.
A row is found again by the picture's fingerprint and by all that the row depends on beside it, so
that it is computed once, whatever the picture is called and how often a run was stopped.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from symscope.collection.journal import Journal
from symscope.collection.manifest import Entry, Known, Manifest
from symscope.errors import Outcome, UsageError
from symscope.io.files import make_folder, write_whole
from symscope.io.images import one_line
from symscope.options import ScoreOptions
from symscope.tasks import COLOURS

Row = dict[str, Any]

ROWS, FILES, MANIFEST, LOCK = "rows.journal", "files.journal", "manifest.json", "lock"

FINGERPRINT_DIGITS = 16

FILES_TOGETHER = 64
"""Files whose fingerprints are written at a time; after a crash, as many are read again."""


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
    options : ScoreOptions; its limit of size decides only whether a picture is refused
    weights : SHA-256 of the classifier's weights
    networks : fingerprint of how the networks are built and trained
    """

    options: ScoreOptions
    weights: str
    networks: str

    @property
    def values(self) -> dict[str, Any]:
        """The terms by name."""
        kept = asdict(self.options)
        del kept["max_megapixels"]
        if kept["task"] == COLOURS:  # Rows from before there were other tasks stay valid.
            del kept["task"]
        return kept | {
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
        usual = replace(self.options, max_megapixels=ScoreOptions().max_megapixels)
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
        If another run is at work in the folder, or it cannot be written.
    """

    def __init__(self, folder: Path, terms: Terms, fresh: bool = False) -> None:
        make_folder(folder, "--out")
        self.folder, self.terms = folder, terms
        self._places: dict[str, int] = {}
        self._open = ExitStack()
        with ExitStack() as opening:
            opening.enter_context(_locked(folder))
            if fresh:
                for name in (ROWS, FILES, MANIFEST):
                    (folder / name).unlink(missing_ok=True)
            self._rows = opening.enter_context(Journal(folder / ROWS))
            self._files = opening.enter_context(Journal(folder / FILES))
            self._index()
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

    def _index(self) -> None:
        described = False
        for place, record in self._rows.records():
            if record["terms"] != self.terms.fingerprint:
                continue
            if "row" in record:
                self._places[record["key"]] = place
            else:
                described = True
        if not described:
            self._rows.append([{"terms": self.terms.fingerprint, "values": self.terms.values}])

    @property
    def torn(self) -> bool:
        """Whether the end of a row had to be cut off: a run was stopped while it wrote."""
        return self._rows.torn > 0

    def known_files(self) -> dict[str, Known]:
        """Give what earlier runs found of files, by absolute path."""
        return {
            record["path"]: Known(record["size"], tuple(record["changed"]), record["sha256"])
            for _, record in self._files.records()
        }

    def add_files(self, found: Iterable[tuple[str, Known]]) -> None:
        """Keep what was found of files."""
        self._files.append({"path": path} | asdict(known) for path, known in found)

    def keep_manifest(self, manifest: Manifest) -> None:
        """Keep the manifest of this run beside its rows."""
        write_whole(self.folder / MANIFEST, manifest.to_json())

    def _keys(self, entry: Entry) -> tuple[str, str, str]:
        """Name an entry's row: as measured, as too large under this limit, as failed for now."""
        content = entry.sha256 or entry.path
        limit = self.terms.options.max_megapixels
        return f"sha256 {content}", f"limit {limit!r} {content}", f"again {content}"

    def _place(self, entry: Entry) -> int | None:
        return next((self._places[k] for k in self._keys(entry) if k in self._places), None)

    def has(self, entry: Entry) -> bool:
        """Tell whether the row of an entry need not be computed any more."""
        return any(key in self._places for key in self._keys(entry)[:2])

    def add(self, results: Iterable[tuple[Entry, Result]]) -> None:
        """Write rows down; they are on the disk when this returns."""
        records: dict[str, dict[str, Any]] = {}
        for entry, result in results:
            refused = result.row["outcome"] == Outcome.TOO_LARGE
            measured, too_large, for_now = self._keys(entry)
            again = result.again or entry.sha256 is None
            key = for_now if again else too_large if refused else measured
            records[key] = {
                "terms": self.terms.fingerprint,
                "key": key,
                **_without_path(result.row, entry, self._arguments(refused)),
            }
        new = {
            key: record
            for key, record in records.items()
            if key not in self._places or self._rows.at(self._places[key]) != record
        }
        self._places |= zip(new, self._rows.append(new.values()), strict=True)

    def _arguments(self, refused: bool) -> str:
        return " ".join(self.terms.options.arguments()) if refused else self.terms.arguments

    def rows(self, manifest: Manifest) -> Iterator[Row]:
        """Give the row of each entry that has one, in the manifest's order, read as it is needed.

        A row is what ``Score.to_row`` gives, with the entry's path and, after it, its columns as
        ``manifest``.
        """
        for entry in manifest.entries:
            place = self._place(entry)
            if place is not None:
                yield _with_path(self._rows.at(place), entry)


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
    return (row["message"] or "").removeprefix(f"{one_line(row['path'])}: ")


def _without_path(row: Row, entry: Entry, arguments: str) -> dict[str, Any]:
    """Take out of a row what belongs to the file's name, not to its content."""
    message = plain_message(row)
    provenance = row["provenance"] | {"arguments": arguments}
    if entry.sha256 is not None:
        provenance["file_sha256"] = entry.sha256
    kept = {key: value for key, value in row.items() if key != "path"}
    kept |= {"message": message or None}
    return {"named": message != (row["message"] or ""), "row": kept | {"provenance": provenance}}


def _with_path(record: dict[str, Any], entry: Entry) -> Row:
    row = record["row"]
    if record["named"]:
        row["message"] = f"{one_line(entry.path)}: {row['message']}"
    return {"path": entry.path, "manifest": entry.columns} | row
