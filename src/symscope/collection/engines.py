"""Where the pictures of a collection are scored: in this process, or on Dask's workers.

Both are given batches of entries and give back a Result for each entry, whatever is wrong with it.
Dask's workers are sent paths, not pictures: they must see the files under the same paths, as nodes
of a cluster with a shared file system do. Scans of 100 megabytes would otherwise all pass through
the scheduler. What comes back are rows; they are written down here.
"""

import asyncio
import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from functools import cache
from itertools import islice
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from symscope.collection.manifest import Entry
from symscope.collection.store import Result, Terms
from symscope.drawing.rows import plain
from symscope.errors import Outcome, SymscopeError, UsageError
from symscope.networks.devices import CORES, cores, enable_compilation_cache
from symscope.options import Options

Batch = tuple[Entry, ...]
Scored = list[tuple[Entry, Result]]

LARGEST_BATCH_BYTES = 32 << 20
"""Bytes of files in a batch, but for its first: all pictures of a batch are in memory at once, and
ten scans of 50 megapixels take 3.5 GB there."""

LANES = 2
"""Batches under way at a time in one process: one is read or looked at while another trains."""

BATCHES_EACH = 2
"""Batches in flight for each of Dask's threads: one under way and one waiting for it."""

DEATHS = 2
"""Workers that may die over a batch before its pictures are looked at one by one; a scheduler that
is not started here has its own limit."""

ALLOCATION = {"MALLOC_TRIM_THRESHOLD_": 64 << 20, "MALLOC_MMAP_THRESHOLD_": 32 << 20}
"""Bytes up to which glibc keeps memory for the next batch: what it settles on by itself."""

CONNECT_SECONDS = 15
LOOK_SECONDS = 5
"""Between two looks whether the scheduler is still there, while nothing finishes."""

PATIENCE_SECONDS = 60
"""Without a single worker, after which a run gives up."""


class Engine(Protocol):
    """Where pictures are scored; entered before, left after.

    Attributes
    ----------
    together : pictures in a batch
    """

    @property
    def together(self) -> int: ...

    def scored(self, batches: Iterable[Batch]) -> Iterator[Scored]:
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


def batch_size(options: Options) -> int:
    """Count the pictures of a batch."""
    from symscope.api import fields_together

    return fields_together(options)


def score_paths(paths: Sequence[str], options: Options, read: Callable[..., Any]) -> list[Result]:
    """Score a batch of files → a Result for each; a fault in one of them costs no other.

    Raises
    ------
    SymscopeError
        For what is wrong with more than one picture: rejected weights, a decoder that cannot start.
    """
    from symscope.api import score_many
    from symscope.collection.sounds import sound_row
    from symscope.io.paths import is_sound

    def score_pictures(pictures: Sequence[str]) -> list[Result]:
        """Score pictures together if none of them is at fault."""
        try:
            scores = score_many(pictures, options, read=read, listen=None)
            return [_result(plain(score.to_row())) for score in scores]
        except SymscopeError:
            raise
        except Exception as error:
            if len(pictures) > 1:
                return [result for path in pictures for result in score_pictures([path])]
            return [_fault(pictures[0], error)]

    def score_sound(path: str) -> Result:
        try:
            return _result(sound_row(path, options, score_many))
        except SymscopeError:
            raise
        except Exception as error:
            return _fault(path, error)

    pictures = iter(score_pictures([path for path in paths if not is_sound(path)]))
    return [score_sound(path) if is_sound(path) else next(pictures) for path in paths]


def _result(row: dict[str, Any]) -> Result:
    return Result(row, again=row["outcome"] == Outcome.MISSING)


def _fault(path: str, error: Exception) -> Result:
    """Make the row of a picture on which symscope itself failed."""
    kind = type(error).__name__
    return _failure(path, f"a fault of symscope, please report it: {kind}: {error}")


def _failure(path: str, message: str) -> Result:
    """Make the row of a picture that could not be scored for a reason that may pass."""
    from symscope.results import Failure

    return Result(plain(Failure(path, Outcome.UNREADABLE, message).to_row()), again=True)


def _absolute(entry: Entry) -> str:
    """Where a picture is, for any process that sees the same files."""
    return os.path.abspath(entry.path)


