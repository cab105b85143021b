"""Scoring on Dask: worker processes of this machine, or of a cluster's scheduler.

Workers are sent paths, not pictures: they must see the files under the same paths, as nodes of a
cluster with a shared file system do. Scans of 100 megabytes would otherwise all pass through the
scheduler. What comes back are rows as JSON; the journal is written here.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any

from symscope.collection.local import (
    LANES,
    Batch,
    absolute,
    batch_size,
    decoded,
    encoded,
    failure,
    fault,
    joined,
    score_paths,
)
from symscope.collection.manifest import Entry
from symscope.collection.store import Result, Terms
from symscope.errors import Outcome, SymscopeError, UsageError
from symscope.networks.devices import CORES, cores, enable_compilation_cache
from symscope.options import ScoreOptions

BATCHES_EACH = 2
"""Batches in flight for each of the workers' threads: one under way and one waiting for it."""

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
    score : function of (paths, options as a dictionary) → text
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
        score: Callable[..., str] | None = None,
    ) -> None:
        self._terms = terms
        self._scheduler, self._workers = scheduler, workers
        self._score = score or score_batch
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

    def scored(self, batches: Iterable[Batch]) -> Iterator[list[tuple[Entry, Result]]]:
        """Score batches as workers become free; see ``Engine``.

        A batch whose workers died several times is set aside, and its pictures are scored one at a
        time when nothing else runs: only the one that kills its workers is given up.

        Raises
        ------
        UsageError
            If the scheduler or all workers are gone, do not see the files, or run another version.
        """
        suspects: list[Entry] = []
        for batch, answer in self._answers(batches, None):
            if answer is None:
                suspects += batch
            else:
                yield self._joined(batch, answer)
        for batch, answer in self._answers(((entry,) for entry in suspects), 1):
            results = decoded(answer) if answer is not None else [killer(batch[0])]
            yield joined(batch, results)

    def _answers(
        self, batches: Iterable[Batch], most: int | None
    ) -> Iterator[tuple[Batch, str | None]]:
        """Keep a bounded number of batches in flight → each with its answer, None if it killed."""
        waiting, flying = iter(batches), dict[Any, Batch]()
        while True:
            while len(flying) < (most or self._room()):
                batch = next(waiting, None)
                if batch is None:
                    break
                flying[self._sent(batch)] = batch
            if not flying:
                return
            for future in self._finished(list(flying)):
                batch = flying.pop(future)
                yield batch, self._answer(future, batch)

    def _sent(self, batch: Batch) -> Any:
        paths = [absolute(entry) for entry in batch]
        return self._client.submit(self._score, paths, asdict(self._terms.options), pure=False)

    def _room(self) -> int:
        return BATCHES_EACH * max(1, self._threads())

    def _threads(self) -> int:
        """Count the workers' threads; a scheduler that does not answer is gone."""
        if self._client.status != "running":
            raise _lost(self._scheduler)
        try:
            return sum(self._client.nthreads().values())
        except OSError as error:
            raise _lost(self._scheduler) from error

    def _finished(self, futures: list[Any]) -> list[Any]:
        """Wait for at least one of the batches in flight."""
        import distributed

        wait: Any = distributed.wait
        idle = 0
        while True:
            try:
                with self._client.as_current():
                    return list(wait(futures, LOOK_SECONDS, "FIRST_COMPLETED").done)
            except TimeoutError:
                pass
            except (CancelledError, asyncio.CancelledError, OSError) as error:
                raise _lost(self._scheduler) from error
            idle = 0 if self._threads() else idle + LOOK_SECONDS
            if idle >= PATIENCE_SECONDS:
                raise UsageError(
                    f"found no worker for {PATIENCE_SECONDS} s, expected at least one: start some, "
                    "then run the same command again; finished rows are kept"
                )

    def _answer(self, future: Any, batch: Batch) -> str | None:
        from distributed import KilledWorker

        if future.status in ("cancelled", "lost"):
            raise _lost(self._scheduler)
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
        return encoded([fault(absolute(entry), error) for entry in batch])

    def _joined(self, batch: Batch, answer: str) -> list[tuple[Entry, Result]]:
        results = decoded(answer)
        for result in results:
            self._check_terms(result)
        unseen = [
            entry
            for entry, result in zip(batch, results, strict=True)
            if result.row["outcome"] == Outcome.MISSING and os.path.exists(entry.path)
        ]
        if len(unseen) == len(batch):
            raise UsageError(
                f"workers do not see {absolute(unseen[0])}, expected a folder that is there under "
                "the same path on every machine: put the pictures on a shared file system"
            )
        return joined(batch, results)

    def _check_terms(self, result: Result) -> None:
        wanted, found = self._terms.values, result.row["provenance"]
        for name in ("symscope", "classifier_sha256", "settings_fingerprint"):
            if name in found and found[name] != wanted[name]:
                raise UsageError(
                    f"found {name} {found[name]} on a worker, expected {wanted[name]} as here: "
                    "install the same symscope everywhere"
                )


@contextmanager
def _workers_here(count: int) -> Iterator[Any]:
    import dask.config
    from distributed import LocalCluster

    make: Any = LocalCluster  # Its annotations do not know that there may be no dashboard.
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS - 1,
        # Dask's profiler stops the workers' threads a hundred times a second.
        "distributed.worker.probabilities.enabled": False,
        # Dask's own setting gives memory back at once: the same pages are asked for at every batch.
        **{f"distributed.nanny.pre-spawn-environ.{name}": n for name, n in ALLOCATION.items()},
    }
    with dask.config.set(settings):
        with _deaf_to_interruption():
            cluster = make(
                n_workers=count,
                threads_per_worker=LANES,
                processes=True,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
                env={CORES: str(max(1, cores() // count))},
            )
        with cluster:
            yield cluster


@contextmanager
def _deaf_to_interruption() -> Iterator[None]:
    """Let processes that are started here leave Ctrl-C to this one, which ends them in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _lost(scheduler: str | None) -> UsageError:
    where = f"at {scheduler}" if scheduler else "of this run"
    return UsageError(
        f"the scheduler {where} is gone: run the same command again when it is back; finished rows "
        "are kept"
    )


def killer(entry: Entry) -> Result:
    """Make the row of a picture whose workers die, again and again."""
    path = absolute(entry)
    return failure(
        path,
        "found that every worker died over it, expected a picture that a worker can score in its "
        "memory: make it smaller",
    )


def score_batch(paths: list[str], options: dict[str, Any]) -> str:
    """Score a batch on a worker → its results as text."""
    return encoded(score_paths(paths, ScoreOptions(**options), _reader()))


@cache
def _reader() -> Callable[..., Any]:
    """Return the one reader of this worker process; it ends with the process."""
    from symscope.io.sandboxed_images import GuardedReader

    enable_compilation_cache()
    return GuardedReader()
