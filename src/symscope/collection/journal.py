"""A journal: records are added at its end, on the disk before anybody relies on them.

A record is one line: the checksum of what follows, and JSON. After a crash or power cut the last
line may be torn; it is recognised by its checksum and cut off. A line that was damaged later, in
the midst of others, is passed over. So no earlier record is ever lost to a later one.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from symscope.errors import UsageError

Record = dict[str, Any]

FORMAT: Record = {"format": "symscope journal", "version": 1}
"""The first record of every journal."""

DIGEST_BYTES = 8


def _line(record: Record) -> bytes:
    # ASCII keeps names that are not UTF-8 as they are, and line ends out of the line.
    text = json.dumps(record, separators=(",", ":"), allow_nan=False).encode("ascii")
    return _checksum(text) + b" " + text + b"\n"


def _checksum(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=DIGEST_BYTES).hexdigest().encode("ascii")


def _record(line: bytes) -> Record | None:
    """Read a line; None if it is not what was written."""
    checksum, _, text = line.partition(b" ")
    if not text.endswith(b"\n") or _checksum(text[:-1]) != checksum:
        return None
    return json.loads(text)


class Journal:
    """A file of records that only grows.

    Only one process may have it open; see ``store.Store``, which holds the lock.

    Parameters
    ----------
    path : Path
        Made if it is not there.

    Attributes
    ----------
    torn : int
        Bytes of an unfinished record that were cut off on opening.

    Raises
    ------
    UsageError
        If the file is something else, or the system refuses to read or write it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Journal(Path(folder) / "journal") as journal:
    ...         (place,) = journal.append([{"row": 1}])
    ...         journal.at(place)
    {'row': 1}
    """

    def __init__(self, path: Path) -> None:
        self.path, self.torn = path, 0
        new = not path.exists()
        with ExitStack() as opening:
            try:
                # Unbuffered: what could not be written must not be written later after all.
                self._end_of_file = opening.enter_context(open(path, "ab", buffering=0))
                self._file = opening.enter_context(open(path, "rb"))
                self._end = self._mended()
                if self._end == 0:
                    self.append([FORMAT])
                if new:
                    sync_folder(path.parent)
            except OSError as error:
                raise _refused(path, error) from error
            self._open = opening.pop_all()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def records(self) -> Iterator[tuple[int, Record]]:
        """Give each record with its place, in the order of writing."""
        place = 0
        while place < self._end:
            self._file.seek(place)
            line = self._file.readline()
            record = _record(line)
            if record is not None and place > 0:
                yield place, record
            place += len(line)

    def at(self, place: int) -> Record:
        """Read the record at a place that ``append`` or ``records`` gave."""
        self._file.seek(place)
        record = _record(self._file.readline())
        if record is None:
            raise UsageError(
                f"found {self.path} altered while it was in use, expected to be its only writer: "
                "run the same command again"
            )
        return record

    def append(self, records: Iterable[Record]) -> list[int]:
        """Write records; they are on the disk when their places come back.

        Raises
        ------
        UsageError
            If the system refuses (no space); the journal is then as it was before.
        """
        places, lines, place = [], [], self._end
        for record in records:
            lines.append(_line(record))
            places.append(place)
            place += len(lines[-1])
        try:
            self._write(b"".join(lines))
        except OSError as error:
            self._end_of_file.truncate(self._end)
            raise _refused(self.path, error) from error
        self._end = place
        return places

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._end_of_file.write(rest) :]
        os.fsync(self._end_of_file.fileno())

    def _mended(self) -> int:
        """Cut off what follows the last whole record; return where that one ends."""
        self._file.seek(0)
        first = self._file.readline()
        if _record(first) != FORMAT:
            self._check_nothing(first)
            end = 0
        else:
            end = place = len(first)
            for line in self._file:
                place += len(line)
                end = place if _record(line) is not None else end
        size = self._file.seek(0, os.SEEK_END)
        if size > end:
            self.torn = size - end
            self._end_of_file.truncate(end)
            os.fsync(self._end_of_file.fileno())
        return end

    def _check_nothing(self, first: bytes) -> None:
        """Refuse a file that is neither empty nor the beginning of a journal's first line."""
        rest = self._file.read(1)
        begun = _line(FORMAT).startswith(first) or not first.strip(b"\0")
        if rest or not begun:
            raise UsageError(
                f"found another kind of file at {self.path}, expected a journal of symscope: "
                "move it away, or choose another --out"
            )


def sync_folder(folder: Path) -> None:
    """Have a folder's new names on the disk, where the system can be asked for it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refused(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"could not write {path} ({error.strerror}): free some space or choose another --out"
    )
