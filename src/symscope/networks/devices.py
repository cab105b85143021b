"""Where the arithmetic runs: one JAX device for each core, set up at first use, never at import.

From a development trial on two cores: networks mapped one after the other on one single-threaded
device per core make 105-110 GFLOP/s at width 64, against 44-55 for the same program on one
device that spans the cores. benchmarks/bench_decoy.py measures the whole trainer.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from operator import itemgetter
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh
from numpy.typing import ArrayLike

from symscope.errors import UsageError

CHUNK = 16
"""Networks in one call of a compiled program. The program's shape never depends on how many fields
are scored together, so neither does any network."""

CORES = "SYMSCOPE_CORES"
"""Environment variable: cores that a process takes, where several share a machine."""


def cores() -> int:
    """Count the cores this process may use: as many as SYMSCOPE_CORES says, if it says so.

    Raises
    ------
    UsageError
        If SYMSCOPE_CORES is not a number from 1 on.
    """
    wanted = os.environ.get(CORES, "").strip()
    if wanted:
        if not (wanted.isascii() and wanted.isdigit() and int(wanted)):
            raise UsageError(f"found {CORES}={wanted!r}, expected a number from 1 on")
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def mesh() -> Mesh:
    """Return the one-axis mesh ``n`` over which networks are spread.

    A process that has used JAX before keeps the devices it has.
    """
    # Refused once the backend is running: then it is used as it is.
    with suppress(RuntimeError):
        jax.config.update("jax_num_cpu_devices", cores())
    return Mesh(np.array(jax.local_devices()), ("n",))


def in_chunks(run: Callable[[Any], Any], jobs: Sequence[tuple[ArrayLike, ...]]) -> Any:
    """Run jobs in calls of one size, spread over the devices.

    Parameters
    ----------
    run : (arrays of the jobs of one call, each with a leading axis n, and which of its places are
        wanted (n,)) → results with a leading axis n; places that nobody wants hold the first job of
        the call
    jobs : the arrays of each

    Returns
    -------
    the results of all jobs, in order
    """
    devices = mesh().size
    chunk = devices * -(-CHUNK // devices)
    # Job i runs on device i mod devices, so that a part-filled chunk keeps all of them busy.
    dealt = np.arange(chunk).reshape(-1, devices).T.ravel()
    parts = []
    for start in range(0, len(jobs), chunk):
        places = np.argsort(dealt)[: len(jobs) - start]
        wanted = dealt < len(places)
        shared_out = [jobs[number] for number in start + np.where(wanted, dealt, 0)]
        arrays = [np.stack(of_all) for of_all in zip(*shared_out, strict=True)]
        results = jax.device_get(run((*arrays, wanted)))
        parts.append(jax.tree.map(itemgetter(places), results))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


@cache
def threads() -> ThreadPoolExecutor:
    """Return this process's threads for work outside JAX, one for each core.

    They stay: threads that come and go leave memory behind in the allocator's arenas. Work given
    to them must not wait for other such work.
    """
    return ThreadPoolExecutor(cores(), "symscope")


def enable_compilation_cache() -> None:
    """Keep compiled programs between processes, in the user's cache folder.

    The folder is $SYMSCOPE_CACHE, else $XDG_CACHE_HOME/symscope, else ~/.cache/symscope; an
    empty SYMSCOPE_CACHE switches the cache off.
    """
    folder = os.environ.get("SYMSCOPE_CACHE")
    if folder is None:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        folder = os.path.join(base, "symscope")
    if not folder:
        return
    # Without a place to write there is no cache, and that is no error.
    with suppress(OSError):
        os.makedirs(folder, exist_ok=True)
    if os.access(folder, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", folder)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
