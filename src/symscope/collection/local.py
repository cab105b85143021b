"""Scoring in this process, with all its cores or its accelerator."""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from symscope.collection.manifest import Entry
from symscope.collection.store import Result
from symscope.drawing.flat import plain
from symscope.errors import Outcome, SymscopeError
from symscope.options import ScoreOptions

Batch = tuple[Entry, ...]

LARGEST_BATCH_BYTES = 32 << 20
"""Bytes of files in a batch, but for its first: all pictures of a batch are in memory at once, and
ten scans of 50 megapixels take 3.5 GB there."""

LANES = 2
"""Batches under way at a time."""

FAILED_FOR_NOW = frozenset({Outcome.MISSING})
"""Outcomes that say nothing of the picture's content."""


class Engine(Protocol):
    """Where pictures are scored; entered before, left after.

    Attributes
    ----------
    together : pictures in a batch
    """

    @property
    def together(self) -> int: ...

    def scored(self, batches: Iterable[Batch]) -> Iterator[list[tuple[Entry, Result]]]:
        """Score batches, in any order; each picture comes back once, whatever is wrong with it."""
        ...


def batches(entries: Sequence[Entry], together: int) -> Iterator[Batch]:
    """Part entries into batches of ``together``, or less where files are large."""
    batch: list[Entry] = []
    weight = 0
    for entry in entries:
        if batch and (len(batch) == together or weight + entry.size > LARGEST_BATCH_BYTES):
            yield tuple(batch)
            batch, weight = [], 0
        batch.append(entry)
        weight += entry.size
    if batch:
        yield tuple(batch)


def batch_size(options: ScoreOptions) -> int:
    """Count the pictures of a batch."""
    from symscope.job import NETWORKS
    from symscope.pipeline import fields_together

    return fields_together(options.networks or NETWORKS[options.settings][0])


def score_paths(
    paths: Sequence[str], options: ScoreOptions, read: Callable[..., Any]
) -> list[Result]:
    """Score a batch of files → a Result for each; a fault in one of them costs no other.

    Raises
    ------
    SymscopeError
        For what is wrong with more than one picture: rejected weights, a decoder that cannot start.
    """
    from symscope.io.sounds import is_sound

    heard = [is_sound(path) for path in paths]
    seen = [path for path, sound in zip(paths, heard, strict=True) if not sound]
    results = iter(_score_pictures(seen, options, read))
    return [
        _score_sound(path, options) if sound else next(results)
        for path, sound in zip(paths, heard, strict=True)
    ]


def _score_sound(path: str, options: ScoreOptions) -> Result:
    from symscope.collection.sounds import sound_row
    from symscope.pipeline import score_many

    try:
        row = sound_row(path, options, score_many)
    except SymscopeError:
        raise
    except Exception as error:
        return fault(path, error)
    return Result(row, row["outcome"] in FAILED_FOR_NOW)


def _score_pictures(
    paths: Sequence[str], options: ScoreOptions, read: Callable[..., Any]
) -> list[Result]:
    """Score a batch of pictures, together if none of them is at fault."""
    from symscope.pipeline import score_many

    try:
        scores = score_many(paths, **options.keywords(), read=read, listen=None)
        rows = [plain(score.to_row()) for score in scores]
    except SymscopeError:
        raise
    except Exception as error:
        if len(paths) > 1:
            return [result for path in paths for result in _score_pictures([path], options, read)]
        return [fault(paths[0], error)]
    return [Result(row, row["outcome"] in FAILED_FOR_NOW) for row in rows]


def fault(path: str, error: Exception) -> Result:
    """Make the row of a picture on which symscope itself failed."""
    kind = type(error).__name__
    return failure(path, f"a fault of symscope, please report it: {kind}: {error}")


def failure(path: str, message: str) -> Result:
    """Make the row of a picture that could not be scored for a reason that may pass."""
    from symscope.results import Score

    row = Score(path, Outcome.UNREADABLE, message).to_row()
    return Result(plain(row), again=True)


def checked(entry: Entry, result: Result) -> Result:
    """Make sure that what was scored is what the manifest lists."""
    found = result.row["provenance"].get("file_sha256")
    if found is None or found == entry.sha256:
        return result
    return failure(
        result.row["path"],
        "found other content than when the manifest was made, expected a file that stays as it "
        "is: run the same command again",
    )


class LocalEngine(AbstractContextManager["LocalEngine"]):
    """Scores batches in this process; pictures are decoded in a guarded process.

    While the networks of one batch train, the next is read and the one before is looked at.
    """

    def __init__(self, options: ScoreOptions) -> None:
        from symscope.io.sandboxed_images import GuardedReader
        from symscope.networks.devices import enable_compilation_cache, mesh

        enable_compilation_cache()
        mesh()
        self._options, self._reader = options, GuardedReader()
        self.together = batch_size(options)

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def scored(self, batches: Iterable[Batch]) -> Iterator[list[tuple[Entry, Result]]]:
        """Score batches, the results in their order; see ``Engine``."""
        waiting = iter(batches)
        flying: deque[tuple[Batch, Future[list[Result]]]] = deque()
        # Batches that set the threads of BLAS, each for itself, would undo each other's setting.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(LANES) as pool:
            try:
                while True:
                    for batch in islice(waiting, LANES - len(flying)):
                        flying.append((batch, pool.submit(self._score, batch)))
                    if not flying:
                        return
                    batch, future = flying.popleft()
                    yield joined(batch, future.result())
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _score(self, batch: Batch) -> list[Result]:
        return score_paths([absolute(entry) for entry in batch], self._options, self._reader)


def absolute(entry: Entry) -> str:
    """Where a picture is, for any process that sees the same files."""

    return os.path.abspath(entry.path)


def joined(batch: Batch, results: Sequence[Result]) -> list[tuple[Entry, Result]]:
    """Put entries and their results together, checked."""
    return [(e, checked(e, result)) for e, result in zip(batch, results, strict=True)]


def encoded(results: Sequence[Result]) -> str:
    """Encode results as text, to be sent between processes."""
    return json.dumps([[result.row, result.again] for result in results])


def decoded(text: str) -> list[Result]:
    """Read what ``encoded`` wrote."""
    return [Result(row, again) for row, again in json.loads(text)]
