"""Where pictures and results lie: a folder whose names are all made here, never by a client."""

import asyncio
import json
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from symscope.io.files import write_whole
from symscope.io.paths import NO_PICTURES, TIFF, suffix_of
from symscope.web.security import Limits, TooMuchError

IDENTITY = re.compile(r"[0-9a-f]{16}")

KINDS = ("pictures", "jobs", "sets")

LONGEST_NAME = 200

ENDINGS = ("", *sorted({*NO_PICTURES, *TIFF}))
"""Of the files that pictures are kept in: those that say what a signal or a volume is."""


def kept_ending(name: str) -> str:
    """Return which of ENDINGS the file gets of what a client calls so; no other text of it is kept.

    >>> kept_ending("../Brain.NII.gz"), kept_ending("photo.jpg")
    ('.nii.gz', '')
    """
    ending = suffix_of(name)
    return ending if ending in ENDINGS else ""


def shown_name(name: str) -> str:
    """Reduce what a client calls a picture to a name: one line, no folder, not too long.

    >>> shown_name("../../etc/pass\\nwd"), shown_name("")
    ('pass wd', 'picture')
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    plain = "".join(c if c.isprintable() else " " for c in last).strip(" .")
    return plain[-LONGEST_NAME:] or "picture"


def new_identity() -> str:
    """Return a new id that nobody can guess."""
    return secrets.token_hex(8)


class Store:
    """A folder with one folder for each picture, job and set.

    Parameters
    ----------
    root : an existing folder
    limits : how much it may hold
    """

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root, self.limits = root, limits
        for kind in KINDS:
            (root / kind).mkdir(mode=0o700, exist_ok=True)
        self._bytes = sum(
            self.picture_file(identity).stat().st_size
            for identity in self.identities("pictures")
            if self.picture_file(identity).is_file()
        )

    @property
    def picture_bytes(self) -> int:
        """Bytes of all pictures that are stored."""
        return self._bytes

    def identities(self, kind: str) -> Iterator[str]:
        """Yield the ids of one of KINDS."""
        for entry in sorted((self.root / kind).iterdir()):
            if IDENTITY.fullmatch(entry.name):
                yield entry.name

    def folder(self, kind: str, identity: str) -> Path:
        """Return an entry's folder, and make it.

        Raises
        ------
        ValueError
            The id was not made here.
        """
        if kind not in KINDS or not IDENTITY.fullmatch(identity):
            raise ValueError(f"{kind}/{identity} is no entry")
        folder = self.root / kind / identity
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def picture_file(self, identity: str, ending: str | None = None) -> Path:
        """Return the file that holds a picture's bytes.

        Parameters
        ----------
        identity : of the picture
        ending : one of ENDINGS for a new file; of one that is there, it is found
        """
        folder = self.root / "pictures" / identity
        if ending is not None:
            return folder / f"picture{ending}"
        known = (folder / f"picture{one}" for one in ENDINGS)
        return next((file for file in known if file.is_file()), folder / "picture")

    def relative(self, path: Path) -> str:
        """Return a path as the workers know it: they run in the root."""
        return path.relative_to(self.root).as_posix()

    def check_room(self, pictures: int) -> None:
        """Refuse one more picture than is allowed, or than the disk has room for."""
        if pictures >= self.limits.pictures:
            raise TooMuchError(
                f"found {self.limits.pictures} pictures already: remove some of the history", 507
            )
        if shutil.disk_usage(self.root).free < self.limits.spare_bytes:
            raise TooMuchError("found a disk that is nearly full: make room on it", 507)

    def check_size(self, size: int) -> None:
        """Refuse a file that is too large."""
        if size > self.limits.file_bytes:
            raise TooMuchError(
                f"found more than {self.limits.file_bytes / 1e6:.0f} MB, expected a smaller file: "
                f"save the picture again with less than {self.limits.max_megapixels:g} megapixels"
            )

    def add_bytes(self, count: int) -> None:
        """Count the bytes of a picture that is stored (or, below 0, removed)."""
        if count > 0 and self._bytes + count > self.limits.total_bytes:
            raise TooMuchError("found no room for more pictures: remove some of the history", 507)
        self._bytes += count

    async def receive(self, chunks: AsyncIterator[bytes], path: Path) -> int:
        """Write what arrives into a new file, and count it; nothing is left of what is too much.

        Returns
        -------
        int
            Bytes of the file.

        Raises
        ------
        TooMuchError
            A limit was reached, or nothing came for too long.
        """
        size, whole = 0, False
        try:
            with open(path, "xb") as file:
                while True:
                    try:
                        chunk = await asyncio.wait_for(anext(chunks), self.limits.stall_seconds)
                    except StopAsyncIteration:
                        break
                    except TimeoutError:
                        stalled = "found an upload that stalled: send it again"
                        raise TooMuchError(stalled, 408) from None
                    self.check_size(size + len(chunk))
                    self.add_bytes(len(chunk))
                    size += len(chunk)
                    file.write(chunk)
            whole = True
        finally:
            if not whole:
                self.add_bytes(-size)
                path.unlink(missing_ok=True)
        return size

    def write(self, kind: str, identity: str, name: str, value: Mapping[str, Any]) -> None:
        """Write a JSON file into an entry's folder: whole, or not at all."""
        path = self.folder(kind, identity) / name
        write_whole(path, json.dumps(value, ensure_ascii=True).encode())

    def read(self, kind: str, identity: str, name: str) -> dict[str, Any] | None:
        """Read such a file, or return None where there is no whole one."""
        try:
            found = json.loads((self.folder(kind, identity) / name).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def remove(self, kind: str, identity: str) -> int:
        """Remove an entry with all that lies in its folder.

        Returns
        -------
        int
            Bytes of the picture that was removed, for ``add_bytes``.
        """
        folder, size = self.folder(kind, identity), 0
        if kind == "pictures" and (file := self.picture_file(identity)).is_file():
            size = file.stat().st_size
        shutil.rmtree(folder, ignore_errors=True)
        return size


def make_private(folder: Path) -> None:
    """Make a folder that only this user can read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "chmod"):
        folder.chmod(0o700)