def joined(batch: Batch, results: Sequence[Result]) -> Scored:
    """Put entries and their results together; what was scored must be what the manifest lists."""
    together = []
    for entry, result in zip(batch, results, strict=True):
        content = result.row["provenance"].get("file_sha256")
        if content not in (None, entry.sha256):
            result = _failure(
                result.row["path"],
                "found other content than when the manifest was made, expected a file that stays "
                "as it is: run the same command again",
            )
        together.append((entry, result))
    return together


class LocalEngine(AbstractContextManager["LocalEngine"]):
    """Scores batches in this process; pictures are decoded in a guarded process.

    While the networks of one batch train, the next is read and the one before is looked at.
    """

    def __init__(self, options: Options) -> None:
        from symscope.io.images import GuardedReader
        from symscope.networks.devices import mesh

        enable_compilation_cache()
        mesh()
        self._options, self._reader = options, GuardedReader()
        self.together = batch_size(options)

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def scored(self, batches: Iterable[Batch]) -> Iterator[Scored]:
        """Score batches, the results in their order; see ``Engine``."""
        waiting = iter(batches)
        flying: deque[tuple[Batch, Future[list[Result]]]] = deque()
        # Batches that set the threads of BLAS, each for itself, would undo each other's setting.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(LANES) as pool:
            try:
                while True:
                    for batch in islice(waiting, LANES - len(flying)):
                        paths = [_absolute(entry) for entry in batch]
                        scoring = pool.submit(score_paths, paths, self._options, self._reader)
                        flying.append((batch, scoring))
                    if not flying:
                        return
                    batch, scoring = flying.popleft()
                    yield joined(batch, scoring.result())
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def score_on_worker(paths: list[str], options: dict[str, Any]) -> list[Result]:
    """Score a batch on one of Dask's workers."""
    return score_paths(paths, Options(**options), _worker_reader())


@cache
def _worker_reader() -> Callable[..., Any]:
    """Return the one reader of this worker process; it ends with the process."""
    from symscope.io.images import GuardedReader

    enable_compilation_cache()
    return GuardedReader()


