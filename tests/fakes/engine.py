"""An engine for tests of collections: rows made up from a file's fingerprint, nothing is trained.

Run as a program, it is a collection run that can be killed:

    python tests/engine.py FOLDER OUT SECONDS
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from symscope.collection.engines import Batch, joined
from symscope.collection.manifest import Entry, listed
from symscope.collection.run import Report, run
from symscope.collection.store import Result, Terms
from symscope.options import Options

UNREADABLE = b"not a picture"


def terms(**options: object) -> Terms:
    """Make terms with made-up weights."""
    return Terms(Options(**options), ("f" * 64,), ("0" * 12,))  # type: ignore[arg-type]


def made_up(entry: Entry, seed: int = 0) -> Result:
    """Make a row that depends on content and seed alone, as a score's does."""
    row: dict = dict.fromkeys(("label", "symmetry", "probabilities", "fit", "elements"))
    row |= {"path": f"/elsewhere/{entry.columns['file']}", "message": None, "provenance": {}}
    if entry.sha256 is None:
        return Result(row | {"outcome": "missing", "message": f"{row['path']}: gone"}, again=True)
    if Path(entry.path).read_bytes() == UNREADABLE:
        return Result(row | {"outcome": "unreadable", "message": f"{row['path']}: what is it?"})
    symmetry = (int(entry.sha256[:8], 16) + seed) / 2**33
    probabilities = {"∅": 1 - symmetry, "Z_2": symmetry}
    return Result(
        row
        | {"outcome": "ok", "label": "Z_2", "symmetry": symmetry, "probabilities": probabilities}
    )


class FakeEngine(AbstractContextManager["FakeEngine"]):
    """Makes rows up; counts what it is asked for, and may be stopped."""

    def __init__(
        self,
        given: Terms,
        seconds: float = 0.0,
        stop_after: int | None = None,
        make: Callable[[Entry, int], Result] = made_up,
    ) -> None:
        self.together, self.asked, self._make = 4, list[str](), make
        self._seed, self._seconds, self._stop_after = given.options.seed, seconds, stop_after

    def __exit__(self, *_: object) -> None:
        pass

    def scored(self, batches: Iterable[Batch]) -> Iterator[list[tuple[Entry, Result]]]:
        """Make up the rows of each batch."""
        for number, batch in enumerate(batches):
            if number == self._stop_after:
                raise KeyboardInterrupt
            time.sleep(self._seconds)
            self.asked += [entry.columns["file"] for entry in batch]
            yield joined(batch, [self._make(entry, self._seed) for entry in batch])


def collect(
    source: Path,
    out: Path,
    *,
    stop_after: int | None = None,
    group: str | None = None,
    fresh: bool = False,
    make: Callable[[Entry, int], Result] = made_up,
    **options: object,
) -> tuple[Report | None, list[str]]:
    """Run a collection with a FakeEngine → (its report, or None if it was stopped; files asked)."""
    engines: list[FakeEngine] = []

    def engine(given: Terms) -> FakeEngine:
        engines.append(FakeEngine(given, stop_after=stop_after, make=make))
        return engines[0]

    report = None
    with suppress(KeyboardInterrupt):
        report = run(listed(source, group), out, terms(**options), engine, fresh=fresh)
    return report, engines[0].asked if engines else []


class TellingEngine(FakeEngine):
    """Says so each time that rows have been written down."""

    def scored(self, batches: Iterable[Batch]) -> Iterator[list[tuple[Entry, Result]]]:
        """Make up the rows of each batch."""
        for results in super().scored(batches):
            yield results
            print("written", flush=True)


if __name__ == "__main__":
    pictures, table, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    run(listed(pictures), table, terms(), lambda given: TellingEngine(given, seconds))
