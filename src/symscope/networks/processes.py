"""Work on many items, spread over the cores."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from symscope.networks.devices import CORES, cores

FEW = 12
"""Items that are done here sooner than processes are started for them."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_processes(
    work: Callable[[Item], Result], items: Sequence[Item], together: int = 1
) -> Iterator[Result]:
    """Call ``work`` on every item, in order; many in processes of one core, ``together`` a time."""
    if len(items) < FEW:
        yield from map(work, items)
        return
    with ProcessPoolExecutor(cores(), get_context("spawn"), _on_one_core) as pool:
        yield from pool.map(work, items, chunksize=together)


def _on_one_core() -> None:
    os.environ[CORES] = "1"