class DaskEngine(AbstractContextManager["DaskEngine"]):
    """Scores batches on a scheduler's workers, or on worker processes of this machine.

    Parameters
    ----------
    terms : Terms
        The options of the scores, and what the workers' rows must have been computed under.
    scheduler : str, optional
        Address such as ``tcp://host:8786``; without one, workers are started here.
    workers : int, optional
        How many are started here; one for each core by default. They share the cores.
    score : function of (paths, options as a dictionary) → list of Result
        What workers do.

    Raises
    ------
    UsageError
        If distributed is not installed, or there is no scheduler at the address.
    """

    def __init__(
        self,
        terms: Terms,
        scheduler: str | None = None,
        workers: int | None = None,
        score: Callable[[list[str], dict[str, Any]], list[Result]] = score_on_worker,
    ) -> None:
        self._terms, self._score = terms, score
        self._scheduler, self._workers = scheduler, workers
        self.together = batch_size(terms.options)
        self._open = ExitStack()

    def __enter__(self) -> "DaskEngine":
        try:
            import distributed
        except ImportError:
            raise UsageError(
                "--engine dask found no package distributed: pip install 'symscope[cluster]'"
            ) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        with ExitStack() as opening:
            address: Any = self._scheduler
            if address is None:
                address = opening.enter_context(_workers_here(self._workers or cores()))
            try:
                client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            except (OSError, ValueError) as error:
                raise UsageError(
                    f"--scheduler found none at {self._scheduler} ({type(error).__name__}), "
                    "expected the address that `dask scheduler` prints, such as tcp://host:8786"
                ) from error
            self._client: Any = opening.enter_context(client)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def scored(self, batches: Iterable[Batch]) -> Iterator[Scored]:
        """Score batches as workers become free; see ``Engine``.

        A batch whose workers died several times is set aside, and its pictures are scored one at a
        time when nothing else runs: only the one that kills its workers is given up.

        Raises
        ------
        UsageError
            If the scheduler or all workers are gone, do not see the files, or run another version.
        """
        suspects: list[Entry] = []
        for batch, results in self._answers(batches, None):
            if results is None:
                suspects += batch
            else:
                self._check(batch, results)
                yield joined(batch, results)
        for batch, results in self._answers(((entry,) for entry in suspects), 1):
            killer = "found that every worker died over it, expected a picture that a worker can "
            killer += "score in its memory: make it smaller"
            yield joined(batch, results or [_failure(_absolute(batch[0]), killer)])

    def _answers(
        self, batches: Iterable[Batch], most: int | None
    ) -> Iterator[tuple[Batch, list[Result] | None]]:
        """Keep a bounded number of batches in flight → each with its answer, None if it killed."""
        waiting, flying = iter(batches), dict[Any, Batch]()
        while True:
            room = most or BATCHES_EACH * max(1, self._threads())
            for batch in islice(waiting, max(0, room - len(flying))):
                paths, options = [_absolute(entry) for entry in batch], asdict(self._terms.options)
                flying[self._client.submit(self._score, paths, options, pure=False)] = batch
            if not flying:
                return
            for future in self._finished(list(flying)):
                batch = flying.pop(future)
                yield batch, self._answer(future, batch)

    def _threads(self) -> int:
        """Count the workers' threads; a scheduler that does not answer is gone."""
        if self._client.status != "running":
            raise self._lost()
        try:
            return sum(self._client.nthreads().values())
        except OSError as error:
            raise self._lost() from error

    def _finished(self, futures: list[Any]) -> list[Any]:
        """Wait for at least one of the batches in flight."""
        import distributed

        wait: Any = distributed.wait
        idle = 0
        while idle < PATIENCE_SECONDS:
            try:
                with self._client.as_current():
                    return list(wait(futures, LOOK_SECONDS, "FIRST_COMPLETED").done)
            except TimeoutError:
                idle = 0 if self._threads() else idle + LOOK_SECONDS
            except (CancelledError, asyncio.CancelledError, OSError) as error:
                raise self._lost() from error
        raise UsageError(
            f"found no worker for {PATIENCE_SECONDS} s, expected at least one: start some, then "
            "run the same command again; finished rows are kept"
        )

    def _answer(self, future: Any, batch: Batch) -> list[Result] | None:
        from distributed import KilledWorker

        if future.status in ("cancelled", "lost"):
            raise self._lost()
        error = future.exception() if future.status == "error" else None
        if error is None:
            return future.result()
        if isinstance(error, KilledWorker):
            return None
        if isinstance(error, SymscopeError):
            raise error
        if isinstance(error, ImportError):
            raise UsageError(
                f"workers cannot import what they need ({error}): install the same symscope there"
            )
        return [_fault(_absolute(entry), error) for entry in batch]

    def _lost(self) -> UsageError:
        where = f"at {self._scheduler}" if self._scheduler else "of this run"
        return UsageError(
            f"the scheduler {where} is gone: run the same command again when it is back; finished "
            "rows are kept"
        )

    def _check(self, batch: Batch, results: Sequence[Result]) -> None:
        """Refuse rows of workers that run another version, or do not see the files."""
        expected, unseen = self._terms.values, 0
        for entry, result in zip(batch, results, strict=True):
            provenance = result.row["provenance"]
            for name in ("symscope", "classifier_sha256", "settings_fingerprint"):
                known = expected[name]
                if name in provenance and provenance[name] not in known:
                    wanted = known if isinstance(known, str) else " or ".join(known)
                    raise UsageError(
                        f"found {name} {provenance[name]} on a worker, expected {wanted} "
                        "as here: install the same symscope everywhere"
                    )
            unseen += result.row["outcome"] == Outcome.MISSING and os.path.exists(entry.path)
        if unseen == len(batch):
            raise UsageError(
                f"workers do not see {_absolute(batch[0])}, expected a folder that is there under "
                "the same path on every machine: put the pictures on a shared file system"
            )


@contextmanager
def _workers_here(count: int) -> Iterator[Any]:
    """Start Dask's workers in processes of this machine, and end them."""
    import dask.config
    from distributed import LocalCluster

    make: Any = LocalCluster  # Its annotations do not know that there may be no dashboard.
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS - 1,
        # Dask's profiler stops the workers' threads a hundred times a second.
        "distributed.worker.profile.enabled": False,
        # Dask's own setting gives memory back at once: the same pages are asked for at every batch.
        **{f"distributed.nanny.pre-spawn-environ.{name}": n for name, n in ALLOCATION.items()},
    }
    in_main_thread = threading.current_thread() is threading.main_thread()
    with dask.config.set(settings):
        # The processes that start here leave Ctrl-C to this one, which ends them in order.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread else None
        try:
            cluster = make(
                n_workers=count,
                threads_per_worker=LANES,
                processes=True,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
                env={CORES: str(max(1, cores() // count))},
            )
        finally:
            if in_main_thread:
                signal.signal(signal.SIGINT, before)
        with cluster:
            yield cluster
